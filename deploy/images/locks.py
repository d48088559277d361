"""Write deploy/locks/: for each image every package by version, with the hash of each file that may be installed.

The packages are those that this machine's pip would find, where a CPU build of torch has to be on offer. To their
hashes come those of the same versions on the default index alone, which is what other machines have. What its build of
torch needs besides goes into a lock of its own, `cuda`. The local part of torch's version is taken off, so that either
build satisfies the line.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.environments import find_uv, pip_setting, uv_settings
from deploy.images.parts import BUILD, CUDA, DEPLOY, IMAGES, LOCKS, PROJECT, PYTHON, VLLM, Image, hashes, pins
from retrieval.errors import SetupRefused

SOURCE_ONLY = ("langdetect",)  # has no wheel; left out of the image, but named on the way there
TOOLS = "hatchling\n"  # what pyproject.toml names as the builder of our own wheel
HEAD = "# Made by `python3 -m deploy.images lock`{}; not to be edited.\n"
PLATFORM = "x86_64-manylinux_2_36"  # glibc of Debian 12
LOCAL_INDEXES = ("UV_FIND_LINKS", "UV_INDEX")


def write_locks() -> tuple[Path, ...]:
    """Write every lock and return the files. Raises SetupRefused where this machine offers no CPU build of torch."""
    here = uv_settings(os.environ, pip_setting)
    anywhere = {name: value for name, value in here.items() if name not in LOCAL_INDEXES}
    written = [_write(image.target, _packages(image, here), anywhere, image.left_out) for image in IMAGES]
    worker = next(image for image in IMAGES if "embed" in image.parts)
    usual, with_cuda = _packages(worker, here), _packages(worker, anywhere)
    if "nvidia-cublas" in pins(usual):
        raise SetupRefused(
            "the worker's lock would hold CUDA: no CPU build of torch is offered here",
            remedy="name a place that has it to pip (find-links or extra-index-url)",
        )
    known = hashes(with_cuda)
    more = {name: (found, known[name]) for name, found in pins(with_cuda).items() if name not in pins(usual)}
    written.append(_put(CUDA, more))
    tools = _compiled(["-", "--constraint", "deploy/constraints.txt"], here, stdin=TOOLS)
    written.append(_write(BUILD, tools, anywhere, frozenset()))
    return tuple(written)


def _packages(image: Image, settings: Mapping[str, str]) -> str:
    """Return the packages of an image with their hashes as `settings` offer them."""
    if not image.parts:
        source = ["deploy/vllm.in", "--constraint", "deploy/constraints-vllm.txt"]
        return _compiled(source, settings) + _compiled(["-", "--no-deps"], settings, stdin=VLLM)
    source = ["pyproject.toml", "--constraint", "deploy/constraints.txt"]
    source += [word for part in image.parts for word in ("--extra", part)]
    return _compiled(source, settings)


def _compiled(source: Sequence[str], settings: Mapping[str, str], *, stdin: str = "") -> str:
    command = [str(find_uv()), "pip", "compile", *source, "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--python-version", PYTHON, "--python-platform", PLATFORM, "--only-binary", ":all:"]
    command += [word for name in SOURCE_ONLY for word in ("--no-binary", name)]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=dict(settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupRefused(
            f"the packages of {source[0]} cannot be resolved: {done.stderr.strip()[:600]}",
            remedy="bring pyproject.toml and the constraints together, then run the command again",
        )
    return done.stdout


def _write(name: str, here: str, anywhere: Mapping[str, str], left_out: frozenset[str]) -> Path:
    """Write a lock of the packages of `here` with their hashes, and with those of the same versions `anywhere`."""
    kept = {package: one.partition("+")[0] for package, one in pins(here).items() if package not in left_out}
    same = "".join(f"{package}=={one}\n" for package, one in kept.items())
    known = (hashes(here), hashes(_compiled(["-", "--no-deps"], anywhere, stdin=same)))
    lines = {
        package: (one, frozenset().union(*(side.get(package, frozenset()) for side in known)))
        for package, one in kept.items()
    }
    return _put(name, lines)


def _put(name: str, lines: Mapping[str, tuple[str, frozenset[str]]]) -> Path:
    path = LOCKS / f"{name}.txt"
    note = ", for a machine without a CPU build of torch" if name == CUDA else ""
    text = HEAD.format(note)
    for package, (version, accepted) in sorted(lines.items()):
        options = "".join(f" \\\n    --hash=sha256:{one}" for one in sorted(accepted))
        text += f"{package}=={version}{options}\n"
    LOCKS.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path.relative_to(DEPLOY)

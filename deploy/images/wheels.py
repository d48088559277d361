"""Bring the locked packages into the cache, so that a build reaches for no package index.

pip downloads them on this machine, with the mirror, the certificates and the CPU build of torch that its administrator
configured; none of that is needed in a build or left in an image. The hashes are checked here and once more inside.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.environments import APP
from deploy.images.parts import BUILD, CACHE, LOCKS, PYTHON, hashes, normalised, pins
from retrieval.errors import SetupRefused

TORCH = "torch"
FOLDER = CACHE / "wheels"
GLIBC = 36  # minor version in Debian 12: wheels for it and for all older ones run there
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]


def fetch(name: str) -> tuple[Path, ...]:
    """Return the wheels of the lock `name` and of the build tools, downloaded first where they are missing."""
    wanted = pins(_text(name)) | pins(_text(BUILD))
    for lock in (name, BUILD):
        if missing(pins(_text(lock)), _names()):
            _download(lock)
    here = _names()
    lacking = missing(wanted, here)
    if lacking:
        raise SetupRefused(f"no wheel for {', '.join(sorted(lacking))}", remedy="`lock` the packages again")
    return tuple(sorted(FOLDER / file for file in here if pin(file) in set(wanted.items())))


def missing(wanted: dict[str, str], files: Sequence[str]) -> set[str]:
    """Return the packages of `wanted` (version by name) of which no file is there."""
    return {name for name, version in wanted.items() if (name, version) not in {pin(file) for file in files}}


def pin(file: str) -> tuple[str, str]:
    """Return the package and the public part of the version that a wheel's file name tells (PEP 427)."""
    name, version, *_ = file.split("-")
    return normalised(name), version.partition("+")[0]


def _names() -> list[str]:
    return [path.name for path in FOLDER.glob("*.whl")]


def _text(lock: str) -> str:
    return (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")


def _download(lock: str) -> None:
    """Bring what a lock names. torch comes apart, so that the machine's own CPU build wins.

    With hashes pip prefers what an index vouches for to a file of the machine's, and would take the build for GPUs.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    release = pins(_text(lock)).get(TORCH)
    if release is None:
        _pip(lock, _text(lock))
        return
    if missing({TORCH: release}, _names()):
        _pip(lock, f"{TORCH}=={release}\n", hashed=False)
    (wheel,) = (path for path in FOLDER.glob(f"{TORCH}-*.whl") if pin(path.name) == (TORCH, release))
    if digest(wheel) not in hashes(_text(lock))[TORCH]:
        wheel.unlink()
        raise SetupRefused(
            f"{wheel.name} of this machine is none of the files that {lock}.txt accepts",
            remedy="compare it with its publisher's SHA-256; then `lock` the packages again to accept it",
        )
    _pip(lock, re.sub(rf"^{TORCH}==.*\n(?:    .*\n)*", "", _text(lock), flags=re.MULTILINE))


def _pip(lock: str, requirements: str, *, hashed: bool = True) -> None:
    python = APP.python if APP.python.exists() else Path(sys.executable)
    command = [
        str(python),
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-input",
        "--dest",
        str(FOLDER),
    ]
    command += [
        "--only-binary",
        ":all:",
        "--python-version",
        PYTHON,
        *(["--require-hashes"] if hashed else []),
    ]
    command += [word for platform in PLATFORMS for word in ("--platform", platform)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(requirements)
        file.flush()
        command += ["--requirement", file.name]
        done = subprocess.run(
            command, stderr=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        raise SetupRefused(
            f"pip could not bring the packages of {lock}: {done.stderr.strip()[-600:]}",
            remedy="check that pip reaches its package index on this machine",
        )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

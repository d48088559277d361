"""Build the images and tell how large they are and how long it took."""

import io
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from deploy.images import sbom, wheels
from deploy.images.engine import size
from deploy.images.parts import BUILD, DEPLOY, OUTPUT, PROJECT, Image, pins
from retrieval.errors import SetupRefused

DOCKERFILE = "deploy/Dockerfile"
SOURCES = (
    "app",
    "ingest",
    "retrieval",
    "ui",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "deploy/images",
    "deploy/locks",
)
NOT_SOURCES = {"__pycache__", "standin"}


@dataclass(frozen=True, slots=True)
class Built:
    """Tell of an image: what it weighs and how long its build took."""

    image: Image
    size_bytes: int
    seconds: float
    packages: int


def base_image(variables: Mapping[str, str]) -> str:
    """Return PYTHON_IMAGE from the environment, else of deploy/images.env. Raises SetupRefused for the placeholder."""
    lines = (DEPLOY / "images.env").read_text(encoding="utf-8").splitlines()
    written = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    image = variables.get("PYTHON_IMAGE", written["PYTHON_IMAGE"])
    if image.endswith("0" * 64):
        raise SetupRefused(
            "deploy/images.env still holds a placeholder for PYTHON_IMAGE",
            remedy="write the digest of an image you have checked there; for a test without any, add --stand-in",
        )
    return image


def build(image: Image, *, base: str, now: datetime, say: Callable[[str], None]) -> Built:
    """Build an image from files of this machine alone and write its bill of materials. Raises SetupRefused."""
    packages = wheels.fetch(image.target)
    started = time.monotonic()
    say(f"· building {image.name}")
    command = [
        "docker",
        "build",
        "--quiet",
        "--file",
        DOCKERFILE,
        "--target",
        image.target,
        "--tag",
        image.name,
    ]
    command += ["--build-arg", f"PYTHON_IMAGE={base}", "-"]
    # The engine's older builder has no other way to take in files than the context, and is asked for none of the newer.
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    ) as process:
        if process.stdin is not None:
            with suppress(BrokenPipeError):  # the engine refused; its words follow
                write_context(process.stdin, image, packages)
        said, _ = process.communicate()
    if process.returncode:
        raise SetupRefused(
            f"{image.name} was not built: {said.decode(errors='replace').strip()[-2000:]}",
            remedy="mend what the last lines say, then build again",
        )
    seconds = time.monotonic() - started
    sbom.write(image, packages, now=now)
    return Built(image, size(image.name), seconds, len(pins(image.lock.read_text(encoding="utf-8"))))


def write_context(stream: IO[bytes], image: Image, packages: Iterable[Path]) -> None:
    """Write what a build may see: sources, locks and wheels, nothing else of the checkout."""
    tools = pins((PROJECT / f"deploy/locks/{BUILD}.txt").read_text(encoding="utf-8"))
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        recipe = stages_of((PROJECT / DOCKERFILE).read_text(encoding="utf-8"), image.target).encode()
        member = tarfile.TarInfo(DOCKERFILE)
        member.size = len(recipe)
        archive.addfile(member, io.BytesIO(recipe))
        for name in SOURCES:
            archive.add(PROJECT / name, name, filter=_plain)
        for path in packages:
            is_tool = wheels.pin(path.name) in set(tools.items())
            archive.add(
                path, f"deploy/wheels/{BUILD if is_tool else image.target}/{path.name}", filter=_plain
            )
            if is_tool and wheels.pin(path.name) in set(pins(image.lock.read_text(encoding="utf-8")).items()):
                archive.add(path, f"deploy/wheels/{image.target}/{path.name}", filter=_plain)


def stages_of(recipe: str, target: str) -> str:
    """Return a Dockerfile with the stages that `target` stands on: older engines build every one above it."""
    head, *stages = re.split(r"^(?=FROM )", recipe, flags=re.MULTILINE)
    named = {stage.split(maxsplit=4)[3]: stage for stage in stages}
    needed = {target}
    for name, stage in reversed(named.items()):
        if name in needed:
            needed |= {stage.split(maxsplit=2)[1], *re.findall(r"^COPY --from=(\S+)", stage, re.MULTILINE)}
    return head + "".join(stage for name, stage in named.items() if name in needed)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return the member as everybody's, whoever checked it out: the engine's cache compares owner and mode."""
    if (
        NOT_SOURCES & set(Path(member.name).parts) - {Path(member.name).name}
        or Path(member.name).name == "__pycache__"
    ):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def table(results: Sequence[Built]) -> str:
    """Return the sizes and times as lines for a person."""
    lines = [f"{'image':<34}{'size':>9}{'packages':>10}{'built in':>10}"]
    lines += [
        f"{one.image.name:<34}{one.size_bytes / 1e6:>6.0f} MB{one.packages:>10}{one.seconds:>8.0f} s"
        for one in results
    ]
    return "\n".join([*lines, f"bills of materials: {OUTPUT.relative_to(PROJECT)}"])

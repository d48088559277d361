"""Compare every part of a backup with what its manifest says of it. Changes nothing."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from app.backup.manifest import (
    MANIFEST,
    OURS,
    PARTS,
    SEAL,
    Manifest,
    Part,
    is_sealed,
    manifest_bytes,
    manifest_in,
    own_file,
    read_parts,
)
from app.checksum import sha256_of
from retrieval.errors import BackupRejected

NAMED: Final = 50  # faults told one by one

Report = Callable[[int, int], None]  # parts read, of how many


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what was found. `faults` are the first of `faults_total`."""

    manifest: Manifest | None
    is_sealed: bool | None  # None: no key to tell it with
    faults: tuple[str, ...]
    faults_total: int

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is missing, changed or added, as far as can be told."""
        return not self.faults_total


def verify(folder: Path, key: bytes | None, *, report: Report = lambda _done, _total: None) -> Verdict:
    """Return everything that is wrong with a backup. Without the key, only that its hashes fit each other."""
    try:
        data = manifest_bytes(folder)
        manifest = manifest_in(data, folder)
    except BackupRejected as error:
        return Verdict(None, None, (error.message,), 1)
    sealed = None if key is None else is_sealed(folder, data, key)
    named: list[str] = []
    total = 0
    for fault in chain(_of_seal(folder, is_ours=sealed), _of_parts(folder, manifest, report)):
        total += 1
        if len(named) < NAMED:
            named.append(fault)
    return Verdict(manifest, sealed, tuple(named), total)


def _of_seal(folder: Path, *, is_ours: bool | None) -> Iterator[str]:
    if not (folder / SEAL).is_file():
        yield f"{SEAL} is missing"
    elif is_ours is False:
        yield f"{MANIFEST} was changed, or sealed with another key"


def _of_parts(folder: Path, manifest: Manifest, report: Report) -> Iterator[str]:
    try:
        with own_file(folder, PARTS) as lines:
            if hashlib.file_digest(lines, "sha256").hexdigest() != manifest.parts_sha256:
                yield f"{PARTS} was changed"
        listed = {part.path: part for part in read_parts(folder)}
    except OSError as error:
        yield f"{PARTS} cannot be read: {error.strerror}"
        return
    except BackupRejected as error:
        yield error.message
        return
    if len(listed) != manifest.parts:
        yield f"{PARTS} lists {len(listed)} parts, {MANIFEST} counts {manifest.parts}"
    for done, part in enumerate(listed.values(), start=1):
        if fault := _fault(folder, part):
            yield fault
        report(done, len(listed))
    yield from (f"{path} was added" for path in _there(folder) if path not in listed and path not in OURS)


def _fault(folder: Path, part: Part) -> str:
    place = folder / part.path
    if place.is_symlink() or not place.is_file():
        return f"{part.path} is missing"
    try:
        size = place.stat().st_size
        if size < part.size_bytes:
            return f"{part.path} is truncated: {size:,} of {part.size_bytes:,} bytes"
        return "" if sha256_of(place) == part.sha256 else f"{part.path} was changed"
    except OSError as error:
        return f"{part.path} cannot be read: {error.strerror}"


def _there(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        links = [one for one in folders if Path(root, one).is_symlink()]
        for name in sorted((*files, *links)):
            yield Path(root, name).relative_to(folder).as_posix()

"""Read the parts of a backup so that what is loaded are the bytes that its manifest names, whoever writes beside it."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from app.backup.manifest import GET_ANOTHER, PARTS, Manifest, Part, original_part, parts_in
from app.checksum import sha256_of
from ingest.originals import FolderOriginals, opened
from retrieval.errors import BackupRejected, BrokenDocument

AT_ONCE: Final = 1 << 20


class Parts:
    """Hold what a backup lists. Verified some time ago says nothing of now: each part is hashed while it is read."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Read the list. Raises BackupRejected where it is not the one that the manifest names."""
        self._folder = folder
        with _opened(folder, PARTS) as reading:
            self._listed: dict[str, Part] = {one.path: one for one in parts_in(reading, folder)}
            _require(PARTS, _rest(reading), manifest.parts_sha256)

    def has(self, path: str) -> bool:
        """Return whether a part is listed."""
        return path in self._listed

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """Give a part to be read. Raises BackupRejected at the end where it is not what is listed; OSError."""
        with _opened(self._folder, path) as reading:
            yield reading
            self._require(path, _rest(reading))

    @contextmanager
    def copied(self, path: str, into: Path) -> Iterator[BinaryIO]:
        """Give a copy of a part that nobody else can reach, in a nameless file. Raises BackupRejected, OSError."""
        with TemporaryFile(dir=into) as copy:
            with self.reading(path) as reading:
                shutil.copyfileobj(reading, copy, AT_ONCE)
            copy.seek(0)
            yield cast(BinaryIO, copy)

    def keep(self, version: str, originals: FolderOriginals) -> None:
        """Put the original of a version where the house keeps it. Raises BackupRejected, Unavailable kinds, OSError."""
        path = original_part(version)
        try:
            staged = originals.stage(self._folder / path)
        except BrokenDocument as error:
            raise BackupRejected(error.message, remedy=GET_ANOTHER) from error
        self._require(path, sha256_of(staged))  # of the copy: what is compared is what is kept
        originals.keep(version, staged)

    def _require(self, path: str, sha256: str) -> None:
        _require(path, sha256, self._listed[path].sha256 if path in self._listed else "")


class _Hashing(RawIOBase):
    """Be a file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, room: "bytearray | memoryview") -> int:  # type: ignore[override]  # all that readers hand over
        data = self.file.read(len(room))
        room[: len(data)] = data
        self.digest.update(data)
        return len(data)


@contextmanager
def _opened(folder: Path, path: str) -> Iterator["BufferedReader[_Hashing]"]:
    try:
        file = opened(folder / path)
    except BrokenDocument as error:
        raise BackupRejected(error.message, remedy=GET_ANOTHER) from error
    with file, BufferedReader(_Hashing(file), AT_ONCE) as reading:
        yield reading


def _rest(reading: "BufferedReader[_Hashing]") -> str:
    """Read on to the end and return the digest of the whole."""
    while reading.read(AT_ONCE):
        pass
    return reading.raw.digest.hexdigest()


def _require(path: str, found: str, listed: str) -> None:
    if found != listed:
        raise BackupRejected(f"{path} was changed after it had been verified", remedy=GET_ANOTHER)

"""Keep the original files, named by version id, never by what a person called them."""

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from ingest.room import FULL, disk_full
from retrieval.errors import BrokenDocument, NotFound, OriginalsUnavailable, SetupRefused

STAGING = "staging"  # copies of files that are being read; what is in there after a crash is waste
# Originals that are to be deleted lie here while a backup copies what its snapshot names.
OUTGOING, OUTGOING_LOCK = "outgoing", "outgoing.lock"
BACKUP_LOCK = "backup.lock"


class FolderOriginals:
    """Keep originals in a folder: `ab/ab12….original`, spread over 256 subfolders."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def stage(self, source: Path) -> Path:
        """Return a copy of `source` that nobody else changes: what is checked, read and kept are the same bytes.

        Raises BrokenDocument where the file cannot be read, DiskFull, OriginalsUnavailable where none can be written.
        """
        target = self._root / STAGING / uuid4().hex
        stream = opened(source)
        with stream:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with _private(target) as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
                    status = os.fstat(stream.fileno())
                # The date of the file is the date of the version; its rights and attributes are not ours.
                os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
            except OSError as error:
                target.unlink(missing_ok=True)
                if error.errno in FULL:
                    raise disk_full(f"the original does not fit into {self._root}") from error
                raise OriginalsUnavailable(
                    f"the original cannot be kept in {self._root}: {error.strerror}",
                    remedy="make the directory writable, then `intramuros ingest retry`",
                ) from error
        return target

    def keep(self, version_id: str, staged: Path) -> None:
        """Take a staged copy for the original of a version; twice is harmless. Raises as `stage` does."""
        target = self._place(version_id)
        if target.is_file() and not staged.exists():
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        except OSError as error:
            if error.errno in FULL:
                raise disk_full(f"the original does not fit into {self._root}") from error
            raise OriginalsUnavailable(
                f"the original cannot be kept in {self._root}: {error.strerror}",
                remedy="make the directory writable, then `intramuros ingest retry`",
            ) from error

    def sweep(self, *, before: float) -> None:
        """Delete the copies that were made before this moment (Unix seconds) and that a crash left behind."""
        for copy in (self._root / STAGING).glob("*"):
            with suppress(FileNotFoundError):  # another worker was faster
                if copy.stat().st_ctime <= before:  # the time of modification is the source's
                    copy.unlink()

    def empty_outgoing(self) -> None:
        """Delete what a backup kept from deletion, unless one is under way, which does so at its end."""
        with _lock(self._root / OUTGOING_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_free:
            if is_free:
                shutil.rmtree(self._root / OUTGOING, ignore_errors=True)

    def versions(self) -> set[str]:
        """Return the versions whose originals lie here."""
        return {str(UUID(file.stem)) for file in self._root.glob("??/*.original")}

    def path(self, version_id: str) -> Path:
        """Return where the original lies. Raises NotFound."""
        place = self._place(version_id)
        if not place.is_file():
            raise NotFound("the original of this document is missing", remedy="run `intramuros doctor`")
        return place

    def forget(self, version_id: str) -> None:
        """Delete the original, at the end of a backup that is under way; nothing happens where there is none."""
        place = self._place(version_id)
        with _lock(self._root / OUTGOING_LOCK, fcntl.LOCK_SH | fcntl.LOCK_NB) as is_free:
            if is_free:
                place.unlink(missing_ok=True)
            elif place.is_file():
                (self._root / OUTGOING).mkdir(exist_ok=True)
                place.replace(self._root / OUTGOING / place.name)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Delete no original until the end, here and in other processes. Raises SetupRefused where somebody does so.

        What a killed process kept this way is deleted at the beginning.
        """
        with _lock(self._root / BACKUP_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_ours:
            if not is_ours:
                raise SetupRefused(
                    "another backup of this house is under way", remedy="wait until it has ended"
                )
            with _lock(self._root / OUTGOING_LOCK, fcntl.LOCK_EX):  # waits for deletions, which are short
                yield from self._keeping()

    def _keeping(self) -> Iterator[None]:
        shutil.rmtree(self._root / OUTGOING, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(self._root / OUTGOING, ignore_errors=True)

    def kept(self, version_id: str) -> Path | None:
        """Return where the original lies, also where it is about to be deleted; None where there is none."""
        place = self._place(version_id)
        outgoing = self._root / OUTGOING / place.name
        return next((one for one in (place, outgoing, place) if one.is_file()), None)  # it may move meanwhile

    def _place(self, version_id: str) -> Path:
        name = UUID(version_id).hex  # refuses anything that is not an id
        return self._root / name[:2] / f"{name}.original"


@contextmanager
def _lock(path: Path, how: int) -> Iterator[bool]:
    """Take a lock for as long as the block runs, and say whether it was free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, how)
        except OSError:
            yield False
        else:
            yield True


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file. Raises BrokenDocument where it cannot be read."""
    with opened(path) as stream:
        try:
            return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise unreadable(path, error) from error


def opened(path: Path) -> BufferedReader:
    """Return a file open for reading; a pipe that took its place does not block. Raises BrokenDocument."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
    except OSError as error:
        raise unreadable(path, error) from error
    return os.fdopen(descriptor, "rb")


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def unreadable(path: Path, error: OSError) -> BrokenDocument:
    """Return what to say of a file that cannot be opened."""
    return BrokenDocument(
        f"'{path.name}' cannot be read: {os.strerror(error.errno) if error.errno else error}",
        remedy="check that it is still there and may be read, then `intramuros ingest retry`",
    )

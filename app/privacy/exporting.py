"""Write an export into a file that has its name only when it is whole: whatever breaks off leaves nothing behind."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from app.audit.events import Kind
from app.privacy.export import export
from app.privacy.of_person import OfPerson
from app.records import Records
from retrieval.errors import SetupRefused

OWNER_ONLY: Final = 0o600
WITHOUT_NAMES: Final = frozenset(
    {errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT}
)  # of systems that know no nameless file


def write_export(records: Records, user: str, place: Path, *, language: str, now: datetime) -> int:
    """Write all that is kept of an account into `place`; return its size in bytes. It is put on record before.

    Raises NotFound, SetupRefused where the file exists already or cannot be written, DatabaseUnavailable.
    """
    OfPerson(records.engine, user).account()  # raises NotFound, before anything is on record
    with _whole(place) as file:
        records.audit.by_operator(
            Kind.EXPORT, outcome="all of a person", person=records.audit.pseudonym(user)
        )
        for piece in export(records, user, language=language, now=now):
            file.write(piece)
        return file.tell()


@contextmanager
def _whole(place: Path) -> Iterator[BinaryIO]:
    """Give a file without a name, which takes the right one at the end. Raises SetupRefused."""
    place = place.absolute()
    try:
        if place.exists():
            raise FileExistsError(errno.EEXIST, "it exists already")
        with _nameless(place.parent) as (file, held):
            yield file
            file.flush()
            os.fsync(file.fileno())
            _give_name(held, place)
    except OSError as error:
        raise SetupRefused(
            f"{place} cannot be written: {(error.strerror or type(error).__name__).lower()}",
            remedy="name a file that is not there yet, in a folder you may write in, with room on its disk",
        ) from error


def _give_name(held: str, place: Path) -> None:
    """Link a file under its name. Raises FileExistsError where there is one by now."""
    folder = os.open(place.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        # An absolute path has no use for the descriptor of a folder; with one, Python has the kernel follow the link.
        os.link(held, place, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


@contextmanager
def _nameless(folder: Path) -> Iterator[tuple[BinaryIO, str]]:
    """Give a file that even a killed process leaves nothing of, and by what name it can be given one.

    Where the file system knows no such file, it has a name that begins with a dot until then.
    """
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_WRONLY, OWNER_ONLY)
    except OSError as error:
        if error.errno not in WITHOUT_NAMES:
            raise
    else:
        with os.fdopen(descriptor, "wb") as file:
            yield file, f"/proc/self/fd/{descriptor}"
        return
    partial = folder / f".{uuid4().hex}.partial"
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
            yield file, str(partial)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()

"""Tell whether the disk has room for more documents. Questions go on where it has none: they write a few kilobytes."""

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from retrieval.errors import DiskFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # no space left, or none for this account


class Usage(Protocol):
    """Stand for what `shutil.disk_usage` returns."""

    @property
    def used(self) -> int:
        """Return the bytes in use."""

    @property
    def free(self) -> int:
        """Return the bytes that this account may still write."""


@dataclass(frozen=True, slots=True)
class Room:
    """Hold where the data lies, and from which share of its disk on no document is taken in.

    Above it an index could not be rewritten, and what follows a full disk is worse than waiting: nothing that people
    ask can be put on record then, so that nothing is answered.
    """

    folder: Path
    max_percent: int = 100  # as `df` shows it; 100 = take in until nothing fits
    floor_bytes: int = 0  # free at least
    look: Callable[[Path], Usage] = shutil.disk_usage

    def usage(self) -> Usage:
        """Return how full the disk is; one that `folder` will be made on counts too. Raises OSError."""
        return self.look(next(parent for parent in (self.folder, *self.folder.parents) if parent.exists()))

    def fault(self) -> str | None:
        """Return why no document can be taken in, None where one can; a disk that is gone takes none in."""
        try:
            usage = self.usage()
        except OSError as error:  # of a lost mount
            return f"the disk of {self.folder} cannot be looked at: {error.strerror}"
        # Of what accounts other than root can use, as `df` does.
        percent = 100 * usage.used / max(usage.used + usage.free, 1)
        if percent > self.max_percent:
            return f"the disk is {percent:.0f} % full, and documents are taken in up to {self.max_percent} %"
        if usage.free < self.floor_bytes:
            return f"{usage.free >> 20} MB are free on the disk, and {self.floor_bytes >> 20} MB are needed"
        return None

    def require(self) -> None:
        """Raise DiskFull where no document can be taken in."""
        if fault := self.fault():
            raise disk_full(fault)


def disk_full(fault: str) -> DiskFull:
    """Return the error that says so, and how it passes."""
    return DiskFull(
        fault,
        remedy="free disk space, mount the disk again where it is gone, or move site.data_dir to a larger one: "
        "what waits goes on by itself within a minute; ingest.max_disk_percent sets the limit",
    )

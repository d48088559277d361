"""Give a disk that is small and can be filled: a file system in memory, which root alone may mount."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEGABYTE = 1 << 20


class SmallDisk:
    """Hold where it is mounted; `fill` leaves as much free as is wanted, `clear` gives it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, *, leave_bytes: int) -> None:
        """Use up all but so much, to the page."""
        usage = os.statvfs(self.folder)
        wanted = usage.f_bavail * usage.f_frsize - leave_bytes
        with self._filler.open("ab") as stream:
            if wanted > 0:
                os.posix_fallocate(stream.fileno(), self._filler.stat().st_size, wanted)

    def fill_up(self) -> None:
        """Use up everything: not a byte can be written."""
        with self._filler.open("ab", buffering=0) as stream:
            for size in (MEGABYTE, 4096):
                try:
                    while True:
                        stream.write(b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def clear(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[SmallDisk]:
    """Give a disk of `size_mb` at `folder`; the test is skipped, and counted, where none may be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

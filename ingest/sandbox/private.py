"""Lend a document its private folder: see that it stays small, and remove it whatever was done to it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MAX_PRIVATE_BYTES = 1024**3  # OCR keeps one page of 50 MB there, and what it read
MAX_PRIVATE_ENTRIES = 10_000  # OCR has three files a page, one page at a time
BLOCK_BYTES = 512  # of st_blocks, whatever the file system's own are


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give an empty folder; afterwards it is gone with all that is in it. No process may be at work there then."""
    folder = Path(tempfile.mkdtemp(prefix="intramuros-"))
    try:
        yield folder
    finally:
        remove(folder)


def is_overfull(folder: Path) -> bool:
    """Say whether more lies in a folder than a parser needs, counted as it lies on the disk."""
    waiting = [os.fspath(folder)]
    size_bytes = entries = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                for entry in listing:
                    with suppress(FileNotFoundError):  # a temporary file that is gone again
                        size_bytes += entry.stat(follow_symlinks=False).st_blocks * BLOCK_BYTES
                    entries += 1
                    if size_bytes > MAX_PRIVATE_BYTES or entries > MAX_PRIVATE_ENTRIES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:  # closed to its owner, or deeper than a path can name: no parser does that
            return True
    return False


def remove(folder: Path) -> None:
    """Remove a folder however deeply it is nested: each folder within is raised to the top, so no path grows long."""
    waiting = [folder]
    while waiting:
        present = waiting.pop()
        for inner in _emptied(present):
            inner.chmod(0o700)  # to move a folder takes the right to write into it
            waiting.append(inner.rename(folder / os.urandom(8).hex()))
        if present != folder:
            present.rmdir()
    folder.rmdir()


def _emptied(folder: Path) -> list[Path]:
    """Delete the files of a folder; return the folders within."""
    with os.scandir(folder) as listing:
        entries = list(listing)
    folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            Path(entry.path).unlink()
    return folders

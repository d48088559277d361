"""Keep a directory to one process."""

import fcntl
import os
from pathlib import Path
from typing import IO

from retrieval.errors import IndexUnavailable


def hold(directory: Path) -> IO[str]:
    """Return the open lock file of `directory`, which this process holds until it closes it.

    Raises IndexUnavailable, naming the holder, where another one does, or where the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "lock").open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise IndexUnavailable(
            f"the index in {directory} cannot be written: {error.strerror}",
            remedy="give the account that runs Intramuros write access to the data directory",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read(20).strip() or "unknown"
        file.close()
        raise IndexUnavailable(
            f"the index in {directory} is in use by process {holder}",
            remedy="stop that process first, or ask it through its API instead of opening the index twice",
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def holder(directory: Path) -> int | None:
    """Return the process that holds `directory`, 0 for one that is not told, None where it is free. Touches nothing."""
    try:
        file = (directory / "lock").open("r", encoding="ascii", errors="replace")
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            told = file.read(20).strip()
            return int(told) if told.isascii() and told.isdigit() else 0
        return None

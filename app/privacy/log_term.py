"""Keep the log of a house that `intramuros up` runs no longer than its term: one file a day, old lines dropped.

A server in containers writes to its engine, which rotates what it takes; there is nothing here then.
"""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from ingest.database import stamp
from retrieval.errors import Unavailable

OWNER_ONLY: Final = 0o600
DAY: Final = "%Y-%m-%d"


def due(run_dir: Path, *, before: datetime) -> int:
    """Return how many lines of past days are older than their term."""
    horizon = stamp(before)
    return sum(at <= horizon for file in _past(run_dir) for at, _ in _dated(file))


def drop(run_dir: Path, *, before: datetime, now: datetime) -> int:
    """Begin a new file a day, and drop old lines from those of past days; return how many went. Raises Unavailable.

    What writes goes on writing into the same file, which is emptied: it is open in another process.
    """
    horizon, count = stamp(before), 0
    try:
        for file in sorted(run_dir.glob("*.log")):
            _turn_over(file, now)
        for file in _past(run_dir):
            lines = list(_dated(file))
            kept = [line for at, line in lines if at > horizon]
            if len(kept) < len(lines):
                _rewrite(file, kept)
            count += len(lines) - len(kept)
    except OSError as error:
        raise Unavailable(
            f"the log in {run_dir} cannot be shortened: {error.strerror}",
            remedy="give the account that runs Intramuros the right to write there",
        ) from error
    return count


def _turn_over(file: Path, now: datetime) -> None:
    """Put what a log holds of past days into a file of its own, named by the day on which it was taken off."""
    first = next((at for line in _lines(file) if (at := _at(line))), "")
    aside = file.with_name(f"{file.stem}.{now.strftime(DAY)}.past")
    if aside.exists() or not file.stat().st_size or first[:10] >= now.strftime(DAY):
        return
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with file.open("rb") as source, os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(source, target)
    os.truncate(file, 0)  # its writers append, so that they go on at the new beginning


def _past(run_dir: Path) -> list[Path]:
    return sorted(run_dir.glob("*.past"))


def _rewrite(file: Path, kept: list[str]) -> None:
    if not kept:
        file.unlink()
        return
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.writelines(kept)
    fresh.replace(file)


def _dated(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines with when each was written: as it says, as the one before it, else the day it was taken off."""
    at = file.name.split(".")[-2]
    for line in _lines(file):
        at = _at(line) or at
        yield at, line


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="replace") as source:
        yield from source


def _at(line: str) -> str:
    """Return when a line says that it was written, "" where it does not."""
    try:
        return str(json.loads(line)["at"])
    except (ValueError, KeyError, TypeError):
        return ""

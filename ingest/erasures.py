"""Keep the list of what was erased, outside the database: a restored backup is made to forget it again.

A line holds a time, a kind and an id; what was erased is not told. A thing that was made again after its line stays.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ingest.database import stamp, utc_now
from retrieval.errors import BackupRejected, Unavailable

FILE_NAME = "erasures.jsonl"
OWNER_ONLY = 0o600


class Erased(StrEnum):
    """Name what can be erased; what is disabled or restricted may be enabled or released again."""

    DOCUMENT = "document"
    CONVERSATION = "conversation"
    FEEDBACK = "feedback"  # by the id of its answer
    KEY = "key"
    DISABLED = "account disabled"
    ENABLED = "account enabled"
    DOCUMENT_RESTRICTED = "document restricted"
    DOCUMENT_RELEASED = "document released"
    PERSON_RESTRICTED = "person restricted"
    PERSON_RELEASED = "person released"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Hold one line."""

    at: str
    kind: Erased
    id: str


class Erasures:
    """Append to the list, from several processes, and read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """Make the list where there is none: that nothing was erased is told by an empty one. Raises Unavailable."""
        self._append("")

    def add(self, kind: Erased, identity: str, *, now: datetime, made_at: str = "") -> None:
        """Write down that this is about to be erased. Raises Unavailable: what comes back by itself is not erased.

        What can be made again under its id is given with the time it has now: the line is not older than that, also
        where the clock has been set back meanwhile.
        """
        self._append(json.dumps(asdict(Erasure(max(stamp(now), made_at), kind, identity))) + "\n")

    def _append(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
            with os.fdopen(descriptor, "rb+") as file:
                size = file.seek(0, os.SEEK_END)
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    text = "\n" + text  # a crash cut the last line off
                file.write(text.encode())  # one write: lines of several processes do not mix
        except OSError as error:
            raise Unavailable(
                f"the list of erasures {self.path} cannot be written: {error.strerror}",
                remedy="free disk space, or give the account that runs Intramuros the right to write there",
            ) from error

    def document(self, document: str, *, made_at: str) -> None:
        """Write down that a document is about to be erased, which has this time of its making. Raises Unavailable."""
        self.add(Erased.DOCUMENT, document, now=utc_now(), made_at=made_at)

    def all(self) -> tuple[Erasure, ...]:
        """Return the list, oldest first; empty where there is none. Raises BackupRejected for a line without sense."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unreadable(self.path, error.strerror or "") from error
        return erasures_in(content, self.path)


def erasures_in(content: bytes, place: Path) -> tuple[Erasure, ...]:
    """Return what the content of a list holds, oldest first. Raises BackupRejected for a line without sense."""
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise _unreadable(place, "it is no text") from error
    return tuple(_read(place, lines))


def _read(path: Path, lines: list[str]) -> Iterable[Erasure]:
    for number, line in enumerate(lines, start=1):
        if not line.endswith("}"):
            continue  # a crash cut it off, before anything was erased
        try:
            told = json.loads(line)
            yield Erasure(str(told["at"]), Erased(told["kind"]), str(told["id"]))
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable(path, f"line {number} makes no sense") from error


def _unreadable(path: Path, why: str) -> BackupRejected:
    return BackupRejected(
        f"the list of erasures {path} cannot be read: {why}",
        remedy="mend that line by hand, or take a copy of it",
    )

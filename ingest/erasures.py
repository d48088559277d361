"""Keep the list of what was erased, outside the database: a restored backup is made to forget it again.

A line holds a time, a kind and an id; what was erased is not told. A thing that was made again after its line stays.
An erased person has a digest in place of the account, which a restored account is compared with.
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from ingest.database import stamp, utc_now
from retrieval.errors import BackupRejected, Unavailable

FILE_NAME = "erasures.jsonl"
OWNER_ONLY = 0o600
SALT_CHARS: Final = 16  # in hexadecimal, before the digest: equal accounts of two houses look different
DIGEST_CHARS: Final = 32  # 128 bits, which no two of a house's people share


class Erased(StrEnum):
    """Name what can be erased; what is disabled or restricted may be enabled or released again."""

    DOCUMENT = "document"
    CONVERSATION = "conversation"
    FEEDBACK = "feedback"  # by the id of its answer
    KEY = "key"
    PERSON = "person"  # by a digest
    COLLECTION = "collection"
    ANSWERS_REDACTED = "answers redacted"  # those that read a document, by its id
    ANSWERS_FLAGGED = "answers flagged"
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


# What is in one of two states, by the account; an erased account has none.
OF_ACCOUNT: Final = (Erased.DISABLED, Erased.ENABLED, Erased.PERSON_RESTRICTED, Erased.PERSON_RELEASED)


def person_digest(account: str, *, salt: str = "") -> str:
    """Return what stands for an erased account in the list, with a salt of its own where none is given.

    No key is in it: a house whose keys were lost still erases again.
    """
    salt = salt or secrets.token_hex(SALT_CHARS // 2)
    return (
        salt
        + hashlib.sha256(f"{salt}\0{account}".encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]
    )


def is_person(digest: str, account: str) -> bool:
    """Return whether a line stands for this account."""
    return person_digest(account, salt=digest[:SALT_CHARS]) == digest


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
        with self._locked() as file:
            size = file.seek(0, os.SEEK_END)
            if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
                text = "\n" + text  # a crash cut the last line off
            file.write(text.encode())

    def drop_account(self, account: str) -> None:
        """Drop the lines that name an account, which has one as an erased person by now. Raises Unavailable."""
        with self._locked() as file:
            told = erasures_in(file.read(), self.path)
            lines = [one for one in told if one.kind not in OF_ACCOUNT or one.id != account]
            if len(lines) == len(told):
                return
            fresh = self.path.with_name(f"{self.path.name}.new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as rest:
                rest.writelines(f"{json.dumps(asdict(one))}\n".encode() for one in lines)
                rest.flush()
                os.fsync(rest.fileno())
            fresh.replace(self.path)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """Give the list to this process alone, to be read and appended to. Raises Unavailable."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            while True:
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
                with os.fdopen(descriptor, "rb+") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    if os.fstat(descriptor).st_ino != self.path.stat().st_ino:
                        continue  # another process has put a shorter list in its place
                    yield file
                    return
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

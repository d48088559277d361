"""Say what is recorded, and seal it: HMAC-SHA256 over the record and the seal before it. Pure.

A record holds ids, counts and keyed hashes, never what people ask, read or are called. It is sealed and written out in
ASCII on one line, so nothing in it can begin a record of its own.
"""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, TypedDict

GENESIS: Final = "0" * 64  # stands for the seal before the first record
WITHHELD: Final = "withheld"  # in place of what does not look like an id
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
# What the code and the settings name; with a dot in it, an id would be a file name.
_PLAIN: Final = re.compile(r"[A-Za-z0-9/{}._:+-]{1,128}")
_OURS: Final = frozenset({"route", "version", "since", "until"})


class Kind(StrEnum):
    """Name what happened. The list is closed: what is not here is not recorded."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    SIGN_IN_DENIED = "sign-in-denied"
    DENIED = "access-denied"
    ACTED_AS = "acted-as"  # from the command line, which can act as any account
    QUESTION = "question"  # taken in, before anything is looked for
    RETRIEVAL = "retrieval"  # which documents were read for it, under which filter
    ANSWER = "answer"
    OPENED = "document-opened"
    ADMIN_VIEW = "admin-view"
    INGESTION = "ingestion"
    ACCESS = "access-changed"  # readers and managers of a collection or document, role of an account
    ERASURE = "erasure"
    EXPORT = "export"
    KEY_MADE = "key-made"
    KEY_REVOKED = "key-revoked"
    HOLD = "hold"  # a legal hold, placed or released
    BREAK_GLASS = "break-glass"  # somebody's chats: asked for, approved, read, given back
    RETENTION = "retention"  # what was dropped because its term is over, by store
    CONFIGURATION = "configuration"
    SEARCH = "audit-search"
    VERIFIED = "audit-verified"
    CHECKPOINT = "checkpoint"  # what was older is purged; the chain goes on from the seal it names


class About(TypedDict, total=False):
    """List what a record may say of things: ids, counts, fingerprints. No field is for a name or for free text."""

    answer: str
    conversation: str
    document: str
    documents: Sequence[str]
    collection: str
    collections: Sequence[str]
    chunk: str
    job: str
    hold: str
    request: str  # of break-glass
    key: str
    person: str  # pseudonym of whom it was done to
    question: str  # keyed hash
    filter: str  # keyed hash of the principals and collections that applied
    readers: str  # keyed hash of the rule
    managers: str  # keyed hash
    settings: str  # SHA-256 of all of them, without secrets
    route: str  # the template, never the path
    version: str
    thing: str  # any id that was looked for
    kinds: Sequence[str]
    since: str
    until: str
    status: int
    count: int
    unrecorded: int  # refusals of this sort that were only counted, see app.audit.refusals
    purged_until: int  # sequence number of the last record that is gone
    purged_mac: str  # and its seal


@dataclass(frozen=True, slots=True)
class Record:
    """Hold a record as stored. `objects` is the JSON text that was sealed, letter for letter."""

    seq: int  # 1-based, without a gap
    at: str
    kind: str
    actor: str | None  # pseudonym; None where no account is known
    outcome: str
    objects: str
    source: str | None
    mac: str

    def line(self) -> str:
        """Return the record as one line of JSON in ASCII, with its seal."""
        values = asdict(self) | {"objects": json.loads(self.objects)}
        return json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def written(about: About) -> str:
    """Return what a record says of things as canonical JSON; what does not look like an id is withheld."""
    return json.dumps(
        {name: _plain(value, _PLAIN if name in _OURS else _ID) for name, value in about.items()},
        ensure_ascii=True,
        sort_keys=True,
        separators=(",", ":"),
    )


def seal(record: Record, before: str, key: bytes) -> str:
    """Return the seal of a record, its own left aside: 64 hexadecimal digits that only the key makes."""
    fields = (record.seq, record.at, record.kind, record.actor, record.outcome, record.objects, record.source)
    text = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
    return hmac.digest(key, f"{before}\n{text}".encode("ascii"), "sha256").hex()


def address(text: str) -> str:
    """Return a network address as it may stand in a record."""
    return text if _PLAIN.fullmatch(text) else WITHHELD


def _plain(value: object, pattern: re.Pattern[str]) -> object:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return value if pattern.fullmatch(value) else WITHHELD
    return [_plain(one, pattern) for one in value]  # type: ignore[attr-defined]  # About holds nothing else

"""Hold what the API returns of the audit trail, and what is asked of it, as frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which records are looked for; what is empty does not matter."""

    since: date | None = None
    until: date | None = None  # that day included
    kinds: tuple[str, ...] = ()
    actor: str = ""
    thing: str = ""

    def query(self) -> list[tuple[str, str]]:
        """Return the parameters of the request."""
        after = None if self.until is None else self.until + timedelta(days=1)
        pairs = [
            ("since", "" if self.since is None else self.since.isoformat()),
            ("until", "" if after is None else after.isoformat()),
            ("actor", self.actor),
            ("thing", self.thing),
            *(("kind", kind) for kind in self.kinds),
        ]
        return [(name, value) for name, value in pairs if value]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Hold a record: ids, counts and a pseudonym."""

    seq: int
    at: str
    kind: str
    outcome: str
    objects: Mapping[str, str | int | Sequence[str]]
    actor: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Say what the last check of the chain found."""

    at: str
    is_whole: bool
    records: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Hold records, newest first; `before` gives the next page, None where there is none."""

    events: tuple[AuditEvent, ...]
    before: int | None = None
    verified: Verified | None = None


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Name a record that does not fit."""

    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Say whether the chain is whole."""

    verified_at: str
    is_whole: bool
    records: int
    faults: tuple[ChainFault, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerUsing:
    """Name an answer that read a document."""

    answer: str
    at: str
    outcome: str
    is_cited: bool
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class AnswersUsing:
    """Hold the answers that read a document, newest first."""

    answers: tuple[AnswerUsing, ...]
    has_more: bool = False

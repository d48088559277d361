"""Say how a collection and its sources stand: when a sync is due, what is missing or wrong. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.declared import DeclaredSource
from ingest.collections import Collection
from ingest.jobs import Job, JobState
from ingest.types import State

DECLARED = ("id", "name", "owner", "purpose", "legal_basis", "retention_days", "confidentiality", "readers")
PERSONAL = ("personal_data", "personal_data_readers")
OF_SOURCE = ("id", "kind", "collection", "readers", "path", "endpoint", "bucket", "prefix", "region")


class Lack(StrEnum):
    """Name what is missing or wrong with a collection; the page has the words and the remedy."""

    NOT_DECLARED = "not_declared"  # the settings named it once
    NO_READERS = "no_readers"
    NO_MANAGERS = "no_managers"
    EMPTY = "empty"
    SET_ASIDE = "set_aside"
    TO_REVIEW = "to_review"
    PLACE_GONE = "place_gone"
    SYNC_FAILED = "sync_failed"
    OVERDUE = "overdue"
    NEVER_SYNCED = "never_synced"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Hold one thing that is missing or wrong, with how many documents or which source it is about."""

    lack: Lack
    count: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """Hold a declared source with its latest sync. `is_there` is False where its folder cannot be entered."""

    declared: DeclaredSource
    last: Job | None
    is_there: bool

    def next_at(self) -> datetime | None:
        """Return by when the clock orders the next sync; None where it does not, or there was none to count from."""
        if not self.declared.every_minutes or self.last is None:
            return None
        return datetime.fromisoformat(self.last.created_at) + timedelta(minutes=self.declared.every_minutes)

    def lacks(self, *, now: datetime) -> Iterable[Shortfall]:
        """Yield what is wrong with the source; it is overdue once two rounds passed without an order."""
        source, every = self.declared.id, timedelta(minutes=self.declared.every_minutes)
        if not self.is_there:
            yield Shortfall(Lack.PLACE_GONE, source=source)
        if self.last is None:
            yield Shortfall(Lack.NEVER_SYNCED, source=source)
        elif self.last.state is JobState.FAILED:
            yield Shortfall(Lack.SYNC_FAILED, source=source)
        due = self.next_at()
        if due is not None and due + every < now:
            yield Shortfall(Lack.OVERDUE, source=source)


def shortfalls(
    collection: Collection,
    counts: Mapping[State, int],
    sources: Sequence[SourceStanding],
    *,
    to_review: int,
    is_declared: bool,
    now: datetime,
) -> tuple[Shortfall, ...]:
    """Return what is missing or wrong with a collection, what keeps people from reading it first."""
    aside = counts.get(State.QUARANTINED, 0)
    found = [
        Shortfall(Lack.NOT_DECLARED) if not is_declared else None,
        Shortfall(Lack.NO_READERS) if not collection.readers else None,
        Shortfall(Lack.EMPTY) if not sources and not counts.get(State.VISIBLE) else None,
        Shortfall(Lack.SET_ASIDE, count=aside) if aside else None,
        Shortfall(Lack.TO_REVIEW, count=to_review) if to_review else None,
        Shortfall(Lack.NO_MANAGERS) if not collection.managers else None,
    ]
    of_sources = [one for source in sources for one in source.lacks(now=now)]
    return tuple(one for one in found if one is not None) + tuple(of_sources)


def settings_lines(collection: Collection, sources: Iterable[DeclaredSource]) -> str:
    """Return the lines of the settings file that declare a collection and its sources; of keys not even the files."""
    lines = ["[[collections]]"]
    lines += [f"{name} = {_value(getattr(collection, name))}" for name in (*DECLARED, "managers", *PERSONAL)]
    for source in sources:
        lines += ["", "[[sources]]"]
        lines += [f"{name} = {_value(getattr(source, name))}" for name in OF_SOURCE if getattr(source, name)]
        if source.kind == "s3":
            lines += ["# access_key_file and secret_key_file as they stand in the file"]
        lines += [f"every_minutes = {source.every_minutes}"] if source.every_minutes else []
        lines += ["watch = true"] if source.watch else []
        for rule in source.rules:
            lines += ["", "[[sources.rules]]", f"match = {_value(rule.match)}"]
            lines += [f"readers = {_value(rule.readers)}"]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """Return a value as TOML writes it; its strings take JSON's escapes."""
    if isinstance(value, tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, int):
        return str(value)
    # TOML forbids U+007F unescaped; JSON lets it through.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")

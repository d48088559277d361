"""Write and read the table of the audit trail. One writer at a time, so that each seal follows the one before it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.audit.events import GENESIS, About, Kind, Record, seal, written
from app.schema import audit_events
from ingest.database import reading, stamp, writing_in_turn
from retrieval.errors import DatabaseUnavailable

TURN = 0x1A7D17  # of the lock that writers of the trail take on PostgreSQL; any number nobody else takes
ROWS_AT_ONCE = 2_000  # a record is some hundred bytes


@dataclass(frozen=True, slots=True)
class Event:
    """Hold what is to be recorded; it gets its number, its time and its seal when it is written."""

    kind: Kind
    actor: str | None
    outcome: str
    about: About
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which records are looked for; what is empty does not matter."""

    since: str = ""  # a time as stored, or how it begins: "2026-03-01"
    until: str = ""  # not including it
    kinds: tuple[str, ...] = ()
    actor: str = ""
    thing: str = ""  # the id of a document, conversation, answer, job, collection


class Trail:
    """Append records and read them. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self.key = key

    def append(self, event: Event, *, now: datetime) -> Record:
        """Write an event at the end of the chain."""
        try:
            with writing_in_turn(self._engine, TURN) as connection:
                return self._append(connection, event, now)
        except SQLAlchemyError as error:
            # A rule of the database that refuses the row is no fault of what was to be recorded.
            raise DatabaseUnavailable(
                f"the audit trail takes no record: {type(error).__name__}", remedy="run `intramuros doctor`"
            ) from error

    def head(self) -> Record | None:
        """Return the last record, None where there is none."""
        with reading(self._engine) as connection:
            return _last(connection)

    def records(self) -> Iterator[Record]:
        """Yield all records in order; memory stays flat."""
        query = select(audit_events).order_by(audit_events.c.seq)
        with reading(self._engine) as connection:
            for row in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
                yield _record(row)

    def found(self, wanted: Wanted, *, before: int = 0, limit: int) -> tuple[Record, ...]:
        """Return the newest records that are wanted, newest first; with `before`, only those of a lower number."""
        query = _matching(wanted).order_by(audit_events.c.seq.desc()).limit(limit)
        query = query.where(audit_events.c.seq < before) if before else query
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def all_found(self, wanted: Wanted) -> Iterator[Record]:
        """Yield all records that are wanted, oldest first; no transaction waits for whoever takes them."""
        query, last = _matching(wanted).order_by(audit_events.c.seq).limit(ROWS_AT_ONCE), 0
        while True:
            with reading(self._engine) as connection:
                page = [_record(row) for row in connection.execute(query.where(audit_events.c.seq > last))]
            yield from page
            if len(page) < ROWS_AT_ONCE:
                return
            last = page[-1].seq

    def newest(self, kind: Kind) -> Record | None:
        """Return the last record of a kind, None where there is none."""
        return next(iter(self.found(Wanted(kinds=(kind,)), limit=1)), None)

    def count(self, *, before: datetime) -> int:
        """Return how many records are older than a moment."""
        return count_older(self._engine, before=before)

    def purge(self, *, days: int, now: datetime, due_until: datetime) -> int:
        """Delete what is older than `days` by `due_until`, when it is purged again.

        Returns the number of the last record that went, 0 where none did. A checkpoint of `now` lets the chain go on
        without them.
        """
        table = audit_events
        horizon = stamp(due_until - timedelta(days=days))
        with writing_in_turn(self._engine, TURN) as connection:
            kept = select(table.c.seq).where(table.c.at >= horizon).order_by(table.c.seq).limit(1)
            first_kept = connection.execute(kept).scalar()
            old = select(table.c.seq, table.c.mac).order_by(table.c.seq.desc()).limit(1)
            old = old if first_kept is None else old.where(table.c.seq < first_kept)
            last_old = connection.execute(old).first()
            if last_old is None:
                return 0
            about: About = {"purged_until": last_old.seq, "purged_mac": last_old.mac}
            self._append(connection, Event(Kind.CHECKPOINT, None, "purged", about), now)
            connection.execute(delete(table).where(table.c.seq <= last_old.seq))
            return int(last_old.seq)

    def _append(self, connection: Connection, event: Event, now: datetime) -> Record:
        last = _last(connection)
        seq, before = (1, GENESIS) if last is None else (last.seq + 1, last.mac)
        about = written(event.about)
        bare = Record(seq, stamp(now), event.kind, event.actor, event.outcome, about, event.source, "")
        record = replace(bare, mac=seal(bare, before, self.key))
        connection.execute(
            insert(audit_events).values({name: getattr(record, name) for name in Record.__slots__})
        )
        return record


def count_older(engine: Engine, *, before: datetime) -> int:
    """Return how many records of the trail are older than a moment; no key is needed. Raises DatabaseUnavailable."""
    query = select(func.count()).select_from(audit_events).where(audit_events.c.at < stamp(before))
    with reading(engine) as connection:
        return int(connection.execute(query).scalar_one())


def _matching(wanted: Wanted) -> Select[Any]:
    table = audit_events
    query = select(table)
    if wanted.since:
        query = query.where(table.c.at >= wanted.since)
    if wanted.until:
        query = query.where(table.c.at < wanted.until)
    if wanted.kinds:
        query = query.where(table.c.kind.in_(wanted.kinds))
    if wanted.actor:
        query = query.where(table.c.actor == wanted.actor)
    if wanted.thing:
        # An id stands in quotes in the sealed text, whatever it is an id of.
        query = query.where(table.c.objects.contains(f'"{wanted.thing}"', autoescape=True))
    return query


def _last(connection: Connection) -> Record | None:
    row = connection.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)).first()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> Record:
    return Record(row.seq, row.at, row.kind, row.actor, row.outcome, row.objects, row.source, row.mac)

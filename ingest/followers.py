"""Know which processes of the house are there and which indexes each of them writes to: a change waits for them all.

A process that wrote to the index of before only, after the change, would write what nobody finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from ingest.attempts import LEASE
from ingest.database import reading, stamp, writing
from ingest.schema import index_followers
from retrieval.errors import Unavailable

FORGOTTEN_AFTER = timedelta(days=1)  # a row of a process that was killed


@dataclass(frozen=True, slots=True)
class Process:
    """Hold what a process said of itself last."""

    name: str
    current: str  # catalogue id of the embedder whose index it searches and writes to
    beside: str | None  # of the one that gets all that it writes, too
    fault: str | None = None  # why it cannot follow further

    @property
    def written(self) -> frozenset[str]:
        """Return the indexes that it writes to."""
        return frozenset({self.current} if self.beside is None else {self.current, self.beside})

    def as_text(self) -> str:
        """Return who it is and what holds it up."""
        return self.name if self.fault is None else f"{self.name} ({self.fault})"


class Processes:
    """Read and write which processes there are. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tell(self, process: Process, *, now: datetime) -> None:
        """Write down that a process is there, and where it stands; said again and again, it counts for a minute."""
        old = index_followers.c.seen_at < stamp(now - FORGOTTEN_AFTER)
        row = {name: getattr(process, name) for name in ("name", "current", "beside", "fault")}
        with writing(self._engine) as connection:
            connection.execute(delete(index_followers).where((index_followers.c.name == process.name) | old))
            connection.execute(insert(index_followers).values(**row, seen_at=stamp(now)))

    def leave(self, name: str) -> None:
        """Forget a process that writes no more."""
        with writing(self._engine) as connection:
            connection.execute(delete(index_followers).where(index_followers.c.name == name))

    def all(self, *, now: datetime) -> tuple[Process, ...]:
        """Return every process that was there within the last minute, by name."""
        with reading(self._engine) as connection:
            return present(connection, now=now)

    def others_than(self, models: Sequence[str], *, now: datetime) -> tuple[Process, ...]:
        """Return the processes that do not write to just these indexes."""
        return tuple(one for one in self.all(now=now) if one.written != frozenset(models))


def present(connection: Connection, *, now: datetime) -> tuple[Process, ...]:
    """Return every process that was there within the last minute, as a transaction sees it."""
    columns = (getattr(index_followers.c, name) for name in ("name", "current", "beside", "fault"))
    found = select(*columns).where(index_followers.c.seen_at >= stamp(now - LEASE))
    return tuple(Process(*row) for row in connection.execute(found.order_by(index_followers.c.name)))


def require_all(connection: Connection, models: Sequence[str], *, now: datetime) -> None:
    """Raise Unavailable where a process does not write to just these indexes."""
    behind = [one for one in present(connection, now=now) if one.written != frozenset(models)]
    if behind:
        raise Unavailable(
            f"not every process writes to both indexes yet: {'; '.join(one.as_text() for one in behind)}",
            remedy="it is tried again; a process that cannot follow says why: mend that, or stop it",
        )

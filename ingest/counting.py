"""Count in the database how ingestion stands: jobs, documents, what waits, what is shown."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Engine, Select, func, select
from sqlalchemy.pool import QueuePool

from ingest.database import reading
from ingest.jobs import JobState
from ingest.schema import chunks, documents, job_items, jobs
from ingest.types import ENDED, State

OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the counts of one moment."""

    jobs: Mapping[str, int]  # by state
    documents: Mapping[str, int]  # by state
    backlog: int  # files of open jobs without an end
    oldest_s: float  # age of the oldest open job, 0 where none is open
    chunks: int  # of the versions that are shown
    ping_s: float  # how long the database took for an empty question
    connections: int  # in use by this process, this one not among them


class Counting:
    """Count in one transaction. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, *, now: datetime) -> Found:
        """Return the counts; every state has one, so that a figure falls to 0 and does not vanish."""
        asked = time.perf_counter()
        with reading(self._engine) as connection:
            connection.execute(select(1)).scalar()
            ping_s = time.perf_counter() - asked
            is_open = jobs.c.state.in_(OPEN)
            oldest = connection.execute(select(func.min(jobs.c.created_at)).where(is_open)).scalar()
            waiting = select(func.count()).select_from(job_items.join(jobs))
            shown = chunks.join(documents, documents.c.visible_version_id == chunks.c.version_id)
            return Found(
                jobs={**dict.fromkeys(map(str, JobState), 0), **_by(connection, jobs.c.state)},
                documents={**dict.fromkeys(map(str, State), 0), **_by(connection, documents.c.state)},
                backlog=_count(connection, waiting.where(is_open, job_items.c.state.not_in(ENDED))),
                oldest_s=(now - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0,
                chunks=_count(connection, select(func.count()).select_from(shown)),
                ping_s=ping_s,
                connections=self._in_use() - 1,
            )

    def _in_use(self) -> int:
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 1


def _by(connection: Connection, state: Column[str]) -> dict[str, int]:
    query = select(state, func.count()).group_by(state)
    return {str(name): int(count) for name, count in connection.execute(query)}


def _count(connection: Connection, query: Select[int]) -> int:
    return int(connection.execute(query).scalar_one())

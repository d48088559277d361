"""Keep ingestion jobs in the database: the contract between who orders work and who does it.

A worker owns a job by a lease that its heartbeat renews; a job whose worker died is taken up by the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, RowMapping, case, func, insert, or_, select, update

from ingest.database import reading, stamp, writing
from ingest.pipeline import Result
from ingest.schema import job_items, jobs
from ingest.types import SourceFile, State
from retrieval.errors import InvalidRequest, NotFound

LEASE = timedelta(seconds=60)  # a worker beats every second; a minute of silence means it is gone


REMOVE = "remove"  # the kind of a job that forgets its files


class JobState(StrEnum):
    """Say where a job stands; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDS = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Order:
    """Say what a new job shall do. With `forget_vanished`, documents of `source` not among `files` are forgotten."""

    kind: str  # ingest | sync | retry | remove
    collection_id: str
    source: str
    files: tuple[SourceFile, ...]
    created_by: str
    forget_vanished: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Hold a job with its counts. `done` counts every file that reached an end, failures among them."""

    id: str
    kind: str
    collection_id: str
    source: str
    state: JobState
    created_by: str
    forget_vanished: bool
    message: str | None
    created_at: str
    finished_at: str | None
    total: int
    done: int
    failed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one file of a job and where it stands."""

    key: str
    file_name: str
    state: State
    reason: str | None
    remedy: str | None


class JobStore:
    """Read and write jobs. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def place(self, order: Order, *, now: datetime) -> str:
        """Queue a job and return its id."""
        identity = str(uuid4())
        with writing(self._engine) as connection:
            connection.execute(
                insert(jobs).values(
                    id=identity,
                    kind=order.kind,
                    collection_id=order.collection_id,
                    state=JobState.QUEUED,
                    created_by=order.created_by,
                    vanished=order.forget_vanished,
                    source=order.source,
                    created_at=stamp(now),
                )
            )
            rows = [_item_row(identity, file) for file in order.files]
            if rows:
                connection.execute(insert(job_items), rows)
        return identity

    def claim(self, worker: str, *, now: datetime) -> str | None:
        """Take the oldest job that is queued, or running without a heartbeat for a lease; return its id."""
        orphaned = (jobs.c.state == JobState.RUNNING) & (jobs.c.heartbeat_at < stamp(now - LEASE))
        open_job = or_(jobs.c.state == JobState.QUEUED, orphaned)
        with writing(self._engine) as connection:
            query = select(jobs.c.id).where(open_job).order_by(jobs.c.created_at).limit(1)
            identity = connection.execute(query).scalar()
            if identity is None:
                return None
            # The condition again: on PostgreSQL two workers may have chosen the same job, only one updates it.
            taken = connection.execute(
                update(jobs)
                .where(jobs.c.id == identity, open_job)
                .values(state=JobState.RUNNING, worker=worker, heartbeat_at=stamp(now))
            )
            return str(identity) if taken.rowcount else None

    def beat(self, job: str, worker: str, *, now: datetime) -> bool:
        """Renew the lease; return False where the job was cancelled or is no longer this worker's."""
        with writing(self._engine) as connection:
            renewed = connection.execute(
                update(jobs)
                .where(jobs.c.id == job, jobs.c.worker == worker, jobs.c.state == JobState.RUNNING)
                .values(heartbeat_at=stamp(now))
            )
            return bool(renewed.rowcount)

    def release(self, worker: str) -> None:
        """Give back what this worker holds, so that the next one need not wait for the lease."""
        with writing(self._engine) as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.worker == worker, jobs.c.state == JobState.RUNNING)
                .values(state=JobState.QUEUED, worker=None)
            )

    def pending(self, job: str) -> tuple[SourceFile, ...]:
        """Return the files of a job that have not reached an end."""
        query = (
            select(job_items, jobs.c.source)
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .where(job_items.c.job_id == job, job_items.c.state.not_in((State.VISIBLE, State.QUARANTINED)))
            .order_by(job_items.c.key)
        )
        with reading(self._engine) as connection:
            return tuple(_source_file(row) for row in connection.execute(query).mappings())

    def keys(self, job: str) -> frozenset[str]:
        """Return the keys of all files of a job."""
        with reading(self._engine) as connection:
            return frozenset(
                connection.execute(select(job_items.c.key).where(job_items.c.job_id == job)).scalars()
            )

    def report(self, job: str, key: str, state: State) -> None:
        """Record the stage a file has reached."""
        self._set_item(job, key, {"state": state})

    def settle(self, job: str, key: str, result: Result) -> None:
        """Record how a file ended."""
        self._set_item(
            job,
            key,
            {
                "state": result.state,
                "is_unchanged": result.is_unchanged,
                "reason": result.reason,
                "remedy": result.remedy,
            },
        )

    def finish(self, job: str, state: JobState, *, now: datetime, message: str | None = None) -> None:
        """End a job, unless it was cancelled meanwhile."""
        with writing(self._engine) as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job, jobs.c.state.not_in(ENDS))
                .values(state=state, finished_at=stamp(now), message=message)
            )

    def cancel(self, job: str, *, now: datetime) -> None:
        """Cancel a job; its worker stops at the next stage. Raises InvalidRequest where it has ended."""
        known = self.get(job)
        if known.state in ENDS:
            raise InvalidRequest(f"the job is {known.state} already", remedy="nothing is left to cancel")
        self.finish(job, JobState.CANCELLED, now=now, message="cancelled on request")

    def get(self, job: str) -> Job:
        """Return a job with its counts. Raises NotFound."""
        found = self._select(job)
        if not found:
            raise NotFound("there is no such job", remedy="list the jobs with `intramuros ingest status`")
        return found[0]

    def recent(self, *, limit: int = 50) -> tuple[Job, ...]:
        """Return the latest jobs, newest first."""
        return self._select(None, limit=limit)

    def is_any_running(self) -> bool:
        """Return whether a worker has taken up any job."""
        with reading(self._engine) as connection:
            query = select(jobs.c.id).where(jobs.c.state == JobState.RUNNING).limit(1)
            return connection.execute(query).first() is not None

    def items(self, job: str) -> tuple[Item, ...]:
        """Return the files of a job with their states, by key."""
        query = select(job_items).where(job_items.c.job_id == job).order_by(job_items.c.key)
        with reading(self._engine) as connection:
            return tuple(
                Item(row["key"], row["file_name"], State(row["state"]), row["reason"], row["remedy"])
                for row in connection.execute(query).mappings()
            )

    def last_file(self, source: str, key: str) -> SourceFile | None:
        """Return a file as it was last ordered, None where no job names it any more."""
        query = (
            select(job_items, jobs.c.source)
            .join(jobs, jobs.c.id == job_items.c.job_id)
            .where(jobs.c.source == source, job_items.c.key == key)
            .order_by(jobs.c.created_at.desc())
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _source_file(row)

    def _set_item(self, job: str, key: str, values: dict[str, object]) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(job_items).where(job_items.c.job_id == job, job_items.c.key == key).values(values)
            )

    def _select(self, job: str | None, *, limit: int = 1) -> tuple[Job, ...]:
        ended = job_items.c.state.in_((State.VISIBLE, State.QUARANTINED))
        counts = (
            func.count(job_items.c.key).label("total"),
            func.coalesce(func.sum(case((ended, 1), else_=0)), 0).label("done"),
            func.coalesce(func.sum(case((job_items.c.state == State.QUARANTINED, 1), else_=0)), 0).label(
                "failed"
            ),
            func.coalesce(func.sum(case((job_items.c.is_unchanged.is_(True), 1), else_=0)), 0).label(
                "unchanged"
            ),
        )
        query = (
            select(jobs, *counts).outerjoin(job_items).group_by(jobs.c.id).order_by(jobs.c.created_at.desc())
        )
        query = query.limit(limit) if job is None else query.where(jobs.c.id == job)
        with reading(self._engine) as connection:
            return tuple(_job(row) for row in connection.execute(query).mappings())


def _item_row(job: str, file: SourceFile) -> dict[str, object]:
    return {
        "job_id": job,
        "key": file.key,
        "path": str(file.path),
        "file_name": file.file_name,
        "readers": list(file.readers),
        "state": State.FOUND,
        "is_unchanged": False,
    }


def _source_file(row: RowMapping) -> SourceFile:
    return SourceFile(
        row["source"], row["key"], Path(row["path"]), row["file_name"], tuple(row["readers"] or ())
    )


def _job(row: RowMapping) -> Job:
    values = {name: row[name] for name in Job.__dataclass_fields__ if name != "forget_vanished"}
    return Job(**{**values, "state": JobState(row["state"]), "forget_vanished": bool(row["vanished"])})

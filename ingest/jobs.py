"""Keep ingestion jobs in the database: the contract between who orders work and who does it.

A worker owns a job, and each document it works on, by a lease that its heartbeat renews; what a dead worker owned is
taken up by the next one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Engine,
    Label,
    RowMapping,
    Select,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ingest.attempts import LEASE, UNOWNED, leave_quarantine
from ingest.catalog import at_place
from ingest.database import reading, stamp, writing
from ingest.items import item_row
from ingest.schema import documents, job_items, jobs
from ingest.types import ENDED, SourceFile, State
from retrieval.errors import InvalidRequest, NotFound


class JobKind(StrEnum):
    """Name what a job does with its files."""

    INGEST = "ingest"
    SYNC = "sync"
    RETRY = "retry"
    REMOVE = "remove"  # forgets them


INGEST, SYNC, RETRY, REMOVE = JobKind  # as those who place an order write it


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

    kind: JobKind
    collection_id: str
    source: str
    files: tuple[SourceFile, ...]
    created_by: str
    forget_vanished: bool = False
    lets_in: bool = False  # of what is tried again: although it holds personal data


Announce = Callable[[str, Order], None]  # told the id of a job that is about to be placed


@dataclass(frozen=True, slots=True)
class Job:
    """Hold a job with its counts. `done` counts every file that reached an end, failures among them."""

    id: str
    kind: JobKind
    collection_id: str
    source: str
    state: JobState
    created_by: str
    forget_vanished: bool
    message: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    total: int
    done: int
    failed: int
    unchanged: int
    pages: int  # of what was read
    bytes_total: int  # as listed; 0 where the source does not say
    bytes_done: int


class JobStore:
    """Read and write jobs. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, announce: Announce = lambda _job, _order: None) -> None:
        self._engine = engine
        self._announce = announce

    def place(self, order: Order, *, now: datetime) -> str:
        """Queue a job and return its id; what it is to try again leaves the quarantine in the same transaction.

        It is announced first: what that raises keeps the job from being placed.
        Raises InvalidRequest where the same source is being synchronised.
        """
        identity = str(uuid4())
        self._announce(identity, order)
        with writing(self._engine) as connection:
            try:
                connection.execute(insert(jobs).values(_row(identity, order, now)))
            except IntegrityError as error:
                raise InvalidRequest(
                    f"{order.source} is being synchronised already",
                    remedy="follow that job with `intramuros ingest status`, or cancel it first",
                ) from error
            if order.files:
                connection.execute(insert(job_items), [item_row(identity, file) for file in order.files])
            if order.kind == RETRY:
                here = (at_place(order.collection_id, order.source, file.key) for file in order.files)
                leave_quarantine(connection, here, lets_in=order.lets_in)
        return identity

    def claim(self, worker: str, *, now: datetime, removals_only: bool = False) -> str | None:
        """Take the oldest job that is queued, or running without a heartbeat for a lease; return its id."""
        orphaned = (jobs.c.state == JobState.RUNNING) & (jobs.c.heartbeat_at < stamp(now - LEASE))
        open_job = or_(jobs.c.state == JobState.QUEUED, orphaned)
        with writing(self._engine) as connection:
            query = select(jobs.c.id).where(open_job).order_by(jobs.c.created_at).limit(1)
            query = query.where(jobs.c.kind == REMOVE) if removals_only else query
            identity = connection.execute(query).scalar()
            if identity is None:
                return None
            # The condition again: on PostgreSQL two workers may have chosen the same job, only one updates it.
            taken = connection.execute(
                update(jobs)
                .where(jobs.c.id == identity, open_job)
                .values(
                    state=JobState.RUNNING,
                    worker=worker,
                    heartbeat_at=stamp(now),
                    started_at=func.coalesce(jobs.c.started_at, stamp(now)),
                )
            )
            return str(identity) if taken.rowcount else None

    def beat(self, job: str, worker: str, *, now: datetime) -> bool:
        """Renew the leases of job and documents; return False where the job was cancelled or is another's."""
        with writing(self._engine) as connection:
            renewed = connection.execute(
                update(jobs)
                .where(jobs.c.id == job, jobs.c.worker == worker, jobs.c.state == JobState.RUNNING)
                .values(heartbeat_at=stamp(now))
            )
            held = update(documents).where(documents.c.worker == worker)
            connection.execute(held.values(leased_until=stamp(now + LEASE)))
            return bool(renewed.rowcount)

    def release(self, worker: str | None = None) -> None:
        """Give back what this worker holds, so that the next one need not wait for the lease.

        Without a name everything is given back: only where the caller knows that nobody else can be at work.
        """
        mine = jobs.c.worker.is_not(None) if worker is None else jobs.c.worker == worker
        leased = documents.c.worker.is_not(None) if worker is None else documents.c.worker == worker
        with writing(self._engine) as connection:
            connection.execute(
                update(jobs)
                .where(mine, jobs.c.state == JobState.RUNNING)
                .values(state=JobState.QUEUED, worker=None)
            )
            connection.execute(update(documents).where(leased).values(UNOWNED))

    def finish(self, job: str, state: JobState, *, now: datetime, message: str | None = None) -> None:
        """End a job, unless it was cancelled meanwhile."""
        with writing(self._engine) as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job, jobs.c.state.not_in(ENDS))
                .values(state=state, finished_at=stamp(now), message=message)
            )

    def cancel(self, job: str, *, now: datetime) -> None:
        """Cancel a job; its worker stops within seconds, in the middle of a document too.

        Raises InvalidRequest where it has ended.
        """
        known = self.get(job)
        if known.state in ENDS:
            raise InvalidRequest(f"the job is {known.state} already", remedy="nothing is left to cancel")
        self.finish(job, JobState.CANCELLED, now=now, message="cancelled on request")

    def get(self, job: str) -> Job:
        """Return a job with its counts. Raises NotFound."""
        found = self._select(select(jobs.c.id).where(jobs.c.id == job))
        if not found:
            raise NotFound("there is no such job", remedy="list the jobs with `intramuros ingest status`")
        return found[0]

    def find(self, start: str) -> Job:
        """Return the job whose id begins so, for people who type. Raises NotFound where none or several do."""
        with reading(self._engine) as connection:
            query = select(jobs.c.id).where(jobs.c.id.startswith(start, autoescape=True)).limit(2)
            ids = connection.execute(query).scalars().all()
        if len(ids) != 1 or not start:
            count = "no" if not ids else "more than one"
            raise NotFound(
                f"{count} job begins with '{start}'", remedy="list the jobs with `intramuros ingest status`"
            )
        return self.get(ids[0])

    def recent(self, *, limit: int = 50) -> tuple[Job, ...]:
        """Return the latest jobs, newest first."""
        return self._select(select(jobs.c.id).order_by(jobs.c.created_at.desc()).limit(limit))

    def recent_of(self, *, collections: Iterable[str], created_by: str, limit: int = 50) -> tuple[Job, ...]:
        """Return the latest jobs of these collections and those that somebody ordered elsewhere, newest first."""
        theirs = or_(jobs.c.collection_id.in_(sorted(collections)), jobs.c.created_by == created_by)
        ids = select(jobs.c.id).where(theirs).order_by(jobs.c.created_at.desc())
        return self._select(ids.limit(limit))

    def last_syncs(self) -> dict[tuple[str, str], Job]:
        """Return the latest sync of each source that ever had one, by collection and source."""
        place = (jobs.c.collection_id, jobs.c.source)
        rank = func.row_number().over(partition_by=place, order_by=jobs.c.created_at.desc()).label("rank")
        ranked = select(jobs.c.id, rank).where(jobs.c.kind == SYNC).subquery()
        ids = select(ranked.c.id).where(ranked.c.rank == 1)
        return {(job.collection_id, job.source): job for job in self._select(ids)}

    def is_any_running(self) -> bool:
        """Return whether a worker has taken up any job."""
        with reading(self._engine) as connection:
            query = select(jobs.c.id).where(jobs.c.state == JobState.RUNNING).limit(1)
            return connection.execute(query).first() is not None

    def _select(self, ids: Select[str]) -> tuple[Job, ...]:
        counts = (
            select(jobs.c.id.label("job"), *_counts())
            .outerjoin(job_items)
            .where(jobs.c.id.in_(ids))
            .group_by(jobs.c.id)
            .subquery()
        )
        query = select(jobs, counts).join(counts, counts.c.job == jobs.c.id)
        newest_first = query.order_by(jobs.c.created_at.desc())
        with reading(self._engine) as connection:
            return tuple(_job(row) for row in connection.execute(newest_first).mappings())


def _row(identity: str, order: Order, now: datetime) -> dict[str, object]:
    return {
        "id": identity,
        "kind": order.kind,
        "collection_id": order.collection_id,
        "state": JobState.QUEUED,
        "created_by": order.created_by,
        "forget_vanished": order.forget_vanished,
        "source": order.source,
        "created_at": stamp(now),
    }


def _counts() -> tuple[Label[int], ...]:
    """Return the columns that count a job's files."""
    ended = job_items.c.state.in_(ENDED)
    sizes = job_items.c.size_bytes

    def total(value: ColumnElement[int]) -> ColumnElement[int]:
        return func.coalesce(func.sum(value), 0)

    return (
        func.count(job_items.c.key).label("total"),
        total(case((ended, 1), else_=0)).label("done"),
        total(case((job_items.c.state == State.QUARANTINED, 1), else_=0)).label("failed"),
        total(case((job_items.c.is_unchanged.is_(True), 1), else_=0)).label("unchanged"),
        total(case((job_items.c.is_unchanged.is_(False), job_items.c.pages), else_=0)).label("pages"),
        total(case((job_items.c.is_unchanged.is_(False), sizes), else_=0)).label("bytes_total"),
        total(case((ended & job_items.c.is_unchanged.is_(False), sizes), else_=0)).label("bytes_done"),
    )


def _job(row: RowMapping) -> Job:
    values = {name: row[name] for name in Job.__dataclass_fields__}
    return Job(**{**values, "kind": JobKind(row["kind"]), "state": JobState(row["state"])})

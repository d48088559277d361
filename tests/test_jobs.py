"""Ingestion jobs as the contract between who orders and who works."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.attempts import LEASE
from ingest.draft import Result
from ingest.items import ItemStore
from ingest.jobs import INGEST, JobState, JobStore, Order
from ingest.types import Origin, SourceFile, State
from retrieval.errors import InvalidRequest, NotFound

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = "folder:/srv"


def an_order(*keys: str) -> Order:
    """Return an order of files by key."""
    files = tuple(
        SourceFile(SOURCE, key, Path("/srv") / key, key, ("everyone",), origin=Origin.LISTED) for key in keys
    )
    return Order(INGEST, "handbook", SOURCE, files, "anna")


def test_job_is_claimed_once(database: Engine) -> None:
    """Of two workers one gets the job; the other finds nothing to do."""
    store = JobStore(database)
    job = store.place(an_order("a"), now=NOON)

    assert store.claim("first", now=NOON) == job
    assert store.claim("second", now=NOON) is None


def test_job_of_a_dead_worker_is_taken_up(database: Engine) -> None:
    """After a lease without a heartbeat another worker claims the job, and the first has lost it."""
    store = JobStore(database)
    job = store.place(an_order("a"), now=NOON)
    store.claim("first", now=NOON)

    assert store.claim("second", now=NOON + LEASE - timedelta(seconds=1)) is None
    assert store.claim("second", now=NOON + LEASE + timedelta(seconds=1)) == job
    assert not store.beat(job, "first", now=NOON + LEASE)


def test_heartbeat_keeps_a_job(database: Engine) -> None:
    """A worker that beats keeps its job for another lease."""
    store = JobStore(database)
    job = store.place(an_order("a"), now=NOON)
    store.claim("first", now=NOON)

    assert store.beat(job, "first", now=NOON + LEASE)
    assert store.claim("second", now=NOON + LEASE + timedelta(seconds=1)) is None


def test_counts_tell_how_far_it_is(database: Engine) -> None:
    """Done counts what reached an end, failed the quarantine among it, unchanged what needed no work."""
    store = JobStore(database)
    items = ItemStore(database)
    job = store.place(an_order("a", "b", "c", "d"), now=NOON)
    items.settle(
        job,
        {
            "a": Result(State.VISIBLE, pages=3),
            "b": Result(State.VISIBLE, is_unchanged=True, pages=5),
            "c": Result(State.QUARANTINED, reason="damaged", remedy="repair it"),
        },
    )
    items.report(job, "d", State.PARSING)

    known = store.get(job)

    assert (known.total, known.done, known.failed, known.unchanged, known.pages) == (4, 3, 1, 1, 3)
    assert [file.key for file in items.pending(job)] == ["d"]
    assert items.of(job)[2].remedy == "repair it"


def test_cancelled_job_stays_cancelled(database: Engine) -> None:
    """The worker loses the job with its next beat, and finishing late does not overwrite the end."""
    store = JobStore(database)
    job = store.place(an_order("a"), now=NOON)
    store.claim("first", now=NOON)

    store.cancel(job, now=NOON)
    store.finish(job, JobState.DONE, now=NOON)

    assert not store.beat(job, "first", now=NOON)
    assert store.get(job).state is JobState.CANCELLED
    with pytest.raises(InvalidRequest, match="cancelled already"):
        store.cancel(job, now=NOON)


def test_released_job_waits_for_the_next_worker(database: Engine) -> None:
    """A worker that shuts down gives its job back at once."""
    store = JobStore(database)
    job = store.place(an_order("a"), now=NOON)
    store.claim("first", now=NOON)

    store.release("first")

    assert store.claim("second", now=NOON) == job


def test_unknown_job_is_not_found(database: Engine) -> None:
    """Looking at and cancelling a job that is not there say so."""
    store = JobStore(database)

    with pytest.raises(NotFound):
        store.get("none")
    with pytest.raises(NotFound):
        store.cancel("none", now=NOON)

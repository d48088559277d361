"""A job's pace and what is left of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.jobs import SYNC, Job, JobState
from ingest.progress import duration, forecast

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOB = Job(
    id="1", kind=SYNC, collection_id="hr", source="folder:/srv", state=JobState.RUNNING, created_by="root",
    forget_vanished=True, message=None, created_at=NOON.isoformat(), started_at=NOON.isoformat(), finished_at=None,
    total=110, done=60, failed=1, unchanged=10, pages=500, bytes_total=0, bytes_done=0,
)  # fmt: skip


def test_pace_leaves_out_what_needed_no_work() -> None:
    """Fifty documents of five hundred pages in 100 s; the ten unchanged ones do not make it look faster."""
    pace = forecast(JOB, now=NOON + timedelta(seconds=100))

    assert (pace.documents_per_s, pace.pages_per_s, pace.left_s) == (0.5, 5.0, 100.0)


def test_what_is_left_is_weighed_by_size() -> None:
    """Where nine tenths of the bytes are done, a tenth of the work is left, however many files that is."""
    pace = forecast(replace(JOB, bytes_total=1000, bytes_done=900), now=NOON + timedelta(seconds=90))

    assert pace.left_s is not None
    assert round(pace.left_s, 6) == 10.0


def test_no_forecast_from_nothing() -> None:
    """A job that waits, or has hardly begun, promises nothing."""
    waiting = forecast(replace(JOB, started_at=None), now=NOON)
    begun = forecast(replace(JOB, done=12), now=NOON + timedelta(seconds=100))

    assert waiting.left_s is waiting.pages_per_s is begun.left_s is begun.documents_per_s is None


def test_finished_job_keeps_its_pace() -> None:
    """After its end the pace is that of the run, and nothing is left."""
    ended = replace(JOB, state=JobState.DONE, finished_at=(NOON + timedelta(seconds=50)).isoformat())

    pace = forecast(ended, now=NOON + timedelta(days=3))

    assert (pace.elapsed_s, pace.documents_per_s, pace.left_s) == (50.0, 1.0, None)


def test_durations_are_said_as_people_say_them() -> None:
    """Seconds, minutes, hours."""
    assert [duration(s) for s in (None, 5, 600, 11_100)] == ["", "5 s", "10 min", "3 h 5 min"]

"""Tell how fast a job is and when it will be done, from its counts. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ingest.jobs import ENDS, Job

MIN_DONE = 3  # files; before that a forecast is a guess
MIN_ELAPSED_S = 2.0  # before that the start of the parsers weighs more than the pace


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hold a job's pace. None = not known yet, or not meaningful."""

    elapsed_s: float | None
    documents_per_s: float | None
    pages_per_s: float | None  # of the formats that have pages
    left_s: float | None


def forecast(job: Job, *, now: datetime) -> Forecast:
    """Return the pace of a job since a worker first took it up, what needed no work not counted.

    What is left is weighed by bytes where the source told them all, else by files.
    """
    if job.started_at is None:
        return Forecast(None, None, None, None)
    end = datetime.fromisoformat(job.finished_at) if job.finished_at else now
    elapsed_s = max((end - datetime.fromisoformat(job.started_at)).total_seconds(), 0.0)
    done = job.done - job.unchanged
    if done < MIN_DONE or elapsed_s < MIN_ELAPSED_S:
        return Forecast(elapsed_s, None, None, None)
    total = job.total - job.unchanged
    share = job.bytes_done / job.bytes_total if job.bytes_total and job.bytes_done else done / max(total, 1)
    left_s = None if job.state in ENDS else elapsed_s * (1 - share) / share
    pages_per_s = job.pages / elapsed_s if job.pages else None
    return Forecast(elapsed_s, done / elapsed_s, pages_per_s, left_s)


def duration(seconds: float | None) -> str:
    """Return seconds as people say them: "45 s", "12 min", "3 h 5 min"; "" where not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"

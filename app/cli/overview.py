"""Gather what `intramuros ingest status` shows: jobs with their pace, quarantine, and what a person should look at."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.cli.shell import SHORT_ID, rendered
from app.records import Records, open_existing
from app.settings import Settings
from ingest.database import utc_now
from ingest.items import Item
from ingest.jobs import ENDS, Job, JobState
from ingest.progress import duration, forecast
from ingest.review import Remark
from ingest.types import State

Table = tuple[str, tuple[str, ...], list[list[str]]]
BEING_READ = (State.PARSING, State.EMBEDDING)


@dataclass(frozen=True, slots=True)
class Overview:
    """Hold what is shown, as tables for people and as values for machines."""

    tables: tuple[Table, ...]
    raw: dict[str, Any]
    is_any_open: bool  # a job waits or runs: looking again is worth it


def overview(settings: Settings, job: str) -> Overview:
    """Return all jobs, the quarantine and the collections; with `job`, its files only. Raises NotFound."""
    records = open_existing(settings)
    return _of_job(records, job) if job else _of_house(records)


def _of_job(records: Records, job: str) -> Overview:
    known = records.jobs.find(job)
    items = records.items.of(known.id)
    rows = rendered(
        items,
        (
            lambda i: i.file_name,
            lambda i: i.state,
            lambda i: str(i.pages or ""),
            lambda i: i.reason,
            lambda i: i.remedy,
        ),
    )
    tables: tuple[Table, ...] = (
        _job_table([known]),
        ("Files", ("file", "state", "pages", "reason", "what to do"), rows),
    )
    return Overview(
        tables, {"jobs": [_job_values(known)], "items": [asdict(i) for i in items]}, _is_open([known])
    )


def _of_house(records: Records) -> Overview:
    visible = records.collections.count_visible()
    collections = records.collections.all()
    jobs = records.jobs.recent()
    private = records.collections.private()
    quarantined = [
        one for one in records.catalog.listed(state=State.QUARANTINED) if one.collection_id not in private
    ]
    remarks = records.review.remarks()
    working = [
        (job, item)
        for job in jobs
        if job.state is JobState.RUNNING
        for item in records.items.of(job.id)
        if item.state in BEING_READ
    ]
    holdings = [[c.id, c.name, str(visible.get(c.id, 0))] for c in collections]
    aside = [
        [d.id[:SHORT_ID], d.collection_id, d.file_name, d.reason or "", d.remedy or ""] for d in quarantined
    ]
    tables: list[Table] = [
        ("Collections", ("id", "name", "documents"), holdings),
        _job_table(jobs),
        ("At work", ("job", "file", "stage"), _at_work(working)),
        ("Quarantine", ("id", "collection", "file", "reason", "what to do"), aside),
        *_remark_tables(remarks),
    ]
    raw: dict[str, Any] = {
        "collections": [{"id": c.id, "name": c.name, "documents": visible.get(c.id, 0)} for c in collections],
        "jobs": [_job_values(j) for j in jobs],
        "quarantined": [asdict(d) for d in quarantined],
        "remarks": [asdict(r) | {"needs_review": r.needs_review} for r in remarks],
    }
    shown = tuple(table for table in tables if table[2] or table[0] in ("Collections", "Jobs"))
    return Overview(shown, raw, _is_open(jobs))


def _job_table(jobs: Sequence[Job]) -> Table:
    headings = ("id", "kind", "collection", "state", "done", "quarantined", "unchanged", "pages/s", "left")
    return "Jobs", headings, [_job_row(job) for job in jobs]


def _job_row(job: Job) -> list[str]:
    pace = forecast(job, now=utc_now())
    speed = f"{pace.pages_per_s:.1f}" if pace.pages_per_s else ""
    counts = [f"{job.done}/{job.total}", str(job.failed), str(job.unchanged)]
    return [job.id[:SHORT_ID], job.kind, job.collection_id, job.state, *counts, speed, duration(pace.left_s)]


def _job_values(job: Job) -> dict[str, Any]:
    return asdict(job) | asdict(forecast(job, now=utc_now()))


def _at_work(working: Sequence[tuple[Job, Item]]) -> list[list[str]]:
    return [[job.id[:SHORT_ID], item.file_name, item.state] for job, item in working]


def _remark_tables(remarks: Sequence[Remark]) -> list[Table]:
    review = [[r.document_id[:SHORT_ID], r.file_name, _found(r)] for r in remarks if r.needs_review]
    poor = [[r.file_name, ", ".join(map(str, r.poor_pages))] for r in remarks if r.poor_pages]
    return [
        ("To be reviewed: `intramuros ingest accept ID`, or `remove`", ("id", "file", "found"), review),
        ("Scanned pages that could hardly be read", ("file", "pages"), poor),
    ]


def _found(remark: Remark) -> str:
    return ", ".join(f"{f.count}× {f.kind}" for f in remark.findings if f.needs_review)


def _is_open(jobs: Sequence[Job]) -> bool:
    return any(job.state not in ENDS for job in jobs)

"""Place ingestion orders and see them through, with a progress bar."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from app.cli.shell import console, rendered
from app.settings import Settings
from app.wiring import Records, open_existing, open_records, open_services
from ingest.catalog import Document
from ingest.database import utc_now
from ingest.items import Item
from ingest.jobs import ENDS, REMOVE, Job, JobState, Order
from ingest.sources import FolderSource
from ingest.types import SourceFile, State
from retrieval.errors import Unavailable
from retrieval.lock import holder

POLL_S = 0.2
PATIENCE_S = 90.0  # a worker that starts loads its model first; a dead one loses its lease after a minute


@dataclass(frozen=True, slots=True)
class Ended:
    """Hold the jobs that ended and the files that ended in quarantine."""

    jobs: tuple[Job, ...]
    quarantined: tuple[Item, ...]

    @property
    def has_failed(self) -> bool:
        """Return whether a job did not come to its end."""
        return any(job.state is not JobState.DONE for job in self.jobs)

    def as_json(self) -> dict[str, object]:
        """Return the jobs and the quarantine for machines."""
        return {"jobs": [asdict(j) for j in self.jobs], "quarantined": [asdict(i) for i in self.quarantined]}

    def as_text(self) -> str:
        """Return one line a job for people."""
        if not self.jobs:
            return "nothing to do"
        lines = []
        for job in self.jobs:
            visible = job.done - job.failed
            line = (
                f"{job.state}: {visible} searchable ({job.unchanged} unchanged), {job.failed} in quarantine"
            )
            lines.append(line + (f" - {job.message}" if job.message else ""))
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Overview:
    """Hold what `ingest status` shows, as rows of text."""

    collections: list[list[str]]
    jobs: list[list[str]]
    quarantined: list[list[str]]
    items: list[list[str]]
    raw: dict[str, object]

    def as_json(self) -> dict[str, object]:
        """Return the same for machines, with ids."""
        return self.raw


def place_files(
    settings: Settings, paths: Sequence[Path], *, collection: str, readers: tuple[str, ...]
) -> list[str]:
    """Order files and folders in; return the jobs' ids, one a folder. Raises NotFound for an unknown collection."""
    records = open_records(settings)
    allowed = readers or records.collections.get(collection).readers
    by_source: dict[str, dict[str, SourceFile]] = {}
    for file in (file for path in paths for file in _files(path, allowed)):
        by_source.setdefault(file.source, {})[file.key] = file
    return [
        records.jobs.place(
            Order("ingest", collection, source, tuple(files.values()), created_by="operator"), now=utc_now()
        )
        for source, files in by_source.items()
    ]


def place_removals(settings: Settings, documents: Sequence[str]) -> list[str]:
    """Order documents forgotten, by id; return the jobs' ids. Raises NotFound before anything is ordered."""
    records = open_existing(settings)
    found = [records.catalog.get(document) for document in documents]
    return [
        records.jobs.place(
            Order(
                REMOVE,
                document.collection_id,
                document.source,
                (SourceFile(document.source, document.key, Path(), document.file_name, ()),),
                created_by="operator",
            ),
            now=utc_now(),
        )
        for document in found
    ]


def place_sync(settings: Settings, folder: Path, *, collection: str) -> str:
    """Order a folder mirrored; return the job's id. Raises Unavailable, NotFound."""
    records = open_records(settings)
    allowed = records.collections.get(collection).readers
    source = FolderSource(folder, readers_of=lambda _key: allowed)
    order = Order("sync", collection, source.name, tuple(source.files()), "operator", forget_vanished=True)
    return records.jobs.place(order, now=utc_now())


def place_retries(settings: Settings) -> list[str]:
    """Order every quarantined document again; return the jobs' ids, one a collection and source."""
    records = open_existing(settings)
    files: dict[tuple[str, str], list[SourceFile]] = {}
    for document in records.catalog.listed(state=State.QUARANTINED):
        file = records.items.last_file(document.source, document.key)
        if file is not None and file.path.is_file():
            records.catalog.requeue(document.id)
            files.setdefault((document.collection_id, document.source), []).append(file)
    return [
        records.jobs.place(Order("retry", collection, source, tuple(found), "operator"), now=utc_now())
        for (collection, source), found in files.items()
    ]


def work_off(settings: Settings, jobs: Sequence[str]) -> Ended:
    """See the jobs to their end: by the server that is running, else in this process."""
    records = open_existing(settings)
    with _worker(settings) if jobs and not _server_runs(settings) else _nobody():
        _follow(records, jobs, patience_s=PATIENCE_S)
    ended = tuple(records.jobs.get(job) for job in jobs)
    items = (item for job in jobs for item in records.items.of(job))
    return Ended(ended, tuple(item for item in items if item.state is State.QUARANTINED))


def overview(settings: Settings, job: str) -> Overview:
    """Return jobs, quarantine and collections; with `job`, its files too. Raises NotFound."""
    records = open_existing(settings)
    visible = records.collections.count_visible()
    collections = records.collections.all()
    jobs = records.jobs.recent()
    quarantined = records.catalog.listed(state=State.QUARANTINED)
    items = records.items.of(records.jobs.get(job).id) if job else ()
    return Overview(
        collections=[[c.id, c.name, str(visible.get(c.id, 0))] for c in collections],
        jobs=[
            [j.id, j.kind, j.collection_id, j.state, f"{j.done}/{j.total}", str(j.failed), str(j.unchanged)]
            for j in jobs
        ],
        quarantined=[[d.file_name, d.reason or "", d.remedy or ""] for d in quarantined],
        items=rendered(
            items, (lambda i: i.file_name, lambda i: i.state, lambda i: i.reason, lambda i: i.remedy)
        ),
        raw={
            "collections": [
                {"id": c.id, "name": c.name, "documents": visible.get(c.id, 0)} for c in collections
            ],
            "jobs": [asdict(j) for j in jobs],
            "quarantined": [asdict(d) for d in quarantined],
            "items": [asdict(i) for i in items],
        },
    )


def rebuild(settings: Settings) -> int:
    """Write the index anew from the database; return how many documents. Raises IndexUnavailable beside a server."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    services = open_services(settings)
    try:
        with Progress(
            BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console(is_error=True)
        ) as bar:
            task = bar.add_task("index", total=None)
            return services.pipeline.indexer.rebuild(
                report=lambda done, total: bar.update(task, completed=done, total=total)
            )
    finally:
        services.close()


def listed(settings: Settings, collection: str | None) -> tuple[Document, ...]:
    """Return every document, without content."""
    return open_existing(settings).catalog.listed(collection_id=collection)


def _files(path: Path, readers: tuple[str, ...]) -> Iterable[SourceFile]:
    if path.is_dir():
        return FolderSource(path, readers_of=lambda _key: readers).files()
    # The same name and key as when its folder is synced: one file is one document, however it came in.
    return (SourceFile(f"folder:{path.parent}", path.name, path, path.name, readers),)


def _server_runs(settings: Settings) -> bool:
    return not settings.index.url and holder(settings.site.index_dir / settings.embedder.model) is not None


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    services = open_services(settings)
    stop = threading.Event()
    worker = services.worker(f"cli-{os.getpid()}")
    thread = threading.Thread(target=worker.run, args=(stop,), name="ingest-worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        services.close()


def _follow(records: Records, jobs: Sequence[str], *, patience_s: float) -> None:
    """Draw the jobs until they end. Raises Unavailable where nobody takes them up for `patience_s`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    waiting = threading.Event()
    with Progress(*columns, console=console(is_error=True)) as bar:
        tasks = {job: bar.add_task(records.jobs.get(job).collection_id, total=None) for job in jobs}
        taken_up = time.monotonic()
        while tasks:
            if records.jobs.is_any_running():
                taken_up = time.monotonic()
            elif time.monotonic() - taken_up > patience_s:
                raise Unavailable(
                    "nobody works on the jobs: another command holds the index and takes none",
                    remedy="they wait in the queue; start `intramuros serve`, or run `intramuros ingest retry` later",
                )
            for job in list(tasks):
                state = records.jobs.get(job)
                bar.update(tasks[job], completed=state.done, total=state.total)
                if state.state in ENDS:
                    del tasks[job]
            waiting.wait(POLL_S)

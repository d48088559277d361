"""Place ingestion orders and see them through, with a progress bar."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.adapters import index_holder
from app.bulk import HouseRecipe, bulk_worker, cluster_of
from app.cli.shell import console
from app.crew import Crew
from app.ordering import OPERATOR, order_retries, order_sync
from app.privacy.holds import require_free
from app.records import Records, open_existing, open_records
from app.reembedding import following
from app.settings import Settings
from app.sources import folder_name, open_source
from app.wiring import Services
from ingest.catalog import Document
from ingest.database import utc_now
from ingest.items import Item
from ingest.jobs import ENDS, INGEST, REMOVE, Job, JobState, Order
from ingest.progress import duration, forecast
from ingest.runs import Worker
from ingest.sources import FolderSource
from ingest.types import Origin, Source, SourceFile, State
from retrieval.errors import InvalidRequest, NotFound, Unavailable

RETRIED = (State.QUARANTINED, State.FOUND)  # the latter: their job failed before it came to them
POLL_S = 0.2  # a bar that moves five times a second runs smoothly; a look is one query
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


def place_files(
    settings: Settings, paths: Sequence[Path], *, collection: str, readers: tuple[str, ...]
) -> list[str]:
    """Order files and folders in; return the jobs' ids, one a folder.

    Raises NotFound for an unknown collection, InvalidRequest where a folder belongs to a declared source with a rule
    or a collection of its own, Unavailable where it cannot be listed.
    """
    records = open_records(settings)
    declared = records.collections.get(collection)
    by_source: dict[str, dict[str, SourceFile]] = {}
    for path in paths:
        place = folder_name(path if path.is_dir() else path.parent)
        folder = open_source(settings, place, collection=declared)
        for file in folder.files() if path.is_dir() else [_one_file(folder, path)]:
            chosen = replace(file, readers=readers) if readers else file
            by_source.setdefault(file.source, {})[file.key] = chosen
    return [
        records.jobs.place(Order(INGEST, collection, source, tuple(files.values()), OPERATOR), now=utc_now())
        for source, files in by_source.items()
    ]


def place_sync(settings: Settings, place: str, *, collection: str, allow_empty: bool) -> str:
    """Order a declared source or a folder mirrored; return the job's id. Raises Unavailable, NotFound."""
    records = open_records(settings)
    return order_sync(
        records, place, collection=collection or None, created_by=OPERATOR, allow_empty=allow_empty
    )


def place_removals(settings: Settings, documents: Sequence[str]) -> list[str]:
    """Order documents forgotten, by id or file name; return the jobs' ids. Raises NotFound, with nothing ordered."""
    records = open_existing(settings)
    found = [records.catalog.find(document) for document in documents]
    for document in found:
        require_free(records.engine, document=document.id)
    return [
        records.jobs.place(
            Order(
                REMOVE,
                document.collection_id,
                document.source,
                # Nothing of ours to delete by itself: the copies are those that earlier jobs name.
                (
                    SourceFile(
                        document.source, document.key, Path(), document.file_name, (), origin=Origin.LISTED
                    ),
                ),
                created_by=OPERATOR,
            ),
            now=utc_now(),
        )
        for document in found
    ]


def place_retries(settings: Settings, documents: Sequence[str], *, let_in: bool = False) -> list[str]:
    """Order quarantined documents again, these or all; return the jobs' ids, one a collection and source.

    Raises NotFound before anything is ordered.
    """
    records = open_existing(settings)
    named = [records.catalog.find(document) for document in documents]
    chosen = named or [one for state in RETRIED for one in records.catalog.listed(state=state)]
    return order_retries(records, chosen, created_by=OPERATOR, lets_in=let_in)


def require_no_server(settings: Settings) -> None:
    """Raise InvalidRequest where a running server would take the jobs instead of this process."""
    if server_runs(open_existing(settings).settings):
        raise InvalidRequest(
            "the server is running, holds the index and reads by itself",
            remedy="stop it for a bulk load with --engine ray, or leave that option out",
        )


def work_off(settings: Settings, jobs: Sequence[str], *, by_ray: bool = False) -> Ended:
    """See the jobs to their end: by the server that is running, else in this process, `by_ray` on a Ray cluster."""
    records = open_existing(settings)
    with _worker(settings, by_ray=by_ray) if jobs and not server_runs(records.settings) else _nobody():
        _follow(records, jobs, patience_s=PATIENCE_S)
    ended = tuple(records.jobs.get(job) for job in jobs)
    items = (item for job in jobs for item in records.items.of(job))
    return Ended(ended, tuple(item for item in items if item.state is State.QUARANTINED))


def rebuild(settings: Settings) -> int:
    """Write the index anew from the database; return how many documents. Raises IndexUnavailable beside a server."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with following(settings) as follower, Progress(*columns, console=console(is_error=True)) as bar:
        task = bar.add_task("index", total=None)
        return follower.services.pipeline.indexer.rebuild(
            report=lambda done, total: bar.update(task, completed=done, total=total)
        )


def listed(settings: Settings, collection: str | None) -> tuple[Document, ...]:
    """Return every document, without content."""
    return open_existing(settings).catalog.listed(collection_id=collection)


def _one_file(folder: Source, path: Path) -> SourceFile:
    # The same name and key as when its folder is synced: one file is one document, however it came in.
    if not isinstance(folder, FolderSource):
        raise NotFound(f"{path} lies in no folder", remedy="name a file or a folder")
    return folder.file(path.name)


def server_runs(settings: Settings) -> bool:
    """Return whether another process holds the embedded index, by the embedder in use."""
    return index_holder(settings) is not None


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _worker(settings: Settings, *, by_ray: bool) -> Iterator[None]:
    with ExitStack() as held:
        places = held.enter_context(cluster_of(settings)) if by_ray else None
        crew = Crew(partial(_hired, places=places))
        # What is built beside the index gets what it gets, also where that is ordered while this goes on.
        held.enter_context(following(settings, adopt=crew.begin))
        try:
            yield
        finally:
            crew.stop()
            crew.join(threading.TIMEOUT_MAX)


def _hired(services: Services, *, places: int | None) -> Worker:
    """Return a worker, one that has a Ray cluster read and embed where there are `places` on one."""
    name = f"cli-{uuid4().hex}"
    if places is None:
        return services.worker(name)
    return bulk_worker(services, name, recipe=HouseRecipe.of(services.settings), places=places)


def _follow(records: Records, jobs: Sequence[str], *, patience_s: float) -> None:
    """Draw the jobs until they end. Raises Unavailable where nobody takes them up for `patience_s`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    text = TextColumn("{task.fields[pace]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), text)
    waiting = threading.Event()
    with Progress(*columns, console=console(is_error=True)) as bar:
        tasks = {job: bar.add_task(records.jobs.get(job).collection_id, total=None, pace="") for job in jobs}
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
                bar.update(tasks[job], completed=state.done, total=state.total, pace=_pace(state))
                if state.state in ENDS:
                    del tasks[job]
            waiting.wait(POLL_S)


def _pace(job: Job) -> str:
    pace = forecast(job, now=utc_now())
    pages = f"{pace.pages_per_s:.1f} pages/s" if pace.pages_per_s else ""
    left = f"{duration(pace.left_s)} left" if pace.left_s is not None else ""
    return "  ".join(part for part in (pages, left) if part)

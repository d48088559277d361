"""Order a change of embedder and see it through: by the server that is running, else in this process."""

import json
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.adapters import await_embedder, close_embedder, open_encoder, remove_index
from app.audit.events import Kind
from app.cli.ingesting import PATIENCE_S, POLL_S, server_runs
from app.cli.shell import console
from app.evaluate import Labelled, read_questions
from app.golden import usable
from app.in_use import with_embedder
from app.models import catalogue
from app.models.verify import require_verified
from app.records import Records, open_existing
from app.reembedding import Reembedding, following
from app.sample import QUESTIONS
from app.settings import Settings
from ingest.building import Pace
from ingest.database import reading, utc_now
from ingest.followers import Processes
from ingest.index_store import IndexRow, IndexStore, Standing, Wish
from ingest.progress import duration
from ingest.schema import chunks, documents
from retrieval.errors import InvalidRequest, NotFound, Unavailable
from retrieval.level import as_indexed

MEASURED_CHUNKS = 32  # enough to tell an hour from a day


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what is to be changed to, and how it is judged."""

    model: str
    questions: Path | None
    margin: float
    accept: bool


@dataclass(frozen=True, slots=True)
class Change:
    """Hold how a change of embedder ended."""

    model: str
    is_changed: bool
    message: str | None
    report: Mapping[str, Any] | None

    def as_text(self) -> str:
        """Return it for people."""
        lines = []
        if self.report is not None:
            told = self.report
            lines.append(
                f"{told['questions']} golden questions: first right {told['first_right_before']:.3f} before, "
                f"{told['first_right_after']:.3f} after; found {told['found_before']:.0%} before, "
                f"{told['found_after']:.0%} after"
            )
            if told["worse"]:
                lines.append(f"worse: {', '.join(told['worse'])}")
        if self.is_changed:
            lines.append(f"the index by {self.model} is in use; `intramuros index rollback` goes back")
        else:
            lines.append(f"not changed: {self.message}")
        return "\n".join(lines)


def change_embedder(settings: Settings, wanted: Wanted) -> Change:
    """Order the change, follow it, and return how it ended.

    Raises InvalidRequest, ModelFileRejected, EmbedderUnavailable before anything is ordered, and Unavailable where
    nobody takes it up.
    """
    records = open_existing(settings)
    _require_embedder(records.settings, wanted.model)
    questions = _questions(records, wanted)
    store = IndexStore(records.engine)
    store.adopt(records.settings.embedder.model, now=utc_now())
    lines = tuple(json.loads(one.model_dump_json(by_alias=True)) for one in questions)
    store.order(wanted.model, Wish(lines, wanted.margin, wanted.accept), now=utc_now())
    records.audit.by_operator(Kind.CONFIGURATION, outcome="index ordered", thing=wanted.model)
    with _builder(settings) if not _has_builder(records.settings) else _nobody():
        row = _follow(store, wanted.model)
    is_changed = row is not None and row.state is Standing.CURRENT
    message = "it was withdrawn" if row is None else row.message
    return Change(wanted.model, is_changed, message, None if row is None else row.report)


def roll_back(settings: Settings) -> str:
    """Go back to the kept index; return its embedder. Every process follows within a second."""
    records = open_existing(settings)
    model = IndexStore(records.engine).roll_back(now=utc_now())
    records.audit.by_operator(Kind.CONFIGURATION, outcome="index rolled back", thing=model)
    return model


def drop_second(settings: Settings) -> str:
    """Have the index that is not in use removed, and wait until it is; return its embedder."""
    records = open_existing(settings)
    store = IndexStore(records.engine)
    waiting = next((row for row in store.all() if row.state is Standing.DROPPING), None)
    model = store.drop() if waiting is None else waiting.model
    records.audit.by_operator(Kind.CONFIGURATION, outcome="index dropped", thing=model)
    if not _has_builder(records.settings):
        remove_index(with_embedder(records.settings, model))
        store.removed(next(row for row in store.all() if row.model == model))
    begun = time.monotonic()
    while any(row.model == model for row in store.all()):
        if time.monotonic() - begun > PATIENCE_S:
            raise Unavailable(
                f"nobody removes the index by '{model}' yet",
                remedy="it goes once no process has it open: `intramuros index status` names them; start the server",
            )
        time.sleep(POLL_S)
    return model


def rows_of(settings: Settings) -> list[dict[str, Any]]:
    """Return every index for people and machines, without the questions, and which processes write to it."""
    engine = open_existing(settings).engine
    there = Processes(engine).all(now=utc_now())
    return [
        {name: value for name, value in asdict(row).items() if name != "wish"}
        | {"processes": [one.name for one in there if row.model in one.written]}
        | {"faults": [one.as_text() for one in there if one.fault and row.model not in one.written]}
        for row in IndexStore(engine).all()
    ]


def estimate(settings: Settings, model: str) -> dict[str, Any]:
    """Return how much there is to embed and how long it takes, measured on some of it with the model itself."""
    records = open_existing(settings)
    _require_embedder(records.settings, model)
    shown = select(chunks.c.text).join(documents, documents.c.visible_version_id == chunks.c.version_id)
    with reading(records.engine) as connection:
        count = connection.execute(select(func.count()).select_from(shown.subquery())).scalar_one()
        texts = list(connection.execute(shown.limit(MEASURED_CHUNKS)).scalars())
        of = select(func.count()).where(documents.c.visible_version_id.is_not(None))
        total = connection.execute(of).scalar_one()
    encoder = open_encoder(with_embedder(records.settings, model))
    embedder = as_indexed(encoder)
    embedder.embed_passages(texts[:1])  # loads
    begun = time.monotonic()
    embedder.embed_passages(texts)
    rate = len(texts) / max(time.monotonic() - begun, 1e-9)
    close_embedder(encoder)
    seconds = count / rate * (1 + Pace().rest_per_work) if rate else 0.0
    return {
        "documents": total,
        "chunks": count,
        "chunks per second": round(rate, 1),
        "time": duration(seconds),
        "vectors on disk, MB": round(
            count * embedder.dimension * 5 / 1e6, 1
        ),  # float32, and a byte for the search
        "free on disk, MB": shutil.disk_usage(records.settings.site.data_dir).free // 1_000_000,
    }


def _require_embedder(settings: Settings, model: str) -> None:
    """Raise where this house cannot be changed to an embedder; a server that embeds has loaded it on return.

    Raises InvalidRequest, ModelFileRejected, EmbedderUnavailable.
    """
    entry = catalogue.entry(model)
    if entry.use != "embedding":
        raise InvalidRequest(f"'{model}' is a model for {entry.use}", remedy="name one for embedding")
    require_verified(entry, settings.site.models_dir)
    await_embedder(with_embedder(settings, model))


def _questions(records: Records, wanted: Wanted) -> tuple[Labelled, ...]:
    """Return the golden questions. Raises InvalidRequest where there are none, or nobody to ask one."""
    place = wanted.questions or (QUESTIONS if records.settings.site.trial else None)
    if place is None:
        if wanted.accept:
            return ()
        raise InvalidRequest(
            "there are no golden questions to judge the new index by",
            remedy="name a file with --questions (see deploy/sample/questions.jsonl), or change without one: --accept",
        )
    questions = usable(read_questions(place))
    if not questions:
        raise InvalidRequest(
            f"{place.name} names no question with a source", remedy="give some their `source`"
        )
    for asker in sorted({one.asker for one in questions}):
        try:
            records.accounts.person(asker)
        except NotFound as error:
            raise InvalidRequest(
                f"{place.name} asks as '{asker}', who has no account here",
                remedy="name accounts of this house",
            ) from error
    return questions


def _has_builder(settings: Settings) -> bool:
    """Return whether a process of the house builds: whoever holds the embedded index, or the server's."""
    return bool(settings.index.url) or server_runs(settings)


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _builder(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    with following(settings) as follower:
        thread = threading.Thread(target=Reembedding(follower).run, args=(stop,), name="index-builder")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _follow(store: IndexStore, model: str) -> IndexRow | None:
    """Draw the building until it ends; return how it ended, None where it was withdrawn."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    text = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("index"), BarColumn(), MofNCompleteColumn(), text, TimeRemainingColumn())
    begun, first = time.monotonic(), None
    with Progress(*columns, console=console(is_error=True)) as bar:
        task = bar.add_task("index", total=None, rate="")
        while True:
            row = next((one for one in store.all() if one.model == model), None)
            if row is None or row.state is not Standing.BUILDING:
                return row
            if row.started_at is None and time.monotonic() - begun > PATIENCE_S:
                raise Unavailable("nobody takes the order up", remedy="it waits; start `intramuros serve`")
            first = row.done if first is None and row.total else first
            spent = max(time.monotonic() - begun, POLL_S)
            rate = f"{(row.done - first) / spent:.1f} documents/s" if first is not None else ""
            bar.update(task, completed=row.done, total=row.total or None, rate=row.message or rate)
            time.sleep(POLL_S)

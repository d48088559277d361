"""One job at work: what is new is read once, what moved keeps its document, what crashes is tried again."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.ordering import order_sync
from ingest.database import utc_now
from ingest.draft import Draft, Progress
from ingest.importing import Import
from ingest.jobs import INGEST, SYNC, Job, JobState, Order
from ingest.schema import versions
from ingest.sources import FolderSource
from ingest.types import Accepted, Cancelled, ParsedDocument, SourceFile, State
from retrieval.edge import EdgeIndex
from retrieval.errors import ParserStopped, Unavailable
from retrieval.readers import reader_of
from retrieval.types import FloatMatrix, IndexEntry
from tests.fakes import HashEmbedder
from tests.house import House, PlainParser

LEAVE = "Employees in Kassel have 28 days of annual leave."
PAY = "Salaries are paid on the 25th of each month."


class CountingIndex(EdgeIndex):
    """Count how often chunks were written."""

    writes = 0

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Count and write."""
        self.writes += 1
        super().upsert(entries)


@dataclass(frozen=True)
class Counting(HashEmbedder):
    """Remember what was embedded."""

    given: list[str] = field(default_factory=list)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed and remember."""
        self.given.extend(text for text in texts if "\n" in text)  # titles are single lines
        return super().embed_passages(texts)


class Blocked(PlainParser):
    """Read for as long as nobody cancels."""

    def __init__(self) -> None:
        self.has_begun = threading.Event()

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Wait for the cancellation, as the sandbox does."""
        self.has_begun.set()
        waiting = threading.Event()
        while not cancelled():
            waiting.wait(0.02)
        raise Cancelled


class Crashing(PlainParser):
    """Crash over some files, a given number of times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.crashes = 0

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Crash, or parse."""
        if file_name == "bad.txt" and self.crashes < self.times:
            self.crashes += 1
            raise ParserStopped(f"'{file_name}' crashed its parser", remedy="split it")
        return super().parse(path, accepted, file_name, cancelled=cancelled)


def counted(house: House) -> Counting:
    """Let the house embed through an embedder that remembers."""
    embedder = Counting()
    pipeline = house.services.pipeline
    counting = replace(pipeline, indexer=replace(pipeline.indexer, embedder=embedder))
    object.__setattr__(house, "services", replace(house.services, pipeline=counting))
    return embedder


def noting_lends(house: House) -> list[str]:
    """Let the house note the keys of the files whose bytes it is lent."""
    keys: list[str] = []
    lend = house.services.lend

    def noting(job: Job, file: SourceFile) -> AbstractContextManager[Path]:
        keys.append(file.key)
        return lend(job, file)

    object.__setattr__(house, "services", replace(house.services, lend=noting))
    return keys


def sync(house: House, folder: Path, readers: tuple[str, ...] = ("group:hr",)) -> str:
    """Mirror the folder; return the job."""
    source = FolderSource(folder, readers_of=lambda _key: readers)
    order = Order(SYNC, "hr", source.name, tuple(source.files()), "root", forget_vanished=True)
    job = house.services.jobs.place(order, now=utc_now())
    house.work()
    return job


def found(house: House, question: str, group: str = "hr") -> list[str]:
    """Return what somebody of the group finds."""
    result = house.services.searcher.search(
        question, reader=reader_of("someone", [group]), collections=frozenset({"hr"}), limit=5
    )
    return [ranked.passage.text for ranked in result.passages]


def aged(path: Path, text: str | bytes) -> None:
    """Write a file whose date can be trusted: it is not of the last two seconds."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    then = time.time() - 60
    os.utime(path, (then, then))


def test_second_sync_reads_and_embeds_nothing(house: House, folder: Path) -> None:
    """Unchanged files cost no embedding and no row of a document; not even their bytes are read."""
    for name, text in (("leave.txt", LEAVE), ("pay.txt", PAY)):
        aged(folder / name, text)
    embedder = counted(house)
    sync(house, folder)
    before = [document.updated_at for document in house.services.catalog.listed()]
    embedder.given.clear()
    lent = noting_lends(house)

    job = house.services.jobs.get(sync(house, folder))

    assert (lent, embedder.given) == ([], [])
    assert (job.done, job.unchanged, job.failed) == (2, 2, 0)
    assert [document.updated_at for document in house.services.catalog.listed()] == before


def test_what_was_rebuilt_with_another_embedder_is_unchanged(house: House, folder: Path) -> None:
    """Once the index is written anew, the next sync reads nothing again, and chunks keep the ids that answers cite."""
    aged(folder / "leave.txt", LEAVE)
    sync(house, folder)
    ids = house.services.index.chunk_ids()
    with house.services.engine.begin() as connection:
        connection.execute(update(versions).values(embedder="hash of an earlier release"))

    house.services.pipeline.indexer.rebuild(report=lambda _done, _whole: None)
    job = house.services.jobs.get(sync(house, folder))

    assert (job.done, job.unchanged) == (1, 1)
    assert house.services.index.chunk_ids() == ids


def test_same_bytes_of_two_owners_are_embedded_once(house: House, folder: Path) -> None:
    """Two documents, two sets of readers, one embedding; each is found by its own readers only."""
    embedder = counted(house)
    for owner in ("hr", "finance"):
        below = folder / owner
        below.mkdir()
        aged(below / "leave.txt", LEAVE)
        sync(house, below, (f"group:{owner}",))

    assert len(embedder.given) == 1
    assert len(found(house, "annual leave", "hr")) == len(found(house, "annual leave", "finance")) == 1
    assert len(house.services.catalog.listed()) == 2


def test_changed_page_is_all_that_is_embedded_again(house: House, folder: Path) -> None:
    """Of a long document with one new sentence only the chunk that holds it is embedded."""
    rules = [f"# Rule {n}\n\n" + f"Rule number {n} says something. " * 20 for n in range(12)]
    aged(folder / "rules.md", "\n\n".join(rules))
    embedder = counted(house)
    sync(house, folder)
    whole = len(embedder.given)
    embedder.given.clear()
    rules[5] += " And one sentence more."
    aged(folder / "rules.md", "\n\n".join(rules))

    sync(house, folder)

    assert whole >= 12
    assert len(embedder.given) == 1
    assert house.services.index.count() == whole


def test_moved_file_keeps_its_document(house: House, folder: Path) -> None:
    """A renamed file is the same document with the same chunks: metadata only."""
    aged(folder / "leave.txt", LEAVE)
    embedder = counted(house)
    sync(house, folder)
    document, chunks = house.document("leave.txt"), house.services.index.chunk_ids()
    embedder.given.clear()
    (folder / "archive").mkdir()
    (folder / "leave.txt").rename(folder / "archive" / "holidays.txt")

    job = house.services.jobs.get(sync(house, folder))

    assert house.document("holidays.txt") == document
    assert house.services.index.chunk_ids() == chunks
    assert (embedder.given, job.unchanged, job.failed) == ([], 1, 0)
    assert found(house, "annual leave")


def test_new_file_at_the_old_place_is_another_document(house: House, folder: Path) -> None:
    """After a move the place is free again."""
    aged(folder / "leave.txt", LEAVE)
    sync(house, folder)
    (folder / "leave.txt").rename(folder / "old.txt")
    aged(folder / "leave.txt", PAY)

    sync(house, folder)
    sync(house, folder)

    names = {document.file_name: document.id for document in house.services.catalog.listed()}
    assert set(names) == {"leave.txt", "old.txt"}
    assert names["leave.txt"] != names["old.txt"]
    assert found(house, "salaries")


def test_cancelled_job_stops_in_the_middle_of_a_document(house: House, folder: Path) -> None:
    """The document is as before, nothing of it is left, and it comes in with the next job."""
    aged(folder / "leave.txt", LEAVE)
    parser = Blocked()
    house.parse_with(parser)
    source = FolderSource(folder, readers_of=lambda _key: ("group:hr",))
    order = Order(INGEST, "hr", source.name, tuple(source.files()), "root")
    job = house.services.jobs.place(order, now=utc_now())
    worker = threading.Thread(target=house.work)
    worker.start()
    parser.has_begun.wait(30)

    house.services.jobs.cancel(job, now=utc_now())
    worker.join(30)

    assert not worker.is_alive()
    assert house.services.jobs.get(job).state is JobState.CANCELLED
    document = house.services.catalog.get(house.document("leave.txt"))
    assert (document.state, house.services.index.count()) == (State.FOUND, 0)
    house.parse_with(PlainParser())
    sync(house, folder)
    assert found(house, "annual leave")


def test_crash_that_passes_is_forgiven(house: House, folder: Path) -> None:
    """A parser that crashed twice and then reads the file has read it."""
    aged(folder / "bad.txt", LEAVE)
    house.parse_with(Crashing(times=2))

    job = sync(house, folder)

    assert house.services.jobs.get(job).failed == 0
    assert [item.attempts for item in house.services.items.of(job)] == [2]
    assert found(house, "annual leave")


def test_third_crash_sets_the_document_aside(house: House, folder: Path) -> None:
    """The batch goes on; the document waits with reason and remedy, and is not tried again unasked."""
    aged(folder / "bad.txt", LEAVE)
    aged(folder / "good.txt", PAY)
    parser = Crashing(times=100)
    house.parse_with(parser)

    sync(house, folder)
    again = house.services.jobs.get(sync(house, folder))

    assert parser.crashes == 3
    assert (again.failed, again.unchanged) == (1, 2)
    [aside] = house.services.catalog.listed(state=State.QUARANTINED)
    assert (aside.file_name, bool(aside.remedy)) == ("bad.txt", True)
    assert found(house, "salaries")


def test_many_drafts_are_published_together(house: House, folder: Path, tmp_path: Path) -> None:
    """Fifty files end in fifty whole versions, and the index is written to far less often."""
    for number in range(50):
        aged(folder / f"{number}.txt", f"Rule {number} of the house.")
    pipeline = house.services.pipeline
    index = CountingIndex(tmp_path / "counted", dimension=pipeline.indexer.embedder.dimension)
    counting = replace(pipeline, indexer=replace(pipeline.indexer, index=index))
    object.__setattr__(house, "services", replace(house.services, pipeline=counting))

    sync(house, folder)

    with house.services.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(versions)).scalar() == 50
    assert index.count() == 50
    assert index.writes < 25
    index.close()


def test_empty_share_is_not_an_empty_folder(house: House, folder: Path) -> None:
    """Ordering a sync of a place that lists nothing any more is refused; nothing is forgotten."""
    aged(folder / "leave.txt", LEAVE)
    order_sync(house.services, str(folder), collection="hr", created_by="root")
    house.work()
    (folder / "leave.txt").unlink()

    with pytest.raises(Unavailable, match="no file at all"):
        order_sync(house.services, str(folder), collection="hr", created_by="root")
    assert found(house, "annual leave")

    order_sync(house.services, str(folder), collection="hr", created_by="root", allow_empty=True)
    house.work()
    assert found(house, "annual leave") == []


def test_removed_while_it_was_read(house: House, folder: Path) -> None:
    """A document that somebody removes between reading and publishing does not come back by half."""
    aged(folder / "leave.txt", LEAVE)
    source = FolderSource(folder, readers_of=lambda _key: ("group:hr",))
    [file] = source.files()
    pipeline = house.services.pipeline
    draft = pipeline.read(file, collection_id="hr", progress=Progress())
    assert isinstance(draft, Draft)
    pipeline.forget(draft.document)

    with pytest.raises(Cancelled):
        pipeline.publish([draft])
    pipeline.discard([draft], is_final=True)

    assert house.services.catalog.listed() == ()
    assert house.services.index.count() == 0
    assert not [path for path in house.services.settings.site.originals_dir.rglob("*") if path.is_file()]


def test_import_that_was_given_up_goes_on_where_it_stood(house: House, folder: Path) -> None:
    """What came in before is not read again, the rest comes in with the next worker."""
    for number in range(6):
        aged(folder / f"{number}.txt", f"Rule {number} of the house.")
    source = FolderSource(folder, readers_of=lambda _key: ("group:hr",))
    files = tuple(source.files())
    house.bring_in_files("hr", files[0])
    job = house.services.jobs.place(Order(INGEST, "hr", source.name, files, "root"), now=utc_now())
    cancelled = threading.Event()
    cancelled.set()
    worker = house.services.worker("first")
    Import(worker.desk, house.services.jobs.get(job), "first", cancelled).run()

    house.work()

    done = house.services.jobs.get(job)
    assert (done.state, done.done, done.unchanged) == (JobState.DONE, 6, 1)

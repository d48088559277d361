"""The story "one document", through the real gate, parsers, database and index."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.database import utc_now
from ingest.draft import NOBODY, Draft, Progress
from ingest.jobs import INGEST, REMOVE, SYNC, JobState, Order
from ingest.pipeline import Pipeline
from ingest.types import Cancelled, Origin, SourceFile, State
from retrieval.edge import EdgeIndex
from retrieval.errors import IndexUnavailable
from retrieval.readers import reader_of
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, SparseVector
from tests.house import House


class BrokenIndex(EdgeIndex):
    """Be an index that is away."""

    def __init__(self) -> None:
        pass

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Be away."""
        raise IndexUnavailable("away", remedy="wait")

    def set_readers(self, document_id: str, readers: Sequence[str]) -> None:
        """Be away."""
        raise IndexUnavailable("away", remedy="wait")


class Stumbling(SparseEncoder):
    """Be a part with a fault of ours, which shows in some texts."""

    def __init__(self, over: str) -> None:
        self._over = over

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Stumble over the word, else do as ever."""
        if self._over in text:
            raise ZeroDivisionError
        return super().encode_passage(text, language)


ANNA = reader_of("anna", ["hr"])
LEAVE = "# Leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
ALL = frozenset({"handbook", "hr"})


def with_index(house: House, index: EdgeIndex) -> Pipeline:
    """Return the pipeline over another index."""
    pipeline = house.services.pipeline
    return replace(pipeline, indexer=replace(pipeline.indexer, index=index))


def attempt(pipeline: Pipeline, file: SourceFile, progress: Progress = NOBODY) -> None:
    """Read and publish one file, through the two halves of the story."""
    read = pipeline.read(file, collection_id="hr", progress=progress)
    if isinstance(read, Draft):
        try:
            pipeline.publish([read])
        except BaseException:
            pipeline.discard([read], is_final=False)
            raise


def a_file(tmp_path: Path, text: str, name: str = "leave.md") -> SourceFile:
    """Write a file and return it as a source lists it."""
    path = tmp_path / name
    path.write_bytes(text.encode())
    return SourceFile(f"folder:{path.parent}", name, path, name, ("group:hr",), origin=Origin.LISTED)


def found(house: House, question: str = "annual leave in Kassel") -> list[str]:
    """Return the texts Anna finds."""
    result = house.services.searcher.search(question, reader=ANNA, collections=ALL, limit=5)
    return [ranked.passage.text for ranked in result.passages]


def test_document_becomes_searchable(house: House, tmp_path: Path) -> None:
    """A new file ends visible, is found, and its original is kept byte for byte."""
    states: list[State] = []

    attempt(house.services.pipeline, a_file(tmp_path, LEAVE), Progress(report=states.append))

    assert states == [State.PARSING, State.EMBEDDING, State.VISIBLE]
    assert "28 days" in found(house)[0]
    version = house.services.catalog.get(house.document("leave.md")).visible_version_id
    assert version is not None
    assert house.services.originals.path(version).read_bytes() == LEAVE.encode()


def test_second_run_does_nothing(house: House, tmp_path: Path) -> None:
    """The same bytes again embed and write nothing."""
    file = a_file(tmp_path, LEAVE)
    house.bring_in_files("hr", file)
    before = house.services.index.chunk_ids()

    house.bring_in_files("hr", file)

    assert house.services.jobs.recent()[0].unchanged == 1
    assert house.services.index.chunk_ids() == before


def test_changed_document_replaces_the_old_version(house: House, tmp_path: Path) -> None:
    """Only the new text is found, and nothing of the old one is left in index, database or originals."""
    house.bring_in_files("hr", a_file(tmp_path, LEAVE))
    document = house.document("leave.md")
    old = house.services.versions.of_document(document)

    house.bring_in_files("hr", a_file(tmp_path, LEAVE.replace("28", "30")))

    assert "30 days" in found(house)[0]
    assert len(found(house)) == 1
    assert house.services.index.count(version_id=old[0]) == 0
    assert old[0] not in house.services.versions.of_document(document)
    assert len(list((tmp_path / "data" / "originals").rglob("*.original"))) == 1


def test_readers_change_without_new_vectors(house: House, tmp_path: Path) -> None:
    """The same bytes with other readers are closed to the old ones at once, in database and index."""
    file = a_file(tmp_path, LEAVE)
    house.bring_in_files("hr", file)

    moved = SourceFile(
        file.source, file.key, file.path, file.file_name, ("group:finance",), origin=Origin.LISTED
    )
    house.bring_in_files("hr", moved)

    assert found(house) == []
    ben = reader_of("ben", ["finance"])
    assert house.services.searcher.search("leave", reader=ben, collections=ALL, limit=5).passages


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.md", ""),
        ("broken.docx", "PK no zip"),
        ("program.exe", "MZ"),
        ("no-text.html", "<html></html>"),
    ],
)
def test_bad_document_goes_to_quarantine(house: House, tmp_path: Path, name: str, content: str) -> None:
    """It ends with a reason and a remedy, and leaves nothing in the index or among the originals."""
    [result] = house.bring_in_files("hr", a_file(tmp_path, content, name))

    assert result.state is State.QUARANTINED
    assert result.reason
    assert result.remedy
    assert house.services.index.count() == 0
    assert not list((tmp_path / "data").rglob("*.original"))


def test_broken_update_keeps_the_old_version(house: House, tmp_path: Path) -> None:
    """A damaged new version is set aside; readers keep what they had."""
    house.bring_in_files("hr", a_file(tmp_path, LEAVE))

    [result] = house.bring_in_files("hr", a_file(tmp_path, "bad \0 bytes"))

    assert result.state is State.QUARANTINED
    assert "28 days" in found(house)[0]


def test_good_bytes_again_end_the_quarantine(house: House, tmp_path: Path) -> None:
    """After a damaged update, the bytes that are shown already make the document visible again."""
    good = a_file(tmp_path, LEAVE)
    house.bring_in_files("hr", good)
    house.bring_in_files("hr", a_file(tmp_path, "bad \0 bytes"))

    [result] = house.bring_in_files("hr", a_file(tmp_path, LEAVE))

    known = house.services.catalog.get(house.document("leave.md"))
    assert (result.state, known.state, known.reason) == (State.VISIBLE, State.VISIBLE, None)


def test_attempt_that_failed_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    """When the index was away and the file then went back, one version and one original remain."""
    house.bring_in_files("hr", a_file(tmp_path, LEAVE))
    broken = with_index(house, BrokenIndex())
    with pytest.raises(IndexUnavailable):
        attempt(broken, a_file(tmp_path, LEAVE.replace("28", "30")))

    house.bring_in_files("hr", a_file(tmp_path, LEAVE))

    assert len(house.services.versions.of_document(house.document("leave.md"))) == 1
    assert len(list((tmp_path / "data" / "originals").rglob("*.original"))) == 1


def test_new_readers_reach_the_index_at_the_second_attempt(house: House, tmp_path: Path) -> None:
    """An index that was away when the readers changed is brought level later; until then nobody new reads."""
    file = a_file(tmp_path, LEAVE)
    house.bring_in_files("hr", file)
    wider = replace(file, readers=("group:hr", "group:finance"))
    with pytest.raises(IndexUnavailable):
        attempt(with_index(house, BrokenIndex()), wider)
    assert house.services.catalog.readers(house.document("leave.md")) == ("group:hr",)

    house.bring_in_files("hr", wider)

    ben = reader_of("ben", ["finance"])
    assert house.services.searcher.search("leave", reader=ben, collections=ALL, limit=5).passages


def test_removal_is_a_job_and_leaves_no_name(house: House, tmp_path: Path) -> None:
    """A document removed through the queue is gone from every table, the past jobs too."""
    file = a_file(tmp_path, LEAVE)
    for kind in (INGEST, REMOVE):
        house.services.jobs.place(Order(kind, "hr", file.source, (file,), "root"), now=utc_now())
        house.work()

    assert house.services.catalog.listed() == ()
    assert [item for job in house.services.jobs.recent() for item in house.services.items.of(job.id)] == []


def test_fault_of_ours_sets_one_document_aside(house: House, tmp_path: Path) -> None:
    """A document that our code stumbles over three times is quarantined with a reason; the others come in."""
    files = (a_file(tmp_path, LEAVE), a_file(tmp_path, "# Pay\n\nOn the 25th.", "pay.md"))
    job = house.services.jobs.place(Order(INGEST, "hr", f"folder:{tmp_path}", files, "root"), now=utc_now())
    worker = house.services.worker("clumsy")
    pipeline = worker.desk.pipeline
    clumsy = replace(pipeline, indexer=replace(pipeline.indexer, encoder=Stumbling("25th")))

    assert replace(worker, desk=replace(worker.desk, pipeline=clumsy)).run_one(threading.Event())

    items = {item.file_name: item for item in house.services.items.of(job)}
    assert house.services.jobs.get(job).state is JobState.DONE
    assert items["leave.md"].state is State.VISIBLE
    assert (items["pay.md"].state, items["pay.md"].attempts) == (State.QUARANTINED, 3)
    assert "our side" in (items["pay.md"].reason or "")


def test_cancelled_document_is_as_before(house: House, tmp_path: Path) -> None:
    """Cancelling between stages leaves no trace in the index and the old state."""
    with pytest.raises(Cancelled):
        attempt(house.services.pipeline, a_file(tmp_path, LEAVE), Progress(cancelled=lambda: True))

    assert house.services.catalog.get(house.document("leave.md")).state is State.FOUND
    assert house.services.index.count() == 0


def test_forgotten_document_leaves_nothing(house: House, tmp_path: Path) -> None:
    """Its text is in no answer, no table and no original any more."""
    house.bring_in_files("hr", a_file(tmp_path, LEAVE))

    house.services.pipeline.forget(house.document("leave.md"))

    assert found(house) == []
    assert house.services.index.count() == 0
    assert house.services.catalog.listed() == ()
    assert not list((tmp_path / "data" / "originals").rglob("*.original"))


def test_lost_index_is_rebuilt_from_the_database(house: House, tmp_path: Path) -> None:
    """Without the index nothing is found; after the rebuild the same chunks are there, for the same readers."""
    house.bring_in_files("hr", a_file(tmp_path, LEAVE))
    before = house.services.index.chunk_ids()
    version = house.services.catalog.get(house.document("leave.md")).visible_version_id or ""
    house.services.index.forget_version(version)
    assert found(house) == []

    told: list[tuple[int, int]] = []
    count = house.services.pipeline.indexer.rebuild(report=lambda done, total: told.append((done, total)))

    assert (count, told) == (1, [(1, 1)])
    assert house.services.index.chunk_ids() == before
    assert "28 days" in found(house)[0]


def test_sync_forgets_what_vanished(house: House, tmp_path: Path) -> None:
    """Files that the source no longer lists are forgotten, the others untouched."""
    kept, gone = a_file(tmp_path, LEAVE), a_file(tmp_path, "# Pay\n\nPaid on the 25th.", "pay.md")
    for files in ((kept, gone), (kept,)):
        order = Order(SYNC, "hr", f"folder:{tmp_path}", files, "root", forget_vanished=True)
        house.services.jobs.place(order, now=utc_now())
        house.work()

    assert [d.file_name for d in house.services.catalog.listed()] == ["leave.md"]


def test_job_of_good_and_bad_files_ends_well(house: House, tmp_path: Path) -> None:
    """One bad file does not stop the others; the job is done and names the bad one."""
    files = (
        a_file(tmp_path, LEAVE),
        a_file(tmp_path, "", "empty.md"),
        a_file(tmp_path, "Hello world.", "hi.txt"),
    )
    job = house.services.jobs.place(Order(INGEST, "hr", f"folder:{tmp_path}", files, "root"), now=utc_now())
    house.work()

    known = house.services.jobs.get(job)

    assert (known.state, known.done, known.failed) == (JobState.DONE, 3, 1)
    assert [i.file_name for i in house.services.items.of(job) if i.reason] == ["empty.md"]


def test_job_without_its_index_fails_with_the_reason(house: House, tmp_path: Path) -> None:
    """A neighbour that is down ends the job as failed, says why, and quarantines nothing."""
    house.services.index.close()
    order = Order(INGEST, "hr", f"folder:{tmp_path}", (a_file(tmp_path, LEAVE),), "root")
    job = house.services.jobs.place(order, now=utc_now())
    house.work()

    known = house.services.jobs.get(job)

    assert known.state is JobState.FAILED
    assert known.message
    assert house.services.catalog.get(house.document("leave.md")).state is State.FOUND


def test_worker_that_stops_gives_its_job_back(house: House, tmp_path: Path) -> None:
    """A stopped worker's job is queued again and finished by the next one."""
    order = Order(INGEST, "hr", f"folder:{tmp_path}", (a_file(tmp_path, LEAVE),), "root")
    job = house.services.jobs.place(order, now=utc_now())
    house.services.jobs.claim("gone", now=utc_now())
    house.services.jobs.release("gone")

    assert house.services.worker("next").run_one(threading.Event())
    assert house.services.jobs.get(job).state is JobState.DONE

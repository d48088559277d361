"""A house changes its embedder while it goes on: what comes, changes and goes reaches both indexes."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from app.evaluate import Labelled
from app.golden import Judge, Verdict
from app.privacy import retention
from ingest.building import Builder
from ingest.database import utc_now
from ingest.index_store import IndexStore, Standing
from ingest.types import Cancelled
from retrieval.errors import InvalidRequest, NotFound
from retrieval.readers import reader_of
from retrieval.server import QdrantIndex
from retrieval.types import IndexRecord, RankedPassage, SearchResult, VectorIndex
from tests.house import House
from tests.shelves import HASTE, NEW, Shelves
from tests.test_history import PASSAGE

LEAVE = "Every employee has thirty days of annual leave in Kassel."
POOL = "The swimming pool opens at seven on weekdays."
QUESTION = {"id": "q1", "question": "How many days of annual leave?", "as": "anna", "expected": "answered"}


class Scripted:
    """A search that finds files as it is told."""

    def __init__(self, files: dict[str, tuple[str, ...]]) -> None:
        self._files = files

    def ranked(self, question: str, **_scope: object) -> SearchResult:
        """Return one passage a file."""
        passages = tuple(
            RankedPassage(replace(PASSAGE, file_name=name), rank, 1.0, None, None)
            for rank, name in enumerate(self._files[question])
        )
        return SearchResult(passages, "en", {}, ())


@pytest.fixture(params=["edge", "qdrant"])
def shelves(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shelves]:
    """Give a house of two documents that may change its embedder, to an index in a folder or in a collection."""
    house.bring_in(tmp_path / "in", "handbook", leave=LEAVE, pool=POOL)
    yield Shelves(house, tmp_path / "indexes", is_on_server=request.param == "qdrant")
    house.services.close()


def held(index: VectorIndex) -> dict[str, IndexRecord]:
    """Return what an index says of each chunk."""
    return {record.chunk_id: record for record in index.records()}


def first(house: House, question: str) -> str:
    """Return the file found first by Anna."""
    found = house.services.searcher.search(
        question, reader=reader_of("anna", ("hr",)), collections=frozenset({"handbook", "hr"}), limit=3
    )
    assert found.degraded == ()
    return found.passages[0].passage.file_name


def test_change_keeps_ids_and_readers_and_questions_by_the_new_embedder(shelves: Shelves) -> None:
    """Both indexes hold the same chunks for the same readers; versions and titles are the new embedder's."""
    house, before = shelves.house, shelves.house.services
    shelves.order()

    assert shelves.build()

    now = house.services
    assert held(shelves.index) == held(before.index)
    assert now.embedder.name.startswith("new")
    assert now.settings.embedder.model == NEW
    assert now.searcher.index.first is shelves.index  # type: ignore[attr-defined]
    assert first(house, "annual leave") == "leave.md"
    documents = now.catalog.listed()
    shown = [now.versions.visible(one.id) for one in documents]
    assert {one.embedder for one in shown if one} == {now.embedder.name}
    titles = now.passages.titles(
        [one.id for one in shown if one], embedder=now.embedder.name, reader=reader_of("anna", ("hr",))
    )
    assert {len(vector) for vector in titles.values()} == {32}
    assert len(titles) == 2


def test_house_before_the_change_goes_on_with_what_it_began_with(shelves: Shelves) -> None:
    """A search that holds the former parts finds as before, in the moment after the change too."""
    before = shelves.house.services.searcher
    shelves.order()
    shelves.build()

    found = before.search(
        "annual leave", reader=reader_of("anna", ()), collections=frozenset({"handbook"}), limit=3
    )

    assert found.passages[0].passage.file_name == "leave.md"
    assert found.degraded == ()


@pytest.mark.parametrize("moment", ["built", "kept"])
def test_what_comes_changes_and_goes_reaches_both(shelves: Shelves, tmp_path: Path, moment: str) -> None:
    """New and replaced documents, other readers, forgotten documents: while it is built and while one is kept."""
    house = shelves.house
    shelves.order()
    if moment == "kept":
        shelves.build()
    else:
        shelves.follower.follow()
        _builder(shelves, lambda: None).run()
    beside = shelves.follower.beside
    assert beside is not None
    other = beside.index
    folder = tmp_path / "in"

    house.bring_in(folder, "handbook", parking="Parking is free in the yard.")
    assert versions_of(house, "parking.md") <= {one.version_id for one in other.records()}
    old = versions_of(house, "leave.md")
    house.bring_in(folder, "handbook", leave=LEAVE + " Ask the office.")
    new = versions_of(house, "leave.md")
    assert new != old
    assert old.isdisjoint(one.version_id for one in other.records())
    assert new <= {one.version_id for one in other.records()}
    house.services.pipeline.readership.replace(house.document("leave.md"), ("group:hr",))
    told = {one.readers for one in other.records() if one.document_id == house.document("leave.md")}
    assert told == {("group:hr",)}
    gone = house.document("parking.md")
    house.services.pipeline.forget(gone)
    assert gone not in {one.document_id for one in other.records()}
    if moment == "built":
        shelves.build()
    assert held(shelves.index) == held(house.services.index)
    assert shelves.follower.beside is not None
    assert held(shelves.follower.beside.index) == held(shelves.index)


def test_own_file_that_expires_leaves_both(shelves: Shelves) -> None:
    """What a person brought in for days is gone from the index beside too."""
    house = shelves.house
    shelves.order()
    shelves.build()
    headers = house.token("anna")
    sent = {"file": ("mine.txt", b"My Zwetschge recipe.", "text/plain")}
    assert house.client.post("/api/files", headers=headers, files=sent).status_code < 300
    house.work()
    mine = house.document("mine.txt")
    beside = shelves.follower.beside
    assert beside is not None
    assert mine in {one.document_id for one in beside.index.records()}

    retention.keep(house.services, now=utc_now() + timedelta(days=30))
    house.work()

    for index in (shelves.index, beside.index):
        assert mine not in {one.document_id for one in index.records()}


def test_document_forgotten_while_it_is_embedded_does_not_come_back(shelves: Shelves) -> None:
    """Forgotten between reading its text and writing its vectors: it is looked for again, and taken out."""
    house = shelves.house
    shelves.order()
    shelves.follower.follow()
    gone = house.document("leave.md")
    builder = _builder(shelves, lambda: house.services.pipeline.forget(gone))

    builder.run()

    assert gone not in {one.document_id for one in shelves.index.records()}
    assert len(held(shelves.index)) == 1


def test_readers_changed_while_it_is_embedded_are_those_of_the_database(shelves: Shelves) -> None:
    """Narrowed between reading its readers and writing its vectors: the new index has the narrow ones."""
    house = shelves.house
    shelves.order()
    shelves.follower.follow()
    closed = house.document("leave.md")
    builder = _builder(shelves, lambda: house.services.pipeline.readership.replace(closed, ("group:hr",)))

    builder.run()

    told = {one.readers for one in shelves.index.records() if one.document_id == closed}
    assert told == {("group:hr",)}


def test_comparison_mends_what_another_process_missed(shelves: Shelves) -> None:
    """Points without a document, missing ones, other readers: what a writer who did not know of it left behind."""
    house = shelves.house
    shelves.order()
    shelves.follower.follow()
    builder = _builder(shelves, lambda: None)
    builder.run()
    right = held(shelves.index)
    leave, pool = (house.services.versions.visible(house.document(f"{n}.md")) for n in ("leave", "pool"))
    assert leave is not None
    assert pool is not None
    shelves.index.forget_version(leave.id)
    shelves.index.set_readers(pool.document_id, ("user:mallory",))

    assert builder.compare() == 2
    assert builder.compare() == 0
    assert held(shelves.index) == right


def test_building_that_was_broken_off_goes_on_where_it_was(shelves: Shelves) -> None:
    """What is embedded already is not embedded again; nothing is changed to before all of it is there."""
    shelves.order()
    stop = threading.Event()
    stop.set()
    shelves.build(stop)
    store = shelves.follower.store
    assert [row.state for row in store.all()] == [Standing.CURRENT, Standing.BUILDING]
    builder = _builder(shelves, lambda: None)
    waiting = store.unstaged(builder.indexer.embedder.name)
    builder.put(waiting[0])
    assert store.unstaged(builder.indexer.embedder.name) == waiting[1:]

    assert shelves.build()

    assert store.all()[0].model == NEW
    assert len(held(shelves.index)) == 2


def test_questions_are_asked_of_both_and_their_figures_kept(shelves: Shelves) -> None:
    """Each as the person it names; one whose document nobody finds lowers both."""
    question = {**QUESTION, "source": ["leave.md"]}
    shelves.order(accept=False, questions=(question, {**question, "id": "q2", "source": ["nowhere.md"]}))

    shelves.build()

    row = shelves.follower.store.all()[0]
    assert row.model == NEW
    assert row.report is not None
    assert (row.report["questions"], row.report["found_before"], row.report["found_after"]) == (2, 0.5, 0.5)


def test_mean_of_first_right_ranks_is_what_is_compared() -> None:
    """Of several documents that say it, the first counts; who was asked last year's way is told by id."""
    asked = [
        Labelled.model_validate({**QUESTION, "id": name, "question": name, "source": source})
        for name, source in (("a", ["x.md", "y.md"]), ("b", ["z.md"]))
    ]
    old = Scripted({"a": ("n.md", "y.md", "x.md"), "b": ("z.md",)})
    new = Scripted({"a": ("x.md",), "b": ("n.md", "n.md", "n2.md", "z.md")})
    judge = Judge({"anna": reader_of("anna", ())}, frozenset({"handbook"}), rest=lambda: None)

    verdict = judge.judge(asked, before=old, after=new, margin=0.05)

    assert (verdict.first_right_before, verdict.found_before, verdict.found_after) == (0.75, 1.0, 1.0)
    assert verdict.first_right_after == pytest.approx((1 + 1 / 3) / 2)
    assert verdict.worse == ("b",)
    assert not verdict.is_good_enough
    assert replace(verdict, margin=0.09).is_good_enough


def test_verdict_refuses_by_the_margin(shelves: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worse by more than the margin: refused, and the house asks the former embedder still."""
    verdict = Verdict(4, 0.9, 0.8, 1.0, 0.9, margin=0.05, worse=("q1",))
    monkeypatch.setattr(Judge, "judge", lambda _self, _questions, **_kept: verdict)
    questions = ({**QUESTION, "source": ["leave.md"]},)
    shelves.order(accept=False, questions=questions, margin=0.05)

    shelves.build()

    current, refused = shelves.follower.store.all()
    assert (current.model, refused.state) == (shelves.first, Standing.REFUSED)
    assert "0.900 before, 0.800 after" in str(refused.message)
    assert shelves.house.services.embedder.name.startswith("hash")
    shelves.order(accept=True, questions=questions)
    shelves.build()
    assert shelves.follower.store.all()[0].model == NEW


def test_way_back_and_forth_is_one_step_each(shelves: Shelves, tmp_path: Path) -> None:
    """After the way back the former embedder answers, with what came meanwhile; its titles are its own again."""
    house = shelves.house
    shelves.order()
    shelves.build()
    house.bring_in(tmp_path / "in", "handbook", parking="Parking is free in the yard.")

    assert shelves.follower.store.roll_back(now=utc_now()) == shelves.first
    shelves.follower.follow()

    services = house.services
    assert services.embedder.name.startswith("hash")
    assert first(house, "free parking") == "parking.md"
    shown = [services.versions.visible(one.id) for one in services.catalog.listed()]
    assert {one.embedder for one in shown if one} == {services.embedder.name}
    titles = services.passages.titles(
        [one.id for one in shown if one], embedder=services.embedder.name, reader=reader_of("anna", ())
    )
    assert {len(vector) for vector in titles.values()} == {64}
    shelves.follower.store.roll_back(now=utc_now())
    shelves.follower.follow()
    assert first(house, "free parking") == "parking.md"


def test_dropped_index_leaves_nothing_behind(shelves: Shelves, tmp_path: Path) -> None:
    """Its folder is gone, its titles too; documents that come are embedded once."""
    shelves.order()
    shelves.build()
    shelves.follower.store.roll_back(now=utc_now())
    shelves.follower.follow()

    assert shelves.follower.store.drop() == NEW
    shelves.follower.follow()

    assert not (tmp_path / "indexes" / NEW).exists()
    assert [row.model for row in shelves.follower.store.all()] == [shelves.first]
    assert shelves.house.services.pipeline.indexer.beside is None
    with shelves.house.services.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM title_vectors").scalar() == 0
    assert first(shelves.house, "annual leave") == "leave.md"


def test_withdrawn_while_it_is_built_ends_and_is_removed(shelves: Shelves, tmp_path: Path) -> None:
    """Dropped in the middle, nothing is changed to, and its files go."""
    shelves.order()
    shelves.follower.follow()
    store = shelves.follower.store
    builder = _builder(shelves, lambda: None if store.beside() is None else store.drop())
    with pytest.raises(Cancelled):
        builder.run()

    shelves.follower.follow()

    assert [row.model for row in store.all()] == [shelves.first]
    assert not (tmp_path / "indexes" / NEW).exists()


def test_orders_that_make_no_sense_are_refused(shelves: Shelves) -> None:
    """The one in use, a third one, a way back that is not there: each with a remedy."""
    store = shelves.follower.store
    with pytest.raises(InvalidRequest, match="already"):
        store.order(shelves.first, shelves.follower.store.all()[0].wish, now=utc_now())
    with pytest.raises(InvalidRequest, match="kept"):
        store.roll_back(now=utc_now())
    with pytest.raises(NotFound):
        store.drop()
    shelves.order()
    with pytest.raises(InvalidRequest, match="beside the current one") as third:
        store.order("third", store.all()[0].wish, now=utc_now())
    assert "index drop" in third.value.remedy
    shelves.build()
    with pytest.raises(InvalidRequest, match="is kept"):
        store.order(shelves.first, store.all()[0].wish, now=utc_now())


def test_collection_on_a_server_is_removed_with_its_index() -> None:
    """Dropped it is gone; dropped again it is no error."""
    client = QdrantClient(":memory:")
    index = QdrantIndex(client, collection="former", dimension=8)

    index.remove()
    index.remove()

    assert not client.collection_exists("former")


def versions_of(house: House, file_name: str) -> set[str]:
    """Return the version a document shows."""
    shown = house.services.versions.visible(house.document(file_name))
    return set() if shown is None else {shown.id}


def _builder(shelves: Shelves, between: object) -> Builder:
    """Return a builder beside the running house; `between` is called once a text is embedded and not written."""
    services, store = shelves.house.services, IndexStore(shelves.house.services.engine)
    beside = services.pipeline.indexer.beside
    assert beside is not None
    pace = replace(HASTE, wait=lambda _s: between())  # type: ignore[operator]

    def report(done: int, total: int) -> bool:
        return store.report(NEW, identity=beside.indexer.embedder.name, done=done, total=total, now=utc_now())

    return Builder(services.engine, store, services.catalog, beside.indexer, report, pace)

"""What goes wrong while an embedder is changed: hiccups are waited for, faults are told, and nobody is left behind."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ingest.building import Builder
from ingest.database import utc_now
from ingest.index_store import Standing
from retrieval.errors import EmbedderUnavailable, IntramurosError
from retrieval.types import FloatMatrix, IndexRecord, VectorIndex
from tests.fakes import HashEmbedder
from tests.house import House
from tests.shelves import HASTE, NEW, Shelves
from tests.test_reembedding import LEAVE, POOL, held


@dataclass(frozen=True)
class Fragile:
    """An embedder that fails as long as `fault` gives an error."""

    inner: HashEmbedder
    fault: Callable[[], Exception | None]

    def __getattr__(self, name: str) -> object:
        """Return what the inner one has."""
        return getattr(self.inner, name)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return its vectors, or fail."""
        if (fault := self.fault()) is not None:
            raise fault
        return self.inner.embed_passages(texts)


@dataclass(frozen=True)
class Busy:
    """An index in which something happens whenever all of it is to be read, or has been."""

    inner: VectorIndex
    then: Callable[[], None] = lambda: None
    first: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> object:
        """Return what the inner one has."""
        return getattr(self.inner, name)

    def records(self) -> Iterator[IndexRecord]:
        """Yield what is there, and let it happen."""
        self.first()
        yield from list(self.inner.records())
        self.then()


@pytest.fixture
def shelves(house: House, tmp_path: Path) -> Iterator[Shelves]:
    """Give a house of two documents that may change its embedder."""
    house.bring_in(tmp_path / "in", "handbook", leave=LEAVE, pool=POOL)
    yield Shelves(house, tmp_path / "indexes")
    house.services.close()


def builder_of(shelves: Shelves, then: Callable[[], None]) -> Builder:
    """Return what builds the new index, in which something happens whenever it has been read."""
    services, store = shelves.house.services, shelves.follower.store
    beside = services.pipeline.indexer.beside
    assert beside is not None
    indexer = replace(beside.indexer, index=Busy(shelves.index, then))  # type: ignore[arg-type]  # by getattr
    return Builder(services.engine, store, services.catalog, indexer, lambda _done, _total: True, HASTE)


def test_neighbour_that_is_away_is_waited_for(shelves: Shelves) -> None:
    """The order stands, says what it waits for, and is free for whoever comes first; then it goes on to its end."""
    faults: list[Exception | None] = [EmbedderUnavailable("the embedder is away", remedy="start it")]
    shelves.embedders[NEW] = Fragile(HashEmbedder("new", 32), lambda: faults[0])  # type: ignore[assignment]
    shelves.order()

    with pytest.raises(EmbedderUnavailable):
        shelves.build()

    row = shelves.follower.store.all()[1]
    assert (row.state, row.message) == (Standing.BUILDING, "the embedder is away. start it")
    faults[0] = None
    assert shelves.build()  # by another worker: the first one's lease is over
    current = shelves.follower.store.all()[0]
    assert (current.model, current.message) == (NEW, None)


def test_fault_of_ours_is_told_and_ends_the_order(shelves: Shelves) -> None:
    """The thread lives on, and the row does not say for ever that it is being built."""
    shelves.embedders[NEW] = Fragile(HashEmbedder("new", 32), ZeroDivisionError)  # type: ignore[assignment]
    shelves.order()

    assert shelves.build()

    refused = shelves.follower.store.all()[1]
    assert refused.state is Standing.REFUSED
    assert "the log says where" in str(refused.message)


def test_house_that_takes_documents_in_all_the_time_gets_through(shelves: Shelves, tmp_path: Path) -> None:
    """What came, went, changed or got other readers during a comparison is in both indexes: no difference to mend."""
    house = shelves.house
    shelves.order()
    shelves.follower.follow()
    numbers = iter(range(100))

    def happens() -> None:
        number = next(numbers)
        house.bring_in(tmp_path / "in", "handbook", **{f"new-{number}": f"Rule {number} is new in Kassel."})
        house.bring_in(tmp_path / "in", "handbook", leave=f"{LEAVE} As of day {number}.")
        house.services.pipeline.readership.replace(house.document("pool.md"), (f"group:of-{number}",))
        if number:
            house.services.pipeline.forget(house.document(f"new-{number - 1}.md"))

    builder_of(shelves, happens).run()

    assert held(shelves.index) == held(house.services.index)
    assert next(numbers) < 5


def test_index_that_never_fits_is_refused(shelves: Shelves) -> None:
    """One that loses what is written to it is no neighbour that is away: it ends, and says what to look at."""
    shelves.order()
    shelves.follower.follow()
    lost = shelves.house.services.versions.visible(shelves.house.document("leave.md"))
    assert lost is not None
    builder, index = builder_of(shelves, lambda: None), shelves.index

    def forgetful() -> None:
        index.forget_version(lost.id)

    with pytest.raises(IntramurosError, match="still differs") as refused:
        replace(builder, indexer=replace(builder.indexer, index=Busy(index, first=forgetful))).run()  # type: ignore[arg-type]
    assert not isinstance(refused.value, EmbedderUnavailable)


def test_index_that_is_ordered_again_is_not_removed(shelves: Shelves, tmp_path: Path) -> None:
    """A process that saw the removal late finds it done, and leaves alone what was ordered since."""
    shelves.order()
    shelves.follower.follow()
    store = shelves.follower.store
    store.drop()
    late = store.all()[1]
    assert late.state is Standing.DROPPING
    shelves.follower.follow()  # somebody removes it, and it is ordered anew
    shelves.order()
    assert shelves.build()

    store.removed(late)

    assert [row.model for row in store.all()] == [NEW, shelves.first]
    with shelves.house.services.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM title_vectors").scalar() == 2
    assert (tmp_path / "indexes" / NEW).is_dir()


def test_one_process_removes_an_index(shelves: Shelves, tmp_path: Path) -> None:
    """Whoever has the lease; another one comes after it, should the first have died."""
    shelves.order()
    shelves.follower.follow()
    store = shelves.follower.store
    store.drop()
    assert store.claim("another", now=utc_now(), state=Standing.DROPPING) is not None

    shelves.follower.follow()

    assert (tmp_path / "indexes" / NEW).is_dir()
    store.release("another")
    shelves.follower.follow()
    assert not (tmp_path / "indexes" / NEW).exists()
    assert [row.model for row in store.all()] == [shelves.first]


def test_removal_reads_its_row_after_the_grace(house: House, tmp_path: Path) -> None:
    """Ordered anew while a process waited for its last searches: what it read before is not acted upon."""
    house.bring_in(tmp_path / "in", "handbook", leave=LEAVE)
    meanwhile = threading.Event()

    def again(_seconds: float) -> None:
        dropping = next(row for row in store.all() if row.state is Standing.DROPPING)
        store.removed(dropping)  # by another process, which was faster
        shelves.order()
        meanwhile.set()

    shelves = Shelves(house, tmp_path / "indexes", grace=again)
    store = shelves.follower.store
    shelves.order()
    shelves.follower.follow()
    store.drop()

    shelves.follower.follow()

    assert meanwhile.is_set()
    assert [(row.model, row.state) for row in store.all()][1] == (NEW, Standing.BUILDING)
    assert (tmp_path / "indexes" / NEW).is_dir()
    house.services.close()

"""A change of embedder waits for every process that writes, says for whom, and loses nothing of what they wrote."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.cli.indexing import rows_of
from app.cli.ingesting import _hired
from app.following import Follower, Shelf, Shelving
from ingest.attempts import LEASE
from ingest.database import utc_now
from ingest.followers import Process, Processes
from ingest.index_store import IndexStore, Standing
from retrieval.errors import ModelFileRejected, Unavailable
from tests.house import House
from tests.schemas.reading import load, revisions
from tests.shelves import NEW, Shelves
from tests.test_reembedding import LEAVE, POOL, first, held
from tests.test_schemas import Open, empty

__all__ = ["empty"]
NOW = utc_now()
NEXT, FORMER = (
    "multilingual-e5-small-q4",
    "all-minilm-l6-v2",
)  # of the house of the fixtures: in use, and kept
WITHIN_S = 60.0  # nothing is timed here


@pytest.fixture
def engine(empty: Open) -> Engine:
    """Give a house with an index in use and a kept one."""
    opened = empty()
    load(opened, revisions()[-1])
    return opened


@pytest.fixture
def shelves(house: House, tmp_path: Path) -> Iterator[Shelves]:
    """Give a house of two documents that may change its embedder."""
    house.bring_in(tmp_path / "in", "handbook", leave=LEAVE, pool=POOL)
    yield Shelves(house, tmp_path / "indexes")
    house.services.close()


def until(is_so: Callable[[], bool]) -> bool:
    """Return whether it came true in time."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_process_counts_for_a_minute_after_its_last_word(engine: Engine) -> None:
    """One that says it again stays; one that leaves is gone at once; one that was killed is forgotten in the end."""
    store = Processes(engine)
    one = Process("one", NEXT, FORMER)
    store.tell(one, now=NOW)
    store.tell(replace(one, fault="no file"), now=NOW + timedelta(seconds=30))
    store.tell(Process("two", NEXT, None), now=NOW)

    assert [told.name for told in store.all(now=NOW + LEASE)] == ["one", "two"]
    assert [told.as_text() for told in store.all(now=NOW + LEASE + timedelta(seconds=1))] == ["one (no file)"]
    store.leave("one")
    assert store.all(now=NOW + LEASE + timedelta(seconds=1)) == ()
    store.tell(one, now=NOW + timedelta(days=2))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM index_followers").scalar() == 1


def test_nothing_changes_while_a_process_writes_to_one_only(engine: Engine) -> None:
    """It is named with what holds it up; one that writes to both, whichever it searches, and a dead one are not."""
    index, store = IndexStore(engine), Processes(engine)
    store.tell(Process("other-way", FORMER, NEXT), now=NOW)
    store.tell(Process("dead", NEXT, None), now=NOW - 2 * LEASE)
    store.tell(Process("slow", NEXT, None, "a model file is missing"), now=NOW)

    with pytest.raises(Unavailable, match=r"both indexes yet: slow \(a model file is missing\)$"):
        index.roll_back(now=NOW)
    assert index.all()[0].model == NEXT

    store.tell(Process("slow", NEXT, FORMER), now=NOW)
    assert index.roll_back(now=NOW) == FORMER
    assert index.all()[0].model == FORMER


def test_change_waits_for_a_slow_process_and_finds_what_it_wrote(shelves: Shelves, tmp_path: Path) -> None:
    """The order says for whom; what came to the former index alone meanwhile is in both once it follows."""
    house = shelves.house
    slow = replace(house)  # with the services of now: another process, which has not looked yet
    store = Processes(house.services.engine)
    name = Process("slow", shelves.first, None)
    store.tell(name, now=utc_now())
    shelves.order()
    building = threading.Thread(target=shelves.build)
    building.start()

    def message() -> str:
        return str(shelves.follower.store.all()[1].message)

    assert until(lambda: "waits for slow" in message())
    slow.bring_in(tmp_path / "in", "handbook", parking="Parking is free in the yard.")
    slow.services.pipeline.forget(slow.document("pool.md"))
    assert shelves.follower.store.all()[0].model == shelves.first
    store.tell(replace(name, beside=NEW), now=utc_now())
    building.join(WITHIN_S)

    assert shelves.follower.store.all()[0].model == NEW
    assert held(shelves.index) == held(slow.services.index)
    assert first(house, "free parking") == "parking.md"


def test_index_stays_as_long_as_a_process_has_it_open(shelves: Shelves, tmp_path: Path) -> None:
    """A worker ends its document first, which takes minutes: what it writes to is not pulled from under it."""
    shelves.order()
    shelves.follower.follow()
    store = Processes(shelves.house.services.engine)
    store.tell(Process("slow", shelves.first, NEW), now=utc_now())
    shelves.follower.store.drop()

    shelves.follower.follow()

    assert (tmp_path / "indexes" / NEW).is_dir()
    store.tell(Process("slow", shelves.first, None), now=utc_now())
    shelves.follower.follow()
    assert not (tmp_path / "indexes" / NEW).exists()
    assert [row.model for row in shelves.follower.store.all()] == [shelves.first]


def test_process_that_cannot_open_the_second_index_is_told(shelves: Shelves) -> None:
    """`intramuros index status` names it with its fault, and it writes to the former one as before."""
    shelves.order()

    def missing(_model: str) -> Shelf:
        raise ModelFileRejected("a model file is missing here", remedy="bring it")

    services = shelves.house.services
    lame = Follower(services, Shelving(missing, lambda _model: None))
    stop = threading.Event()
    running = threading.Thread(target=lame.run, args=(stop,))
    running.start()
    store = Processes(services.engine)
    assert until(lambda: any(one.fault for one in store.all(now=utc_now())))
    stop.set()
    running.join(WITHIN_S)

    current, second = rows_of(services.settings)
    assert (current["processes"], second["processes"]) == ([lame.presence.name], [])
    assert second["faults"] == [f"{lame.presence.name} (a model file is missing here)"]
    lame.presence.leave()
    assert rows_of(services.settings)[0]["processes"] == []


def test_process_that_could_not_begin_is_no_process(shelves: Shelves) -> None:
    """It is started again and again; nobody waits for what it said before it ended."""
    shelves.order()

    def missing(_model: str) -> Shelf:
        raise ModelFileRejected("a model file is missing here", remedy="bring it")

    with pytest.raises(ModelFileRejected):
        Follower(shelves.house.services, Shelving(missing, lambda _model: None)).begin()

    assert Processes(shelves.house.services.engine).all(now=utc_now()) == ()


def test_bulk_load_writes_to_both(shelves: Shelves) -> None:
    """Begun anew when an index is ordered, what a cluster embedded for the one is embedded here for the other."""
    assert _hired(shelves.house.services, places=2).desk.pipeline.indexer.beside is None
    shelves.order()
    shelves.follower.follow()
    beside = _hired(shelves.house.services, places=2).desk.pipeline.indexer.beside
    assert beside is not None
    assert beside.indexer.index is shelves.index
    assert shelves.follower.store.all()[1].state is Standing.BUILDING

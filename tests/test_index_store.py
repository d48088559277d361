"""Which index is in use changes in one transaction, with the titles that belong to it, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from ingest.attempts import LEASE
from ingest.database import utc_now
from ingest.index_store import IndexStore, Standing, Wish
from ingest.schema import title_vectors, versions
from retrieval.errors import InvalidRequest
from tests.schemas.reading import load, revisions
from tests.schemas.rows import EMBEDDER, FORMER, LEAVE_V, MAIL_V
from tests.test_schemas import Open, empty

__all__ = ["empty"]
NOW = utc_now()


@pytest.fixture
def engine(empty: Open) -> Engine:
    """Give a house with an index in use and a kept one, whose title of one document is known."""
    opened = empty()
    load(opened, revisions()[-1])
    return opened


def _titles(engine: Engine) -> dict[str, tuple[str, bytes]]:
    with engine.connect() as connection:
        query = select(versions.c.id, versions.c.embedder, versions.c.title_vector)
        return {one: (name, bytes(vector)) for one, name, vector in connection.execute(query)}


def test_way_back_changes_states_and_titles_at_once(engine: Engine) -> None:
    """A version that the kept index knows gets its title there; others stay. Back again, all is as before."""
    store, before = IndexStore(engine), _titles(engine)

    store.roll_back(now=NOW)

    assert [(row.identity, row.state) for row in store.all()] == [
        (FORMER, Standing.CURRENT),
        (EMBEDDER, Standing.KEPT),
    ]
    assert _titles(engine)[LEAVE_V] == (FORMER, bytes(range(8)))
    assert _titles(engine)[MAIL_V] == before[MAIL_V]
    store.roll_back(now=NOW)
    assert _titles(engine) == before


def test_version_written_during_the_change_is_settled(engine: Engine) -> None:
    """It was written for the former embedder, and its title for the new one was put aside: they change places."""
    store = IndexStore(engine)
    store.roll_back(now=NOW)
    store.stage({MAIL_V: [0.5, 0.25]}, embedder=FORMER)  # type: ignore[dict-item]  # numbers make a vector

    assert store.settle() == 1
    assert store.settle() == 0

    assert _titles(engine)[MAIL_V][0] == FORMER
    assert len(_titles(engine)[MAIL_V][1]) == 4


def test_title_of_a_version_that_is_gone_is_not_kept(engine: Engine) -> None:
    """It was forgotten while it was embedded; a version that is forgotten later takes its title along."""
    store = IndexStore(engine)
    store.stage({"gone": [0.5]}, embedder=FORMER)  # type: ignore[dict-item]
    with engine.begin() as connection:
        connection.execute(versions.delete().where(versions.c.id == LEAVE_V))

    with engine.connect() as connection:
        assert connection.execute(select(title_vectors)).all() == []


def test_dropped_index_is_forgotten_with_its_titles(engine: Engine) -> None:
    """While it is being removed nothing else can be ordered, nor gone back to."""
    store = IndexStore(engine)
    model = store.drop()
    [_, row] = store.all()
    assert row.state is Standing.DROPPING
    with pytest.raises(InvalidRequest, match="being removed"):
        store.order("third", Wish(), now=NOW)
    with pytest.raises(InvalidRequest):
        store.roll_back(now=NOW)

    store.removed(row)

    assert model not in {one.model for one in store.all()}
    with engine.connect() as connection:
        assert connection.execute(select(title_vectors)).all() == []


def test_index_is_built_by_one_at_a_time(engine: Engine) -> None:
    """A second process gets it only after the lease of the first, or once that gave it back."""
    store = IndexStore(engine)
    store.drop()
    store.removed(store.all()[1])
    store.order("third", Wish(({"id": "q"},), 0.1, accept=True), now=NOW)

    claimed = store.claim("one", now=NOW)

    assert claimed is not None
    assert claimed.wish == Wish(({"id": "q"},), 0.1, accept=True)
    assert store.claim("two", now=NOW) is None
    assert store.claim("one", now=NOW) is not None
    assert store.claim("two", now=NOW + 2 * LEASE) is not None
    store.release("two")
    assert store.claim("three", now=NOW + 2 * LEASE + timedelta(seconds=1)) is not None
    assert store.report("third", identity="third@1", done=1, total=2, now=NOW)
    store.drop()
    assert not store.report("third", identity="third@1", done=2, total=2, now=NOW)
    with pytest.raises(InvalidRequest):
        store.exchange("third", now=NOW)

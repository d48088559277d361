"""The search bench at a small size: its house is a real one, and what it measures against is exact."""

from pathlib import Path

import numpy as np

from app.bench import search
from app.bench.house import open_house
from app.bench.synthetic import BLOCK, COLLECTIONS, Made, _Block, chunk_id

CHUNKS = 300


def test_bench_of_a_small_house(tmp_path: Path) -> None:
    """Every stage is timed, nobody sees an error, and where nothing is approximate nothing is missed."""
    reports = search.run(search.Size(CHUNKS, 12, tmp_path))
    times, stages, askers, sizes, recall = reports
    assert [row.name for row in times.rows] == ["dense leg", "sparse leg", "whole search without embedding"]
    assert {"sparse", "dense", "fuse", "fetch", "rank"} <= {row.name for row in stages.rows}
    assert [row.figures["errors"] for row in askers.rows] == [0.0] * len(search.ASKERS)
    assert sizes.rows[0].figures["index_mb"] > 0
    assert {row.figures["recall_10"] for row in recall.rows} == {1.0}


def test_house_is_filled_once(tmp_path: Path) -> None:
    """A kept house is opened again as it is; one of another size is filled anew."""
    for chunks in (CHUNKS, CHUNKS, CHUNKS // 2):
        house = open_house(tmp_path, chunks)
        assert house.index.count() == chunks
        house.close()


def test_exact_search_shows_nobody_what_is_hidden(tmp_path: Path) -> None:
    """The yardstick keeps to the readers too, and agrees with the index where that compares every chunk."""
    asks = Made().asks(9, CHUNKS)
    house = open_house(tmp_path, CHUNKS)
    for ask, ids in zip(asks, search.nearest(asks, CHUNKS, 5), strict=True):
        hits = house.index.search_dense(ask.vector, reader=ask.reader, collections=COLLECTIONS, limit=5)
        assert {hit.chunk_id for hit in hits} == set(ids)
        seen = house.store.fetch(ids, reader=ask.reader)
        assert set(seen) == set(ids)
    house.close()


class CountingMade(Made):
    """Remember which blocks were drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []

    def _drawn(self, block: int) -> _Block:
        self.drawn.append(block)
        return super()._drawn(block)


def test_blocks_are_drawn_once_for_all_questions() -> None:
    """Drawing a block takes a second; many questions about one need it once."""
    made = CountingMade()
    assert len(made.asks(20, 2 * BLOCK)) == 20
    assert sorted(made.drawn) == [0, 1]


def test_made_chunks_are_the_same_every_time() -> None:
    """A block drawn alone holds what it held before; its vectors are of length one."""
    first, again = list(Made().chunks(3, 20)), list(Made().chunks(3, 20))
    assert [chunk.text for chunk in first] == [chunk.text for chunk in again]
    assert first[0].chunk_id == chunk_id(3 * BLOCK)
    assert np.allclose([np.linalg.norm(chunk.vector) for chunk in first], 1, atol=1e-5)

"""Hold what only the index inside this process does: to open what an earlier version left, and to be purged."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import qdrant_edge as edge

from retrieval.edge import EdgeIndex
from retrieval.errors import DiskFull
from retrieval.readers import EVERYONE, reader_of
from retrieval.schema import DENSE, SPARSE
from retrieval.types import FloatVector, IndexEntry, SparseVector

DIMENSION = 16
CHUNKS = 300
HANDBOOK = frozenset({"handbook"})


def entries() -> list[IndexEntry]:
    """Return chunks with vectors drawn at random, the same each time."""
    drawn = np.random.default_rng(5).standard_normal((CHUNKS, DIMENSION)).astype(np.float32)
    unit: FloatVector = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return [
        IndexEntry(
            str(UUID(int=number + 1)), f"d{number}", f"v{number}", "handbook", "en", (EVERYONE,), vector,
            SparseVector((1,), (1.0,)),
        )
        for number, vector in enumerate(unit)
    ]  # fmt: skip


def nearest(index: EdgeIndex, vector: FloatVector) -> list[str]:
    """Return the ten nearest chunks."""
    hits = index.search_dense(vector, reader=reader_of("anna", []), collections=HANDBOOK, limit=10)
    return [hit.chunk_id for hit in hits]


def test_index_without_bytes_is_opened_and_brought_up(tmp_path: Path) -> None:
    """An index whose vectors were not yet kept as bytes answers the same, before and after it is optimised."""
    made = entries()
    with_bytes = EdgeIndex(tmp_path / "new", dimension=DIMENSION)
    with_bytes.upsert(made)
    expected = [nearest(with_bytes, one.dense) for one in made[:20]]
    with_bytes.close()

    (tmp_path / "old" / "points").mkdir(parents=True)
    plain = edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=DIMENSION, distance=edge.Distance.Dot)},
        sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
    )
    edge.EdgeShard.create(str(tmp_path / "old" / "points"), plain).close()
    old = EdgeIndex(tmp_path / "old", dimension=DIMENSION)
    old.upsert(made)
    assert [nearest(old, one.dense) for one in made[:20]] == expected
    assert old.optimise(at_least=1)
    assert [nearest(old, one.dense) for one in made[:20]] == expected
    assert old.count() == CHUNKS
    old.close()


def scanned(folder: Path, needle: bytes) -> int:
    """Return how often bytes stand in the files of a folder."""
    return sum(file.read_bytes().count(needle) for file in folder.rglob("*") if file.is_file())


def of_version(entry: IndexEntry) -> tuple[bytes, bytes]:
    """Return the bytes by which a point is found on a disk: its version, and its vector."""
    return entry.version_id.encode(), entry.dense.tobytes()


def test_purge_leaves_no_byte_of_what_was_deleted(tmp_path: Path) -> None:
    """One of three hundred points, deleted: its id and its vector lie there as before, until the index is purged."""
    made = [replace(one, version_id=f"version-{n:04}") for n, one in enumerate(entries())]
    index = EdgeIndex(tmp_path / "index", dimension=DIMENSION)
    index.upsert(made)
    gone, stays = made[7], made[8]
    index.forget_version(gone.version_id)
    index.optimise(at_least=1)
    assert all(scanned(tmp_path, one) for one in of_version(gone))

    index.purge()

    assert not any(scanned(tmp_path, one) for one in of_version(gone))
    assert all(scanned(tmp_path, one) for one in of_version(stays))
    assert index.count() == CHUNKS - 1
    assert nearest(index, stays.dense)[0] == stays.chunk_id
    index.upsert([gone])
    assert nearest(index, gone.dense)[0] == gone.chunk_id
    index.close()
    again = EdgeIndex(tmp_path / "index", dimension=DIMENSION)
    assert again.count() == CHUNKS
    again.close()


def test_searches_go_on_while_the_index_is_purged(tmp_path: Path) -> None:
    """Not one of thousands of searches fails or misses while the index is exchanged three times."""
    made = entries()
    index = EdgeIndex(tmp_path / "index", dimension=DIMENSION)
    index.upsert(made)
    wanted, ended = nearest(index, made[5].dense), threading.Event()

    def search() -> int:
        count = 0
        while not ended.is_set():
            assert nearest(index, made[5].dense) == wanted
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        searching = [pool.submit(search) for _ in range(3)]
        for _ in range(3):
            index.purge()
        ended.set()
        assert all(one.result() for one in searching)
    index.close()


def test_killed_between_the_renames_the_index_is_whole(tmp_path: Path) -> None:
    """Whichever of the two renames a kill came before, the next start finds every point and no leftover."""
    index = EdgeIndex(tmp_path / "index", dimension=DIMENSION)
    index.upsert(entries())
    index.close()
    folder = tmp_path / "index"
    (folder / "points.new" / "wal").mkdir(parents=True)
    (folder / "points").rename(folder / "points.old")
    again = EdgeIndex(folder, dimension=DIMENSION)
    assert again.count() == CHUNKS
    again.close()
    assert sorted(one.name for one in folder.iterdir()) == ["lock", "points"]


def test_purge_that_does_not_fit_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk without room for a copy it is refused, and what is there goes on."""
    index = EdgeIndex(tmp_path / "index", dimension=DIMENSION)
    index.upsert(entries())
    full = shutil.disk_usage(tmp_path)._replace(free=(64 << 20) + 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(DiskFull, match="anew"):
        index.purge()
    monkeypatch.undo()
    assert index.count() == CHUNKS
    assert not (tmp_path / "index" / "points.new").exists()
    index.close()

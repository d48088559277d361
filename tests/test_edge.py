"""Hold what only the index inside this process does: to open what an earlier version left."""

from pathlib import Path
from uuid import UUID

import numpy as np
import qdrant_edge as edge

from retrieval.edge import EdgeIndex
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

"""Ask an index of synthetic chunks under a reader filter and time it: each leg, both, and many askers at once.

The text is made, not quoted: words drawn by Zipf's law (rank r with frequency 1/r), 90 terms a chunk, vectors around
200 topics, readers skewed over 40 groups. So BM25 posting lists and filters have the shape of a real house.
"""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from app.bench import BenchReport, BenchRow
from retrieval.edge import EdgeIndex
from retrieval.fuse import fuse
from retrieval.metrics import percentile
from retrieval.readers import EVERYONE, principal, reader_of
from retrieval.server import QdrantIndex
from retrieval.types import FloatVector, Hit, IndexEntry, Reader, SparseVector, VectorIndex

DIMENSION: Final = 384  # multilingual-e5-small
WORDS: Final = 60_000
TERMS: Final = 90  # of a 220-token chunk once stop words are gone
TOPICS: Final = 200
GROUPS: Final = 40
COLLECTION: Final = "bench"
LIMIT: Final = 50
CLIENT_CHUNKS: Final = 2_000  # the local mode takes 50 us a chunk and question
ASKERS: Final = 8
BATCH: Final = 5_000  # chunks made before they are written


@dataclass(frozen=True, slots=True)
class _Ask:
    dense: FloatVector
    sparse: SparseVector
    reader: Reader


def run(chunks: int, queries: int = 200) -> BenchReport:
    """Return p50 and p95 of each leg over Edge at `chunks`, and side by side with the client's local mode."""
    made = _Made(np.random.default_rng(7))
    asks = [made.ask() for _ in range(queries)]
    rows: list[BenchRow] = []
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        before = _rss_mb()
        edge = EdgeIndex(Path(folder) / "index", dimension=DIMENSION)
        try:
            _load(edge, made, chunks)
            edge.optimise(at_least=1)
            sizes = (_disk_mb(Path(folder)), _rss_mb() - before)
            rows += _timed(f"Edge, {chunks:,} chunks", edge, asks, sizes)
            rows.append(_together(f"Edge, {ASKERS} askers at once", edge, asks, sizes))
        finally:
            edge.close()
    return BenchReport(
        f"search, {queries} questions under a reader filter, {LIMIT} candidates a leg",
        f"{os.cpu_count()} cores, {platform.machine()}",
        (*rows, *_beside(min(chunks, CLIENT_CHUNKS), asks)),
    )


class _Made:
    """Draw chunks and questions from one generator, so that a run can be repeated."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._centres = random.standard_normal((TOPICS, DIMENSION)).astype(np.float32)
        frequency = 1 / np.arange(1, WORDS + 1)
        self._cumulative = np.cumsum(frequency / frequency.sum())

    def entries(self, count: int) -> Iterator[IndexEntry]:
        """Yield `count` chunks, ten to a document."""
        groups = self._random.zipf(1.5, size=count) % GROUPS
        for number in range(count):
            document = str(UUID(int=(1 << 64) + number // 10))
            group = int(groups[number // 10])
            readers = (EVERYONE,) if group == 0 else (principal("group", f"g{group}"),)
            yield IndexEntry(
                str(UUID(int=number + 1)),
                document,
                document,
                COLLECTION,
                "en",
                readers,
                self._vector(),
                self._terms(TERMS),
            )

    def ask(self) -> _Ask:
        """Return a question of six terms by someone in five groups."""
        groups = [f"g{group}" for group in self._random.integers(1, GROUPS, 5)]
        return _Ask(self._vector(), self._terms(6), reader_of("asker", groups))

    def _vector(self) -> FloatVector:
        topic = self._centres[int(self._random.integers(TOPICS))]
        vector = topic + self._random.standard_normal(DIMENSION).astype(np.float32)
        unit: FloatVector = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit

    def _terms(self, count: int) -> SparseVector:
        drawn = np.unique(np.searchsorted(self._cumulative, self._random.random(count)))
        return SparseVector(tuple(int(word) for word in drawn), (1.0,) * len(drawn))


def _load(index: VectorIndex, made: _Made, chunks: int) -> None:
    batch: list[IndexEntry] = []
    for entry in made.entries(chunks):
        batch.append(entry)
        if len(batch) == BATCH:
            index.upsert(batch)
            batch = []
    index.upsert(batch)


def _legs(index: VectorIndex) -> dict[str, Callable[[_Ask], object]]:
    only = frozenset({COLLECTION})

    def dense(ask: _Ask) -> list[Hit]:
        return index.search_dense(ask.dense, reader=ask.reader, collections=only, limit=LIMIT)

    def sparse(ask: _Ask) -> list[Hit]:
        return index.search_sparse(ask.sparse, reader=ask.reader, collections=only, limit=LIMIT)

    return {"dense": dense, "sparse": sparse, "hybrid": lambda ask: fuse(dense(ask), sparse(ask))}


def _timed(name: str, index: VectorIndex, asks: Sequence[_Ask], sizes: tuple[float, float]) -> list[BenchRow]:
    rows = []
    for leg, search in _legs(index).items():
        search(asks[0])  # the first one opens files
        times = [_took_ms(search, ask) for ask in asks]
        rows.append(_row(f"{name}, {leg}", times, 1000 * len(times) / max(sum(times), 1e-9), sizes))
    return rows


def _together(name: str, index: VectorIndex, asks: Sequence[_Ask], sizes: tuple[float, float]) -> BenchRow:
    search = _legs(index)["hybrid"]
    started = time.perf_counter()
    with ThreadPoolExecutor(ASKERS) as pool:
        times = list(pool.map(lambda ask: _took_ms(search, ask), asks))
    return _row(f"{name}, hybrid", times, len(times) / (time.perf_counter() - started), sizes)


def _beside(chunks: int, asks: Sequence[_Ask]) -> list[BenchRow]:
    """Time Edge and the client's local mode over the same few chunks and a tenth of the questions."""
    from qdrant_client import QdrantClient  # heavy: only this comparison needs the client

    few = asks[: max(len(asks) // 10, 5)]
    rows: list[BenchRow] = []
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        pair: dict[str, VectorIndex] = {
            f"Edge, {chunks:,} chunks": EdgeIndex(Path(folder) / "index", dimension=DIMENSION),
            f"client local mode, {chunks:,} chunks": QdrantIndex(
                QdrantClient(":memory:"), collection="bench", dimension=DIMENSION
            ),
        }
        for name, index in pair.items():
            _load(index, _Made(np.random.default_rng(11)), chunks)
            rows += _timed(name, index, few, (0.0, 0.0))[-1:]
            index.close()
    return rows


def _row(name: str, times_ms: list[float], per_s: float, sizes: tuple[float, float]) -> BenchRow:
    return BenchRow(
        name,
        {
            "p50_ms": percentile(times_ms, 0.5),
            "p95_ms": percentile(times_ms, 0.95),
            "per_s": per_s,
            "disk_mb": sizes[0],
            "rss_mb": sizes[1],
        },
    )


def _took_ms(search: Callable[[_Ask], object], ask: _Ask) -> float:
    start = time.perf_counter()
    search(ask)
    return (time.perf_counter() - start) * 1000


def _disk_mb(folder: Path) -> float:
    # Blocks, not lengths: the engine reserves sparse files.
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()) / 1e6


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

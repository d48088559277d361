"""Ask a house of made chunks under a reader filter and time it: each leg, the whole, many askers; and its recall.

The whole search is `Searcher.search`: legs, fusion, text from the database with its second check, ranking. CPU time is
the whole process's for one question: other programs of a shared machine lengthen it less than they do the clock's.
"""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.bench import BenchReport, BenchRow
from app.bench.given import GivenEmbedder
from app.bench.house import House, open_house
from app.bench.synthetic import BLOCK, COLLECTIONS, Ask, Made, blocks, chunk_id
from retrieval.errors import IntramurosError
from retrieval.metrics import percentile
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder

LIMIT: Final = 50  # candidates of a leg
SHOWN: Final = 10  # passages of a whole search
ASKERS: Final = (1, 2, 4, 16)
WARM: Final = 20  # questions that open files and load tables before the clock starts
RECALL_ASKS: Final = 60
DEPTHS: Final = (10, 50)

Work = Callable[[Ask], object]


@dataclass(frozen=True, slots=True)
class Size:
    """Say how much is measured. `keep` is a directory whose house is used again, None one that is thrown away."""

    chunks: int
    queries: int
    keep: Path | None = None


def run(size: Size, model: Embedder | None = None) -> tuple[BenchReport, ...]:
    """Return times, stages of the whole search, askers at once, and recall; with `model`, with its time as well."""
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as thrown:
        folder = size.keep or Path(thrown)
        before = _rss_mb()
        house = open_house(folder, size.chunks)
        try:
            asks = Made().asks(size.queries, size.chunks)
            times, stages = _times(house, asks, model)
            askers = _askers(house, asks)
            sizes = {"index_mb": _disk_mb(folder / "house" / "index"), "rss_mb": _rss_mb() - before}
            recall = _recall(house, asks[:RECALL_ASKS], size.chunks)
        finally:
            house.close()
    what = f"{size.chunks:,} chunks, {size.queries} questions under a reader filter"
    return (
        _report(f"search, {what}", times),
        _report("stages of the whole search", stages),
        _report("whole search by several askers at once", askers),
        _report("index on disk, memory of the process beyond its start", [BenchRow("Edge", sizes)]),
        _report("dense leg against exact search, by the number of the asker's groups", recall),
    )


def _report(title: str, rows: Sequence[BenchRow]) -> BenchReport:
    return BenchReport(title, f"{os.cpu_count()} cores, {platform.machine()}", tuple(rows))


def _searcher(house: House, asks: Sequence[Ask], model: Embedder | None) -> Searcher:
    given = GivenEmbedder({ask.text: ask.vector for ask in asks}, times=model)
    return Searcher(given, house.index, house.store, SparseEncoder())


def _whole(searcher: Searcher, ask: Ask) -> dict[str, float]:
    found = searcher.search(ask.text, reader=ask.reader, collections=COLLECTIONS, limit=SHOWN)
    return dict(found.timings_ms)


def _times(
    house: House, asks: Sequence[Ask], model: Embedder | None
) -> tuple[list[BenchRow], list[BenchRow]]:
    encoder = SparseEncoder()
    searcher = _searcher(house, asks, None)
    words = {ask.text: encoder.encode_query(ask.text, ("en",)) for ask in asks}
    stages: dict[str, list[float]] = {}

    def dense(ask: Ask) -> object:
        return house.index.search_dense(ask.vector, reader=ask.reader, collections=COLLECTIONS, limit=LIMIT)

    def sparse(ask: Ask) -> object:
        return house.index.search_sparse(
            words[ask.text], reader=ask.reader, collections=COLLECTIONS, limit=LIMIT
        )

    def whole(ask: Ask) -> object:
        for stage, took_ms in _whole(searcher, ask).items():
            stages.setdefault(stage, []).append(took_ms)
        return None

    rows = [
        _timed("dense leg", dense, asks),
        _timed("sparse leg", sparse, asks),
        _timed("whole search without embedding", whole, asks),
    ]
    if model is not None:
        lent = _searcher(house, asks, model)
        rows.append(_timed("whole search with embedding", lambda ask: _whole(lent, ask), asks))
    found = [
        BenchRow(name, {"p50_ms": percentile(took, 0.5), "p95_ms": percentile(took, 0.95)})
        for name, took in stages.items()
    ]
    return rows, found


def _timed(name: str, work: Work, asks: Sequence[Ask]) -> BenchRow:
    for ask in asks[:WARM]:
        work(ask)
    walls: list[float] = []
    cpus: list[float] = []
    for ask in asks:
        wall, cpu = time.perf_counter(), time.process_time()
        work(ask)
        cpus.append((time.process_time() - cpu) * 1000)
        walls.append((time.perf_counter() - wall) * 1000)
    clock = {"p50_ms": percentile(walls, 0.5), "p95_ms": percentile(walls, 0.95)}
    return BenchRow(name, clock | {"p50_cpu_ms": percentile(cpus, 0.5), "p95_cpu_ms": percentile(cpus, 0.95)})


def _askers(house: House, asks: Sequence[Ask]) -> list[BenchRow]:
    searcher = _searcher(house, asks, None)

    def is_answered(ask: Ask) -> bool:
        try:
            _whole(searcher, ask)
        except IntramurosError:
            return False
        return True

    rows = []
    for askers in ASKERS:
        started = time.perf_counter()
        with ThreadPoolExecutor(askers) as pool:
            answered = list(pool.map(is_answered, asks))
        per_s = len(asks) / (time.perf_counter() - started)
        rows.append(
            BenchRow(f"{askers} askers", {"per_s": per_s, "errors": float(len(asks) - sum(answered))})
        )
    return rows


def _recall(house: House, asks: Sequence[Ask], chunks: int) -> list[BenchRow]:
    exact = nearest(asks, chunks, max(DEPTHS))
    shares: dict[str, list[list[float]]] = {}
    for ask, ids in zip(asks, exact, strict=True):
        if ids:
            hits = house.index.search_dense(
                ask.vector, reader=ask.reader, collections=COLLECTIONS, limit=LIMIT
            )
            found = [hit.chunk_id for hit in hits]
            shares.setdefault(f"{ask.width} groups", []).append(
                [len({*found[:depth]} & {*ids[:depth]}) / len(ids[:depth]) for depth in DEPTHS]
            )
    return [
        BenchRow(
            name,
            {
                f"recall_{depth}": float(np.mean(column))
                for depth, column in zip(DEPTHS, np.array(each).T, strict=True)
            },
        )
        for name, each in shares.items()
    ]


def nearest(asks: Sequence[Ask], chunks: int, depth: int) -> list[list[str]]:
    """Return the ids of the `depth` nearest chunks that each asker may read, by comparing with every chunk."""
    made = Made()
    questions = np.stack([ask.vector for ask in asks])
    best: list[list[tuple[float, int]]] = [[] for _ in asks]
    for block in range(blocks(chunks)):
        count = min(BLOCK, chunks - block * BLOCK)
        cosines = made.vectors(block)[:count] @ questions.T
        readers = made.readers(block)[:count]
        for place, ask in enumerate(asks):
            seen = np.array([not ask.reader.principals.isdisjoint(one) for one in readers])
            column = np.where(seen, cosines[:, place], -np.inf)
            top = np.argpartition(-column, min(depth, count - 1))[:depth]
            found = [(float(column[one]), block * BLOCK + int(one)) for one in top if seen[one]]
            best[place] = sorted(best[place] + found, reverse=True)[:depth]
    return [[chunk_id(number) for _, number in one] for one in best]


def _disk_mb(folder: Path) -> float:
    # Blocks, not lengths: the engine reserves sparse files.
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()) / 1e6


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

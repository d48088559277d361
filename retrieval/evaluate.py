"""Turn a directory of documents, questions and judgements into a table of figures. One implementation for all sets.

A set is a directory with `queries.jsonl`, one or more `corpus*.jsonl[.gz]` and one or more `qrels*.tsv`; a directory of
such directories is evaluated one by one. BM25, dense and hybrid run side by side over the same chunks.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from retrieval import metrics
from retrieval.dataset import Item, Judged, judgements, read_corpora, read_queries
from retrieval.errors import InvalidRequest
from retrieval.language import detect, likely
from retrieval.readers import EVERYONE, reader_of
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, FloatVector, IndexEntry, Passage, Reader, VectorIndex

Leg = Literal["bm25", "dense", "hybrid"]
LEGS: Final[tuple[Leg, ...]] = ("bm25", "dense", "hybrid")

CHUNK_WORDS: Final = 180  # about 220 tokens, the size of a chunk at ingestion
DEPTH: Final = 100  # chunks a leg returns; enough for 10 documents after collapsing
READER: Final = reader_of("evaluation", [])
COLLECTIONS: Final = frozenset({"evaluation"})


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the figures of one leg on one qrels file and question language."""

    set: str
    qrels: str
    language: str  # of the questions
    leg: Leg
    queries: int
    ndcg_10: float
    recall_5: float
    recall_10: float
    mrr_10: float
    hit_10: float
    p50_ms: float  # of one search, embedding of the question included where the leg needs it
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """Hold all rows of a run and what they were made with. JSON-able with `dataclasses.asdict`."""

    embedder: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Hold one question's ranking of documents by one leg, and the time it took."""

    documents: list[str]
    took_ms: float


def evaluate_directory(
    data: Path,
    *,
    embedder: Embedder | None,
    index_factory: Callable[[int], VectorIndex],
    max_queries: int | None = None,
) -> Report:
    """Return the figures of every set below `data`. Without an embedder only BM25 runs.

    `index_factory(dimension)` opens an empty index; it is closed after use. `max_queries` counts per question
    language and takes them at even distances. Raises InvalidRequest where `data` holds no set.
    """
    sets = (
        [data]
        if (data / "queries.jsonl").is_file()
        else sorted(p.parent for p in data.glob("*/queries.jsonl"))
    )
    if not sets:
        raise InvalidRequest(
            f"{data} holds no queries.jsonl, nor does a directory in it",
            remedy="name a directory with queries.jsonl, corpus.jsonl and qrels.tsv",
        )
    rows: list[Row] = []
    for one in sets:
        rows += _evaluate_set(one, embedder, index_factory, max_queries)
    return Report(embedder=embedder.name if embedder else "", rows=tuple(rows))


def _evaluate_set(
    data: Path,
    embedder: Embedder | None,
    index_factory: Callable[[int], VectorIndex],
    max_queries: int | None,
) -> list[Row]:
    judged = judgements(data, max_queries)
    if not judged:
        return []  # questions without judgements, e.g. of answers only
    items = read_corpora(data)
    queries = read_queries(data)
    rows: list[Row] = []
    # Each index holds the documents of one language, or all: what a judged group of questions searches in.
    for scope in sorted({one.scope for one in judged}):
        corpus = [item for item in items if scope in ("", item.language)]
        index = index_factory(embedder.dimension if embedder else 1)
        try:
            bench = _Bench(index, embedder, SparseEncoder())
            bench.load(corpus)
            for group in (one for one in judged if one.scope == scope):
                rows += bench.rows(data.name, group, queries)
        finally:
            index.close()
    return rows


class _Bench:
    """Hold one loaded index and ask it."""

    def __init__(self, index: VectorIndex, embedder: Embedder | None, encoder: SparseEncoder) -> None:
        self._index = index
        self._embedder = embedder
        self._encoder = encoder
        self._searcher = Searcher(embedder, index, self, encoder) if embedder else None
        self._items: dict[str, Item] = {}
        self._passages: dict[str, Passage] = {}

    def load(self, corpus: list[Item]) -> None:
        chunks = [(item, part, text) for item in corpus for part, text in enumerate(pieces(item))]
        texts = [text for _, _, text in chunks]
        dense = (
            self._embedder.embed_passages(texts) if self._embedder else np.ones((len(texts), 1), np.float32)
        )
        entries = []
        positions: Counter[str] = Counter()
        for (item, part, text), vector in zip(chunks, dense, strict=True):
            chunk_id = str(uuid5(NAMESPACE_URL, f"{item.document}#{item.place}#{part}"))
            entry = self._entry(chunk_id, item, text, vector)
            entries.append(entry)
            self._items[chunk_id] = item
            self._passages[chunk_id] = _passage(entry, item, text, positions[item.file])
            positions[item.file] += 1
        self._index.upsert(entries)

    def _entry(self, chunk_id: str, item: Item, text: str, vector: FloatVector) -> IndexEntry:
        language = item.language or detect(text)
        sparse = self._encoder.encode_passage(text, language)
        return IndexEntry(
            chunk_id, item.document, item.document, "evaluation", language, (EVERYONE,), vector, sparse
        )

    def rows(self, name: str, group: Judged, queries: dict[str, str]) -> list[Row]:
        found: dict[Leg, list[tuple[Ranked, dict[str, int]]]] = {leg: [] for leg in LEGS}
        for query_id, grades in group.grades.items():
            for leg, ranked in self._ask(queries[query_id]):
                found[leg].append((ranked, grades))
        return [_row(name, group, leg, pairs) for leg, pairs in found.items() if pairs]

    def _ask(self, question: str) -> Iterator[tuple[Leg, Ranked]]:
        start = time.perf_counter()
        words = self._encoder.encode_query(question, likely(question))
        sparse = self._index.search_sparse(words, reader=READER, collections=COLLECTIONS, limit=DEPTH)
        lexical = time.perf_counter()
        yield "bm25", self._ranked([hit.chunk_id for hit in sparse], lexical - start)
        if self._embedder is None or self._searcher is None:
            return
        again = time.perf_counter()
        vector = self._embedder.embed_query(question)
        dense = self._index.search_dense(vector, reader=READER, collections=COLLECTIONS, limit=DEPTH)
        semantic = time.perf_counter()
        yield "dense", self._ranked([hit.chunk_id for hit in dense], semantic - again)
        whole = time.perf_counter()
        found = self._searcher.ranked(
            question, reader=READER, collections=COLLECTIONS, enough=metrics.DEPTH
        ).passages
        yield (
            "hybrid",
            self._ranked([one.passage.chunk_id for one in found], time.perf_counter() - whole),
        )

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Be the database of the search: everybody may read a set."""
        del reader
        return {one: self._passages[one] for one in chunk_ids}

    def _ranked(self, chunk_ids: list[str], took_s: float) -> Ranked:
        return Ranked(metrics.collapse(self._items[one].document for one in chunk_ids), took_s * 1000)


def _passage(entry: IndexEntry, item: Item, text: str, position: int) -> Passage:
    """Return a chunk as the database would hand it out; `position` counts within the file that it comes from."""
    body = text.removeprefix(f"{item.title}\n")
    return Passage(
        chunk_id=entry.chunk_id,
        document_id=item.file,
        version_id=item.file,
        collection_id=entry.collection_id,
        title=item.title,
        file_name=item.file,
        media_type="text/plain",
        language=entry.language,
        heading_path=(),
        text=body,
        position=position,
        page=None,
        boxes=(),
        dated="",
    )


def pieces(item: Item) -> list[str]:
    """Return a document's chunks of CHUNK_WORDS words, each led by the title, as at ingestion."""
    words = item.text.split()
    parts = [" ".join(words[at : at + CHUNK_WORDS]) for at in range(0, max(len(words), 1), CHUNK_WORDS)]
    return [f"{item.title}\n{part}" if item.title else part for part in parts]


def _row(name: str, group: Judged, leg: Leg, pairs: list[tuple[Ranked, dict[str, int]]]) -> Row:
    def average(measure: Callable[[list[str], dict[str, int]], float]) -> float:
        return round(metrics.mean([measure(ranked.documents, grades) for ranked, grades in pairs]), 4)

    times = [ranked.took_ms for ranked, _ in pairs]
    return Row(
        set=name,
        qrels=group.qrels,
        language=group.language,
        leg=leg,
        queries=len(pairs),
        ndcg_10=average(metrics.ndcg),
        recall_5=average(lambda ranking, grades: metrics.recall(ranking, grades, 5)),
        recall_10=average(lambda ranking, grades: metrics.recall(ranking, grades, 10)),
        mrr_10=average(metrics.reciprocal_rank),
        hit_10=average(metrics.hit),
        p50_ms=round(metrics.percentile(times, 0.5), 2),
        p95_ms=round(metrics.percentile(times, 0.95), 2),
    )

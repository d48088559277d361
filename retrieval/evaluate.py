"""Turn a directory of documents, questions and judgements into a table of figures. One implementation for all sets.

A set is a directory with `queries.jsonl`, one or more `corpus*.jsonl[.gz]` and one or more `qrels*.tsv`; a directory of
such directories is evaluated one by one. BM25, dense and hybrid run side by side over the same chunks.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

from retrieval import metrics
from retrieval.dataset import Item, Judged, judgements, read_corpora, read_queries, sets_in
from retrieval.language import detect, likely
from retrieval.readers import EVERYONE, reader_of
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, FloatVector, IndexEntry, Passage, Reader, Reranker, VectorIndex

Leg = Literal["bm25", "dense", "hybrid"]
Step = Callable[[str, float], None]  # what is being done, and the share (0..1) of the whole that is behind
LEGS: Final[tuple[Leg, ...]] = ("bm25", "dense", "hybrid")

CHUNK_WORDS: Final = 180  # about 220 tokens, the size of a chunk at ingestion
DEPTH: Final = 100  # chunks a leg returns; enough for 10 documents after collapsing
BATCH_CHUNKS: Final = 512  # between two reports of progress
QUESTION_WORK: Final = 12  # chunks with remembered vectors that are loaded in the time of one question
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
    own_language_10: float | None  # share of the first 10 in the question's language, where any counts


@dataclass(frozen=True, slots=True)
class Report:
    """Hold all rows of a run and what they were made with. JSON-able with `dataclasses.asdict`."""

    embedder: str
    max_queries: int | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Hold one question's ranking of documents by one leg, and the time it took."""

    documents: list[str]
    took_ms: float


def nobody(_what: str, _share: float) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Hold what is measured. `open_index(dimension)` opens an empty index, which is closed after use."""

    embedder: Embedder
    open_index: Callable[[int], VectorIndex]
    reranker: Reranker | None = None

    @contextmanager
    def index(self) -> Iterator[VectorIndex]:
        """Lend an empty index."""
        index = self.open_index(self.embedder.dimension)
        try:
            yield index
        finally:
            index.close()


def evaluate_directory(
    data: Path, tools: Tools, *, max_queries: int | None = None, only: str = "", step: Step = nobody
) -> Report:
    """Return the figures of every set below `data`, or of the one named `only`.

    `max_queries` counts per question language and takes them at even distances. Raises InvalidRequest where `data`
    holds no set.
    """
    works = [work for one in sets_in(data, only) for work in _works(one, max_queries)]
    whole = sum(work.size for work in works) or 1
    behind = 0
    rows: list[Row] = []
    for work in works:

        def within(done: int, name: str = work.name, before: int = behind) -> None:
            step(name, (before + done) / whole)

        with tools.index() as index:
            bench = Bench(index, tools)
            bench.load(work.corpus, within)
            rows += [row for group in work.groups for row in bench.rows(work, group, within)]
        behind += work.size
    return Report(embedder=tools.embedder.name, max_queries=max_queries, rows=tuple(rows))


@dataclass(frozen=True, slots=True)
class _Work:
    """Hold what is asked of one index: the documents of one language, or all of them, and the groups judged there."""

    name: str
    corpus: list[Item]
    groups: list[Judged]
    queries: dict[str, str]

    @property
    def size(self) -> int:
        return len(self.corpus) + QUESTION_WORK * sum(len(group.grades) for group in self.groups)


def _works(data: Path, max_queries: int | None) -> list[_Work]:
    judged = judgements(data, max_queries)
    if not judged:
        return []  # questions without judgements, e.g. of answers only
    items = read_corpora(data)
    queries = read_queries(data)
    return [
        _Work(
            data.name,
            [item for item in items if scope in ("", item.language)],
            [one for one in judged if one.scope == scope],
            queries,
        )
        for scope in sorted({one.scope for one in judged})
    ]


class Bench:
    """Hold one loaded index and ask it."""

    def __init__(self, index: VectorIndex, tools: Tools) -> None:
        self._index = index
        self._embedder = tools.embedder
        self._encoder = SparseEncoder()
        self.searcher = Searcher(tools.embedder, index, self, self._encoder, reranker=tools.reranker)
        self._items: dict[str, Item] = {}
        self._languages: dict[str, str] = {}  # by document
        self._passages: dict[str, Passage] = {}
        self._titles: dict[str, FloatVector] = {}

    def load(self, corpus: list[Item], step: Callable[[int], None]) -> None:
        """Put the documents into the index, and tell how many are in."""
        chunks = [(item, part, text) for item in corpus for part, text in enumerate(pieces(item))]
        positions: Counter[str] = Counter()
        for start in range(0, len(chunks), BATCH_CHUNKS):
            self._load(chunks[start : start + BATCH_CHUNKS], positions)
            step(len(corpus) * min(start + BATCH_CHUNKS, len(chunks)) // len(chunks))

    def _load(self, chunks: list[tuple[Item, int, str]], positions: Counter[str]) -> None:
        texts = [text for _, _, text in chunks]
        dense = self._embedder.embed_passages(texts)
        titles = sorted({item.title for item, _, _ in chunks if item.title} - self._titles.keys())
        self._titles |= zip(titles, self._embedder.embed_passages(titles), strict=True)
        entries = []
        for (item, part, text), vector in zip(chunks, dense, strict=True):
            chunk_id = str(uuid5(NAMESPACE_URL, f"{item.document}#{item.place}#{part}"))
            entry = self._entry(chunk_id, item, text, vector)
            entries.append(entry)
            self._items[chunk_id] = item
            self._languages[item.document] = entry.language
            self._passages[chunk_id] = _passage(entry, item, text, positions[item.file])
            positions[item.file] += 1
        self._index.upsert(entries)

    def _entry(self, chunk_id: str, item: Item, text: str, vector: FloatVector) -> IndexEntry:
        language = item.language or detect(text)
        sparse = self._encoder.encode_passage(text, language)
        return IndexEntry(
            chunk_id, item.document, item.document, "evaluation", language, (EVERYONE,), vector, sparse
        )

    def rows(self, work: _Work, group: Judged, step: Callable[[int], None]) -> list[Row]:
        """Return the figures of each leg on a group of questions."""
        found: dict[Leg, list[tuple[Ranked, dict[str, int]]]] = {leg: [] for leg in LEGS}
        asked = sum(len(one.grades) for one in work.groups[: work.groups.index(group)])
        for number, (query_id, grades) in enumerate(group.grades.items(), start=1):
            for leg, ranked in self._ask(work.queries[query_id]):
                found[leg].append((ranked, grades))
            step(len(work.corpus) + QUESTION_WORK * (asked + number))
        return [
            replace(_row(work.name, group, leg, pairs), own_language_10=self._own_language(group, pairs))
            for leg, pairs in found.items()
            if pairs
        ]

    def _own_language(self, group: Judged, pairs: list[tuple[Ranked, dict[str, int]]]) -> float | None:
        """Return the share of the first 10 that is in the question's language; None where only one was searched."""
        if not group.qrels.endswith("any_language"):
            return None
        shares = [
            metrics.share([self._languages[one] for one in ranked.documents], group.language)
            for ranked, _ in pairs
        ]
        return round(metrics.mean(shares), 4)

    def _ask(self, question: str) -> Iterator[tuple[Leg, Ranked]]:
        start = time.perf_counter()
        words = self._encoder.encode_query(question, likely(question))
        sparse = self._index.search_sparse(words, reader=READER, collections=COLLECTIONS, limit=DEPTH)
        lexical = time.perf_counter()
        yield "bm25", self._ranked([hit.chunk_id for hit in sparse], lexical - start)
        again = time.perf_counter()
        vector = self._embedder.embed_query(question)
        dense = self._index.search_dense(vector, reader=READER, collections=COLLECTIONS, limit=DEPTH)
        semantic = time.perf_counter()
        yield "dense", self._ranked([hit.chunk_id for hit in dense], semantic - again)
        whole = time.perf_counter()
        found = self.searcher.ranked(
            question, reader=READER, collections=COLLECTIONS, enough=metrics.DEPTH
        ).passages
        took_s = time.perf_counter() - whole
        yield "hybrid", self._ranked([one.passage.chunk_id for one in found], took_s)

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Be the database of the search: everybody may read a set."""
        del reader
        return {one: self._passages[one] for one in chunk_ids}

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Be the database of the search, likewise."""
        del embedder, reader
        return {one: self._titles[one] for one in version_ids if one in self._titles}

    def _ranked(self, chunk_ids: list[str], took_s: float) -> Ranked:
        return Ranked(metrics.collapse(self._items[one].document for one in chunk_ids), took_s * 1000)


def _passage(entry: IndexEntry, item: Item, text: str, position: int) -> Passage:
    """Return a chunk as the database would hand it out; `position` counts within the file that it comes from."""
    body = text.removeprefix(f"{item.title}\n")
    return Passage(
        chunk_id=entry.chunk_id,
        document_id=item.file,
        version_id=item.title,  # nothing hangs on it but the title's vector
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
        own_language_10=None,
    )

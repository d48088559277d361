"""Tell the retrieval half of "one question": from a question and a verified reader to ranked passages."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from retrieval.editions import copies_last, newest_first
from retrieval.errors import EmbedderUnavailable, RerankerUnavailable
from retrieval.expand import Reading, read
from retrieval.fuse import fuse, weights_for
from retrieval.language import detect, likely
from retrieval.level import is_calibrated
from retrieval.rank import Candidate, Vectors, rank, rerank
from retrieval.sparse import SparseEncoder
from retrieval.types import (
    Embedder,
    FloatVector,
    Hit,
    PassageStore,
    RankedPassage,
    Reader,
    Reranker,
    SearchResult,
    SparseVector,
    VectorIndex,
)
from retrieval.wanted import preferred, wanted

CANDIDATES: Final = 50  # per leg; 100 brought nothing (`EXPERIMENTS.md`)
RERANKED: Final = 20  # of the best candidates, where there is a reranker: it takes a model's time for each
SPARE: Final = 4  # candidates per wanted passage at least: an old and a new version may both be in the index
LAST_LOOK: Final = 20  # while the index has hits and not one of them can be shown
# At the index, while documents are replaced: each time the new version is there a moment later.
LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """Hold a question as both legs take it."""

    text: str
    language: str  # the likeliest, "und" where none is likely enough
    languages: tuple[str, ...]  # those it may be in
    terms: SparseVector
    vector: FloatVector | None  # None without the embedder


@dataclass(frozen=True, slots=True)
class _Scope:
    """Say for whom, in what, and how deep is searched."""

    reader: Reader
    collections: frozenset[str]
    documents: frozenset[str] | None  # None = all
    wanted: int  # candidates per leg


@dataclass(frozen=True, slots=True)
class _Legs:
    """Hold what each leg thinks of every candidate of both, and the candidates' vectors by chunk id."""

    dense: list[Hit]
    sparse: list[Hit]  # a candidate without a term of the question is not in it
    vectors: Mapping[str, FloatVector]

    def __len__(self) -> int:
        return len({hit.chunk_id for hit in (*self.dense, *self.sparse)})


@dataclass(frozen=True, slots=True)
class _Look:
    """Hold what one search of both legs came to, and the question as it was read in the end."""

    asked: _Asked
    scored: list[tuple[Candidate, float]]  # best first
    vectors: Mapping[str, FloatVector]  # of the candidates, by chunk id
    corrections: Mapping[str, str]
    hits: int  # chunks that the index found; the database may hide some of them


@dataclass(frozen=True, slots=True)
class Searcher:
    """Answer questions with passages. `embedder_languages` None means that the embedder speaks them all.

    Where there is a `reranker`, it orders the best `reranked` candidates.
    """

    embedder: Embedder
    index: VectorIndex
    store: PassageStore
    encoder: SparseEncoder
    candidates: int = CANDIDATES
    embedder_languages: frozenset[str] | None = None
    reranker: Reranker | None = None
    reranked: int = RERANKED
    clock: Callable[[], float] = time.perf_counter

    def search(
        self,
        question: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> SearchResult:
        """Return up to `limit` passages this reader may see in these collections, best first; of `documents` alone.

        Without the embedder the sparse leg answers alone and `degraded` says so. Raises IndexUnavailable and
        DatabaseUnavailable: without the filter and the second check nothing is answered.
        """
        found = self.ranked(
            question, reader=reader, collections=collections, enough=limit, documents=documents
        )
        return replace(found, passages=found.passages[:limit])

    def ranked(
        self,
        question: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        enough: int,
        documents: frozenset[str] | None = None,
    ) -> SearchResult:
        """Return every candidate this reader may see, best first; looks again where there are not `enough`."""
        spent: dict[str, float] = {}
        scope = _Scope(reader, collections, documents, max(self.candidates, SPARE * enough))
        with self._timed(spent, "embed"):
            asked = self._asked(question)
        look = self._look(asked, scope, spent)
        for again in range(1, LAST_LOOK):
            # Otherwise a version may have been replaced between the search and the fetch.
            if len(look.scored) >= min(enough, look.hits) or (look.scored and again >= LOOKS):
                break
            look = self._look(asked, scope, spent)
        degraded = [] if asked.vector is not None else ["embedder"]
        if self.reranker is not None:
            try:
                with self._timed(spent, "rerank"):
                    scored = rerank(look.asked.text, look.scored, self.reranker, self.reranked)
                look = replace(look, scored=scored)
            except RerankerUnavailable:
                degraded.append("reranker")
        passages = _in_order(look, tells_editions=is_calibrated(self.embedder.name))
        return SearchResult(passages, asked.language, spent, tuple(degraded), look.corrections)

    def _look(self, asked: _Asked, scope: _Scope, spent: dict[str, float]) -> _Look:
        legs = self._legs(asked, scope, spent)
        candidates = self._fetched(legs, asked, scope, spent)
        with self._timed(spent, "expand"):
            reading = read(asked.text, asked.language, [one.passage for one in candidates])
        if reading:
            asked = self._asked_as(reading, asked)
            legs = self._legs(asked, scope, spent)
            candidates = self._fetched(legs, asked, scope, spent)
        with self._timed(spent, "fetch"):
            versions = {one.passage.version_id for one in candidates if legs.vectors}
            titles = self.store.titles(versions, embedder=self.embedder.name, reader=scope.reader)
        with self._timed(spent, "rank"):
            scored = self._ranked(asked, legs, candidates, titles)
        return _Look(asked, scored, legs.vectors, reading.corrections, len(legs))

    def _asked(self, question: str) -> _Asked:
        languages = likely(question)
        terms = self.encoder.encode_query(question, languages)
        return _Asked(question, detect(question), languages, terms, self._embed(question))

    def _asked_as(self, reading: Reading, asked: _Asked) -> _Asked:
        text = reading.correct(asked.text)
        languages = likely(text)
        # The words as written stay beside those they are read as: a reading may be wrong.
        words = " ".join((asked.text, *reading.corrections.values(), *reading.added))
        terms = self.encoder.encode_query(words, languages)
        vector = self._embed(text) if reading.corrections else asked.vector
        return _Asked(text, detect(text), languages, terms, vector)

    def _embed(self, question: str) -> FloatVector | None:
        try:
            return self.embedder.embed_query(question)
        except EmbedderUnavailable:
            return None

    def _legs(self, asked: _Asked, scope: _Scope, spent: dict[str, float]) -> _Legs:
        """Ask each leg for its candidates, then what it thinks of those the other found."""
        with self._timed(spent, "dense"):
            dense = self._dense(asked.vector, scope)
        with self._timed(spent, "sparse"):
            sparse = self._sparse(asked.terms, scope, also={hit.chunk_id for hit in dense})
        if asked.vector is None:
            return _Legs(dense, sparse, {})
        with self._timed(spent, "dense"):
            vectors = self.index.vectors(sorted({hit.chunk_id for hit in (*dense, *sparse)}))
            dense = [Hit(one, float(own @ asked.vector)) for one, own in vectors.items()]
        return _Legs(dense, sparse, vectors)

    def _sparse(self, terms: SparseVector, scope: _Scope, *, also: Collection[str]) -> list[Hit]:
        return self.index.search_sparse(
            terms,
            reader=scope.reader,
            collections=scope.collections,
            limit=scope.wanted,
            documents=scope.documents,
            also=also,
        )

    def _dense(self, vector: FloatVector | None, scope: _Scope) -> list[Hit]:
        if vector is None:
            return []
        return self.index.search_dense(
            vector,
            reader=scope.reader,
            collections=scope.collections,
            limit=scope.wanted,
            documents=scope.documents,
        )

    def _fetched(self, legs: _Legs, asked: _Asked, scope: _Scope, spent: dict[str, float]) -> list[Candidate]:
        """Return of what both legs found what the database also shows to this reader."""
        with self._timed(spent, "fuse"):
            weights = weights_for(asked.language, self.embedder_languages)
            fused = fuse(legs.dense, legs.sparse, weights)
        with self._timed(spent, "fetch"):
            texts = self.store.fetch([one.chunk_id for one in fused], reader=scope.reader)
        return [
            Candidate(one, texts[one.chunk_id])
            for one in fused
            if one.chunk_id in texts and texts[one.chunk_id].collection_id in scope.collections
        ]

    def _ranked(
        self, asked: _Asked, legs: _Legs, candidates: list[Candidate], titles: Mapping[str, FloatVector]
    ) -> list[tuple[Candidate, float]]:
        """Return the candidates with their scores, best first; in the order of fusion without the model.

        The ranking was fitted to an embedder that speaks the question's language.
        """
        speaks = self.embedder_languages is None or asked.language in self.embedder_languages
        if asked.vector is not None and speaks and candidates:
            return rank(asked.text, asked.languages, candidates, Vectors(asked.vector, legs.vectors, titles))
        return [(one, one.fused.score) for one in candidates]

    @contextmanager
    def _timed(self, spent: dict[str, float], stage: str) -> Iterator[None]:
        start = self.clock()
        try:
            yield
        finally:
            spent[stage] = spent.get(stage, 0.0) + (self.clock() - start) * 1000


def _in_order(look: _Look, *, tells_editions: bool) -> tuple[RankedPassage, ...]:
    """Return the passages with what the question says of dates and kinds, editions and copies taken into account."""
    wishes = wanted(look.asked.text)
    is_any_edition = tells_editions and not wishes.years
    scored = newest_first(look.scored, look.vectors) if is_any_edition else look.scored
    return tuple(
        RankedPassage(one.passage, place, score, one.fused.dense, one.fused.sparse)
        for place, (one, score) in enumerate(copies_last(preferred(scored, wishes)))
    )

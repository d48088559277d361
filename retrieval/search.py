"""Tell the retrieval half of "one question": from a question and a verified reader to ranked passages."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from retrieval.errors import EmbedderUnavailable
from retrieval.expand import Reading, read
from retrieval.fuse import Fused, fuse, weights_for
from retrieval.language import detect
from retrieval.rank import Candidate, rank
from retrieval.sparse import SparseEncoder
from retrieval.types import (
    Embedder,
    FloatVector,
    Hit,
    PassageStore,
    RankedPassage,
    Reader,
    SearchResult,
    SparseVector,
    VectorIndex,
)
from retrieval.wanted import preferred, wanted

CANDIDATES: Final = 50  # per leg; 100 gave mean nDCG@10 .824 instead of .823 (see fuse)
SPARE: Final = 4  # candidates per wanted passage at least: an old and a new version may both be in the index
LAST_LOOK: Final = 20  # while the index has hits and not one of them can be shown
# At the index, while documents are replaced: each time the new version is there a moment later.
LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """Hold a question as both legs take it."""

    text: str
    language: str
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
class Searcher:
    """Answer questions with passages. `embedder_languages` None means that the embedder speaks them all."""

    embedder: Embedder
    index: VectorIndex
    store: PassageStore
    encoder: SparseEncoder
    candidates: int = CANDIDATES
    embedder_languages: frozenset[str] | None = None
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
        passages: tuple[RankedPassage, ...] = ()
        corrections: Mapping[str, str] = {}
        for look in range(1, LAST_LOOK + 1):
            passages, corrections, hits = self._looked(asked, scope, spent)
            # Otherwise a version may have been replaced between the search and the fetch.
            if len(passages) >= min(enough, hits) or (passages and look >= LOOKS):
                break
        degraded = () if asked.vector is not None else ("embedder",)
        return SearchResult(passages, asked.language, spent, degraded, corrections)

    def _looked(
        self, asked: _Asked, scope: _Scope, spent: dict[str, float]
    ) -> tuple[tuple[RankedPassage, ...], Mapping[str, str], int]:
        """Return the candidates in order, what words of the question they put right, and how many were found."""
        sparse, dense = self._sparse(asked.terms, scope, spent), self._dense(asked.vector, scope, spent)
        fused, candidates = self._fetched(dense, sparse, asked, scope, spent)
        with self._timed(spent, "expand"):
            reading = read(asked.text, asked.language, [one.passage for one in candidates])
        if reading:
            asked = self._asked_as(reading, asked)
            sparse = self._sparse(asked.terms, scope, spent)
            if reading.corrections:
                dense = self._dense(asked.vector, scope, spent)
            fused, candidates = self._fetched(dense, sparse, asked, scope, spent)
        with self._timed(spent, "rank"):
            return self._ranked(asked, candidates), reading.corrections, len(fused)

    def _asked(self, question: str) -> _Asked:
        language = detect(question)
        return _Asked(
            question, language, self.encoder.encode_query(question, language), self._embed(question)
        )

    def _asked_as(self, reading: Reading, asked: _Asked) -> _Asked:
        text = reading.correct(asked.text)
        words = " ".join((text, *reading.added))
        vector = self._embed(text) if reading.corrections else asked.vector
        return _Asked(text, asked.language, self.encoder.encode_query(words, asked.language), vector)

    def _embed(self, question: str) -> FloatVector | None:
        try:
            return self.embedder.embed_query(question)
        except EmbedderUnavailable:
            return None

    def _sparse(self, terms: SparseVector, scope: _Scope, spent: dict[str, float]) -> list[Hit]:
        with self._timed(spent, "sparse"):
            return self.index.search_sparse(
                terms,
                reader=scope.reader,
                collections=scope.collections,
                limit=scope.wanted,
                documents=scope.documents,
            )

    def _dense(self, vector: FloatVector | None, scope: _Scope, spent: dict[str, float]) -> list[Hit]:
        with self._timed(spent, "dense"):
            if vector is None:
                return []
            return self.index.search_dense(
                vector,
                reader=scope.reader,
                collections=scope.collections,
                limit=scope.wanted,
                documents=scope.documents,
            )

    def _fetched(
        self, dense: list[Hit], sparse: list[Hit], asked: _Asked, scope: _Scope, spent: dict[str, float]
    ) -> tuple[list[Fused], list[Candidate]]:
        """Return what both legs found, and of it what the database also shows to this reader."""
        with self._timed(spent, "fuse"):
            fused = fuse(dense, sparse, weights_for(asked.language, self.embedder_languages))
        with self._timed(spent, "fetch"):
            texts = self.store.fetch([one.chunk_id for one in fused], reader=scope.reader)
        return fused, [
            Candidate(one, texts[one.chunk_id])
            for one in fused
            if one.chunk_id in texts and texts[one.chunk_id].collection_id in scope.collections
        ]

    def _ranked(self, asked: _Asked, candidates: list[Candidate]) -> tuple[RankedPassage, ...]:
        """Return the candidates, best first; in the order of fusion without the model.

        The ranking was fitted to an embedder that speaks the question's language.
        """
        speaks = self.embedder_languages is None or asked.language in self.embedder_languages
        scored = [(one, one.fused.score) for one in candidates]
        if asked.vector is not None and speaks and candidates:
            vectors = self.index.vectors([one.fused.chunk_id for one in candidates])
            scored = rank(asked.text, asked.language, asked.vector, candidates, vectors)
        return tuple(
            RankedPassage(one.passage, place, score, one.fused.dense, one.fused.sparse)
            for place, (one, score) in enumerate(preferred(scored, wanted(asked.text)))
        )

    @contextmanager
    def _timed(self, spent: dict[str, float], stage: str) -> Iterator[None]:
        start = self.clock()
        try:
            yield
        finally:
            spent[stage] = spent.get(stage, 0.0) + (self.clock() - start) * 1000

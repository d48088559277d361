"""Tell the retrieval half of "one question": from a question and a verified reader to ranked passages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from retrieval.errors import EmbedderUnavailable
from retrieval.fuse import fuse, weights_for
from retrieval.language import detect
from retrieval.rank import Candidate, rank
from retrieval.sparse import SparseEncoder
from retrieval.types import (
    Embedder,
    FloatVector,
    PassageStore,
    RankedPassage,
    Reader,
    SearchResult,
    VectorIndex,
)

CANDIDATES: Final = 50  # per leg; 100 gave mean nDCG@10 .824 instead of .823 (see fuse)
SPARE: Final = 4  # candidates per wanted passage at least: an old and a new version may both be in the index
LAST_LOOK: Final = 20  # while the index has hits and not one of them can be shown
# At the index, while documents are replaced: each time the new version is there a moment later.
LOOKS: Final = 3


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
        self, question: str, *, reader: Reader, collections: frozenset[str], limit: int
    ) -> SearchResult:
        """Return up to `limit` passages this reader may see in these collections, best first.

        Without the embedder the sparse leg answers alone and `degraded` says so. Raises IndexUnavailable and
        DatabaseUnavailable: without the filter and the second check nothing is answered.
        """
        spent: dict[str, float] = {}
        wanted = max(self.candidates, SPARE * limit)
        language = detect(question)
        with self._timed(spent, "embed"):
            vector = self._embed(question)
        terms = self.encoder.encode_query(question, language)
        passages: tuple[RankedPassage, ...] = ()
        for look in range(1, LAST_LOOK + 1):
            with self._timed(spent, "sparse"):
                sparse = self.index.search_sparse(terms, reader=reader, collections=collections, limit=wanted)
            with self._timed(spent, "dense"):
                dense = (
                    []
                    if vector is None
                    else self.index.search_dense(vector, reader=reader, collections=collections, limit=wanted)
                )
            with self._timed(spent, "fuse"):
                fused = fuse(dense, sparse, weights_for(language, self.embedder_languages))
            with self._timed(spent, "fetch"):
                texts = self.store.fetch([one.chunk_id for one in fused], reader=reader)
            with self._timed(spent, "rank"):
                candidates = [
                    Candidate(one, texts[one.chunk_id])
                    for one in fused
                    if one.chunk_id in texts and texts[one.chunk_id].collection_id in collections
                ]
                passages = self._ranked(question, language, vector, candidates)[:limit]
            # Otherwise a version may have been replaced between the search and the fetch.
            if len(passages) >= min(limit, len(fused)) or (passages and look >= LOOKS):
                break
        return SearchResult(passages, language, spent, () if vector is not None else ("embedder",))

    def _embed(self, question: str) -> FloatVector | None:
        try:
            return self.embedder.embed_query(question)
        except EmbedderUnavailable:
            return None

    def _ranked(
        self, question: str, language: str, vector: FloatVector | None, candidates: list[Candidate]
    ) -> tuple[RankedPassage, ...]:
        """Return what the database also shows to this reader, best first; in the order of fusion without the model.

        The ranking was fitted to an embedder that speaks the question's language.
        """
        speaks = self.embedder_languages is None or language in self.embedder_languages
        scored = [(one, one.fused.score) for one in candidates]
        if vector is not None and speaks and candidates:
            vectors = self.index.vectors([one.fused.chunk_id for one in candidates])
            scored = rank(question, language, vector, candidates, vectors)
        return tuple(
            RankedPassage(one.passage, place, score, one.fused.dense, one.fused.sparse)
            for place, (one, score) in enumerate(scored)
        )

    @contextmanager
    def _timed(self, spent: dict[str, float], stage: str) -> Iterator[None]:
        start = self.clock()
        try:
            yield
        finally:
            spent[stage] = spent.get(stage, 0.0) + (self.clock() - start) * 1000

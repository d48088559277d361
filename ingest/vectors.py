"""Turn texts into vectors, each text once: what the house has embedded before is taken from the index."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.types import Cancelled
from ingest.version_store import VersionStore
from ingest.versions import digest
from retrieval.types import Embedder, FloatMatrix, FloatVector, VectorIndex

SLICE_TEXTS = 128  # a cancelled job stops after as many: a few seconds of work
LOOKUP_DIGESTS = 500  # a statement; databases bound the number of its parameters


@dataclass(frozen=True, slots=True)
class Vectors:
    """Embed what is new. The same bytes of two owners, or an unchanged page of a new version, cost nothing."""

    versions: VersionStore
    embedder: Embedder
    index: VectorIndex

    def of(self, texts: Sequence[str], *, cancelled: Callable[[], bool]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`.

        Raises Cancelled once asked to stop, EmbedderUnavailable, IndexUnavailable.
        """
        digests = [digest(text) for text in texts]
        known = self._known(sorted(set(digests)))
        first = {one: place for place, one in reversed(list(enumerate(digests)))}
        missing = sorted((one for one in first if one not in known), key=lambda one: len(texts[first[one]]))
        for start in range(0, len(missing), SLICE_TEXTS):
            if cancelled():
                raise Cancelled
            part = missing[start : start + SLICE_TEXTS]
            vectors = self.embedder.embed_passages([texts[first[one]] for one in part])
            known.update(zip(part, vectors, strict=True))
        return np.array([known[one] for one in digests], dtype=np.float32).reshape(
            -1, self.embedder.dimension
        )

    def _known(self, digests: Sequence[str]) -> dict[str, FloatVector]:
        chunks: dict[str, str] = {}
        for start in range(0, len(digests), LOOKUP_DIGESTS):
            part = digests[start : start + LOOKUP_DIGESTS]
            chunks |= self.versions.embedded(part, embedder=self.embedder.name)
        stored: dict[str, FloatVector] = {}
        wanted = sorted(set(chunks.values()))
        for start in range(0, len(wanted), LOOKUP_DIGESTS):
            stored |= self.index.vectors(wanted[start : start + LOOKUP_DIGESTS])
        return {one: stored[chunk] for one, chunk in chunks.items() if chunk in stored}

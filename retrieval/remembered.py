"""Stand before an embedder with vectors that are there already, wherever they lie."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from retrieval.types import Embedder, FloatMatrix, FloatVector

BATCH_TEXTS: Final = 512  # embedded, then kept: what an interrupted run has done is not done again


class Remembered:
    """Be an Embedder that looks passages up first and has the others made; questions are embedded anew.

    Who makes a vector changes nothing about it, so the name is the model's. Whoever derives from it says what is known,
    and may keep what was made.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`. Raises EmbedderUnavailable."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = texts[start : start + BATCH_TEXTS]
            found = self._known(batch)
            missing = [text for text, vector in zip(batch, found, strict=True) if vector is None]
            made = (
                self._inner.embed_passages(missing) if missing else np.zeros((0, self.dimension), np.float32)
            )
            self._keep(missing, made)
            rest = iter(made)
            for place, vector in enumerate(found, start):
                vectors[place] = next(rest) if vector is None else vector
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question. Raises EmbedderUnavailable."""
        return self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)

    def _known(self, texts: Sequence[str]) -> list[FloatVector | None]:
        """Return the vector of each text that is there already, None for the others."""
        raise NotImplementedError

    def _keep(self, texts: Sequence[str], vectors: FloatMatrix) -> None:
        """Take what was made; it may be kept."""

"""Give vectors that are known beforehand, so that a bench times the search and not the model."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.bench.house import EMBEDDER
from retrieval.types import Embedder, FloatMatrix, FloatVector


class GivenEmbedder:
    """An Embedder of questions whose vectors are known.

    One that the search has reworded gets the model's vector, or, without a model, another question's. `times` a model
    is one that each question is embedded by as well, for the time it takes.
    """

    def __init__(
        self,
        vectors: Mapping[str, FloatVector],
        *,
        model: Embedder | None = None,
        times: Embedder | None = None,
    ) -> None:
        self._vectors = vectors
        self._model = model
        self._times = times

    @property
    def name(self) -> str:
        """Return the name under which a made house's titles are kept."""
        return EMBEDDER

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return len(next(iter(self._vectors.values())))

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the vectors of questions."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> FloatVector:
        """Return the question's vector."""
        if self._times is not None:
            self._times.embed_query(text)
        if text not in self._vectors and self._model is not None:
            return self._model.embed_query(text)
        return self._vectors.get(text, next(iter(self._vectors.values())))

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

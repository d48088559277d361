"""Keep the vectors that workers made of chunks until the publisher asks for them, and stand in where one is gone."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from ingest.versions import digest
from retrieval.types import Embedder, FloatMatrix, FloatVector

MOST_VECTORS = 16_384  # some 30 MB; four times what may wait to be published


class Shelf:
    """Be an Embedder that takes vectors from the shelf, each once, and asks the model of this process for the others.

    The oldest go first where there is no room: documents that were given up never fetch theirs.
    """

    def __init__(self, inner: Embedder, *, most: int = MOST_VECTORS) -> None:
        self._inner = inner
        self._most = most
        self._kept: OrderedDict[str, FloatVector] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model's name: who makes a vector changes nothing about it."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def put(self, texts: Sequence[str], vectors: FloatMatrix) -> None:
        """Keep the vectors of texts, in their order."""
        with self._lock:
            for text, vector in zip(texts, vectors, strict=True):
                self._kept[digest(text)] = vector
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`. Raises EmbedderUnavailable."""
        with self._lock:
            found = [self._kept.pop(digest(text), None) for text in texts]
        missing = [text for text, vector in zip(texts, found, strict=True) if vector is None]
        made = iter(self._inner.embed_passages(missing) if missing else ())
        vectors = [next(made) if vector is None else vector for vector in found]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question. Raises EmbedderUnavailable."""
        return self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)

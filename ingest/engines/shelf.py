"""Keep the vectors that workers made of chunks until the publisher asks for them, and stand in where one is gone."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from ingest.versions import digest
from retrieval.remembered import Remembered
from retrieval.types import Embedder, FloatMatrix, FloatVector

MOST_VECTORS = 16_384  # some 30 MB; four times what may wait to be published


class Shelf(Remembered):
    """Be an Embedder that takes vectors from the shelf, each once, and asks the model of this process for the others.

    The oldest go first where there is no room: documents that were given up never fetch theirs.
    """

    def __init__(self, inner: Embedder, *, most: int = MOST_VECTORS) -> None:
        super().__init__(inner)
        self._most = most
        self._kept: OrderedDict[str, FloatVector] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, texts: Sequence[str], vectors: FloatMatrix) -> None:
        """Keep the vectors of texts, in their order."""
        with self._lock:
            for text, vector in zip(texts, vectors, strict=True):
                self._kept[digest(text)] = vector
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def _known(self, texts: Sequence[str]) -> list[FloatVector | None]:
        with self._lock:
            return [self._kept.pop(digest(text), None) for text in texts]

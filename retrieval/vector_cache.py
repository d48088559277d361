"""Keep the vectors of texts that are measured on again and again, so that an evaluation embeds each text once.

For evaluations only: a house keeps the vectors of its documents in its index, where erasure reaches them.
"""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from retrieval.types import Embedder, FloatMatrix, FloatVector

BATCH_TEXTS = 512  # embedded, then written: what an interrupted run has done is kept


class CachingEmbedder:
    """An Embedder that remembers passages in one file for each model. Questions are embedded anew: they are timed."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        folder.mkdir(parents=True, exist_ok=True)
        name = sha256(inner.name.encode()).hexdigest()[:16]
        self._database = sqlite3.connect(folder / f"vectors-{name}.sqlite", timeout=60)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 unit vectors in the order of `texts`."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH_TEXTS):
            vectors[start : start + BATCH_TEXTS] = self._batch(texts[start : start + BATCH_TEXTS])
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question."""
        return self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _batch(self, texts: Sequence[str]) -> FloatMatrix:
        keys = [sha256(text.encode()).digest() for text in texts]
        found: dict[bytes, bytes] = {}
        for key in keys:
            for (vector,) in self._database.execute("SELECT vector FROM vectors WHERE text = ?", (key,)):
                found[key] = vector
        missing = [place for place, key in enumerate(keys) if key not in found]
        if missing:
            made = self._inner.embed_passages([texts[place] for place in missing])
            new = {keys[place]: vector.tobytes() for place, vector in zip(missing, made, strict=True)}
            with self._database:
                self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", new.items())
            found |= new
        return np.stack([np.frombuffer(found[key], dtype=np.float32) for key in keys])

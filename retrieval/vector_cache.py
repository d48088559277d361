"""Keep the vectors of texts that are measured on again and again, so that an evaluation embeds each text once.

For evaluations only: a house keeps the vectors of its documents in its index, where erasure reaches them.
"""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from retrieval.remembered import Remembered
from retrieval.types import Embedder, FloatMatrix, FloatVector


class CachingEmbedder(Remembered):
    """Remember passages in one file for each model. Questions are embedded anew: they are timed."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        super().__init__(inner)
        folder.mkdir(parents=True, exist_ok=True)
        name = sha256(inner.name.encode()).hexdigest()[:16]
        self._database = sqlite3.connect(folder / f"vectors-{name}.sqlite", timeout=60)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _known(self, texts: Sequence[str]) -> list[FloatVector | None]:
        return [self._found(_key(text)) for text in texts]

    def _found(self, key: bytes) -> FloatVector | None:
        row = self._database.execute("SELECT vector FROM vectors WHERE text = ?", (key,)).fetchone()
        return None if row is None else np.frombuffer(row[0], dtype=np.float32)

    def _keep(self, texts: Sequence[str], vectors: FloatMatrix) -> None:
        made = [(_key(text), vector.tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", made)


def _key(text: str) -> bytes:
    return sha256(text.encode()).digest()

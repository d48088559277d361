"""Keep the vectors of a house's texts in a backup, in the order of the texts' digests: each is found by halving.

A file begins with a line of JSON, and goes on with a digest (32 bytes) and a vector (float32, little-endian) a text.
"""

import json
import mmap
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Final

import numpy as np
from sqlalchemy import Connection, Row, func, select

from app.backup.manifest import GET_ANOTHER, VECTORS, Writer
from app.backup.rows import paged
from ingest.schema import chunks, documents, versions
from ingest.versions import digest
from retrieval.errors import BackupRejected
from retrieval.remembered import Remembered
from retrieval.types import Embedder, FloatVector

DIGEST_BYTES: Final = 32
LOOKED_UP: Final = 1_000  # vectors at once: 1.5 MB

Held = Callable[[Sequence[str]], dict[str, FloatVector]]  # vectors by chunk id, of those that the index holds


def dump(connection: Connection, writer: Writer, embedder: Embedder, held: Held) -> int:
    """Write the vectors that this embedder made of the texts of visible versions; return of how many texts."""
    part, count = writer.open(VECTORS), 0
    part.write(json.dumps({"embedder": embedder.name, "dimension": embedder.dimension}).encode() + b"\n")
    visible = (
        select(chunks.c.digest, func.min(chunks.c.id).label("chunk"))
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(documents, documents.c.visible_version_id == versions.c.id)
        .where(versions.c.embedder == embedder.name)
        .group_by(chunks.c.digest)
        .order_by(chunks.c.digest)
    )
    for page in paged(connection.execute(visible.execution_options(yield_per=LOOKED_UP)), LOOKED_UP):
        count += _write(page, held([row.chunk for row in page]), part.write)
    writer.add(part)
    return count


def _write(
    page: Sequence[Row[Any, Any]], vectors: dict[str, FloatVector], write: Callable[[bytes], int]
) -> int:
    known = [row for row in page if row.chunk in vectors]
    for row in known:
        write(bytes.fromhex(row.digest) + np.asarray(vectors[row.chunk], "<f4").tobytes())
    return len(known)


class KnownVectors(Remembered):
    """An Embedder that takes the vectors of passages from a backup, and makes those that are not in it."""

    def __init__(self, inner: Embedder, file: BinaryIO) -> None:
        """Read from a file that stays open, and that nobody else writes to."""
        super().__init__(inner)
        self._file = file
        try:
            told = json.loads(self._file.readline(1_000))
            self._is_ours = (told["embedder"], told["dimension"]) == (inner.name, inner.dimension)
        except (ValueError, KeyError, TypeError) as error:
            raise BackupRejected(f"{VECTORS} was changed", remedy=GET_ANOTHER) from error
        self._start = self._file.tell()
        self._width = DIGEST_BYTES + 4 * inner.dimension
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._count = (len(self._map) - self._start) // self._width if self._is_ours else 0

    def close(self) -> None:
        """Let go of what was mapped of the file."""
        self._map.close()

    def _known(self, texts: Sequence[str]) -> list[FloatVector | None]:
        return [self._found(bytes.fromhex(digest(text))) for text in texts]

    def _found(self, wanted: bytes) -> FloatVector | None:
        place = bisect_left(range(self._count), wanted, key=self._digest)
        if place == self._count or self._digest(place) != wanted:
            return None
        start = self._start + place * self._width + DIGEST_BYTES
        return np.frombuffer(self._map[start : start + 4 * self.dimension], "<f4")

    def _digest(self, place: int) -> bytes:
        start = self._start + place * self._width
        return self._map[start : start + DIGEST_BYTES]

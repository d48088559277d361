"""Fill an index and a database with made chunks, and keep them in a directory so that a run can be repeated."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Engine, insert

from app.bench.synthetic import BLOCK, COLLECTION, DIMENSION, PER_DOCUMENT, Chunk, Made, blocks
from ingest.database import open_database, sqlite_url, writing
from ingest.passages import DatabasePassages
from ingest.schema import chunks, collections, document_readers, documents, metadata, versions
from retrieval.edge import EdgeIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, VectorIndex

LANGUAGE: Final = "en"
DATED: Final = "2026-01-01"
EMBEDDER: Final = "bench"
LAYOUT: Final = 2  # of what is kept; a house of another one is filled anew


@dataclass(frozen=True, slots=True)
class House:
    """Hold an open index and the database with the same chunks."""

    index: EdgeIndex
    store: DatabasePassages
    engine: Engine

    def close(self) -> None:
        """Let go of both."""
        self.index.close()
        self.engine.dispose()


def open_house(folder: Path, count: int) -> House:
    """Return a house of `count` chunks in `folder`, filled where it is not yet."""
    note, wanted = folder / "filled.json", {"chunks": count, "layout": LAYOUT}
    is_filled = note.is_file() and json.loads(note.read_text(encoding="utf-8")) == wanted
    if not is_filled:
        shutil.rmtree(folder / "house", ignore_errors=True)
        note.unlink(missing_ok=True)
    (folder / "house").mkdir(parents=True, exist_ok=True)
    engine = open_database(sqlite_url(folder / "house" / "documents.sqlite"))
    index = EdgeIndex(folder / "house" / "index", dimension=DIMENSION)
    if not is_filled:
        _fill(index, engine, count)
        index.optimise(at_least=1)
        note.write_text(json.dumps(wanted), encoding="utf-8")
    return House(index, DatabasePassages(engine), engine)


def _fill(index: VectorIndex, engine: Engine, count: int) -> None:
    encoder = SparseEncoder()
    metadata.create_all(engine)
    with writing(engine) as connection:
        connection.execute(insert(collections), collection_row())
    for part in _parts(count):
        index.upsert([_entry(chunk, encoder) for chunk in part])
        with writing(engine) as connection:
            record(connection, part)


def collection_row() -> dict[str, Any]:
    """Return the row of the collection that all made chunks lie in."""
    return {
        "id": COLLECTION, "name": "Bench", "owner": "nobody", "purpose": "measure", "legal_basis": "none",
        "retention_days": 36_500, "confidentiality": "public", "readers": [], "created_at": DATED,
    }  # fmt: skip


def _parts(count: int) -> Iterator[Sequence[Chunk]]:
    made = Made()
    for block in range(blocks(count)):
        yield list(made.chunks(block, min(BLOCK, count - block * BLOCK)))


def _entry(chunk: Chunk, encoder: SparseEncoder) -> IndexEntry:
    owner = chunk.document_id
    sparse = encoder.encode_passage(chunk.text, LANGUAGE)
    return IndexEntry(chunk.chunk_id, owner, owner, COLLECTION, LANGUAGE, chunk.readers, chunk.vector, sparse)


def record(connection: Connection, part: Sequence[Chunk]) -> None:
    """Write made chunks with their documents and versions into a database."""
    first = [chunk for chunk in part if chunk.number % PER_DOCUMENT == 0]
    connection.execute(insert(documents), [_document(chunk) for chunk in first])
    connection.execute(
        insert(document_readers),
        [{"document_id": chunk.document_id, "principal": one} for chunk in first for one in chunk.readers],
    )
    connection.execute(insert(versions), [_version(chunk) for chunk in first])
    connection.execute(insert(chunks), [_chunk(chunk) for chunk in part])


def _document(chunk: Chunk) -> dict[str, Any]:
    owner = chunk.document_id
    title = " ".join(chunk.text.split()[:6:2])
    return {
        "id": owner, "collection_id": COLLECTION, "source": "bench", "key": owner, "file_name": f"{title}.txt",
        "title": title, "media_type": "text/plain", "state": "ready", "visible_version_id": owner,
        "created_at": DATED, "updated_at": DATED,
    }  # fmt: skip


def _version(chunk: Chunk) -> dict[str, Any]:
    owner = chunk.document_id
    return {
        "id": owner, "document_id": owner, "sha256": owner, "size_bytes": len(chunk.text) * PER_DOCUMENT,
        "parser": "none", "embedder": EMBEDDER, "ocr": [], "findings": [], "tables_found": 0, "timings_ms": {},
        "dated": DATED, "title_vector": np.asarray(chunk.vector, np.float16).tobytes(), "created_at": DATED,
    }  # fmt: skip


def _chunk(chunk: Chunk) -> dict[str, Any]:
    box = {"page": 1, "x0": 72.0, "y0": 72.0, "x1": 520.0, "y1": 300.0}
    return {
        "id": chunk.chunk_id, "version_id": chunk.document_id, "position": chunk.number % PER_DOCUMENT,
        "text": chunk.text, "heading_path": [], "language": LANGUAGE, "page": 1, "boxes": [box], "tokens": 220,
        "section": 0, "digest": chunk.chunk_id,
    }  # fmt: skip

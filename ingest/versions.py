"""Say what a version is before it is written: its id, its chunks' ids, and its rows in the database."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import RowMapping

from ingest.database import stamp, utc_now
from ingest.types import Accepted, Chunk, Kind, ParsedDocument, SourceFile
from retrieval.types import Box

IDS = uuid5(NAMESPACE_URL, "intramuros")  # ids follow from content: the same run twice gives the same ids


@dataclass(frozen=True, slots=True)
class NewVersion:
    """Hold a version about to be written."""

    id: str
    accepted: Accepted
    parsed: ParsedDocument
    embedder: str
    chunks: tuple[Chunk, ...]
    timings_ms: dict[str, float]
    dated: str  # ISO date

    def chunk_ids(self) -> tuple[str, ...]:
        """Return one id a chunk, the same whenever the same version is made again."""
        return tuple(str(uuid5(UUID(self.id), str(chunk.position))) for chunk in self.chunks)


def document_id(collection_id: str, file: SourceFile, *, serial: int = 0) -> str:
    """Return the id of a document: the same for the same place in the same source.

    A document that moved keeps its id; whatever comes to its old place takes the next `serial`.
    """
    place = f"{collection_id}\n{file.source}\n{file.key}"
    return str(uuid5(IDS, f"{place}\n{serial}" if serial else place))


def version_id(document: str, sha256: str, *, parser: str, embedder: str) -> str:
    """Return the id of a version: it changes with the bytes, the parser and the embedder."""
    return str(uuid5(UUID(document), f"{sha256}\n{parser}\n{embedder}"))


def version_row(document: str, version: NewVersion) -> dict[str, Any]:
    """Return the row of `versions`."""
    parsed = version.parsed
    return {
        "id": version.id,
        "document_id": document,
        "sha256": version.accepted.sha256,
        "size_bytes": version.accepted.size_bytes,
        "pages": parsed.pages,
        "parser": parsed.parser,
        "embedder": version.embedder,
        "ocr": [asdict(page) for page in parsed.ocr],
        "findings": [asdict(finding) for finding in parsed.findings],
        "tables_found": sum(block.kind is Kind.TABLE for block in parsed.blocks),
        "timings_ms": version.timings_ms,
        "dated": version.dated,
        "created_at": stamp(utc_now()),
    }


def digest(indexed_text: str) -> str:
    """Return what identifies an embedded text: where it is the same, so is the vector."""
    return hashlib.sha256(indexed_text.encode("utf-8", "surrogatepass")).hexdigest()


def chunk_row(chunk: Chunk, *, title: str) -> dict[str, Any]:
    """Return the row of `chunks`, without its ids."""
    return {
        "position": chunk.position,
        "text": chunk.text,
        "heading_path": list(chunk.heading_path),
        "language": chunk.language,
        "page": chunk.page,
        "boxes": [asdict(box) for box in chunk.boxes],
        "tokens": chunk.tokens,
        "section": chunk.section,
        "cells": chunk.cells,
        "digest": digest(chunk.indexed_text(title)),
    }


def chunk_of(row: RowMapping) -> Chunk:
    """Return the chunk of a row of `chunks`."""
    return Chunk(
        position=row["position"],
        text=row["text"],
        heading_path=tuple(row["heading_path"]),
        language=row["language"],
        page=row["page"],
        boxes=tuple(Box(**box) for box in row["boxes"]),
        tokens=row["tokens"],
        section=row["section"],
        cells=row["cells"],
    )

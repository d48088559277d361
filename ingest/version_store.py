"""Keep what documents held and hold: versions with their chunks, visible or not.

Which version is the visible one is the catalog's to say, in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ingest.database import reading, stamp, utc_now, writing
from ingest.guard.types import Kind as Personal
from ingest.guard.types import Mark
from ingest.schema import chunks, documents, versions
from ingest.types import Cancelled, Chunk, Kind
from ingest.versions import NewVersion, digest
from retrieval.types import Box, FloatVector

NO_TITLES: Mapping[str, FloatVector] = {}


@dataclass(frozen=True, slots=True)
class Version:
    """Hold what was recorded when a version was written."""

    id: str
    document_id: str
    sha256: str
    embedder: str
    pages: int | None


class VersionStore:
    """Read and write versions in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def visible(self, document: str) -> Version | None:
        """Return the version shown at present, if any."""
        query = select(versions).join(documents, documents.c.visible_version_id == versions.c.id)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(documents.c.id == document)).mappings().first()
        return None if row is None else Version(**{name: row[name] for name in Version.__dataclass_fields__})

    def write(
        self, new: Sequence[tuple[str, NewVersion]], *, titles: Mapping[str, FloatVector] = NO_TITLES
    ) -> None:
        """Write versions of documents with their chunks, invisible yet; one of the same id is replaced.

        `titles` are the vectors of their titles, by version id.

        Raises Cancelled where one of the documents was forgotten meanwhile.
        """
        try:
            with writing(self._engine) as connection:
                ids = [version.id for _, version in new]
                connection.execute(delete(versions).where(versions.c.id.in_(ids)))
                connection.execute(insert(versions), [_version_row(*one, titles) for one in new])
                rows = [
                    {
                        "id": chunk_id,
                        "version_id": version.id,
                        **_chunk_row(chunk, title=version.parsed.title),
                    }
                    for _, version in new
                    for chunk_id, chunk in zip(version.chunk_ids(), version.chunks, strict=True)
                ]
                connection.execute(insert(chunks), rows)
        except IntegrityError as error:
            raise Cancelled from error  # a foreign key without its document: it was removed meanwhile

    def embedded_anew(self, version: str, *, embedder: str, title: FloatVector) -> None:
        """Write down that this embedder made a version's vectors, and that of its title."""
        values = {"embedder": embedder, "title_vector": _stored(title)}
        with writing(self._engine) as connection:
            connection.execute(update(versions).where(versions.c.id == version).values(**values))

    def of_document(self, document: str) -> tuple[str, ...]:
        """Return the ids of all versions of a document."""
        with reading(self._engine) as connection:
            query = select(versions.c.id).where(versions.c.document_id == document)
            return tuple(connection.execute(query).scalars())

    def chunks(self, version: str) -> tuple[tuple[str, Chunk], ...]:
        """Return the chunks of a version with their ids, in order; the index is made of them."""
        query = select(chunks).where(chunks.c.version_id == version).order_by(chunks.c.position)
        with reading(self._engine) as connection:
            return tuple((row["id"], _chunk_of(row)) for row in connection.execute(query).mappings())

    def drop(self, version: str) -> None:
        """Delete a version and its chunks."""
        with writing(self._engine) as connection:
            connection.execute(delete(versions).where(versions.c.id == version))

    def embedded(self, digests: Sequence[str], *, embedder: str) -> dict[str, str]:
        """Return chunk ids by digest: visible chunks whose vectors this embedder made and the index holds."""
        query = (
            select(chunks.c.digest, chunks.c.id)
            .join(versions, versions.c.id == chunks.c.version_id)
            .join(documents, documents.c.visible_version_id == versions.c.id)
            .where(chunks.c.digest.in_(digests), versions.c.embedder == embedder)
        )
        with reading(self._engine) as connection:
            return {row.digest: row.id for row in connection.execute(query)}


def _version_row(document: str, version: NewVersion, titles: Mapping[str, FloatVector]) -> dict[str, object]:
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
        "personal": None
        if version.personal is None
        else {kind.value: n for kind, n in version.personal.items()},
        "tables_found": sum(block.kind is Kind.TABLE for block in parsed.blocks),
        "timings_ms": version.timings_ms,
        "dated": version.dated,
        "title_vector": _stored(titles[version.id]) if version.id in titles else None,
        "created_at": stamp(utc_now()),
    }


def _stored(vector: FloatVector) -> bytes:
    return np.asarray(vector, np.float16).tobytes()


def _chunk_row(chunk: Chunk, *, title: str) -> dict[str, object]:
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
        "personal": None if chunk.personal is None else [list(mark) for mark in chunk.personal],
        "digest": digest(chunk.indexed_text(title)),
    }


def _chunk_of(row: RowMapping) -> Chunk:
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
        personal=marks_of(row["personal"]),
    )


def marks_of(stored: Sequence[Sequence[Any]] | None) -> tuple[Mark, ...] | None:
    """Return the marks of personal data as they are stored beside a chunk; None where nobody looked."""
    return None if stored is None else tuple(Mark(start, end, Personal(kind)) for start, end, kind in stored)

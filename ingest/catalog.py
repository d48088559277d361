"""Keep documents, their versions and chunks: what exists, who may read it, and which version is shown.

A version becomes visible by one transaction (`show`), after its chunks are in the index. Until then nobody sees it,
because both the listing and the text look only at `visible_version_id`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    delete,
    exists,
    insert,
    select,
    update,
)

from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import chunks, document_readers, documents, job_items, jobs, versions
from ingest.types import UPLOAD, Chunk, SourceFile, State
from ingest.versions import NewVersion, chunk_of, chunk_row, document_id, version_row
from retrieval.errors import NotFound
from retrieval.readers import clean_readers
from retrieval.types import Reader


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a document as listed: no text."""

    id: str
    collection_id: str
    source: str
    key: str
    file_name: str
    title: str
    media_type: str
    state: State
    visible_version_id: str | None
    reason: str | None
    remedy: str | None
    failed_sha256: str | None
    updated_at: str


@dataclass(frozen=True, slots=True)
class Version:
    """Hold what was recorded when a version was written."""

    id: str
    document_id: str
    sha256: str
    embedder: str
    pages: int | None


class Catalog:
    """Read and write documents in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admit(self, file: SourceFile, *, collection_id: str) -> Document:
        """Return the document of this file, entering it as found where it is new. Its readers are set."""
        identity = document_id(collection_id, file)
        moment = stamp(utc_now())
        with writing(self._engine) as connection:
            known = connection.execute(select(documents.c.id).where(documents.c.id == identity)).first()
            if known is None:
                row = {"id": identity, "collection_id": collection_id, "source": file.source, "key": file.key}
                row |= {"file_name": file.file_name, "title": file.file_name}
                row |= {"media_type": "application/octet-stream"}  # until the gate has looked
                row |= {"state": State.FOUND, "created_at": moment, "updated_at": moment}
                connection.execute(insert(documents).values(row))
                _replace_readers(connection, identity, file.readers)
        return self.get(identity)

    def get(self, document: str) -> Document:
        """Return a document whoever asks; for ingestion and administration. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(documents).where(documents.c.id == document)).mappings().first()
        if row is None:
            raise NotFound(
                "there is no such document", remedy="list the documents again; it may have been removed"
            )
        return _document(row)

    def visible_version(self, document: str) -> Version | None:
        """Return the version shown at present, if any."""
        query = select(versions).join(documents, documents.c.visible_version_id == versions.c.id)
        with reading(self._engine) as connection:
            row = connection.execute(query.where(documents.c.id == document)).mappings().first()
        return None if row is None else Version(**{name: row[name] for name in Version.__dataclass_fields__})

    def readers(self, document: str) -> tuple[str, ...]:
        """Return the principals that may read a document, sorted."""
        query = select(document_readers.c.principal).where(document_readers.c.document_id == document)
        with reading(self._engine) as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def set_readers(self, document: str, readers: Sequence[str]) -> None:
        """Replace the readers; effective with the next question."""
        with writing(self._engine) as connection:
            _replace_readers(connection, document, readers)

    def mark(self, document: str, state: State) -> None:
        """Move a document to `state`; what a visible document shows stays as it is."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(state=state, reason=None, remedy=None, updated_at=stamp(utc_now()))
            )

    def settle(self, document: str) -> None:
        """Undo an interrupted attempt: visible where a version is shown, else found."""
        with writing(self._engine) as connection:
            for state, has_version in ((State.VISIBLE, True), (State.FOUND, False)):
                shown = documents.c.visible_version_id
                connection.execute(
                    update(documents)
                    .where(documents.c.id == document, shown.is_not(None) if has_version else shown.is_(None))
                    .values(state=state, reason=None, remedy=None, failed_sha256=None)
                )

    def quarantine(self, document: str, *, sha256: str | None, reason: str, remedy: str) -> None:
        """Set a document aside with a reason; an older visible version stays visible."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(
                    state=State.QUARANTINED,
                    reason=reason,
                    remedy=remedy,
                    failed_sha256=sha256,
                    updated_at=stamp(utc_now()),
                )
            )

    def requeue(self, document: str) -> None:
        """Let a quarantined document be tried again with the same bytes."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(state=State.FOUND, failed_sha256=None, reason=None, remedy=None)
            )

    def write(self, document: str, version: NewVersion) -> None:
        """Write a version and its chunks, invisible yet; one of the same id is replaced."""
        with writing(self._engine) as connection:
            connection.execute(delete(versions).where(versions.c.id == version.id))
            connection.execute(insert(versions).values(version_row(document, version)))
            rows = [
                {"id": chunk_id, "version_id": version.id, **chunk_row(chunk, title=version.parsed.title)}
                for chunk_id, chunk in zip(version.chunk_ids(), version.chunks, strict=True)
            ]
            if rows:
                connection.execute(insert(chunks), rows)

    def show(self, document: str, version: NewVersion) -> tuple[str, ...]:
        """Make a version the visible one in one transaction; return the ids of versions no longer needed."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(
                    visible_version_id=version.id,
                    title=version.parsed.title,
                    media_type=version.accepted.media_type,
                    state=State.VISIBLE,
                    reason=None,
                    remedy=None,
                    failed_sha256=None,
                    updated_at=stamp(utc_now()),
                )
            )
            query = select(versions.c.id).where(
                versions.c.document_id == document, versions.c.id != version.id
            )
            return tuple(connection.execute(query).scalars())

    def versions_of(self, document: str) -> tuple[str, ...]:
        """Return the ids of all versions of a document."""
        with reading(self._engine) as connection:
            query = select(versions.c.id).where(versions.c.document_id == document)
            return tuple(connection.execute(query).scalars())

    def stored_chunks(self, version: str) -> tuple[tuple[str, Chunk], ...]:
        """Return the chunks of a version with their ids, in order; the index is made of them."""
        query = select(chunks).where(chunks.c.version_id == version).order_by(chunks.c.position)
        with reading(self._engine) as connection:
            return tuple((row["id"], chunk_of(row)) for row in connection.execute(query).mappings())

    def hide(self, document: str) -> None:
        """Take a document out of sight at once; the first step of forgetting it."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(visible_version_id=None, state=State.FORGOTTEN, updated_at=stamp(utc_now()))
            )

    def drop_version(self, version: str) -> None:
        """Delete a version and its chunks."""
        with writing(self._engine) as connection:
            connection.execute(delete(versions).where(versions.c.id == version))

    def drop_document(self, document: str) -> tuple[Path, ...]:
        """Delete a document with all that hangs on it, its name in past jobs too; return uploads left to delete."""
        with writing(self._engine) as connection:
            row = connection.execute(select(documents).where(documents.c.id == document)).mappings().one()
            of_source = select(jobs.c.id).where(jobs.c.source == row["source"])
            items = (job_items.c.key == row["key"]) & job_items.c.job_id.in_(of_source)
            paths = connection.execute(select(job_items.c.path).where(items)).scalars().all()
            connection.execute(delete(job_items).where(items))
            connection.execute(delete(documents).where(documents.c.id == document))
            return tuple(Path(path) for path in paths) if row["source"] == UPLOAD else ()

    def of_source(self, collection_id: str, source: str) -> dict[str, str]:
        """Return document ids by key for one source; a sync forgets the keys that vanished."""
        query = select(documents.c.key, documents.c.id).where(
            documents.c.collection_id == collection_id, documents.c.source == source
        )
        with reading(self._engine) as connection:
            return {row.key: row.id for row in connection.execute(query)}

    def listed(self, *, state: State | None = None, collection_id: str | None = None) -> tuple[Document, ...]:
        """Return all documents without text, newest first; for administration."""
        return self._list(select(documents), state, collection_id)

    def listed_for(self, reader: Reader, *, collection_id: str | None = None) -> tuple[Document, ...]:
        """Return the visible documents this reader may read, newest first."""
        return self._list(select(documents).where(readable_by(reader)), None, collection_id)

    def get_for(self, document: str, reader: Reader) -> Document:
        """Return a document this reader may read. Raises NotFound for a foreign and a missing id alike."""
        query = select(documents).where(documents.c.id == document, readable_by(reader))
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound("this document is not available", remedy="ask its owner if you need it")
        return _document(row)

    def _list(
        self, query: Select[Any], state: State | None, collection_id: str | None
    ) -> tuple[Document, ...]:
        if state is not None:
            query = query.where(documents.c.state == state)
        if collection_id is not None:
            query = query.where(documents.c.collection_id == collection_id)
        with reading(self._engine) as connection:
            rows = connection.execute(
                query.order_by(documents.c.updated_at.desc(), documents.c.key)
            ).mappings()
            return tuple(_document(row) for row in rows)


def readable_by(reader: Reader) -> ColumnElement[bool]:
    """Return the condition on `documents`: something is visible, and one of the reader's principals may read it."""
    allowed = exists().where(
        document_readers.c.document_id == documents.c.id,
        document_readers.c.principal.in_(sorted(reader.principals)),
    )
    return documents.c.visible_version_id.is_not(None) & allowed


def _replace_readers(connection: Connection, document: str, readers: Sequence[str]) -> None:
    connection.execute(delete(document_readers).where(document_readers.c.document_id == document))
    rows = [{"document_id": document, "principal": principal} for principal in clean_readers(readers)]
    if rows:
        connection.execute(insert(document_readers), rows)


def _document(row: RowMapping) -> Document:
    values = {name: row[name] for name in Document.__dataclass_fields__}
    return Document(**{**values, "state": State(row["state"])})

"""Keep documents: what exists, where it stands, and who may read it.

What a document holds is kept by `ingest.version_store`; who works on it, and which version is shown, is changed by
`ingest.attempts`. What has no `visible_version_id`, or is restricted, nobody sees: listing and text look only at that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from ingest.guard.policy import Policy, bare_name, is_masked_for, look_again, masked
from ingest.schema import collections, document_readers, documents, job_items, jobs
from ingest.types import Origin, State
from retrieval.errors import NotFound
from retrieval.readers import clean_readers, may_read
from retrieval.types import Reader


@dataclass(frozen=True, slots=True)
class Document:
    """Hold a document as listed: no text."""

    id: str
    collection_id: str
    source: str
    key: str
    parent_id: str | None  # the document it was attached to
    file_name: str
    title: str
    media_type: str
    state: State
    visible_version_id: str | None
    reason: str | None
    remedy: str | None
    failed_sha256: str | None
    updated_at: str
    cleared_sha256: str | None = None  # bytes that somebody let in although they hold personal data
    is_masked: bool = False  # personal data is kept from the reader it was listed for; so is its original


class Catalog:
    """Read and write documents in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, *, erased: Callable[[str], None] = lambda _document: None) -> None:
        self._engine = engine
        self._erased = erased  # is told of each document before it goes, and may raise Unavailable, OnHold

    def get(self, document: str) -> Document:
        """Return a document whoever asks; for ingestion and administration. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(documents).where(documents.c.id == document)).mappings().first()
        if row is None:
            raise NotFound(
                "there is no such document", remedy="list the documents again; it may have been removed"
            )
        return document_of(row)

    def find(self, named: str) -> Document:
        """Return the document people mean: by its id, by how that begins, or by its file name. Raises NotFound."""
        by_id = select(documents).where(documents.c.id.startswith(named, autoescape=True)).limit(2)
        by_name = select(documents).where(documents.c.file_name == named).limit(2)
        with reading(self._engine) as connection:
            rows = connection.execute(by_name).mappings().all() or connection.execute(by_id).mappings().all()
        if len(rows) != 1 or not named:  # an empty name begins every id, that of a house's only document too
            count = "more than one document is" if len(rows) > 1 else "no document is"
            raise NotFound(
                f"{count} called '{named}'",
                remedy="take the id from `intramuros ingest list`; as much of it as tells it apart will do",
            )
        return document_of(rows[0])

    def attached_to(self, document: str) -> tuple[Document, ...]:
        """Return the documents that came as attachments of this one."""
        with reading(self._engine) as connection:
            query = select(documents).where(documents.c.parent_id == document)
            return tuple(document_of(row) for row in connection.execute(query).mappings())

    def readers(self, document: str) -> tuple[str, ...]:
        """Return the principals that may read a document, sorted."""
        query = select(document_readers.c.principal).where(document_readers.c.document_id == document)
        with reading(self._engine) as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def with_attached(self, document: str) -> tuple[str, ...]:
        """Return the ids of a document and of all that is attached to it, at any depth."""
        found, waiting = [document], [document]
        while waiting:
            waiting = [one.id for parent in waiting for one in self.attached_to(parent)]
            found += waiting
        return tuple(found)

    def set_readers(self, readers: Mapping[str, Sequence[str]]) -> None:
        """Replace the readers of documents, by id, in one transaction; effective with the next question."""
        with writing(self._engine) as connection:
            for document, principals in readers.items():
                replace_readers(connection, document, principals)

    def hide(self, document: str) -> None:
        """Take a document out of sight at once; the first step of forgetting it. Raises OnHold where it has to stay."""
        self._erased(document)
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(visible_version_id=None, state=State.FORGOTTEN, updated_at=stamp(utc_now()))
            )

    def drop_document(self, document: str) -> tuple[Path, ...]:
        """Delete a document with all that hangs on it, its name in past jobs too; return our copies left to delete."""
        with writing(self._engine) as connection:
            return drop(connection, document)

    def listed(self, *, state: State | None = None, collection_id: str | None = None) -> tuple[Document, ...]:
        """Return all documents without text, newest first; for administration."""
        return self._list(select(documents), state, collection_id)

    def listed_for(self, reader: Reader, *, collection_id: str | None = None) -> tuple[Document, ...]:
        """Return the visible documents this reader may read, newest first; names masked where theirs are to be."""
        found = self._list(select(documents).where(readable_by(reader)), None, collection_id)
        with reading(self._engine) as connection:
            return _as_shown(connection, found, reader)

    def get_for(self, document: str, reader: Reader) -> Document:
        """Return a document this reader may read. Raises NotFound for a foreign and a missing id alike."""
        pairs = (
            select(documents.c.id, document_readers.c.principal)
            .join(document_readers)
            .where(documents.c.id == document, is_used())
        )
        with reading(self._engine) as connection:
            query = select(documents).where(documents.c.id.in_(allowed(connection, pairs, reader)))
            row = connection.execute(query).mappings().first()
            if row is None:
                raise NotFound("this document is not available", remedy="ask its owner if you need it")
            return _as_shown(connection, [document_of(row)], reader)[0]

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
            return tuple(document_of(row) for row in rows)


def readable_by(reader: Reader) -> ColumnElement[bool]:
    """Return the condition on `documents`, for lists: visible, and one of the reader's principals may read it."""
    allowed = exists().where(
        document_readers.c.document_id == documents.c.id,
        document_readers.c.principal.in_(sorted(reader.principals)),
    )
    return is_used() & allowed


def is_used() -> ColumnElement[bool]:
    """Return the condition on `documents`: shown, and not restricted to being kept."""
    return documents.c.visible_version_id.is_not(None) & documents.c.restricted_at.is_(None)


def allowed(connection: Connection, pairs: Select[str, str], reader: Reader) -> list[str]:
    """Return the first of each pair whose second, one principal of its document, is among the reader's.

    For a few things by id, instead of `readable_by`: refusing takes as long whether they are hidden or not there, and
    does not grow with the reader's groups.
    """
    return sorted({one for one, principal in connection.execute(pairs) if may_read(reader, (principal,))})


def replace_readers(connection: Connection, document: str, readers: Sequence[str]) -> None:
    """Replace the readers of a document within the caller's transaction."""
    connection.execute(delete(document_readers).where(document_readers.c.document_id == document))
    rows = [{"document_id": document, "principal": principal} for principal in clean_readers(readers)]
    if rows:
        connection.execute(insert(document_readers), rows)


def at_place(collection_id: str, source: str, key: str) -> ColumnElement[bool]:
    """Return the condition on `documents`: the one at this place of this source."""
    same = documents.c.collection_id == collection_id
    return same & (documents.c.source == source) & (documents.c.key == key)


def document_of(row: RowMapping) -> Document:
    """Return the document of a row of `documents`."""
    values = {name: row[name] for name in Document.__dataclass_fields__ if name in row}
    return Document(**{**values, "state": State(row["state"])})


def _as_shown(connection: Connection, found: Sequence[Document], reader: Reader) -> tuple[Document, ...]:
    """Return documents as this reader may see them: titles and names of files masked where text is."""
    query = select(collections.c.id, collections.c.personal_data, collections.c.personal_data_readers)
    masking = {
        row.id
        for row in connection.execute(query.where(collections.c.personal_data == Policy.MASK))
        if is_masked_for(reader, row.personal_data, row.personal_data_readers)
    }
    return tuple(_bare(one) if one.collection_id in masking else one for one in found)


def _bare(document: Document) -> Document:
    title = masked(document.title, look_again(document.title, "und"))
    return replace(document, title=title, file_name=bare_name(document.file_name), is_masked=True)


def drop(connection: Connection, document: str) -> tuple[Path, ...]:
    """Delete a document with all that hangs on it, its name in past jobs too; return our copies left to delete."""
    row = connection.execute(select(documents).where(documents.c.id == document)).mappings().first()
    if row is None:
        return ()  # somebody else forgot it at the same time
    of_source = select(jobs.c.id).where(
        jobs.c.source == row["source"], jobs.c.collection_id == row["collection_id"]
    )
    items = (job_items.c.key == row["key"]) & job_items.c.job_id.in_(of_source)
    copies = select(job_items.c.path).where(items, job_items.c.origin == Origin.COPY)
    paths = connection.execute(copies).scalars().all()
    connection.execute(delete(job_items).where(items))
    connection.execute(delete(documents).where(documents.c.id == document))
    return tuple(Path(path) for path in paths)

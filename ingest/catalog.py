"""Keep documents and their versions: what exists, who may read it, who works on it, and which version is shown.

A version becomes visible by one transaction (`show`), after its chunks are in the index. Until then nobody sees it,
because both the listing and the text look only at `visible_version_id`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
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
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import document_readers, documents, job_items, jobs, versions
from ingest.types import UPLOAD, Busy, Cancelled, SourceFile, State
from ingest.versions import NewVersion, document_id
from retrieval.errors import NotFound
from retrieval.readers import clean_readers
from retrieval.types import Reader

LEASE = timedelta(seconds=60)  # a worker beats every second; a minute of silence means it is gone
UNOWNED = {"worker": None, "leased_until": None}


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


class Catalog:
    """Read and write documents in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admit(
        self, file: SourceFile, *, collection_id: str, owner: str, parent: str | None = None
    ) -> Document:
        """Return the document of this file, entered as found where it is new, and leased to `owner`.

        Raises Busy where another owner's lease has not ended.
        """
        try:
            return self._admit(file, collection_id=collection_id, owner=owner, parent=parent)
        except IntegrityError as error:
            raise Busy from error  # another worker entered it between our look and our insert

    def _admit(self, file: SourceFile, *, collection_id: str, owner: str, parent: str | None) -> Document:
        now = utc_now()
        with writing(self._engine) as connection:
            here = select(documents.c.id).where(at_place(collection_id, file.source, file.key))
            identity = connection.execute(here).scalar()
            if identity is None:
                identity = _enter(connection, file, collection_id=collection_id, parent=parent)
            chosen = documents.c.id == identity
            free = or_(
                documents.c.worker.is_(None),
                documents.c.worker == owner,
                documents.c.leased_until < stamp(now),
            )
            lease = {"worker": owner, "leased_until": stamp(now + LEASE)}
            if not connection.execute(update(documents).where(chosen, free).values(lease)).rowcount:
                raise Busy
            # A file that is back before it was forgotten altogether lives on.
            half_gone = documents.c.state == State.FORGOTTEN
            connection.execute(update(documents).where(chosen, half_gone).values(state=State.FOUND))
            return _document(connection.execute(select(documents).where(chosen)).mappings().one())

    def get(self, document: str) -> Document:
        """Return a document whoever asks; for ingestion and administration. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(documents).where(documents.c.id == document)).mappings().first()
        if row is None:
            raise NotFound(
                "there is no such document", remedy="list the documents again; it may have been removed"
            )
        return _document(row)

    def attached_to(self, document: str) -> tuple[Document, ...]:
        """Return the documents that came as attachments of this one."""
        with reading(self._engine) as connection:
            query = select(documents).where(documents.c.parent_id == document)
            return tuple(_document(row) for row in connection.execute(query).mappings())

    def readers(self, document: str) -> tuple[str, ...]:
        """Return the principals that may read a document, sorted."""
        query = select(document_readers.c.principal).where(document_readers.c.document_id == document)
        with reading(self._engine) as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def set_readers(self, document: str, readers: Sequence[str]) -> None:
        """Replace the readers; effective with the next question."""
        with writing(self._engine) as connection:
            replace_readers(connection, document, readers)

    def mark(self, document: str, state: State) -> None:
        """Move a document to `state`; what it shows stays. Raises Cancelled where it was forgotten meanwhile."""
        with writing(self._engine) as connection:
            _update_living(connection, document, state=state, reason=None, remedy=None)

    def settle(self, document: str, *, signature: str | None = None) -> None:
        """End an attempt that changed nothing: visible where a version is shown, else found; the lease ends."""
        values: dict[str, Any] = {"reason": None, "remedy": None, "failed_sha256": None, **UNOWNED}
        with writing(self._engine) as connection:
            for state, has_version in ((State.VISIBLE, True), (State.FOUND, False)):
                shown = documents.c.visible_version_id
                known = {"signature": signature} if signature and has_version else {}
                connection.execute(
                    update(documents)
                    .where(documents.c.id == document, documents.c.state != State.FORGOTTEN)
                    .where(shown.is_not(None) if has_version else shown.is_(None))
                    .values(state=state, **values, **known)
                )

    def quarantine(
        self, document: str, *, sha256: str | None, signature: str | None, reason: str, remedy: str
    ) -> None:
        """Set a document aside with a reason; an older visible version stays visible. The lease ends."""
        with writing(self._engine) as connection:
            values: dict[str, str | None] = {"state": State.QUARANTINED, "reason": reason, "remedy": remedy}
            values |= {"failed_sha256": sha256, "signature": signature}
            connection.execute(
                update(documents)
                .where(documents.c.id == document, documents.c.state != State.FORGOTTEN)
                .values(values | UNOWNED | {"updated_at": stamp(utc_now())})
            )

    def requeue(self, document: str) -> None:
        """Let a quarantined document be tried again with the same bytes."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(state=State.FOUND, failed_sha256=None, reason=None, remedy=None)
            )

    def show(self, document: str, version: NewVersion, *, file: SourceFile) -> tuple[str, ...]:
        """Make a version the visible one in one transaction; return the ids of versions no longer needed.

        Raises Cancelled where the document was forgotten meanwhile. The lease ends.
        """
        with writing(self._engine) as connection:
            _update_living(
                connection,
                document,
                visible_version_id=version.id,
                file_name=file.file_name,
                title=version.parsed.title,
                media_type=version.accepted.media_type,
                signature=file.signature,
                state=State.VISIBLE,
                reason=None,
                remedy=None,
                failed_sha256=None,
                **UNOWNED,
            )
            query = select(versions.c.id).where(
                versions.c.document_id == document, versions.c.id != version.id
            )
            return tuple(connection.execute(query).scalars())

    def hide(self, document: str) -> None:
        """Take a document out of sight at once; the first step of forgetting it."""
        with writing(self._engine) as connection:
            connection.execute(
                update(documents)
                .where(documents.c.id == document)
                .values(visible_version_id=None, state=State.FORGOTTEN, updated_at=stamp(utc_now()))
            )

    def drop_document(self, document: str) -> tuple[Path, ...]:
        """Delete a document with all that hangs on it, its name in past jobs too; return our copies left to delete."""
        with writing(self._engine) as connection:
            row = connection.execute(select(documents).where(documents.c.id == document)).mappings().one()
            of_source = select(jobs.c.id).where(jobs.c.source == row["source"])
            items = (job_items.c.key == row["key"]) & job_items.c.job_id.in_(of_source)
            paths = connection.execute(select(job_items.c.path).where(items)).scalars().all()
            connection.execute(delete(job_items).where(items))
            connection.execute(delete(documents).where(documents.c.id == document))
            is_ours = row["source"] == UPLOAD or row["parent_id"] is not None
            return tuple(Path(path) for path in paths) if is_ours else ()

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


def _enter(connection: Connection, file: SourceFile, *, collection_id: str, parent: str | None) -> str:
    """Insert a document as found and return its id, another one where a document moved away with the first."""
    serial = 0
    while True:
        identity = document_id(collection_id, file, serial=serial)
        taken = connection.execute(select(documents.c.id).where(documents.c.id == identity)).first()
        if taken is None:
            break
        serial += 1
    moment = stamp(utc_now())
    row: dict[str, str | None] = {"id": identity, "collection_id": collection_id, "parent_id": parent}
    row |= {"source": file.source, "key": file.key, "file_name": file.file_name, "title": file.file_name}
    row |= {"media_type": "application/octet-stream", "state": State.FOUND}  # until the gate has looked
    row |= {"created_at": moment, "updated_at": moment}
    connection.execute(insert(documents).values(row))
    replace_readers(connection, identity, file.readers)
    return identity


def _update_living(connection: Connection, document: str, **values: object) -> None:
    living = (documents.c.id == document) & (documents.c.state != State.FORGOTTEN)
    changed = connection.execute(
        update(documents).where(living).values(updated_at=stamp(utc_now()), **values)
    )
    if not changed.rowcount:
        raise Cancelled


def _document(row: RowMapping) -> Document:
    values = {name: row[name] for name in Document.__dataclass_fields__}
    return Document(**{**values, "state": State(row["state"])})

"""Hold a document while somebody works on it: a lease, a state, and one of four ends.

Every step asks for the owner in the same statement that changes the row: a worker that lost its lease changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ingest.attachments import keys_inside
from ingest.catalog import Document, at_place, document_of, replace_readers
from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import collections, documents, versions
from ingest.types import Busy, Cancelled, SourceFile, State
from ingest.versions import NewVersion, document_id

LEASE = timedelta(seconds=60)  # a worker beats every second; a minute of silence means it is gone
UNOWNED = {"worker": None, "leased_until": None}


class Verdict(NamedTuple):
    """Say why a document was set aside, and what to do."""

    reason: str
    remedy: str


class Outdated(NamedTuple):
    """Name what a new version leaves to be forgotten, by id. What is killed before that is found by its state."""

    versions: tuple[str, ...]
    documents: tuple[str, ...]  # attached to the last version and not to this one


class Attempts:
    """Lease documents and bring them to an end. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def admit(self, file: SourceFile, *, collection_id: str, owner: str) -> Document:
        """Return the document of this file, entered as found where it is new, and leased to `owner`.

        Raises Busy where another owner's lease has not ended.
        """
        try:
            return self._admit(file, collection_id=collection_id, owner=owner)
        except IntegrityError as error:
            raise Busy from error  # another worker entered it between our look and our insert

    def _admit(self, file: SourceFile, *, collection_id: str, owner: str) -> Document:
        now = utc_now()
        with writing(self._engine) as connection:
            here = select(documents.c.id).where(at_place(collection_id, file.source, file.key))
            identity = connection.execute(here).scalar()
            if identity is None:
                identity = _enter(connection, file, collection_id=collection_id)
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
            return document_of(connection.execute(select(documents).where(chosen)).mappings().one())

    def is_owned(self, document: str, owner: str) -> bool:
        """Return whether the document lives and is leased to this owner."""
        with reading(self._engine) as connection:
            return connection.execute(select(documents.c.id).where(_own(document, owner))).first() is not None

    def mark(self, document: str, state: State, *, owner: str) -> None:
        """Move a document to `state`; what it shows stays. Raises Cancelled where it is no longer the owner's."""
        with writing(self._engine) as connection:
            _update_own(connection, document, owner, state=state, reason=None, remedy=None)

    def settle(self, document: str, *, owner: str, signature: str | None = None) -> bool:
        """End an attempt that changed nothing: visible where a version is shown, else found; the lease ends.

        Returns False, with nothing changed, where the document is no longer the owner's.
        """
        shown = documents.c.visible_version_id.is_not(None)
        values: dict[str, str | None] = {"reason": None, "remedy": None, "failed_sha256": None, **UNOWNED}
        values |= {"signature": signature} if signature else {}
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(documents)
                .where(_own(document, owner))
                .values(state=case((shown, State.VISIBLE), else_=State.FOUND), **values)
            )
            return bool(changed.rowcount)

    def quarantine(
        self, document: str, *, owner: str, sha256: str | None, signature: str | None, verdict: Verdict
    ) -> None:
        """Set a document aside with a reason; an older visible version stays visible. The lease ends.

        Raises Cancelled where the document is no longer the owner's.
        """
        values: dict[str, str | None] = {"reason": verdict.reason, "remedy": verdict.remedy}
        values |= {"failed_sha256": sha256, "signature": signature, **UNOWNED}
        with writing(self._engine) as connection:
            _update_own(connection, document, owner, state=State.QUARANTINED, **values)

    def show(self, document: str, version: NewVersion, *, owner: str, file: SourceFile) -> Outdated:
        """Make a version the visible one, and hide what is no longer attached, in one transaction; return what is over.

        Raises Cancelled where the document is no longer the owner's. The lease ends.
        """
        with writing(self._engine) as connection:
            _update_own(
                connection,
                document,
                owner,
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
            outdated = tuple(connection.execute(query).scalars())
            inside = keys_inside(file.key, version.parsed.attachments)
            return Outdated(outdated, _hide_detached(connection, document, inside))


def leave_quarantine(connection: Connection, places: Iterable[ColumnElement[bool]], *, lets_in: bool) -> None:
    """Forget why the documents of these places were set aside, so that the same bytes are read again.

    With `lets_in` these bytes are let in although they hold personal data.
    """
    fresh = {"state": State.FOUND, "failed_sha256": None, "signature": None, "reason": None, "remedy": None}
    cleared = {"cleared_sha256": documents.c.failed_sha256} if lets_in else {}
    again = update(documents).where(documents.c.state == State.QUARANTINED).values(**fresh, **cleared)
    for place in places:
        connection.execute(again.where(place))


def _enter(connection: Connection, file: SourceFile, *, collection_id: str) -> str:
    """Insert a document as found and return its id, another one where a document moved away with the first."""
    serial = 0
    while True:
        identity = document_id(collection_id, file, serial=serial)
        taken = connection.execute(select(documents.c.id).where(documents.c.id == identity)).first()
        if taken is None:
            break
        serial += 1
    moment = stamp(utc_now())
    row: dict[str, str | None] = {"id": identity, "collection_id": collection_id, "parent_id": file.parent_id}
    row |= {"source": file.source, "key": file.key, "file_name": file.file_name, "title": file.file_name}
    row |= {"media_type": "application/octet-stream", "state": State.FOUND}  # until the gate has looked
    row |= {"created_at": moment, "updated_at": moment, "expires_at": _expiry(connection, collection_id)}
    # What comes attached to a restricted document is restricted with it.
    of_parent = select(documents.c.restricted_at).where(documents.c.id == file.parent_id)
    row |= {"restricted_at": connection.execute(of_parent).scalar()}
    connection.execute(insert(documents).values(row))
    replace_readers(connection, identity, file.readers)
    return identity


def _expiry(connection: Connection, collection_id: str) -> str | None:
    """Return when a new document of a person's private collection is forgotten; None in a collection of the house."""
    query = select(collections.c.retention_days).where(
        collections.c.id == collection_id, collections.c.private_to.is_not(None)
    )
    days = connection.execute(query).scalar()
    return None if days is None else stamp(utc_now() + timedelta(days=days))


def _hide_detached(connection: Connection, document: str, inside: Sequence[str]) -> tuple[str, ...]:
    attached = connection.execute(
        select(documents.c.id, documents.c.key).where(documents.c.parent_id == document)
    )
    detached = tuple(row.id for row in attached.all() if row.key not in inside)
    for one in detached:
        connection.execute(
            update(documents)
            .where(documents.c.id == one)
            .values(visible_version_id=None, state=State.FORGOTTEN)
        )
    return detached


def _own(document: str, owner: str) -> ColumnElement[bool]:
    """Return the condition on `documents`: not forgotten, and leased to this owner."""
    return and_(documents.c.id == document, documents.c.worker == owner, documents.c.state != State.FORGOTTEN)


def _update_own(connection: Connection, document: str, owner: str, **values: object) -> None:
    changed = connection.execute(
        update(documents).where(_own(document, owner)).values(updated_at=stamp(utc_now()), **values)
    )
    if not changed.rowcount:
        raise Cancelled

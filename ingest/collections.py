"""Declare collections: no purpose, no ingestion."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError

from ingest import schema
from ingest.database import reading, stamp, utc_now, writing
from ingest.guard.policy import Policy
from ingest.types import State
from retrieval.errors import DeclarationMissing, NotFound
from retrieval.readers import clean_readers


class Confidentiality(StrEnum):
    """Grade what a collection holds, lowest first."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    STRICTLY_CONFIDENTIAL = "strictly-confidential"


@dataclass(frozen=True, slots=True)
class Collection:
    """Say why documents are kept, on what ground, by whom, how long, and who may read them by default."""

    id: str
    name: str
    owner: str
    purpose: str
    legal_basis: str
    retention_days: int
    confidentiality: str
    readers: tuple[str, ...]
    managers: tuple[str, ...] = ()  # principals that look after it; being one gives no right to read
    private_to: str | None = None  # the account whose own uploads it holds
    personal_data: str = Policy.WARN
    personal_data_readers: tuple[str, ...] = ()  # principals that see personal data where it is masked


class CollectionRegister:
    """Keep the declarations in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def declare(self, collection: Collection) -> tuple[str, ...]:
        """Write the declaration, replacing an earlier one. Raises DeclarationMissing, naming each missing part.

        Where the readers rule changed, the documents that followed it follow the new one, effective at once; their
        ids are returned, for the index to be brought level.
        """
        _require_complete(collection)
        row: dict[str, Any] = {
            "name": collection.name,
            "owner": collection.owner,
            "purpose": collection.purpose,
            "legal_basis": collection.legal_basis,
            "retention_days": collection.retention_days,
            "confidentiality": collection.confidentiality,
            "readers": list(clean_readers(collection.readers)),
            "managers": list(clean_readers(collection.managers)),
            "private_to": collection.private_to,
            "personal_data": collection.personal_data,
            "personal_data_readers": list(clean_readers(collection.personal_data_readers)),
        }
        try:
            return self._write(collection.id, row)
        except IntegrityError:  # another process, started at the same moment, declared it first
            return self._write(collection.id, row)

    def _write(self, collection_id: str, row: dict[str, Any]) -> tuple[str, ...]:
        table = schema.collections
        with writing(self._engine) as connection:
            before = connection.execute(select(table.c.readers).where(table.c.id == collection_id)).scalar()
            if before is None:
                connection.execute(
                    table.insert().values(id=collection_id, created_at=stamp(utc_now()), **row)
                )
                return ()
            connection.execute(table.update().where(table.c.id == collection_id).values(row))
            return _follow_rule(connection, collection_id, before=before, after=row["readers"])

    def following(self, collection: Collection) -> tuple[str, ...]:
        """Return the documents that would follow the rule of this declaration, were it written; writes nothing."""
        table = schema.collections
        with reading(self._engine) as connection:
            before = connection.execute(select(table.c.readers).where(table.c.id == collection.id)).scalar()
            if before is None or before == list(clean_readers(collection.readers)):
                return ()
            return _holding(connection, collection.id, before)

    def get(self, collection_id: str) -> Collection:
        """Return a declaration. Raises NotFound."""
        if found := self._where(schema.collections.c.id == collection_id):
            return found[0]
        raise NotFound(
            f"there is no collection '{collection_id}'",
            remedy="declare it in the settings ([[collections]]), or name one that `intramuros ingest status` lists",
        )

    def policy(self, collection_id: str) -> Policy:
        """Return what becomes of personal data in a collection. Raises NotFound."""
        return Policy(self.get(collection_id).personal_data)

    def all(self) -> tuple[Collection, ...]:
        """Return every declaration of the house, by id; people's private ones are nobody's but their own."""
        return self._where(schema.collections.c.private_to.is_(None))

    def own(self, user: str) -> Collection | None:
        """Return the private collection of a person, None before its first use."""
        found = self._where(schema.collections.c.private_to == user)
        return found[0] if found else None

    def for_person(self, user: str) -> tuple[Collection, ...]:
        """Return the declarations of the house and the person's own."""
        own = self.own(user)
        return self.all() if own is None else (*self.all(), own)

    def private(self) -> frozenset[str]:
        """Return the ids of people's private collections, which nobody else is told of."""
        return frozenset(one.id for one in self._where(schema.collections.c.private_to.is_not(None)))

    def _where(self, condition: ColumnElement[bool]) -> tuple[Collection, ...]:
        columns = [schema.collections.c[name] for name in Collection.__dataclass_fields__]
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(*columns).where(condition).order_by(schema.collections.c.id)
            ).mappings()
            lists = ("readers", "managers", "personal_data_readers")
            return tuple(Collection(**{**row, **{key: tuple(row[key]) for key in lists}}) for row in rows)

    def count_visible(self) -> dict[str, int]:
        """Return how many documents are visible to somebody, by collection id."""
        table = schema.documents
        query = select(table.c.collection_id, func.count()).where(table.c.state == State.VISIBLE)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(table.c.collection_id))}

    def count_states(self) -> dict[str, dict[State, int]]:
        """Return how many documents stand in each state, by collection id; what has none is left out."""
        table = schema.documents
        query = select(table.c.collection_id, table.c.state, func.count())
        counted: dict[str, dict[State, int]] = {}
        with reading(self._engine) as connection:
            for collection, state, count in connection.execute(
                query.group_by(table.c.collection_id, table.c.state)
            ):
                counted.setdefault(collection, {})[State(state)] = count
        return counted


def _require_complete(collection: Collection) -> None:
    texts = ("id", "name", "owner", "purpose", "legal_basis")
    missing = [name for name in texts if not getattr(collection, name).strip()]
    if collection.retention_days < 1:
        missing.append("retention_days (at least 1)")
    if collection.confidentiality not in set(Confidentiality):
        missing.append(f"confidentiality (one of {', '.join(Confidentiality)})")
    if collection.personal_data not in set(Policy):
        missing.append(f"personal_data (one of {', '.join(Policy)})")
    if missing:
        raise DeclarationMissing(
            f"the collection '{collection.id}' does not declare: {', '.join(missing)}",
            remedy="complete its [[collections]] entry; documents may only be kept for a stated purpose",
        )


def _follow_rule(
    connection: Connection, collection: str, *, before: list[str], after: list[str]
) -> tuple[str, ...]:
    """Give the documents whose readers are exactly the old rule the new one; return their ids."""
    if before == after:
        return ()
    readers, following = schema.document_readers, _holding(connection, collection, before)
    for document in following:
        connection.execute(readers.delete().where(readers.c.document_id == document))
        rows = [{"document_id": document, "principal": principal} for principal in after]
        if rows:
            connection.execute(readers.insert(), rows)
    return following


def _holding(connection: Connection, collection: str, rule: list[str]) -> tuple[str, ...]:
    """Return the documents of a collection whose readers are exactly these."""
    documents, readers = schema.documents, schema.document_readers
    query = (
        select(documents.c.id, readers.c.principal)
        .outerjoin(readers, readers.c.document_id == documents.c.id)
        .where(documents.c.collection_id == collection)
    )
    held: dict[str, set[str]] = {}
    for document, principal in connection.execute(query):
        held.setdefault(document, set()).update({principal} if principal else set())
    return tuple(sorted(document for document, own in held.items() if own == set(rule)))

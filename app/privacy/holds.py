"""Keep legal holds: what stands under one is neither forgotten when its term is over nor erased, until it is released.

A hold is on a person, a document or a collection. A collection's covers its documents; a person's covers what is kept
of their doings: chats, thumbs, files of their own, sign-ins and jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, insert, select, update

from app.schema import holds, users
from ingest.database import reading, stamp, writing
from ingest.schema import collections, documents
from retrieval.errors import InvalidRequest, NotFound, OnHold

_PLACED: Final = select(
    documents.c.id, documents.c.parent_id, documents.c.collection_id, collections.c.private_to
).join(collections, collections.c.id == documents.c.collection_id)
MOST_CHARS: Final = 500  # of a reason: a sentence or two and a file number


class Kind(StrEnum):
    """Name what a hold can be on."""

    PERSON = "person"
    DOCUMENT = "document"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Hold:
    """Hold a hold."""

    id: str
    kind: Kind
    target: str  # id of an account, document or collection; it may be gone
    reason: str
    placed_by: str
    placed_at: str
    released_by: str | None
    released_at: str | None


class Holds:
    """Place and release holds. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def check(self, kind: Kind, target: str, reason: str) -> None:
        """Raise NotFound where there is no such thing, InvalidRequest where the reason is none."""
        if not 0 < len(_plain(reason)) <= MOST_CHARS:
            raise InvalidRequest(
                "a hold needs a reason",
                remedy=f"say in at most {MOST_CHARS} characters which proceeding asks for it",
            )
        with reading(self._engine) as connection:
            if connection.execute(_existing(kind, target)).first() is None:
                raise NotFound(
                    f"there is no {kind} '{target}'",
                    remedy="take the whole id: `intramuros people list`, `intramuros ingest list`",
                )

    def place(self, kind: Kind, target: str, reason: str, *, by: str, now: datetime) -> Hold:
        """Return a new hold, or the one that is on it already. Raises as `check`."""
        self.check(kind, target, reason)
        same = _standing().where(holds.c.kind == kind, holds.c.target == target)
        with writing(self._engine) as connection:
            known = connection.execute(same).mappings().first()
            if known is not None:
                return _hold(known)
            placed = Hold(str(uuid4()), kind, target, _plain(reason), by, stamp(now), None, None)
            connection.execute(insert(holds).values({name: getattr(placed, name) for name in Hold.__slots__}))
            return placed

    def get(self, hold: str) -> Hold:
        """Return a hold that stands. Raises NotFound."""
        found = next((one for one in self.listed() if one.id == hold), None)
        if found is None:
            raise NotFound(
                "there is no such hold", remedy="`intramuros privacy holds` lists those that stand"
            )
        return found

    def release(self, hold: str, *, by: str, now: datetime) -> Hold:
        """Return a hold that stands no longer. Raises NotFound, also where it was released before."""
        known = self.get(hold)
        mine = update(holds).where(holds.c.id == hold, holds.c.released_at.is_(None))
        with writing(self._engine) as connection:
            connection.execute(mine.values(released_by=by, released_at=stamp(now)))
        return replace(known, released_by=by, released_at=stamp(now))

    def listed(self, *, with_released: bool = False) -> tuple[Hold, ...]:
        """Return the holds that stand, newest first; with those that were released and are still on record."""
        query = select(holds) if with_released else _standing()
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(holds.c.placed_at.desc(), holds.c.id)).mappings().all()
        return tuple(_hold(row) for row in rows)


def held(
    engine: Engine, *, person: str | None = None, document: str | None = None, collection: str | None = None
) -> tuple[Hold, ...]:
    """Return the holds that forbid to erase these things, none where they may be. Raises DatabaseUnavailable.

    Of a document, also one on its collection, on what it is attached to, and on whose own files it is among; of a
    collection, also one on any of its documents; of a person, also one on any document among their own files.
    """
    with reading(engine) as connection:
        standing = [_hold(row) for row in connection.execute(_standing()).mappings()]
        if not standing:
            return ()
        wanted: set[tuple[Kind, str | None]] = {(Kind.PERSON, person), (Kind.COLLECTION, collection)}
        of_person = () if person is None else connection.execute(_owned(person)).scalars().all()
        for one in (*of_person, *([collection] if collection else [])):
            wanted |= {(Kind.COLLECTION, one), (Kind.PERSON, connection.execute(_owner(one)).scalar())}
            wanted |= {(Kind.DOCUMENT, each) for each in connection.execute(_within(one)).scalars()}
        wanted |= _around(connection, document)
    return tuple(one for one in standing if (one.kind, one.target) in wanted)


def require_free(
    engine: Engine, *, person: str | None = None, document: str | None = None, collection: str | None = None
) -> None:
    """Raise OnHold, which names a hold and not its reason, where one forbids to erase these things."""
    found = held(engine, person=person, document=document, collection=collection)
    if found:
        first = found[0]
        raise OnHold(
            "this has to be kept for the time being: somebody who may has placed a legal hold on it",
            remedy=f"an administrator sees why and releases it: hold {first.id}",
        )


def documents_on_hold(engine: Engine) -> frozenset[str]:
    """Return the documents that a hold keeps, by id. Raises DatabaseUnavailable."""
    with reading(engine) as connection:
        return frozenset(connection.execute(select(documents.c.id).where(held_documents())).scalars())


def collection_of(engine: Engine, hold: Hold) -> str | None:
    """Return the collection that a hold concerns, None where it is on a person or its document is gone."""
    if hold.kind is not Kind.DOCUMENT:
        return hold.target if hold.kind is Kind.COLLECTION else None
    with reading(engine) as connection:
        query = select(documents.c.collection_id).where(documents.c.id == hold.target)
        return connection.execute(query).scalar()


def held_targets(kind: Kind) -> Select[str]:
    """Return the query for the ids of one kind that a hold stands on, for conditions of others."""
    return select(holds.c.target).where(holds.c.released_at.is_(None), holds.c.kind == kind)


def held_documents() -> ColumnElement[bool]:
    """Return the condition on `documents`: on hold itself, by its collection, or by whose own file it is."""
    on_person = select(collections.c.id).where(collections.c.private_to.in_(held_targets(Kind.PERSON)))
    return (
        documents.c.id.in_(held_targets(Kind.DOCUMENT))
        | func.coalesce(documents.c.parent_id, "").in_(held_targets(Kind.DOCUMENT))
        | documents.c.collection_id.in_(held_targets(Kind.COLLECTION))
        | documents.c.collection_id.in_(on_person)
    )


def _around(connection: Connection, document: str | None) -> set[tuple[Kind, str | None]]:
    """Return what a hold on covers this document: itself, what it is attached to or holds, their collection."""
    wanted: set[tuple[Kind, str | None]] = set()
    waiting = [] if document is None else [document]
    while waiting:
        one = waiting.pop()
        wanted.add((Kind.DOCUMENT, one))
        near = (documents.c.id == one) | (documents.c.parent_id == one)
        for row in connection.execute(_PLACED.where(near)):
            wanted |= {(Kind.COLLECTION, row.collection_id), (Kind.PERSON, row.private_to)}
            waiting += [
                each
                for each in (row.id, row.parent_id)
                if each is not None and (Kind.DOCUMENT, each) not in wanted
            ]
    return wanted


def _standing() -> Select[Any]:
    return select(holds).where(holds.c.released_at.is_(None))


def _plain(reason: str) -> str:
    return " ".join(reason.split())


def _existing(kind: Kind, target: str) -> Select[str]:
    column = {Kind.PERSON: users.c.id, Kind.DOCUMENT: documents.c.id, Kind.COLLECTION: collections.c.id}[kind]
    return select(column).where(column == target)


def _within(collection: str) -> Select[str]:
    return select(documents.c.id).where(documents.c.collection_id == collection)


def _owner(collection: str) -> Select[str | None]:
    return select(collections.c.private_to).where(collections.c.id == collection)


def _owned(person: str) -> Select[str]:
    return select(collections.c.id).where(collections.c.private_to == person)


def _hold(row: Mapping[Any, Any]) -> Hold:
    values = {name: row[name] for name in Hold.__slots__}
    return Hold(**{**values, "kind": Kind(row["kind"])})

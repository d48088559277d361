"""Restrict processing (Art. 18 GDPR): a document or a person's data is kept, and not used, until that is lifted.

A restricted document is found, read and opened by nobody; who manages its collection still sees that it is there. Of a
restricted person no question is taken, no chat is looked through, and nothing is told to managers or counted; they see
and take along what is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, Table, select, update

from app.schema import users
from ingest.database import reading, stamp, writing
from ingest.schema import documents
from retrieval.errors import NotAllowed, NotFound

Thing = Literal["document", "person"]
TABLES: dict[Thing, Table] = {"document": documents, "person": users}


@dataclass(frozen=True, slots=True)
class Restricted:
    """Hold what is restricted, and since when."""

    kind: Thing
    id: str
    since: str


class Restrictions:
    """Restrict, lift, and tell what is restricted. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def restrict(self, kind: Thing, ids: Sequence[str], *, now: datetime) -> None:
        """Restrict things from this moment on; what is restricted already keeps its time. Raises NotFound."""
        table = TABLES[kind]
        self._require(kind, ids)
        chosen = table.c.id.in_(ids) & table.c.restricted_at.is_(None)
        with writing(self._engine) as connection:
            connection.execute(update(table).where(chosen).values(restricted_at=stamp(now)))

    def lift(self, kind: Thing, ids: Sequence[str]) -> None:
        """Let things be used again. Raises NotFound."""
        table = TABLES[kind]
        self._require(kind, ids)
        with writing(self._engine) as connection:
            connection.execute(update(table).where(table.c.id.in_(ids)).values(restricted_at=None))

    def all(self) -> tuple[Restricted, ...]:
        """Return what is restricted, the oldest first."""
        found = []
        with reading(self._engine) as connection:
            for kind, table in TABLES.items():
                query = select(table.c.id, table.c.restricted_at).where(table.c.restricted_at.is_not(None))
                found += [Restricted(kind, *row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: (one.since, one.kind, one.id)))

    def refuse_person(self, user: str) -> None:
        """Raise NotAllowed where this person's data must not be used."""
        query = select(users.c.restricted_at).where(users.c.id == user)
        with reading(self._engine) as connection:
            since = connection.execute(query).scalar()
        if since is not None:
            raise NotAllowed(
                "your data is restricted: it is kept, and not used (Art. 18 GDPR)",
                remedy="ask your administrator to lift the restriction when you want to ask again",
            )

    def _require(self, kind: Thing, ids: Sequence[str]) -> None:
        table = TABLES[kind]
        with reading(self._engine) as connection:
            known = set(connection.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars())
        if missing := sorted(set(ids) - known):
            raise NotFound(f"there is no {kind} '{missing[0]}'", remedy="take the id from the list")

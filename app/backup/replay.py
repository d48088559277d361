"""Erase again what was erased after a backup was made: the list of erasures over a database that was just loaded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, Connection, delete, select, update

from app.schema import api_keys, conversations, feedback, sessions, users
from ingest.catalog import drop
from ingest.database import stamp
from ingest.erasures import Erased, Erasure
from ingest.schema import documents

AT: Final = "at"  # stands for the time of the line
# Of what is in one of two states: the column that says in which, and what it holds then.
STANDING: Final[Mapping[Erased, tuple[Column[Any], bool | str | None]]] = MappingProxyType(
    {
        Erased.DISABLED: (users.c.is_disabled, True),
        Erased.ENABLED: (users.c.is_disabled, False),
        Erased.DOCUMENT_RESTRICTED: (documents.c.restricted_at, AT),
        Erased.DOCUMENT_RELEASED: (documents.c.restricted_at, None),
        Erased.PERSON_RESTRICTED: (users.c.restricted_at, AT),
        Erased.PERSON_RELEASED: (users.c.restricted_at, None),
    }
)


def replay(connection: Connection, erasures: Sequence[Erasure]) -> Mapping[Erased, int]:
    """Erase what the list names and is here, unless it was made after its line; return how many of each kind went."""
    gone: Counter[Erased] = Counter()
    standing: dict[tuple[Column[Any], str], Erasure] = {}
    for one in erasures:
        if one.kind in STANDING:
            standing[STANDING[one.kind][0], one.id] = one  # the last one counts
        else:
            gone[one.kind] += _erase(connection, one)
    for (column, _), one in standing.items():
        gone[one.kind] += _set(connection, column, one)
    return gone


def _set(connection: Connection, column: Column[Any], one: Erasure) -> int:
    """Put a thing into the state its last line names; return how many that changed. A restriction keeps its time."""
    _, value = STANDING[one.kind]
    wanted = one.at if value == AT else value
    is_other = column.is_(None) if value == AT else column.is_distinct_from(wanted)
    changed = update(column.table).where(column.table.c.id == one.id, is_other)
    return connection.execute(changed.values({column.name: wanted})).rowcount


def end_sessions(connection: Connection, *, now: datetime) -> None:
    """End every sign-in: who signed out after the backup stays out, and everybody else signs in again."""
    connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=stamp(now)))


def _erase(connection: Connection, one: Erasure) -> int:
    if one.kind is Erased.DOCUMENT:
        return _erase_document(connection, one.id, one.at)
    gone = {
        Erased.CONVERSATION: delete(conversations).where(conversations.c.id == one.id),  # never made again
        Erased.FEEDBACK: delete(feedback).where(
            feedback.c.answer_id == one.id, feedback.c.created_at <= one.at
        ),
        Erased.KEY: delete(api_keys).where(api_keys.c.id == one.id),
    }[one.kind]
    return connection.execute(gone).rowcount


def _erase_document(connection: Connection, document: str, at: str) -> int:
    """Erase a document and all that is attached to it; return how many went."""
    there = select(documents.c.id).where(documents.c.id == document, documents.c.created_at <= at)
    return 0 if connection.execute(there).first() is None else _dropped(connection, document)


def _dropped(connection: Connection, document: str) -> int:
    attached = connection.execute(select(documents.c.id).where(documents.c.parent_id == document)).scalars()
    count = sum(_dropped(connection, one) for one in attached.all())  # whatever the clock said when each came
    drop(connection, document)
    return count + 1

"""Erase again what was erased after a backup was made: the list of erasures over a database that was just loaded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, Connection, delete, select, update

from app.privacy.person_rows import erase_rows, own_documents, stand_in
from app.privacy.redaction import Treatment, reading_answers, treat_these
from app.schema import api_keys, conversations, feedback, sessions, users
from ingest.catalog import drop
from ingest.database import stamp
from ingest.erasures import Erased, Erasure, is_person
from ingest.schema import collections, documents, jobs

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
TREATMENTS: Final[Mapping[Erased, Treatment]] = MappingProxyType(
    {Erased.ANSWERS_REDACTED: "redact", Erased.ANSWERS_FLAGGED: "flag"}
)
# A collection goes once its documents have gone, whose lines come after its own.
LATER: Final = frozenset({Erased.COLLECTION, *TREATMENTS})


def replay(connection: Connection, erasures: Sequence[Erasure]) -> Mapping[Erased, int]:
    """Erase what the list names and is here, unless it was made after its line; return how many of each kind went."""
    gone: Counter[Erased] = Counter()
    standing: dict[tuple[Column[Any], str], Erasure] = {}
    for one in erasures:
        if one.kind in STANDING:
            standing[STANDING[one.kind][0], one.id] = one  # the last one counts
        elif one.kind not in LATER:
            gone[one.kind] += _erase(connection, one)
    for (column, _), one in standing.items():
        gone[one.kind] += _set(connection, column, one)
    for one in erasures:
        if one.kind is Erased.COLLECTION:
            gone[one.kind] += _erase_collection(connection, one)
    for kind, treatment in TREATMENTS.items():
        if lines := [one for one in erasures if one.kind is kind]:
            gone[kind] += _treat(connection, lines, treatment)
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
    if one.kind is Erased.PERSON:
        return _erase_person(connection, one)
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


def _erase_person(connection: Connection, one: Erasure) -> int:
    """Erase an account that a line stands for, unless it was made again after it."""
    made = users.c.created_at.is_(None) | (users.c.created_at <= one.at)
    accounts = connection.execute(select(users.c.id).where(made)).scalars().all()
    found = [account for account in accounts if is_person(one.id, account)]
    for account in found:
        for document in own_documents(connection, account):
            drop(connection, document)
        erase_rows(connection, account, stand_in(one.id))  # what waited to be read is not in a backup
    return len(found)


def _erase_collection(connection: Connection, one: Erasure) -> int:
    """Erase a collection, whose documents have lines of their own; one that has others by now stays."""
    there = (collections.c.id == one.id) & (collections.c.created_at <= one.at)
    held = select(documents.c.id).where(documents.c.collection_id == one.id)
    if (
        connection.execute(held).first()
        or connection.execute(select(collections.c.id).where(there)).first() is None
    ):
        return 0
    connection.execute(delete(jobs).where(jobs.c.collection_id == one.id))
    return connection.execute(delete(collections).where(there)).rowcount


def _treat(connection: Connection, lines: Sequence[Erasure], treatment: Treatment) -> int:
    """Redact or flag the answers that read documents before their lines; return how many."""
    gone = [one.id for one in lines]
    found = {one for line in lines for one in reading_answers(connection, (line.id,), until=line.at)}
    treat_these(connection, sorted(found), gone, treatment)
    return len(found)

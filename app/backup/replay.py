"""Erase again what was erased after a backup was made: the list of erasures over a database that was just loaded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from app.schema import api_keys, conversations, feedback, sessions, users
from ingest.catalog import drop
from ingest.database import stamp
from ingest.erasures import Erased, Erasure
from ingest.schema import documents


def replay(connection: Connection, erasures: Sequence[Erasure]) -> Mapping[Erased, int]:
    """Erase what the list names and is here, unless it was made after its line; return how many of each kind went."""
    gone: Counter[Erased] = Counter()
    standing: dict[str, Erased] = {}
    for one in erasures:
        if one.kind in (Erased.DISABLED, Erased.ENABLED):
            standing[one.id] = one.kind  # the last one counts
        else:
            gone[one.kind] += _erase(connection, one)
    for user, kind in standing.items():
        changed = update(users).where(users.c.id == user, users.c.is_disabled != (kind is Erased.DISABLED))
        done = connection.execute(changed.values(is_disabled=kind is Erased.DISABLED))
        gone[kind] += done.rowcount
    return gone


def end_sessions(connection: Connection, *, now: datetime) -> None:
    """End every sign-in: who signed out after the backup stays out, and everybody else signs in again."""
    connection.execute(update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=stamp(now)))


def _erase(connection: Connection, one: Erasure) -> int:
    if one.kind is Erased.DOCUMENT:
        return _erase_document(connection, one.id, one.at)
    gone = {
        Erased.CONVERSATION: delete(conversations).where(
            conversations.c.id == one.id, conversations.c.created_at <= one.at
        ),
        Erased.FEEDBACK: delete(feedback).where(
            feedback.c.answer_id == one.id, feedback.c.created_at <= one.at
        ),
        Erased.KEY: delete(api_keys).where(api_keys.c.id == one.id),
    }[one.kind]
    return connection.execute(gone).rowcount


def _erase_document(connection: Connection, document: str, at: str) -> int:
    """Erase a document and all that is attached to it; return how many went."""
    there = select(documents.c.id).where(documents.c.id == document, documents.c.created_at <= at)
    if connection.execute(there).first() is None:
        return 0
    attached = connection.execute(select(documents.c.id).where(documents.c.parent_id == document)).scalars()
    count = sum(_erase_document(connection, one, at) for one in attached.all())
    drop(connection, document)
    return count + 1

"""Erase what the database holds of a person, in one transaction, and put a stand-in where the company's records go on.

For the erasure itself, and for a restored backup, which is made to forget the person again.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, delete, func, literal, select, update

from app.privacy.holds import Kind
from app.schema import break_glass, holds, users
from ingest.erasures import SALT_CHARS
from ingest.schema import collections, document_readers, documents, indexes, job_items, jobs
from ingest.types import UPLOAD, Origin
from retrieval.readers import principal

STAND_IN_CHARS: Final = 12  # of the digest; 48 bits tell the people of one house apart
# Who did something that others have to account for.
NAMING: Final = (
    jobs.c.created_by,
    holds.c.placed_by,
    holds.c.released_by,
    break_glass.c.requested_by,
    break_glass.c.approved_by,
)


def stand_in(digest: str) -> str:
    """Return what stands for an erased person in the company's records, from the digest of the list of erasures."""
    return f"erased-{digest[SALT_CHARS:][:STAND_IN_CHARS]}"


def own_documents(connection: Connection, account: str) -> tuple[str, ...]:
    """Return the documents that are a person's alone, with all attached to them: own files, uploads for oneself."""
    private = select(collections.c.id).where(collections.c.private_to == account)
    own = select(documents.c.id).where(documents.c.collection_id.in_(private))
    found = set(connection.execute(own).scalars())
    readers = select(document_readers.c.principal).where(document_readers.c.document_id == documents.c.id)
    others = readers.where(document_readers.c.principal != principal("user", account)).exists()
    handed_over = documents.c.key.startswith(f"{account}/", autoescape=True)
    alone = select(documents.c.id).where(documents.c.source == UPLOAD, handed_over, ~others)
    found.update(connection.execute(alone).scalars())
    return tuple(sorted(found))


def readable_by_name(connection: Connection, account: str) -> tuple[str, ...]:
    """Return the documents whose readers name the account."""
    named = document_readers.c.principal == principal("user", account)
    return tuple(connection.execute(select(document_readers.c.document_id).where(named)).scalars())


def erase_rows(connection: Connection, account: str, instead: str) -> tuple[Path, ...]:
    """Delete the account with all that is the person's, whose own documents are gone; return our copies left to delete.

    Chats, answers, thumbs, sign-ins, keys, groups and requests to read chats go with the account.
    """
    copies = _drop_waiting(connection, account)
    private = select(collections.c.id).where(collections.c.private_to == account)
    connection.execute(delete(jobs).where(jobs.c.collection_id.in_(private)))
    connection.execute(delete(collections).where(collections.c.private_to == account))
    _rename_keys(connection, account, instead)
    for column in NAMING:
        _put(connection, column, account, instead)
    on_person = (holds.c.kind == Kind.PERSON) & (holds.c.target == account)
    connection.execute(update(holds).where(on_person).values(target=instead))
    _forget_as_asker(connection, account)
    named = document_readers.c.principal == principal("user", account)
    connection.execute(delete(document_readers).where(named))
    connection.execute(delete(users).where(users.c.id == account))
    return copies


def _put(connection: Connection, column: Column[str], account: str, instead: str) -> None:
    connection.execute(update(column.table).where(column == account).values({column.name: instead}))


def _drop_waiting(connection: Connection, account: str) -> tuple[Path, ...]:
    """Delete what the person handed over and that no document was made of; return our copies of it."""
    made = select(documents.c.key).where(
        documents.c.collection_id == jobs.c.collection_id, documents.c.key == job_items.c.key
    )
    theirs = (jobs.c.created_by == account) & (jobs.c.source == UPLOAD) & ~made.exists()
    query = select(job_items.c.job_id, job_items.c.key, job_items.c.path, job_items.c.origin)
    rows = connection.execute(query.join(jobs, jobs.c.id == job_items.c.job_id).where(theirs)).all()
    for row in rows:
        mine = (job_items.c.job_id == row.job_id) & (job_items.c.key == row.key)
        connection.execute(delete(job_items).where(mine))
    return tuple(Path(row.path) for row in rows if row.origin == Origin.COPY)


def _rename_keys(connection: Connection, account: str, instead: str) -> None:
    """Take the account out of the keys of what the person handed over to all: these documents are the company's."""
    uploads = select(jobs.c.id).where(jobs.c.source == UPLOAD)
    for table, of_upload in (
        (documents, documents.c.source == UPLOAD),
        (job_items, job_items.c.job_id.in_(uploads)),
    ):
        rest = func.substr(table.c.key, len(account) + 1)
        theirs = update(table).where(of_upload, table.c.key.startswith(f"{account}/", autoescape=True))
        connection.execute(theirs.values(key=literal(instead).concat(rest)))


def _forget_as_asker(connection: Connection, account: str) -> None:
    """Leave out the golden questions of an index that are asked as this person."""
    for row in connection.execute(select(indexes.c.model, indexes.c.wish)).all():
        questions = row.wish.get("questions", [])
        kept = [one for one in questions if one.get("as") != account]
        if len(kept) < len(questions):
            mine = update(indexes).where(indexes.c.model == row.model)
            connection.execute(mine.values(wish={**row.wish, "questions": kept}))


def rules_naming(connection: Connection, account: str) -> Sequence[str]:
    """Return the collections whose rules name the account; who writes the settings takes it out there."""
    table, named = collections, principal("user", account)
    rows: Iterable[tuple[str, list[str], list[str], list[str]]] = (
        (row[0], row[1], row[2], row[3])
        for row in connection.execute(
            select(table.c.id, table.c.readers, table.c.managers, table.c.personal_data_readers).where(
                table.c.private_to.is_(None)
            )
        )
    )
    return [identity for identity, *rules in rows if any(named in rule for rule in rules)]

"""Count by store what an erasure concerns, before and after it. Ids in, numbers out; nothing is told but how many."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, func, select

from app.privacy.person_rows import NAMING, own_documents
from app.schema import (
    answer_passages,
    answers,
    api_keys,
    break_glass,
    conversations,
    feedback,
    memberships,
    messages,
    sessions,
    users,
)
from ingest.database import reading
from ingest.originals import FolderOriginals
from ingest.schema import chunks, documents, job_items, jobs, title_vectors, versions
from ingest.types import Origin
from retrieval.types import VectorIndex

IDS_AT_ONCE: Final = 500
Counts = Mapping[str, int]  # by name of the inventory's store


def of_documents(
    engine: Engine, ids: Sequence[str], index: VectorIndex, originals: FolderOriginals
) -> dict[str, int]:
    """Return how much there is of these documents. Raises DatabaseUnavailable, IndexUnavailable."""
    found = dict.fromkeys(
        ("documents", "texts", "title vectors", "queue", "uploads", "vector index", "originals"), 0
    )
    with reading(engine) as connection:
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            of_some = versions.c.document_id.in_(some)
            found["documents"] += _count(connection, select(documents.c.id).where(documents.c.id.in_(some)))
            found["texts"] += _count(
                connection, select(chunks.c.id).select_from(chunks.join(versions)).where(of_some)
            )
            of_titles = title_vectors.join(versions)
            beside = select(title_vectors.c.version_id).select_from(of_titles).where(of_some)
            found["title vectors"] += _count(connection, beside)
            found["queue"] += _count(connection, _items(some))
            found["uploads"] += _count(connection, _items(some).where(job_items.c.origin == Origin.COPY))
            known = connection.execute(select(versions.c.id).where(of_some)).scalars().all()
            found["vector index"] += sum(index.count(version_id=version) for version in known)
            found["originals"] += sum(originals.kept(version) is not None for version in known)
    return found


def of_person(engine: Engine, account: str) -> dict[str, int]:
    """Return how much there is of a person beside own documents. Raises DatabaseUnavailable."""
    mine = conversations.c.user_id == account
    said = select(messages.c.id).select_from(messages.join(conversations)).where(mine)
    told = select(answers.c.id).select_from(answers.join(messages).join(conversations)).where(mine)
    queries: Mapping[str, Sequence[Select[Any]]] = {
        "accounts": (
            select(users.c.id).where(users.c.id == account),
            select(memberships.c.user_id).where(memberships.c.user_id == account),
        ),
        "sign-ins": (select(sessions.c.token_sha256).where(sessions.c.user_id == account),),
        "API keys": (select(api_keys.c.id).where(api_keys.c.user_id == account),),
        "conversations": (select(conversations.c.id).where(mine), said),
        "answers": (told, select(answer_passages.c.number).where(answer_passages.c.answer_id.in_(told))),
        "feedback": (select(feedback.c.answer_id).where(feedback.c.answer_id.in_(told)),),
        "requests to read chats": (select(break_glass.c.id).where(break_glass.c.person == account),),
        "queue": (select(jobs.c.id).where(jobs.c.created_by == account),),
        "records naming the account": tuple(select(column).where(column == account) for column in NAMING),
    }
    with reading(engine) as connection:
        found = {store: sum(_count(connection, one) for one in several) for store, several in queries.items()}
        found["own files"] = len(own_documents(connection, account))
    return found


def unredacted(engine: Engine, read: Sequence[str], ids: Sequence[str]) -> int:
    """Return how many of the answers that read these documents still have a word to show for it."""
    gone, count = set(ids), 0
    with reading(engine) as connection:
        for answer in read:
            told = (
                connection.execute(select(answers.c.sentences).where(answers.c.id == answer)).scalar() or []
            )
            query = select(answer_passages.c.number, answer_passages.c.document_id)
            passages = connection.execute(query.where(answer_passages.c.answer_id == answer)).all()
            numbers = {one.number for one in passages if one.document_id in gone}
            rest = {one.number for one in passages} - numbers
            count += any(one["text"] and not _rests_on(one["citations"], rest) for one in told)
    return count


def _rests_on(citations: Sequence[int], readable: set[int]) -> bool:
    return bool(citations) and set(citations) <= readable


def _items(ids: Sequence[str]) -> Select[Any]:
    same = (documents.c.collection_id == jobs.c.collection_id) & (documents.c.source == jobs.c.source)
    return (
        select(job_items.c.key)
        .join(jobs, jobs.c.id == job_items.c.job_id)
        .join(documents, same & (documents.c.key == job_items.c.key))
        .where(documents.c.id.in_(ids))
    )


def _count(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())

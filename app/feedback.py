"""Keep what people think of answers, and show it to those who look after the documents, who learn nobody's name.

A manager sees of an entry what helps to mend the collection: thumb, kinds, words, and the month. Nothing of it, order
included, tells the person, or that two entries are of one. The question goes along only where its asker wants that.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, delete, exists, insert, or_, select

from app.schema import answer_passages, answers, conversations, feedback, messages, users
from app.types import Verdict
from ingest.catalog import readable_by
from ingest.collections import Collection
from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import documents
from retrieval.errors import NotFound
from retrieval.readers import clean_readers
from retrieval.types import Reader

Value = Literal["up", "down"]
Kind = Literal["wrong", "incomplete", "outdated", "not_found", "badly_worded"]


@dataclass(frozen=True, slots=True)
class Thumb:
    """Hold what a person thinks of an answer."""

    value: Value
    kinds: tuple[Kind, ...] = ()
    reason: str = ""  # in their own words
    has_question: bool = False  # the question goes along to the managers


@dataclass(frozen=True, slots=True)
class Cited:
    """Name a document that the answer cites, to a manager who may read it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Hold one thumb as the managers of a collection see it."""

    value: str
    kinds: tuple[str, ...]
    reason: str
    month: str  # "2026-05"
    question: str | None
    cited: tuple[Cited, ...]


class Feedback:
    """Read and write thumbs. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def judge(self, answer_id: str, user: str, thumb: Thumb | None) -> str:
        """Record a thumb on one's own answer; None takes it back. Raises NotFound.

        Return when the one was put that it replaces, "" where there was none.
        """
        mine = (
            select(answers.c.id)
            .join(messages, messages.c.id == answers.c.message_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(answers.c.id == answer_id, conversations.c.user_id == user)
        )
        with writing(self._engine) as connection:
            if connection.execute(mine).first() is None:
                raise NotFound("there is no such answer", remedy="open the conversation again")
            earlier = delete(feedback).where(feedback.c.answer_id == answer_id)
            put_at = connection.scalar(earlier.returning(feedback.c.created_at))
            if thumb is not None:
                row = {
                    "value": thumb.value,
                    "kinds": list(thumb.kinds),
                    "reason": thumb.reason,
                    "has_question": thumb.has_question,
                }
                moment = stamp(utc_now())
                connection.execute(insert(feedback).values(answer_id=answer_id, created_at=moment, **row))
        return put_at or ""

    def about(self, collection: Collection, *, reader: Reader) -> tuple[Remark, ...]:
        """Return the thumbs on answers that read this collection, for this manager of it: the newest month first.

        An answer that read nothing concerns a collection it searched, where its asker might have read in it.
        """
        with reading(self._engine) as connection:
            rows = [
                row
                for row in connection.execute(_concerning(collection.id)).mappings()
                if row["has_read"] or _was_open(row, collection)
            ]
            remarks = tuple(_remark(connection, row, collection.id, reader) for row in rows)
        # Newest month first, then by a digest: neither the order of time nor anything of the person.
        ordered = sorted(zip(rows, remarks, strict=True), key=lambda pair: _digest(pair[0]["id"]))
        ordered.sort(key=lambda pair: pair[1].month, reverse=True)
        return tuple(remark for _, remark in ordered)


def _concerning(collection: str) -> Select[Any]:
    """Return the query for thumbs on answers that read a document of the collection, or that read nothing at all."""
    read = exists().where(
        answer_passages.c.answer_id == answers.c.id,
        documents.c.id == answer_passages.c.document_id,
        documents.c.collection_id == collection,
    )
    read_any = exists().where(answer_passages.c.answer_id == answers.c.id)
    return (
        select(
            feedback,
            answers.c.id,
            answers.c.sentences,
            answers.c.principals,
            answers.c.collections,
            answers.c.question_id,
            read.label("has_read"),
        )
        .join(answers, answers.c.id == feedback.c.answer_id)
        .join(messages, messages.c.id == answers.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(users, users.c.id == conversations.c.user_id)
        .where(or_(read, ~read_any), users.c.restricted_at.is_(None))
    )


def _was_open(row: RowMapping, collection: Collection) -> bool:
    rule = frozenset(clean_readers(collection.readers))
    return collection.id in row["collections"] and not rule.isdisjoint(row["principals"])


def _remark(connection: Connection, row: RowMapping, collection: str, reader: Reader) -> Remark:
    question = None
    if row["has_question"] and row["question_id"]:
        asked = select(messages.c.text).where(messages.c.id == row["question_id"])
        question = connection.execute(asked).scalar()
    cited = tuple(_cited(connection, row, collection, reader))
    return Remark(row["value"], tuple(row["kinds"]), row["reason"], row["created_at"][:7], question, cited)


def _cited(connection: Connection, row: RowMapping, collection: str, reader: Reader) -> Iterator[Cited]:
    numbers = _numbers(row["sentences"])
    query = (
        select(documents.c.id, documents.c.title)
        .distinct()
        .join(answer_passages, answer_passages.c.document_id == documents.c.id)
        .where(answer_passages.c.answer_id == row["id"], answer_passages.c.number.in_(numbers))
        .where(documents.c.collection_id == collection, readable_by(reader))
        .order_by(documents.c.title, documents.c.id)
    )
    return (Cited(*found) for found in connection.execute(query))


def _numbers(sentences: Sequence[dict[str, Any]]) -> list[int]:
    shown = (one for one in sentences if one["verdict"] != Verdict.UNSUPPORTED)
    return sorted({number for one in shown for number in one["citations"]})


def _digest(answer_id: str) -> str:
    return hashlib.sha256(answer_id.encode()).hexdigest()

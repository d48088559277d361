"""Drop questions and answers whose term is over, and leave of an answer what a thumb still needs: no word of it.

A thumb has a term of its own. Of the answer it is on there stay ids, sources, outcome and times, which the ledger goes
on telling; of the question only what its asker handed to the managers along with the thumb.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, exists, func, select, update

from app.privacy.holds import Kind, held_targets
from app.schema import answers, conversations, feedback, messages
from ingest.database import reading, stamp, writing

ROWS_AT_ONCE: Final = 500  # whoever asks meanwhile waits no longer than these take


def due(engine: Engine, *, before: datetime) -> int:
    """Return how many messages are older than their term and still there. Raises DatabaseUnavailable."""
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(_old(before).subquery())).scalar_one())


def drop(engine: Engine, *, before: datetime, now: datetime) -> int:
    """Drop them, and conversations in which nothing is left; return how many messages went or lost their words.

    Raises DatabaseUnavailable; what is done by then stays done.
    """
    count = 0
    while True:
        with writing(engine) as connection:
            found = connection.execute(_old(before).limit(ROWS_AT_ONCE)).scalars().all()
            _drop(connection, found, now)
        count += len(found)
        if len(found) < ROWS_AT_ONCE:
            break
    with writing(engine) as connection:
        connection.execute(delete(messages).where(messages.c.expired_at.is_not(None), ~_is_judged()))
        _drop_empty(connection, before)
    return count


def _old(before: datetime) -> Select[str]:
    """Return the query for messages past their term, by id: old ones, and the answers to old questions."""
    horizon = stamp(before)
    asked = messages.alias("asked")
    answers_old = exists().where(
        answers.c.message_id == messages.c.id,
        asked.c.id == answers.c.question_id,
        asked.c.created_at <= horizon,
    )
    return (
        select(messages.c.id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.expired_at.is_(None), (messages.c.created_at <= horizon) | answers_old)
        .where(conversations.c.user_id.not_in(held_targets(Kind.PERSON)))
        .order_by(messages.c.created_at, messages.c.id)
    )


def _is_judged() -> ColumnElement[bool]:
    """Return the condition on `messages`: an answer with a thumb, or the question that goes along with one."""
    thumbs = select(answers.c.message_id).join(feedback, feedback.c.answer_id == answers.c.id)
    asked = (
        select(answers.c.question_id)
        .join(feedback, feedback.c.answer_id == answers.c.id)
        .where(feedback.c.has_question, answers.c.question_id.is_not(None))
    )
    return messages.c.id.in_(thumbs) | messages.c.id.in_(asked)


def _drop(connection: Connection, found: Sequence[str], now: datetime) -> None:
    mine = messages.c.id.in_(found)
    kept = connection.execute(select(messages.c.id, messages.c.role).where(mine, _is_judged())).all()
    for message, role in kept:
        values: dict[str, Any] = {"expired_at": stamp(now)}
        if role == "assistant":
            values["text"] = ""
            _silence(connection, message)
        connection.execute(update(messages).where(messages.c.id == message).values(values))
    connection.execute(delete(messages).where(mine, messages.c.id.not_in([one.id for one in kept])))


def _silence(connection: Connection, message: str) -> None:
    """Take the words out of an answer; what each sentence cited, and how it was judged, stays on record."""
    query = select(answers.c.id, answers.c.sentences).where(answers.c.message_id == message)
    for answer, sentences in connection.execute(query).all():
        silent = [{**one, "text": "", "phrases": []} for one in sentences]
        values = {"sentences": silent, "notice": None}
        connection.execute(update(answers).where(answers.c.id == answer).values(values))


def _drop_empty(connection: Connection, before: datetime) -> None:
    """Delete conversations without a message that nobody began of late, and take the title off those without words."""
    here = messages.c.conversation_id == conversations.c.id
    old = conversations.c.updated_at <= stamp(before)
    free = conversations.c.user_id.not_in(held_targets(Kind.PERSON))
    connection.execute(delete(conversations).where(old, free, ~exists().where(here)))
    has_words = exists().where(here, messages.c.expired_at.is_(None))
    silent = update(conversations).where(old, free, ~has_words, conversations.c.title != "")
    connection.execute(silent.values(title=""))

"""Take out of answers on record what they said from erased documents, or mark them as resting on some.

Which answers read a document the ledger knows. Of an answer that read others too, the sentences that cite these alone
stay; of what came after it in its conversation, which had it before its eyes, those that cite something.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, func, select, update

from app import entries
from app.leaving_out import without, without_uncited
from app.phrases import phrases_in
from app.schema import answer_passages, answers, feedback, messages
from app.types import Answer
from ingest.database import reading, writing

Treatment = Literal["redact", "flag"]
AT_ONCE: Final = 200  # answers a transaction, so that whoever asks meanwhile waits no longer than these take


def treat(engine: Engine, documents: Sequence[str], treatment: Treatment) -> int:
    """Redact or flag all answers that read one of these documents; return how many. Raises DatabaseUnavailable.

    Done again, it changes nothing. The documents have to be hidden before, so that no further answer is recorded.
    """
    found = answers_that_read(engine, documents)
    for some in _slices(found):
        with writing(engine) as connection:
            treat_these(connection, some, documents, treatment)
    return len(found)


def treat_these(
    connection: Connection, some: Sequence[str], documents: Sequence[str], treatment: Treatment
) -> None:
    """Redact or flag these answers within the caller's transaction."""
    gone = frozenset(documents)
    for answer in some:
        if treatment == "flag":
            _flag(connection, answer)
        else:
            _redact(connection, answer, gone)


def answers_that_read(engine: Engine, documents: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the answers that read one of these documents. Raises DatabaseUnavailable."""
    with reading(engine) as connection:
        return reading_answers(connection, documents)


def reading_answers(connection: Connection, documents: Sequence[str], *, until: str = "") -> tuple[str, ...]:
    """Return the ids of the answers that read one of these documents, up to a moment as stored ("": all)."""
    found: set[str] = set()
    read = answer_passages.c
    for some in _slices(documents):
        query = select(read.answer_id).where(read.document_id.in_(some)).distinct()
        found.update(connection.execute(query.where(read.answered_at <= until) if until else query).scalars())
    return tuple(sorted(found))


def count_remarks(engine: Engine, documents: Sequence[str]) -> int:
    """Return how many people wrote something of their own to answers that read these documents."""
    count = 0
    with reading(engine) as connection:
        for some in _slices(reading_answers(connection, documents)):
            mine = feedback.c.answer_id.in_(some) & (feedback.c.reason != "")
            count += connection.execute(select(func.count()).select_from(feedback).where(mine)).scalar_one()
    return count


def _flag(connection: Connection, answer: str) -> None:
    row = _row(connection, answer)
    if row is not None:
        notice = phrases_in(row["language"]).erased
        connection.execute(update(answers).where(answers.c.id == answer).values(notice=notice))


def _redact(connection: Connection, answer: str, gone: frozenset[str]) -> None:
    row = _row(connection, answer)
    if row is None:
        return  # deleted by its owner at the same time
    read = connection.execute(
        select(answer_passages.c.number, answer_passages.c.document_id).where(
            answer_passages.c.answer_id == answer
        )
    ).all()
    readable = {one.number for one in read if one.document_id not in gone}
    told = entries.answer_of(row)
    marked = replace(told, notice=phrases_in(told.language).erased)
    _write(connection, row, without(marked, readable=readable, read=len(read)))
    # A hash of its bytes would tell whoever has the file that it was this one.
    erased = sorted({one.document_id for one in read} & gone)
    of_these = answer_passages.c.document_id.in_(erased) & (answer_passages.c.answer_id == answer)
    connection.execute(update(answer_passages).where(of_these).values(sha256=None))
    _redact_followers(connection, row)


def _redact_followers(connection: Connection, row: RowMapping) -> None:
    """Leave of the answers behind this one what cites something, where it was among the turns they were asked with."""
    later = (messages.c.conversation_id == row["conversation_id"]) & (messages.c.position > row["position"])
    query = _joined().where(later, func.coalesce(answers.c.earlier_turns, 1) > 0)
    for follower in connection.execute(query).mappings().all():
        told = entries.answer_of(follower)
        if (rest := without_uncited(told)) != told:
            _write(connection, follower, rest)


def _write(connection: Connection, row: RowMapping, answer: Answer) -> None:
    values: dict[str, Any] = {"sentences": entries.sentences_as_stored(answer), "notice": answer.notice}
    connection.execute(update(answers).where(answers.c.id == row["id"]).values(values))
    mine = update(messages).where(messages.c.id == row["message_id"], messages.c.text != "")
    connection.execute(mine.values(text=answer.text))


def _row(connection: Connection, answer: str) -> RowMapping | None:
    return connection.execute(_joined().where(answers.c.id == answer)).mappings().first()


def _joined() -> Select[Any]:
    return select(answers, messages.c.text, messages.c.conversation_id, messages.c.position).join(
        messages, messages.c.id == answers.c.message_id
    )


def _slices(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    listed = list(ids)
    return (listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE))

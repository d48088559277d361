"""Read the ledger for whoever must account for it: one answer whole, or all that used a document."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, Select, select

from app.provenance import Entry, Making, PassageRead, Provenance, Standing, Usage
from app.schema import answer_passages, answers, conversations, feedback, messages
from app.types import Answer, Outcome, Sentence, Verdict
from ingest.schema import chunks, documents, versions
from retrieval.types import Only

ROWS_AT_ONCE = 500  # an answer's sentences are some kilobytes


def entry(connection: Connection, answer_id: str) -> Entry | None:
    """Return all that is on record of an answer, None where there is no such one."""
    query = (
        select(
            answers,
            messages.c.text,
            messages.c.position,
            messages.c.conversation_id,
            conversations.c.user_id,
            feedback.c.value.label("feedback"),
        )
        .join(messages, messages.c.id == answers.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .outerjoin(feedback, feedback.c.answer_id == answers.c.id)
        .where(answers.c.id == answer_id)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    question_id, question = _question(connection, row)
    return Entry(
        id=row["id"],
        answered_at=row["created_at"],
        conversation=row["conversation_id"],
        user=row["user_id"],
        question_id=question_id,
        question=question,
        answer=answer_of(row),
        feedback=row["feedback"],
        principals=tuple(row["principals"]),
        collections=tuple(row["collections"]),
        provenance=_provenance(row),
        passages=_passages(connection, answer_id),
    )


def using(document: str, *, passage: str | None, since: str) -> Select[Any]:
    """Return the query for the passages of a document that answers read, newest answer first, from an index alone.

    Of one `passage` of it only, None for all; of answers since a time, "" for all.
    """
    read = answer_passages
    query = (
        select(
            read.c.answer_id,
            read.c.answered_at,
            read.c.number,
            answers.c.asker,
            answers.c.outcome,
            answers.c.sentences,
        )
        .join(answers, answers.c.id == read.c.answer_id)
        .where(read.c.document_id == document, read.c.answered_at >= since)
        .order_by(read.c.answered_at.desc(), read.c.answer_id.desc())
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    return query if passage is None else query.where(read.c.chunk_id == passage)


def usages(connection: Connection, query: Select[Any]) -> Iterator[Usage]:
    """Yield one usage an answer, in the order of a query of `using`; no more than some hundred rows are in memory."""
    for _, rows in groupby(connection.execute(query), key=lambda row: row.answer_id):
        yield _usage(list(rows))


def answer_of(row: RowMapping) -> Answer:
    """Return the answer of a row of `answers` with the `text` of its message."""
    sentences: list[dict[str, Any]] = row["sentences"]
    return Answer(
        outcome=Outcome(row["outcome"]),
        text=row["text"],
        sentences=tuple(_sentence(one) for one in sentences),
        language=row["language"],
        model=row["model"],
        notice=row["notice"],
        timings_ms=row["timings_ms"],
        prompt_tokens=row["prompt_tokens"],
        dropped=tuple(row["dropped"]),
        completion_tokens=row["completion_tokens"],
    )


def sentences_as_stored(answer: Answer) -> list[dict[str, Any]]:
    """Return what a row of `answers` holds of an answer's sentences."""
    return [
        {
            "text": one.text,
            "citations": list(one.citations),
            "verdict": one.verdict,
            "phrases": [list(place) for place in one.phrases],
        }
        for one in answer.sentences
    ]


def _usage(rows: Sequence[Row[Any]]) -> Usage:
    first = rows[0]
    numbers = {row.number for row in rows}
    cited = {
        number
        for sentence in first.sentences
        if sentence["verdict"] != Verdict.UNSUPPORTED  # left out of what is shown
        for number in sentence["citations"]
    }
    return Usage(
        first.answer_id,
        first.answered_at,
        first.asker,
        Outcome(first.outcome),
        tuple(sorted(numbers)),
        bool(numbers & cited),
    )


def _question(connection: Connection, row: RowMapping) -> tuple[str | None, str]:
    """Return id and text of the message that asked; (None, "") where it is gone.

    An earlier release did not note which it was, so it is the last one before the answer.
    """
    asked = (messages.c.conversation_id == row["conversation_id"]) & (messages.c.role == "user")
    if row["question_id"] is None:
        asked &= messages.c.position < row["position"]
    else:
        asked &= messages.c.id == row["question_id"]
    query = select(messages.c.id, messages.c.text).where(asked).order_by(messages.c.position.desc())
    found = connection.execute(query.limit(1)).first()
    return (None, "") if found is None else (found.id, found.text)


def _provenance(row: RowMapping) -> Provenance:
    only, version = row["only_documents"], row["prompt_version"]
    making = version and Making(row["weights"], version, row["temperature"], row["max_tokens"])
    return Provenance(
        asker=row["asker"],
        question_id=row["question_id"],
        earlier_turns=row["earlier_turns"],
        scope=None if row["scope"] is None else tuple(row["scope"]),
        only=only and Only(tuple(only["media_types"]), only["since"], only["until"]),
        making=making or None,
    )


def _passages(connection: Connection, answer_id: str) -> tuple[PassageRead, ...]:
    read = answer_passages
    query = (
        select(
            read,
            documents.c.id.label("document"),
            documents.c.title,
            documents.c.file_name,
            documents.c.visible_version_id,
            versions.c.dated,
            chunks.c.id.label("chunk"),
            chunks.c.page,
        )
        .outerjoin(documents, documents.c.id == read.c.document_id)
        .outerjoin(versions, versions.c.id == read.c.version_id)
        .outerjoin(chunks, (chunks.c.id == read.c.chunk_id) & (chunks.c.version_id == read.c.version_id))
        .where(read.c.answer_id == answer_id)
        .order_by(read.c.number)
    )
    return tuple(
        PassageRead(
            **{name: row[name] for name in ("number", "chunk_id", "document_id", "version_id", "sha256")},
            standing=_standing(row),
            **{name: row[name] for name in ("title", "file_name", "page", "dated")},
        )
        for row in connection.execute(query).mappings()
    )


def _standing(row: RowMapping) -> Standing:
    if row["document"] is None:
        return Standing.GONE
    if row["visible_version_id"] is None:
        return Standing.HIDDEN
    is_same = row["visible_version_id"] == row["version_id"] and row["chunk"] is not None
    return Standing.THERE if is_same else Standing.REPLACED


def _sentence(kept: dict[str, Any]) -> Sentence:
    phrases = tuple((start, end) for start, end in kept.get("phrases", ()))  # an earlier version kept none
    return Sentence(kept["text"], tuple(kept["citations"]), Verdict(kept["verdict"]), phrases)

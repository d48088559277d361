"""Keep answers on record: what each said, what it read and was made with, under which reader filter.

An answer stores the ids of its passages, never their text: when it is opened again, the passages are fetched as the
reader of today, so a document that was forgotten, or closed to them, stays closed.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, insert, null, select

from app import entries
from app.entries import ROWS_AT_ONCE
from app.provenance import Entry, Given, Usage
from app.schema import answer_passages, answers, feedback, messages
from app.types import Answer
from ingest.database import reading, stamp, utc_now
from ingest.schema import chunks, versions
from retrieval.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """Hold an answer with the ids of the passages it read, in citation order."""

    id: str
    answer: Answer
    chunk_ids: tuple[str, ...]
    feedback: str | None
    scope: tuple[str, ...] | None = None  # ids of the collections that the asker chose; None = all


@dataclass(frozen=True, slots=True)
class DanglingCitation:
    """Name a source that an answer cites and that is not what it was: no passage of the version it was read from."""

    answer_id: str
    number: int  # 1-based, as cited
    document_id: str | None  # None where the ledger does not even say what was read


class Ledger:
    """Write and read answers. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, connection: Connection, message: str, given: Given) -> None:
        """Write an answer and what it read, within the transaction that writes its message."""
        moment = stamp(utc_now())
        answer, question, marks = given.answer, given.question, given.provenance
        making = {} if marks.making is None else asdict(marks.making)
        connection.execute(
            insert(answers).values(
                id=given.answer_id,
                message_id=message,
                outcome=answer.outcome,
                sentences=entries.sentences_as_stored(answer),
                language=answer.language,
                model=answer.model,
                notice=answer.notice,
                timings_ms=dict(answer.timings_ms),
                prompt_tokens=answer.prompt_tokens,
                completion_tokens=answer.completion_tokens,
                dropped=list(answer.dropped),
                principals=sorted(question.reader.principals),
                collections=sorted(question.collections),
                created_at=moment,
                asker=marks.asker,
                question_id=marks.question_id,
                earlier_turns=marks.earlier_turns,
                only_documents=null() if marks.only is None else asdict(marks.only),
                scope=null() if marks.scope is None else list(marks.scope),
                **making,
            )
        )
        if rows := list(_read(connection, given, moment)):
            connection.execute(insert(answer_passages), rows)

    def entry(self, answer_id: str) -> Entry:
        """Return all that is on record of an answer, whoever asked; for administration. Raises NotFound."""
        with reading(self._engine) as connection:
            found = entries.entry(connection, answer_id)
        if found is None:
            raise NotFound(
                f"no answer '{answer_id}' is on record",
                remedy="take the whole id; an answer goes with its conversation, and with the account that asked",
            )
        return found

    def using(
        self, document: str, *, passage: str | None = None, since: str = ""
    ) -> Generator[Usage, None, None]:
        """Yield the answers that read a document, newest first, also one that is gone; memory stays flat.

        Of one `passage` of it only, by its chunk id; of answers since a time as stored ("2026-03-01" will do).
        """
        with reading(self._engine) as connection:
            yield from entries.usages(connection, entries.using(document, passage=passage, since=since))

    def of_conversation(self, conversation: str) -> dict[str, StoredAnswer]:
        """Return the answers of a conversation by message id."""
        query = (
            select(answers, messages.c.text, feedback.c.value.label("feedback"))
            .join(messages, messages.c.id == answers.c.message_id)
            .outerjoin(feedback, feedback.c.answer_id == answers.c.id)
            .where(messages.c.conversation_id == conversation)
        )
        passages = (
            select(answer_passages.c.answer_id, answer_passages.c.chunk_id)
            .join(answers, answers.c.id == answer_passages.c.answer_id)
            .join(messages, messages.c.id == answers.c.message_id)
            .where(messages.c.conversation_id == conversation)
            .order_by(answer_passages.c.number)
        )
        with reading(self._engine) as connection:
            read: dict[str, list[str]] = {}
            for answer_id, chunk_id in connection.execute(passages):
                read.setdefault(answer_id, []).append(chunk_id)
            return {
                row["message_id"]: _stored(row, tuple(read.get(row["id"], ())))
                for row in connection.execute(query).mappings()
            }

    def dangling(self) -> Iterator[DanglingCitation]:
        """Yield the citations whose chunk is gone though the version it was read from is there, or never was told.

        Where the version is gone, its document was replaced or forgotten, and the ledger is right to keep the id.
        """
        read_from = (
            select(answer_passages.c.answer_id, answer_passages.c.number, versions.c.document_id)
            .join(versions, versions.c.id == answer_passages.c.version_id)
            .outerjoin(chunks, chunks.c.id == answer_passages.c.chunk_id)
            .where(
                chunks.c.id.is_(None)
                | (chunks.c.version_id != versions.c.id)
                | (answer_passages.c.document_id != versions.c.document_id)
            )
        )
        told = (
            select(answers.c.id, answers.c.sentences, answer_passages.c.number)
            .outerjoin(answer_passages)
            .order_by(answers.c.id)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        with reading(self._engine) as connection:
            for row in connection.execute(read_from):
                yield DanglingCitation(*row)
            for answer, rows in groupby(connection.execute(told), key=lambda row: row.id):
                yield from _untold(answer, [(row.sentences, row.number) for row in rows])


def _untold(answer: str, rows: Sequence[tuple[list[dict[str, Any]], int]]) -> Iterator[DanglingCitation]:
    numbers = {number for _, number in rows}
    cited = {number for sentence in rows[0][0] for number in sentence["citations"]}
    return (DanglingCitation(answer, number, None) for number in sorted(cited - numbers))


def _read(connection: Connection, given: Given, moment: str) -> Iterator[dict[str, object]]:
    """Yield the rows of the passages an answer read; a version that is gone by now leaves no hash."""
    passages = [ranked.passage for ranked in given.sources.passages]
    query = select(versions.c.id, versions.c.sha256).where(
        versions.c.id.in_({passage.version_id for passage in passages})
    )
    hashes = {row.id: row.sha256 for row in connection.execute(query)} if passages else {}
    for number, passage in enumerate(passages, start=1):
        yield {
            "answer_id": given.answer_id,
            "number": number,
            "chunk_id": passage.chunk_id,
            "document_id": passage.document_id,
            "version_id": passage.version_id,
            "sha256": hashes.get(passage.version_id),
            "answered_at": moment,
        }


def _stored(row: RowMapping, chunk_ids: tuple[str, ...]) -> StoredAnswer:
    scope = None if row["scope"] is None else tuple(row["scope"])
    return StoredAnswer(row["id"], entries.answer_of(row), chunk_ids, row["feedback"], scope)

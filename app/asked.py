"""Read from the ledger what a report on usage needs: no word of a question or an answer, and no account by name."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, RowMapping, Select, select

from app.schema import answer_passages, answers, conversations, feedback, messages, users
from app.types import Outcome
from app.usage import Asked
from ingest.database import reading
from ingest.schema import documents
from retrieval.readers import may_read
from retrieval.types import Reader

ROWS_AT_ONCE = 2_000

Rules = Mapping[str, tuple[str, ...]]  # the readers of each collection


class AskedQuestions:
    """Read answers of whole weeks. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counted(self, week: date, rules: Rules) -> list[Asked]:
        """Return the answers of the week of this Monday, without what they cite, took and were judged."""
        with reading(self._engine) as connection:
            return [_asked(row, rules, frozenset()) for row in connection.execute(_answers(week)).mappings()]

    def whole(self, week: date, rules: Rules) -> list[Asked]:
        """Return the answers of the week of this Monday."""
        query = (
            _answers(week)
            .add_columns(answers.c.timings_ms, feedback.c.value.label("thumb"))
            .outerjoin(feedback, feedback.c.answer_id == answers.c.id)
        )
        with reading(self._engine) as connection:
            cited = _cited(connection, week)
            return [
                _asked(row, rules, cited.get(row["id"], frozenset()))
                for row in connection.execute(query).mappings()
            ]


def _span(week: date) -> tuple[str, str]:
    """Return the first moment of the week and of the next; times are stored as text that sorts."""
    return week.isoformat(), (week + timedelta(days=7)).isoformat()


def _answers(week: date) -> Select[tuple[object, ...]]:
    start, end = _span(week)
    return (
        select(answers.c.id, answers.c.created_at, answers.c.outcome, answers.c.collections)
        .add_columns(answers.c.principals, conversations.c.user_id)
        .join(messages, messages.c.id == answers.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(users, users.c.id == conversations.c.user_id)
        .where(users.c.restricted_at.is_(None))
        .where(answers.c.created_at >= start, answers.c.created_at < end)
        .order_by(answers.c.created_at, answers.c.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def _cited(connection: Connection, week: date) -> dict[str, frozenset[tuple[str, str]]]:
    """Return what each answer of a week cites and is still there, as collection and document."""
    start, end = _span(week)
    query = (
        select(answers.c.id, answers.c.sentences, answer_passages.c.number)
        .add_columns(documents.c.collection_id, documents.c.id.label("document"))
        .join(answer_passages, answer_passages.c.answer_id == answers.c.id)
        .join(documents, documents.c.id == answer_passages.c.document_id)
        .where(answers.c.created_at >= start, answers.c.created_at < end)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for row in connection.execute(query).mappings():
        if any(row["number"] in sentence["citations"] for sentence in row["sentences"]):
            pair = (row["collection_id"], row["document"])
            found[row["id"]] = found.get(row["id"], frozenset()) | {pair}
    return found


def _asked(row: RowMapping, rules: Rules, cited: frozenset[tuple[str, str]]) -> Asked:
    reader = Reader(subject=f"user:{row['user_id']}", principals=frozenset(row["principals"]))
    looked_into = {
        one for one in row["collections"] if one in rules and may_read(reader, rules[one])
    }  # a question names all collections; only these could give it anything
    return Asked(
        asker=row["user_id"],
        day=date.fromisoformat(row["created_at"][:10]),
        outcome=Outcome(row["outcome"]),
        collections=frozenset(looked_into),
        thumb=row.get("thumb"),
        timings_ms=row.get("timings_ms") or {},
        cited=cited,
    )

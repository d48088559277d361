"""Read all that the database holds of one person, some hundred rows at a time.

Every method raises DatabaseUnavailable. Answers come as they are stored: whoever shows them looks at who may
read what today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, RowMapping, func, select

from app import entries
from app.privacy.export_records import KeyRecord, SessionRecord
from app.schema import answer_passages, answers, api_keys, conversations, feedback, messages, sessions, users
from app.types import Answer
from ingest.database import reading
from retrieval.errors import NotFound

AT_ONCE: Final = 500  # messages: some megabytes with their answers


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a conversation without its messages."""

    id: str
    title: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Told:
    """Hold an answer as stored, with the chunks it read in citation order and what the person thought of it."""

    id: str
    answer: Answer
    chunk_ids: tuple[str, ...]
    scope: tuple[str, ...] | None
    thumb: RowMapping | None


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a message in its conversation; `role` is "" for a conversation without any."""

    heading: Heading
    role: str
    text: str
    created_at: str
    told: Told | None


class OfPerson:
    """Read what is kept of the account `user`."""

    def __init__(self, engine: Engine, user: str) -> None:
        self._engine = engine
        self.user = user

    def account(self) -> RowMapping:
        """Return the row of the account. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(users).where(users.c.id == self.user)).mappings().first()
        if row is None:
            raise NotFound(
                f"there is no account '{self.user}'", remedy="`intramuros people list` names the accounts"
            )
        return row

    def sessions(self) -> tuple[SessionRecord, ...]:
        """Return the sign-ins that are kept, oldest first."""
        wanted = [sessions.c[name] for name in SessionRecord.model_fields]
        query = select(*wanted).where(sessions.c.user_id == self.user).order_by(sessions.c.created_at)
        with reading(self._engine) as connection:
            return tuple(SessionRecord(**row) for row in connection.execute(query).mappings())

    def keys(self) -> tuple[KeyRecord, ...]:
        """Return the API keys, oldest first."""
        wanted = [api_keys.c[name] for name in KeyRecord.model_fields]
        query = select(*wanted).where(api_keys.c.user_id == self.user).order_by(api_keys.c.created_at)
        with reading(self._engine) as connection:
            return tuple(KeyRecord(**row) for row in connection.execute(query).mappings())

    def count(self) -> int:
        """Return how many messages there are."""
        query = select(func.count()).select_from(messages).join(conversations)
        with reading(self._engine) as connection:
            return connection.execute(query.where(conversations.c.user_id == self.user)).scalar_one()

    def lines(self) -> Iterator[list[Line]]:
        """Yield all conversations message by message, the oldest first, at most AT_ONCE messages in a list."""
        table = conversations
        counts = (
            select(table.c.id, func.count(messages.c.id))
            .outerjoin(messages, messages.c.conversation_id == table.c.id)
            .where(table.c.user_id == self.user)
            .group_by(table.c.id, table.c.created_at)
            .order_by(table.c.created_at, table.c.id)
        )
        with reading(self._engine) as connection:
            known = [(row[0], row[1]) for row in connection.execute(counts)]
        for some in _grouped(known):
            after = -1
            while page := self._page(some, after):
                yield [line for _, line in page]
                after = page[-1][0] if len(some) == 1 and len(page) == AT_ONCE else -1
                if after < 0:
                    break

    def _page(self, some: Sequence[str], after: int) -> list[tuple[int, Line]]:
        """Return the messages of these conversations with their positions; of a single one those after a position."""
        table = conversations
        query = (
            select(table, messages.c.id.label("message"), messages.c.role, messages.c.text)
            .add_columns(messages.c.created_at.label("said_at"), messages.c.position)
            .outerjoin(messages, (messages.c.conversation_id == table.c.id) & (messages.c.position > after))
            .where(table.c.id.in_(some))
            .order_by(table.c.created_at, table.c.id, messages.c.position)
            .limit(AT_ONCE)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        if after >= 0 and rows and rows[0]["message"] is None:
            return []
        told = self._told([row["message"] for row in rows if row["role"] == "assistant"])
        return [(-1 if row["position"] is None else row["position"], _line(row, told)) for row in rows]

    def _told(self, ids: Sequence[str]) -> dict[str, Told]:
        query = (
            select(answers, messages.c.text)
            .join(messages, messages.c.id == answers.c.message_id)
            .where(answers.c.message_id.in_(ids))
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            known = [row["id"] for row in rows]
            thumbs = connection.execute(select(feedback).where(feedback.c.answer_id.in_(known))).mappings()
            thumb_of = {row["answer_id"]: row for row in thumbs}
            read: dict[str, list[str]] = {}
            passages = select(answer_passages.c.answer_id, answer_passages.c.chunk_id)
            passages = passages.where(answer_passages.c.answer_id.in_(known)).order_by(
                answer_passages.c.number
            )
            for answer, chunk in connection.execute(passages):
                read.setdefault(answer, []).append(chunk)
        return {row["message_id"]: _told(row, read, thumb_of) for row in rows}


def _grouped(counts: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield conversations, so many together that their messages fit into one page; a longer one stands alone."""
    some: list[str] = []
    total = 0
    for conversation, count in counts:
        size = max(count, 1)
        if some and total + size > AT_ONCE:
            yield some
            some, total = [], 0
        some.append(conversation)
        total += size
    if some:
        yield some


def _line(row: RowMapping, told: dict[str, Told]) -> Line:
    heading = Heading(row["id"], row["title"], row["created_at"], row["updated_at"])
    return Line(heading, row["role"] or "", row["text"] or "", row["said_at"] or "", told.get(row["message"]))


def _told(row: RowMapping, read: dict[str, list[str]], thumbs: dict[str, RowMapping]) -> Told:
    scope: list[Any] | None = row["scope"]
    return Told(
        id=row["id"],
        answer=entries.answer_of(row),
        chunk_ids=tuple(read.get(row["id"], ())),
        scope=None if scope is None else tuple(scope),
        thumb=thumbs.get(row["id"]),
    )

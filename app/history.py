"""Keep conversations: each belongs to one person, and a foreign id is not found, like a missing one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update

from app.leaving_out import without
from app.ledger import Ledger, StoredAnswer
from app.provenance import Given
from app.schema import conversations, messages
from app.types import Turn
from ingest.database import reading, stamp, utc_now, writing
from ingest.schema import documents
from retrieval.errors import NotFound

TITLE_CHARS = 80  # fits one line of the sidebar
ROWS_AT_ONCE = 500  # a message is some kilobytes
HISTORY_TURNS = 6  # three questions back is as far as a follow-up refers; more would crowd out passages


@dataclass(frozen=True, slots=True)
class Conversation:
    """Hold a conversation as listed."""

    id: str
    title: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one message; `stored` is set on those of the assistant."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    created_at: str
    stored: StoredAnswer | None


class History:
    """Read and write people's conversations. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine = engine
        self._ledger = ledger

    def start(self, user: str, turns: Sequence[Turn] = ()) -> Conversation:
        """Open a conversation: an empty one, or one that stands where these turns left off."""
        identity, moment = str(uuid4()), stamp(utc_now())
        with writing(self._engine) as connection:
            connection.execute(
                insert(conversations).values(
                    id=identity, user_id=user, title="", created_at=moment, updated_at=moment
                )
            )
            for turn in turns:
                _append(connection, identity, role=turn.role, text=turn.text)
        return Conversation(identity, "", moment)

    def listed(self, user: str, *, skip: int = 0, limit: int | None = None) -> tuple[Conversation, ...]:
        """Return a person's conversations, newest first; empty ones are left out."""
        with reading(self._engine) as connection:
            query = _listed(user).offset(skip).limit(limit)
            return tuple(Conversation(*row) for row in connection.execute(query))

    def texts(self, user: str) -> Iterator[tuple[Conversation, list[str]]]:
        """Yield a person's conversations, newest first, each with the texts of its messages."""
        query = (
            _listed(user)
            .add_columns(messages.c.text)
            .join(messages, messages.c.conversation_id == conversations.c.id)
            .where(messages.c.expired_at.is_(None))
            .order_by(messages.c.position)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        with reading(self._engine) as connection:
            for heading, rows in groupby(connection.execute(query), key=lambda row: Conversation(*row[:3])):
                yield heading, [row.text for row in rows]

    def get(self, conversation: str, user: str) -> Conversation:
        """Return one of this person's conversations. Raises NotFound."""
        table = conversations
        query = select(table.c.id, table.c.title, table.c.updated_at).where(
            table.c.id == conversation, table.c.user_id == user
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("there is no such conversation", remedy="open another one from the list")
        return Conversation(*row)

    def rename(self, conversation: str, user: str, title: str) -> None:
        """Give a conversation a title. Raises NotFound."""
        self.get(conversation, user)
        with writing(self._engine) as connection:
            chosen = conversations.c.id == conversation
            connection.execute(update(conversations).where(chosen).values(title=title[:TITLE_CHARS]))

    def delete(self, conversation: str, user: str) -> None:
        """Delete a conversation with its messages, answers and feedback. Raises NotFound."""
        self.get(conversation, user)
        with writing(self._engine) as connection:
            connection.execute(delete(conversations).where(conversations.c.id == conversation))

    def ids(self, user: str) -> tuple[str, ...]:
        """Return all of a person's conversations, empty ones too."""
        query = select(conversations.c.id).where(conversations.c.user_id == user).order_by(conversations.c.id)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def delete_these(self, ids: Sequence[str], user: str) -> None:
        """Delete those of these conversations that are the person's, as `delete` does."""
        with writing(self._engine) as connection:
            for start in range(0, len(ids), ROWS_AT_ONCE):
                some = conversations.c.id.in_(ids[start : start + ROWS_AT_ONCE])
                connection.execute(delete(conversations).where(some, conversations.c.user_id == user))

    def ask(self, conversation: str, user: str, text: str, *, replaces: str | None = None) -> str:
        """Record a question and return its message's id; the first one names the conversation. Raises NotFound.

        With `replaces`, an earlier question of this conversation, that one has to be there; it stays until the answer
        is recorded, so that nothing is lost where none comes.
        """
        title = self.get(conversation, user).title
        with writing(self._engine) as connection:
            if replaces is not None:
                _question(connection, conversation, replaces)
            values = {"title": title or _title(text), "updated_at": stamp(utc_now())}
            connection.execute(update(conversations).where(conversations.c.id == conversation).values(values))
            return _append(connection, conversation, role="user", text=text)

    def record(self, given: Given, *, replaces: str | None = None) -> None:
        """Write an answer with what it read, in one transaction; none whose question or conversation is gone.

        With `replaces`, an earlier question, that one and all that came after it goes in the same transaction, answers
        with what is on record of them, and the question of this answer takes its place. Of a document that was hidden
        while it was written, nothing is kept.
        """
        with writing(self._engine) as connection:
            query = select(conversations.c.id).where(conversations.c.id == given.conversation)
            if (question := given.provenance.question_id) is not None:
                query = query.join(messages).where(messages.c.id == question)
            if connection.execute(query).first() is None:
                return
            if replaces is not None and question is not None:
                _give_way(connection, given.conversation, replaces, question)
            given = _still_open(connection, given)
            message = _append(connection, given.conversation, role="assistant", text=given.answer.text)
            self._ledger.record(connection, message, given)

    def messages(self, conversation: str, user: str, *, before: str | None = None) -> tuple[Message, ...]:
        """Return the messages of a conversation in order, those before a question of it alone. Raises NotFound."""
        self.get(conversation, user)
        stored = self._ledger.of_conversation(conversation)
        query = (
            select(messages.c.id, messages.c.role, messages.c.text, messages.c.created_at)
            .where(messages.c.conversation_id == conversation, messages.c.expired_at.is_(None))
            .order_by(messages.c.position)
        )
        with reading(self._engine) as connection:
            if before is not None:
                place = _question(connection, conversation, before).position
                query = query.where(messages.c.position < place)
            return tuple(Message(*row, stored=stored.get(row[0])) for row in connection.execute(query))


def _listed(user: str) -> Select[str, str, str]:
    table = conversations
    return (
        select(table.c.id, table.c.title, table.c.updated_at)
        .where(table.c.user_id == user, table.c.title != "")
        .order_by(table.c.updated_at.desc(), table.c.id)
    )


def _question(connection: Connection, conversation: str, message: str) -> Row[int, str]:
    """Return position and text of a question of this conversation. Raises NotFound."""
    query = (
        select(messages.c.position, messages.c.text)
        .where(
            messages.c.id == message, messages.c.conversation_id == conversation, messages.c.role == "user"
        )
        .where(messages.c.expired_at.is_(None))
    )
    found = connection.execute(query).first()
    if found is None:
        raise NotFound("this question is not there any more", remedy="open the conversation again")
    return found


def _give_way(connection: Connection, conversation: str, replaced: str, question: str) -> None:
    """Put a question where an earlier one stands, which goes with all in between. One that is gone has left room."""
    try:
        old, new = (_question(connection, conversation, message) for message in (replaced, question))
    except NotFound:
        return
    mine = messages.c.conversation_id == conversation
    between = messages.c.position.between(old.position, new.position - 1)
    connection.execute(delete(messages).where(mine, between))
    connection.execute(update(messages).where(messages.c.id == question).values(position=old.position))
    named = (conversations.c.id == conversation) & (conversations.c.title == _title(old.text))
    connection.execute(update(conversations).where(named).values(title=_title(new.text)))


def _still_open(connection: Connection, given: Given) -> Given:
    """Return the answer as far as its documents are shown, which stay so until the transaction ends."""
    passages = [ranked.passage for ranked in given.sources.passages]
    query = select(documents.c.id).where(
        documents.c.id.in_({one.document_id for one in passages}), documents.c.visible_version_id.is_not(None)
    )
    shown = set(connection.execute(query.with_for_update(read=True)).scalars()) if passages else set()
    readable = {number for number, one in enumerate(passages, start=1) if one.document_id in shown}
    return replace(given, answer=without(given.answer, readable=readable, read=len(passages)))


def _title(question: str) -> str:
    return _shortened(" ".join(question.split()))


def _shortened(text: str) -> str:
    return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1].rstrip() + "…"


def _append(connection: Connection, conversation: str, *, role: str, text: str) -> str:
    identity = str(uuid4())
    last = select(func.max(messages.c.position)).where(messages.c.conversation_id == conversation)
    connection.execute(
        insert(messages).values(
            id=identity,
            conversation_id=conversation,
            position=func.coalesce(last.scalar_subquery() + 1, 0),
            role=role,
            text=text,
            created_at=stamp(utc_now()),
        )
    )
    return identity

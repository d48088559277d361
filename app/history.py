"""Keep conversations: each belongs to one person, and a foreign id is not found, like a missing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from app.ledger import Ledger, StoredAnswer
from app.provenance import Given
from app.schema import conversations, messages
from app.types import Turn
from ingest.database import reading, stamp, utc_now, writing
from retrieval.errors import NotFound

TITLE_CHARS = 80  # fits one line of the sidebar
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

    def listed(self, user: str) -> tuple[Conversation, ...]:
        """Return a person's conversations, newest first; empty ones are left out."""
        table = conversations
        query = (
            select(table.c.id, table.c.title, table.c.updated_at)
            .where(table.c.user_id == user, table.c.title != "")
            .order_by(table.c.updated_at.desc(), table.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(Conversation(*row) for row in connection.execute(query))

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

    def ask(self, conversation: str, user: str, text: str) -> str:
        """Record a question and return its message's id; the first one names the conversation. Raises NotFound."""
        known = self.get(conversation, user)
        title = known.title or _shortened(" ".join(text.split()))
        with writing(self._engine) as connection:
            chosen = conversations.c.id == conversation
            moment = stamp(utc_now())
            connection.execute(update(conversations).where(chosen).values(title=title, updated_at=moment))
            return _append(connection, conversation, role="user", text=text)

    def record(self, given: Given) -> None:
        """Write an answer with what it read, in one transaction; a conversation deleted meanwhile takes nothing."""
        with writing(self._engine) as connection:
            query = select(conversations.c.id).where(conversations.c.id == given.conversation)
            if connection.execute(query).first() is None:
                return
            message = _append(connection, given.conversation, role="assistant", text=given.answer.text)
            self._ledger.record(connection, message, given)

    def messages(self, conversation: str, user: str) -> tuple[Message, ...]:
        """Return all messages of a conversation in order. Raises NotFound."""
        self.get(conversation, user)
        stored = self._ledger.of_conversation(conversation)
        query = (
            select(messages.c.id, messages.c.role, messages.c.text, messages.c.created_at)
            .where(messages.c.conversation_id == conversation)
            .order_by(messages.c.position)
        )
        with reading(self._engine) as connection:
            return tuple(Message(*row, stored=stored.get(row[0])) for row in connection.execute(query))


def _shortened(text: str) -> str:
    return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1].rstrip() + "…"


def _append(connection: Connection, conversation: str, *, role: str, text: str) -> str:
    identity = str(uuid4())
    count = select(func.count()).where(messages.c.conversation_id == conversation).scalar_subquery()
    connection.execute(
        insert(messages).values(
            id=identity,
            conversation_id=conversation,
            position=count,
            role=role,
            text=text,
            created_at=stamp(utc_now()),
        )
    )
    return identity

"""Declare the tables of people, sign-ins, conversations, answers and feedback.

They share one MetaData with the tables of `ingest.schema`, so that one migration history describes the whole database.
"""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from ingest.schema import metadata

__all__ = ["metadata"]

users = Table(
    "users",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("role", String(16), nullable=False),  # employee | admin
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("is_disabled", Boolean, nullable=False, default=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("group_name", String(128), primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),  # the token itself is never stored
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Index(None, "user_id", "updated_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", String(16), nullable=False),  # user | assistant
    Column("text", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Index(None, "conversation_id", "position"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("outcome", String(24), nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("language", String(8), nullable=False),
    Column("model", Text, nullable=False),
    Column("notice", Text),
    Column("timings_ms", JSON, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("dropped", JSON, nullable=False),
    Column("principals", JSON, nullable=False),  # the reader filter that applied
    Column("collections", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
)

answer_passages = Table(
    "answer_passages",
    metadata,
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1-based, as cited
    Column("chunk_id", String(36), nullable=False, index=True),
    Column("document_id", String(36), nullable=False, index=True),
    Column("version_id", String(36), nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("value", String(8), nullable=False),  # up | down
    Column("reason", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
)

"""Declare the tables of people, sign-ins, keys, conversations, answers, feedback, and what the GDPR asks for.

They share one MetaData with the tables of `ingest.schema`, so that one migration history describes the whole database.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from ingest.schema import metadata

__all__ = ["metadata"]

users = Table(
    "users",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("role", String(16), nullable=False),  # employee | admin | auditor
    Column("password_hash", Text, nullable=False),  # argon2id; empty where the company's provider signs in
    Column("is_disabled", Boolean, nullable=False, default=False),
    Column("issuer", Text),  # of OpenID Connect, with the subject: who this is there; never a mail address
    Column("subject", Text),
    Column("signed_in_at", String(32)),  # through the provider, last
    Column("restricted_at", String(32)),  # since when the data is kept and not used; NULL = it is used
    Column("created_at", String(32)),  # NULL = before this was noted
    Index(None, "issuer", "subject", unique=True),
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
    Column("seen_at", String(32), nullable=False, default=""),  # of the last request, to the minute
    Column("expires_at", String(32), nullable=False),
    Column(
        "ended_at", String(32)
    ),  # by signing out; kept until it expires, so that its ID token opens no other
    Column("id_token_sha256", String(64), index=True),  # of the provider's token that opened it
    Column("proven_at", String(32)),  # when its person last showed who they are; NULL = not known
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("key_sha256", String(64), nullable=False, unique=True),  # the key itself is never stored
    Column("scopes", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("seen_at", String(32)),  # of the last request, to the minute
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
    Column("created_at", String(32), nullable=False, index=True),
    Column("expired_at", String(32)),  # its term is over; what is left of it goes with the thumb it carries
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
    # NULL from here on: written by a release that did not record it, or no model was asked.
    Column("asker", String(32)),  # a keyed hash of the account; goes with the account, as the answer does
    Column("question_id", String(36)),  # the message that asked
    Column("earlier_turns", Integer),  # of the conversation, that the question was asked with
    Column("only_documents", JSON),  # retrieval.types.Only: the kinds and dates that were looked into
    Column("scope", JSON),  # ids of the collections that the asker chose; NULL = all
    Column("weights", String(64)),  # digits of the SHA-256 of the model's files
    Column("prompt_version", String(16)),
    Column("temperature", Float),
    Column("max_tokens", Integer),
    Column("completion_tokens", Integer),
)

answer_passages = Table(
    "answer_passages",
    metadata,
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1-based, as cited
    Column("chunk_id", String(36), nullable=False, index=True),
    Column("document_id", String(36), nullable=False),
    Column("version_id", String(36), nullable=False),
    Column("sha256", String(64)),  # of the version's bytes: what was read, also when the version is gone
    Column(
        "answered_at", String(32), nullable=False
    ),  # as the answer's created_at, to list by time from an index
    Index(None, "document_id", "answered_at", "answer_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("value", String(8), nullable=False),  # up | down
    Column("kinds", JSON, nullable=False, default=list),  # app.feedback.Kind
    Column("reason", Text, nullable=False),  # in the person's own words
    Column("has_question", Boolean, nullable=False, default=False),  # shown to the managers along with it
    Column("created_at", String(32), nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    # Without a gap, and not given by the database: the number is part of what is sealed.
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("actor", String(32)),  # a keyed hash of the account, as the ledger's asker
    Column("outcome", String(32), nullable=False),
    Column("objects", Text, nullable=False),  # JSON as it was sealed, letter for letter
    Column("source", String(64)),
    Column("mac", String(64), nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),  # app.privacy.holds.Kind
    Column("target", String(128), nullable=False),  # id of an account, document or collection; it may be gone
    Column("reason", Text, nullable=False),
    Column("placed_by", String(128), nullable=False),  # account, or the operator of the command line
    Column("placed_at", String(32), nullable=False),
    Column("released_by", String(128)),
    Column("released_at", String(32)),  # NULL = it holds
    Index(None, "kind", "target"),
)

break_glass = Table(
    "break_glass",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),  # whose chats
    Column("reason", Text, nullable=False),
    Column("hours", Integer, nullable=False),  # for which it is asked
    Column("requested_by", String(128), nullable=False),
    Column("requested_at", String(32), nullable=False),
    Column("approved_by", String(128)),
    Column("approved_at", String(32)),
    Column("expires_at", String(32)),
    Column("ended_at", String(32)),  # withdrawn, refused or given back before it expired
    Column("reads", Integer, nullable=False, default=0),  # conversations that were opened
)

retention_runs = Table(
    "retention_runs",
    metadata,
    Column("store", String(32), primary_key=True),  # app.privacy.terms
    Column("tried_at", String(32), nullable=False),
    Column("done_at", String(32)),
    Column("dropped", Integer, nullable=False),  # rows of the last run that came to its end
    Column("failure", String(64)),  # class of the error; NULL = the last run came to its end
)

erasure_requests = Table(
    "erasure_requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),  # app.privacy.holds.Kind
    Column("scope", String(32), nullable=False),  # keyed hash of kind and target
    Column("answers", String(16), nullable=False),  # redact | flag: those that read an erased document
    Column("target", String(128)),  # id of an account, document or collection; NULL once it is erased
    Column("documents", JSON, nullable=False),  # ids; empty once they are erased
    Column("before", JSON, nullable=False),  # how much there was, by store
    Column("receipt", JSON(none_as_null=True)),  # how much is left, and what is kept, once it is erased
    Column("ordered_at", String(32), nullable=False),
    Column("erased_at", String(32)),
    Column("purged_at", String(32)),  # when no trace of it was left on the disk of the house
)

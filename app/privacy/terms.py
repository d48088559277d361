"""Name every store with a term: how many rows are due by a clock that is passed in, and how they are dropped.

A row is due once its days are over, unless a legal hold is on it. What carries its term with it (files of one's own)
and what its collection keeps for so long stand here too, so that one list says what the house forgets.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, Table, delete, func, select

from app.audit.recorder import key_dir
from app.audit.trail import count_older
from app.privacy import chat_term, document_terms, erasure_terms, log_term
from app.privacy.holds import Kind, held_targets
from app.privacy.term import Hands, Term
from app.schema import (
    answers,
    api_keys,
    break_glass,
    conversations,
    erasure_requests,
    feedback,
    holds,
    messages,
    sessions,
)
from app.settings import Settings
from ingest.database import reading, stamp, writing
from ingest.erasures import FILE_NAME, Erasures
from ingest.schema import collections, jobs

Old = Callable[[str], ColumnElement[bool]]  # the rows that are past a moment, as stored


def terms(settings: Settings, engine: Engine, hands: Hands) -> tuple[Term, ...]:
    """Return every store with a term, in the order in which they are dropped: thumbs before the answers they are on.

    Counting raises DatabaseUnavailable, dropping IntramurosError.
    """
    kept = settings.retention
    return (
        _rows("sign-ins", (settings, "sign_ins_days"), engine, sessions, _ended_sign_ins),
        _rows("keys", (settings, "keys_days"), engine, api_keys, _expired_keys),
        _rows("feedback", (settings, "feedback_days"), engine, feedback, _old_thumbs),
        _chat(engine, kept.chat_days),
        _rows("jobs", (settings, "jobs_days"), engine, jobs, _finished_jobs),
        _rows("requests", (settings, "requests_days"), engine, break_glass, _old_requests),
        _rows("holds", (settings, "requests_days"), engine, holds, _released_holds),
        _rows("erasures", (settings, "requests_days"), engine, erasure_requests, _done_erasures),
        *document_terms.terms(settings, engine, hands.forget),
        _log(settings.site.run_dir, kept.log_days),
        _audit(engine, settings.audit.days, hands),
        *erasure_terms.terms(engine, Erasures(key_dir(settings) / FILE_NAME), hands),
    )


def _rows(store: str, said: tuple[Settings, str], engine: Engine, table: Table, old: Old) -> Term:
    """Return the term of a table whose rows are dropped as they are."""
    settings, key = said
    days: int = getattr(settings.retention, key)
    past = timedelta(days=days)

    def due(now: datetime) -> int:
        query = select(func.count()).select_from(table).where(old(stamp(now - past)))
        with reading(engine) as connection:
            return int(connection.execute(query).scalar_one())

    def drop(now: datetime) -> int:
        with writing(engine) as connection:
            return connection.execute(delete(table).where(old(stamp(now - past)))).rowcount

    return Term(store, f"retention.{key}", days, due, drop)


def _chat(engine: Engine, days: int) -> Term:
    past = timedelta(days=days)
    return Term(
        "chat",
        "retention.chat_days",
        days,
        due=lambda now: chat_term.due(engine, before=now - past),
        drop=lambda now: chat_term.drop(engine, before=now - past, now=now),
    )


def _log(run_dir: Path, days: int) -> Term:
    past = timedelta(days=days)
    return Term(
        "log",
        "retention.log_days",
        days,
        due=lambda now: log_term.due(run_dir, before=now - past),
        drop=lambda now: log_term.drop(run_dir, before=now - past, now=now),
    )


def _audit(engine: Engine, days: int, hands: Hands) -> Term:
    past = timedelta(days=days)
    return Term(
        "audit",
        "audit.days",
        days,
        due=lambda now: count_older(engine, before=now - past),
        drop=hands.purge,
    )


def _ended_sign_ins(horizon: str) -> ColumnElement[bool]:
    return (sessions.c.expires_at <= horizon) & sessions.c.user_id.not_in(held_targets(Kind.PERSON))


def _expired_keys(horizon: str) -> ColumnElement[bool]:
    return (api_keys.c.expires_at <= horizon) & api_keys.c.user_id.not_in(held_targets(Kind.PERSON))


def _old_thumbs(horizon: str) -> ColumnElement[bool]:
    held = (
        select(answers.c.id)
        .join(messages, messages.c.id == answers.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.user_id.in_(held_targets(Kind.PERSON)))
    )
    return (feedback.c.created_at <= horizon) & feedback.c.answer_id.not_in(held)


def _finished_jobs(horizon: str) -> ColumnElement[bool]:
    """Return the condition on `jobs`; those of private collections go with the files they brought."""
    private = select(collections.c.id).where(collections.c.private_to.is_not(None))
    return (
        (jobs.c.finished_at <= horizon)
        & jobs.c.collection_id.not_in(private)
        & jobs.c.created_by.not_in(held_targets(Kind.PERSON))
    )


def _old_requests(horizon: str) -> ColumnElement[bool]:
    over = func.coalesce(break_glass.c.ended_at, break_glass.c.expires_at, break_glass.c.requested_at)
    return (over <= horizon) & break_glass.c.person.not_in(held_targets(Kind.PERSON))


def _done_erasures(horizon: str) -> ColumnElement[bool]:
    return erasure_requests.c.erased_at <= horizon


def _released_holds(horizon: str) -> ColumnElement[bool]:
    return holds.c.released_at <= horizon

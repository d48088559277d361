"""Forget documents whose term is over: those of a collection, what could not be read, and people's own files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, Select, func, select

from app.privacy.holds import Kind, held_documents, held_targets
from app.privacy.term import Term
from app.settings import Settings
from ingest.collections import CollectionRegister
from ingest.database import reading, stamp
from ingest.own_files import OwnFiles
from ingest.schema import collections, documents
from ingest.types import State

Forget = Callable[[str], bool]  # a document; False where it is on hold
Found = Callable[[datetime], tuple[str, ...]]


def terms(settings: Settings, engine: Engine, forget: Forget) -> tuple[Term, ...]:
    """Return the terms of documents; an attachment goes with what it is attached to."""
    own = _OwnFiles(engine, OwnFiles(engine, CollectionRegister(engine)), forget)
    quarantined = _quarantined(engine, settings.retention.quarantine_days)
    return (
        _term("quarantine", settings.retention.quarantine_days, forget, quarantined),
        _term("documents", None, forget, _expired(engine)),
        Term("own files", "ingest.private_days", settings.ingest.private_days, own.due, own.drop),
    )


def _term(store: str, days: int | None, forget: Forget, found: Found) -> Term:
    def drop(now: datetime) -> int:
        return sum(forget(document) for document in found(now))

    setting = "collections.retention_days" if days is None else f"retention.{store}_days"
    return Term(store, setting, days, due=lambda now: len(found(now)), drop=drop)


def _quarantined(engine: Engine, days: int) -> Found:
    """Return what finds documents that were set aside so long ago, of which nothing is shown."""
    table = documents

    def found(now: datetime) -> tuple[str, ...]:
        horizon = stamp(now - timedelta(days=days))
        query = select(table.c.id).where(
            table.c.state == State.QUARANTINED,
            table.c.visible_version_id.is_(None),
            table.c.updated_at <= horizon,
        )
        return _ids(engine, query)

    return found


def _expired(engine: Engine) -> Found:
    """Return what finds documents that their collection keeps no longer; private ones carry their own end."""

    def found(now: datetime) -> tuple[str, ...]:
        query = select(collections.c.id, collections.c.retention_days).where(
            collections.c.private_to.is_(None)
        )
        with reading(engine) as connection:
            known = connection.execute(query).all()
        gone: list[str] = []
        for collection, days in known:
            old = documents.c.created_at <= stamp(now - timedelta(days=days))
            of_it = select(documents.c.id).where(documents.c.collection_id == collection, old)
            gone += _ids(engine, of_it.where(documents.c.parent_id.is_(None)))
        return tuple(gone)

    return found


def _ids(engine: Engine, query: Select[str]) -> tuple[str, ...]:
    with reading(engine) as connection:
        return tuple(connection.execute(query.where(~held_documents())).scalars())


@dataclass(frozen=True, slots=True)
class _OwnFiles:
    """Hold the term of files that people brought for themselves: they know their end when they come in."""

    engine: Engine
    files: OwnFiles
    forget: Forget

    def due(self, now: datetime) -> int:
        query = select(func.count()).select_from(documents).where(documents.c.expires_at <= stamp(now))
        with reading(self.engine) as connection:
            return int(connection.execute(query.where(~held_documents())).scalar_one())

    def drop(self, now: datetime) -> int:
        count = sum(self.forget(document) for document in self.files.expired(now=now))
        with reading(self.engine) as connection:
            held = connection.execute(held_targets(Kind.PERSON)).scalars().all()
        for copy in self.files.drop_expired_jobs(now=now, but_of=held):
            Path(copy).unlink(missing_ok=True)
        return count

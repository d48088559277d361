"""Keep people's own files: one private collection each, and what lies in it until it expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, exists, func, select

from ingest.collections import Collection, CollectionRegister
from ingest.database import reading, stamp, writing
from ingest.schema import collections, documents, job_items, jobs
from ingest.types import UPLOAD, Origin, State
from retrieval.errors import InvalidRequest, NotFound
from retrieval.readers import principal

MOST_FILES = 20  # of an account: what one person looks into, not an archive beside the house's collections
MOST_BYTES = 200 << 20
PURPOSE = "questions of its owner to own files"
LEGAL_BASIS = "Art. 6(1)(f) GDPR: the owner's own use, until the files expire"
ENDED = (State.VISIBLE, State.QUARANTINED)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Describe one of a person's own files, from the moment it was handed over."""

    id: str
    file_name: str
    state: State
    size_bytes: int
    expires_at: str
    reason: str | None  # why it was set aside
    remedy: str | None
    document_id: str | None  # once it was begun


class OwnFiles:
    """Read and write private collections. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, register: CollectionRegister) -> None:
        self._engine = engine
        self._register = register

    def collection(self, user: str, *, name: str, identity: str, days: int) -> Collection:
        """Return the person's private collection, declared at first use under `identity` and the person's `name`."""
        known = self._register.own(user)
        if known is not None and known.retention_days == days:
            return known
        declared = Collection(
            id=known.id if known else identity,
            name=name,
            owner=name,
            purpose=PURPOSE,
            legal_basis=LEGAL_BASIS,
            retention_days=days,
            confidentiality="confidential",
            readers=(principal("user", user),),
            private_to=user,
        )
        self._register.declare(declared)
        return declared

    def of(self, user: str) -> tuple[OwnFile, ...]:
        """Return the person's files, the newest last; what was attached to them is theirs and not listed."""
        own = self._register.own(user)
        if own is None:
            return ()
        with reading(self._engine) as connection:
            rows = connection.execute(_handed_over(own.id)).mappings().all()
        term = timedelta(days=own.retention_days)
        return tuple(
            OwnFile(
                id=_id(row["key"]),
                file_name=row["file_name"],
                state=State(row["state"] or row["item_state"]),
                size_bytes=row["size_bytes"] or 0,
                expires_at=row["expires_at"] or stamp(datetime.fromisoformat(row["placed_at"]) + term),
                reason=row["reason"],
                remedy=row["remedy"],
                document_id=row["id"],
            )
            for row in rows
            if row["state"] != State.FORGOTTEN
        )

    def get(self, file: str, user: str) -> OwnFile:
        """Return one of the person's files. Raises NotFound for a foreign and a missing id alike."""
        found = next((one for one in self.of(user) if one.id == file), None)
        if found is None:
            raise NotFound("there is no such file", remedy="choose one from your list")
        return found

    def require_room(self, user: str, size_bytes: int) -> None:
        """Raise InvalidRequest where one more file of this size is more than an account may have."""
        held = self.of(user)
        if len(held) >= MOST_FILES or sum(one.size_bytes for one in held) + size_bytes > MOST_BYTES:
            raise InvalidRequest(
                f"you have {len(held)} files here; {MOST_FILES} files and {MOST_BYTES >> 20} MB are allowed",
                remedy="delete some of them, or wait until they expire",
            )

    def drop_waiting(self, file: str, user: str) -> tuple[Path, ...]:
        """Delete what waits to be read of a file and nothing else; return our copies left to delete."""
        own = self._register.own(user)
        here = jobs.c.collection_id == (own.id if own else "")
        with writing(self._engine) as connection:
            return _drop_items(connection, here & job_items.c.key.endswith(f"/{file}", autoescape=True))

    def expired(self, *, now: datetime) -> tuple[str, ...]:
        """Return the documents whose time is over, by id, attachments not among them."""
        query = select(documents.c.id).where(
            documents.c.expires_at <= stamp(now), documents.c.parent_id.is_(None)
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def drop_expired_jobs(self, *, now: datetime, but_of: Sequence[str] = ()) -> tuple[Path, ...]:
        """Delete jobs of private collections whose files would have expired; return our copies left to delete.

        Their documents are forgotten before: what is left are files that were never begun, and jobs without any. Those
        of the accounts `but_of` stay.
        """
        paths: list[Path] = []
        with writing(self._engine) as connection:
            terms = select(collections.c.id, collections.c.retention_days).where(
                collections.c.private_to.is_not(None), collections.c.private_to.not_in(list(but_of))
            )
            for identity, days in connection.execute(terms).all():
                old = jobs.c.created_at <= stamp(now - timedelta(days=days))
                old &= jobs.c.collection_id == identity
                has_document = exists().where(
                    documents.c.collection_id == identity, documents.c.key == job_items.c.key
                )
                paths += _drop_items(connection, old & ~has_document)
                has_items = exists().where(job_items.c.job_id == jobs.c.id)
                connection.execute(delete(jobs).where(old, ~has_items))
        return tuple(paths)

    def count(self) -> tuple[int, int]:
        """Return how many people keep files of their own, and how many files these are, attachments included."""
        query = (
            select(func.count(documents.c.collection_id.distinct()), func.count())
            .join(collections, collections.c.id == documents.c.collection_id)
            .where(collections.c.private_to.is_not(None))
        )
        with reading(self._engine) as connection:
            people, files = connection.execute(query).one()
            return people, files


def key_of(user: str, file: str) -> str:
    """Return the key of a file within uploads; its name is no part of it, so that two may be called the same."""
    return f"{user}/own/{file}"


def _handed_over(collection: str) -> Select[Any]:
    """Return the query for the files of a collection with what became of them, oldest first."""
    document = (documents.c.key == job_items.c.key) & (documents.c.collection_id == jobs.c.collection_id)
    return (
        select(
            job_items.c.key,
            job_items.c.file_name,
            job_items.c.state.label("item_state"),
            job_items.c.size_bytes,
            job_items.c.reason,
            job_items.c.remedy,
            jobs.c.created_at.label("placed_at"),
            documents.c.id,
            documents.c.state,
            documents.c.expires_at,
        )
        .join(jobs, jobs.c.id == job_items.c.job_id)
        .outerjoin(documents, document)
        .where(jobs.c.collection_id == collection, job_items.c.depth == 0)
        .order_by(jobs.c.created_at, job_items.c.key)
    )


def _id(key: str) -> str:
    return PurePosixPath(key).name


def _drop_items(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Path, ...]:
    query = (
        select(job_items.c.job_id, job_items.c.key, job_items.c.path, job_items.c.origin)
        .join(jobs, jobs.c.id == job_items.c.job_id)
        .where(wanted, jobs.c.source == UPLOAD)
    )
    rows: Sequence[tuple[str, str, str, str]] = [tuple(row) for row in connection.execute(query)]
    for job, key, _, _ in rows:
        connection.execute(delete(job_items).where(job_items.c.job_id == job, job_items.c.key == key))
    return tuple(Path(path) for _, _, path, origin in rows if origin == Origin.COPY)

"""Do what an erasure request asks for, step by step; each step finds its work done where it was done before."""

from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, select, update

from app.privacy.erasure_requests import Request
from app.privacy.holds import Kind, require_free
from app.privacy.person_rows import erase_rows, own_documents, readable_by_name, stand_in
from app.privacy.redaction import Treatment, treat
from app.schema import users
from app.wiring import Services
from ingest.database import reading, stamp, utc_now, writing
from ingest.erasures import Erased, person_digest
from ingest.jobs import ENDS, JobState
from ingest.schema import collections, documents, job_items, jobs
from ingest.types import UPLOAD, Origin
from retrieval.errors import Unavailable
from retrieval.readers import principal

ROUNDS: Final = 5  # a worker that brings in more meanwhile hears within a second that its job is cancelled
LINES: Final = {"redact": Erased.ANSWERS_REDACTED, "flag": Erased.ANSWERS_FLAGGED}
ON_REQUEST: Final = "what it was for is erased"


def carry_out(services: Services, request: Request) -> None:
    """Erase what a request names. Raises OnHold where a hold was placed meanwhile, Unavailable kinds."""
    target = request.target or ""
    require_free(services.engine, **{request.kind.value: target})
    if request.kind is Kind.PERSON:
        _erase_person(services, request, target)
    elif request.kind is Kind.COLLECTION:
        _erase_collection(services, request, target)
    else:
        _erase_documents(services, request.documents, request.answers)


def _erase_documents(services: Services, ids: tuple[str, ...], answers: Treatment) -> None:
    """Hide documents first, so that no answer reads them from here on; then what was said from them, and themselves.

    Each is on the list of erasures before it is hidden. What was attached to one comes behind it in `ids`.
    """
    for one in ids:
        services.erasures.add(LINES[answers], one, now=utc_now())
        services.catalog.hide(one)
    treat(services.engine, ids, answers)
    for one in reversed(ids):
        services.pipeline.remove(one)


def _erase_person(services: Services, request: Request, account: str) -> None:
    digest = person_digest(account)
    with reading(services.engine) as connection:
        made_at = connection.scalar(select(users.c.created_at).where(users.c.id == account))
    services.erasures.add(Erased.PERSON, digest, now=utc_now(), made_at=made_at or "")
    services.accounts.disable(
        account
    )  # signed out, and no key opens anything, before the rest takes its time
    _cancel(services, (jobs.c.created_by == account) & (jobs.c.source == UPLOAD))
    with reading(services.engine) as connection:
        own = own_documents(connection, account)
    _erase_documents(services, tuple(dict.fromkeys((*request.documents, *own))), request.answers)
    with reading(services.engine) as connection:
        named = readable_by_name(connection, account)
    for document in named:
        others = set(services.catalog.readers(document)) - {principal("user", account)}
        services.pipeline.readership.replace(document, sorted(others))
    with writing(services.engine) as connection:
        copies = erase_rows(connection, account, stand_in(digest))
    _unlink(copies)
    services.erasures.drop_account(account)


def _erase_collection(services: Services, request: Request, collection: str) -> None:
    with reading(services.engine) as connection:
        made_at = connection.scalar(select(collections.c.created_at).where(collections.c.id == collection))
    services.erasures.add(Erased.COLLECTION, collection, now=utc_now(), made_at=made_at or "")
    _cancel(services, jobs.c.collection_id == collection)
    _erase_documents(services, request.documents, request.answers)
    for _ in range(ROUNDS):
        found = tuple(one.id for one in services.catalog.listed(collection_id=collection))
        if not found:
            break
        _erase_documents(services, found, request.answers)
    of_collection = select(jobs.c.id).where(jobs.c.collection_id == collection)
    here = job_items.c.job_id.in_(of_collection)
    with writing(services.engine) as connection:
        left = select(documents.c.id).where(documents.c.collection_id == collection)
        if connection.execute(left).first() is not None:
            raise Unavailable(
                "a worker is still bringing documents into the collection",
                remedy="run this again in a minute",
            )
        query = select(job_items.c.path).where(here, job_items.c.origin == Origin.COPY)
        copies = tuple(Path(path) for path in connection.execute(query).scalars())
        connection.execute(delete(jobs).where(jobs.c.collection_id == collection))
        connection.execute(delete(collections).where(collections.c.id == collection))
    _unlink(copies)


def _cancel(services: Services, chosen: ColumnElement[bool]) -> None:
    """Cancel the jobs that are not ended; their workers stop within seconds."""
    ended = {"state": JobState.CANCELLED, "finished_at": stamp(utc_now()), "message": ON_REQUEST}
    with writing(services.engine) as connection:
        connection.execute(update(jobs).where(chosen, jobs.c.state.not_in(ENDS)).values(ended))


def _unlink(copies: tuple[Path, ...]) -> None:
    for copy in copies:
        copy.unlink(missing_ok=True)

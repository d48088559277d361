"""Tell the story "one erasure" (Art. 17 GDPR): refused, or on record, listed for restores, done, and accounted for.

Every step can be done again: whatever breaks off leaves a request, which the same command, or the next hour, finishes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.audit.events import About
from app.audit.events import Kind as Recorded
from app.identity import OPERATOR
from app.privacy import counted
from app.privacy.carrying_out import carry_out
from app.privacy.erasure_requests import ErasureRequests, Request, fresh
from app.privacy.holds import Kind, require_free
from app.privacy.kept import kept_of
from app.privacy.person_rows import own_documents
from app.privacy.redaction import Treatment, answers_that_read
from app.wiring import Services
from ingest.database import reading, utc_now
from retrieval.errors import NotFound

BROKEN_OFF: Final = timedelta(hours=1)  # after which a request that is not done is nobody's at work


def erase(services: Services, kind: Kind, target: str, *, answers: Treatment, by: str) -> Request:
    """Erase a person, a document or a collection, and return what became of it.

    Raises NotFound and OnHold before anything is touched, DatabaseUnavailable where it cannot be recorded, Unavailable
    kinds once begun.
    """
    require_exists(services, kind, target)
    require_free(services.engine, **{kind.value: target})
    documents = _documents_of(services, kind, target)
    for document in documents if kind is Kind.PERSON else ():  # some may lie in collections of the house
        require_free(services.engine, document=document)
    requests = ErasureRequests(services.engine)
    scope = services.audit.fingerprint(f"{kind} {target}")
    request = requests.begun(scope, documents)
    is_new = request is None
    if request is None:
        request = fresh(kind, target, scope, answers, now=utc_now())
        request = replace(request, documents=documents)
        request = replace(request, before=_counted(services, request))
    services.audit.record(Recorded.ERASURE, by, outcome=f"{kind} ordered", **_about(services, request))
    if is_new:
        requests.begin(request)
    return _finish(services, request)


def finish_begun(services: Services, *, now: datetime) -> int:
    """Finish what was broken off, and return how many requests that were. Raises as `erase`."""
    begun = ErasureRequests(services.engine).unfinished(before=now - BROKEN_OFF)
    for request in begun:
        _finish(services, request)
    return len(begun)


def require_exists(services: Services, kind: Kind, target: str) -> None:
    """Raise NotFound where there is no such thing. What is begun and half gone is finished by itself."""
    if kind is Kind.DOCUMENT:
        services.catalog.get(target)
    elif kind is Kind.COLLECTION:
        if all(one.id != target for one in services.collections.all()):
            raise NotFound(
                f"there is no collection '{target}'", remedy="`intramuros ingest status` names them"
            )
    elif target == OPERATOR.id or not services.accounts.listed(target):  # the command line is nobody
        raise NotFound(f"there is no account '{target}'", remedy="`intramuros people list` names them")


def _finish(services: Services, request: Request) -> Request:
    # Counted before the things are gone that tell which these are; how many answers it were, they tell later too.
    kept = kept_of(services, request)
    carry_out(services, request)
    services.audit.record(
        Recorded.ERASURE,
        None,
        outcome=f"{request.kind} erased",
        request=request.id,
        count=len(request.documents),
    )
    after = _counted(services, request)
    return ErasureRequests(services.engine).end(request, after, kept, now=utc_now())


def _documents_of(services: Services, kind: Kind, target: str) -> tuple[str, ...]:
    if kind is Kind.DOCUMENT:
        return services.catalog.with_attached(target)
    if kind is Kind.COLLECTION:
        return tuple(one.id for one in services.catalog.listed(collection_id=target))
    with reading(services.engine) as connection:
        return own_documents(connection, target)


def _counted(services: Services, request: Request) -> Mapping[str, int]:
    """Return how much there is by store; answers of others that read a document count while they say a word of it."""
    found = counted.of_documents(services.engine, request.documents, services.index, services.originals)
    if request.kind is Kind.PERSON:
        return found | counted.of_person(services.engine, request.target or "")
    if request.kind is Kind.COLLECTION:
        found["collections"] = sum(one.id == request.target for one in services.collections.all())
    read = answers_that_read(services.engine, request.documents)
    return found | {"answers": counted.unredacted(services.engine, read, request.documents)}


def _about(services: Services, request: Request) -> About:
    about: About = {"request": request.id, "count": len(request.documents)}
    target = request.target or ""
    if request.kind is Kind.PERSON:
        about["person"] = services.audit.pseudonym(target)
    elif request.kind is Kind.DOCUMENT:
        about["document"] = target
    else:
        about["collection"] = target
    return about

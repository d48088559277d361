"""Let auditors search the audit trail and check its chain. They see ids and pseudonyms, no content and no names.

An auditor is nobody else: the role reads no document, and administrators have no access here. Each search is on record.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.audit.chain import Finding
from app.audit.events import About, Kind, Record
from app.audit.export import Format, lines
from app.audit.keeper import checked
from app.audit.trail import Wanted
from app.identity import Person
from app.wiring import Services
from ingest.database import stamp, utc_now
from retrieval.errors import NotAllowed, TooManyRequests

MOST_ANSWERS = 500  # of one document in one reply; `since` and the command line reach the others

router = APIRouter(prefix="/api/audit", tags=["audit"])

Moment = Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d(T[\d:.]{1,12}(\+00:00)?)?)?$")]
Thing = Annotated[str, Query(pattern=r"^[A-Za-z0-9-]{0,64}$")]


class AuditRow(Wire):
    """Show a record: ids, counts and pseudonyms."""

    seq: int
    at: str
    kind: str
    actor: str | None
    outcome: str
    objects: dict[str, str | int | tuple[str, ...]]
    source: str | None

    @classmethod
    def of(cls, record: Record) -> "AuditRow":
        """Return a record's row."""
        shown = {name: getattr(record, name) for name in cls.model_fields if name != "objects"}
        return cls(**shown, objects=json.loads(record.objects))


class Verified(Wire):
    """Say what the last check of the chain found."""

    at: str
    is_whole: bool
    records: int


class AuditPage(Wire):
    """Show a page of records, newest first."""

    events: tuple[AuditRow, ...]
    before: int | None  # gives the next page; None where there is none
    verified: Verified | None


class ChainFault(Wire):
    """Name a record that does not fit."""

    seq: int
    message: str


class Chain(Wire):
    """Say whether the chain is whole."""

    verified_at: str
    is_whole: bool
    records: int
    first: int
    last: int
    last_at: str
    anchored: int
    faults: tuple[ChainFault, ...]
    faults_total: int

    @classmethod
    def of(cls, finding: Finding, *, at: str) -> "Chain":
        """Return what was found."""
        known = {name: getattr(finding, name) for name in cls.model_fields if name in Finding.__slots__}
        faults = tuple(ChainFault(seq=fault.seq, message=fault.message) for fault in finding.faults)
        return cls(**known | {"faults": faults}, verified_at=at, is_whole=finding.is_whole)


class AnswerUsing(Wire):
    """Name an answer that read a document; none of its words."""

    answer: str
    at: str
    actor: str | None
    outcome: str
    is_cited: bool


class AnswersUsing(Wire):
    """Show the answers that read a document, newest first."""

    answers: tuple[AnswerUsing, ...]
    has_more: bool


def auditor_of(person: SignedInPerson) -> Person:
    """Return who asks if they audit. Raises NotAllowed."""
    if person.role != "auditor":
        raise NotAllowed("this needs the role auditor", remedy="ask whoever audits this installation")
    return person


Auditor = Annotated[Person, Depends(auditor_of)]


def wanted_by(
    since: Moment = "",
    until: Moment = "",
    kind: Annotated[tuple[Kind, ...], Query()] = (),
    actor: Thing = "",
    thing: Thing = "",
) -> Wanted:
    """Return which records are looked for; `until` is not included."""
    return Wanted(since, until, kind, actor, thing)


Search = Annotated[Wanted, Depends(wanted_by)]


@router.get("")
def search(
    wanted: Search,
    services: Wired,
    person: Auditor,
    before: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> AuditPage:
    """Return records, newest first; `before` of one page gives the next. The search is on record itself."""
    trail = services.audit.trail
    found = trail.found(wanted, before=before, limit=limit + 1)
    _record(services, person, Kind.SEARCH, wanted)
    last = trail.newest(Kind.VERIFIED)
    return AuditPage(
        events=tuple(AuditRow.of(one) for one in found[:limit]),
        before=found[limit - 1].seq if len(found) > limit else None,
        verified=None if last is None else _verified(last),
    )


@router.get("/export", response_class=StreamingResponse)
def export(
    wanted: Search, services: Wired, person: Auditor, form: Annotated[Format, Query()] = "jsonl"
) -> StreamingResponse:
    """Return all records that are wanted, oldest first, one a line."""
    _record(services, person, Kind.EXPORT, wanted)
    found = lines(services.audit.trail.all_found(wanted), form, version=services.version)
    return StreamingResponse(_batched(found), media_type="application/x-ndjson")


@router.get("/verify")
def verify(services: Wired, person: Auditor) -> Chain:
    """Go through the whole chain and say whether every record follows from the one before it."""
    if not services.audit.verifying.acquire(blocking=False):
        raise TooManyRequests("the chain is being checked", remedy="try again in a minute")
    try:
        finding = checked(services.audit, actor=services.audit.pseudonym(person.id))
    finally:
        services.audit.verifying.release()
    return Chain.of(finding, at=stamp(utc_now()))


@router.get("/answers")
def answers_using(
    document: Thing, services: Wired, person: Auditor, since: Moment = "", passage: Thing = ""
) -> AnswersUsing:
    """Return which answers read a document, one that is gone too, by pseudonym and without a word of theirs."""
    services.audit.record(Kind.SEARCH, person.id, outcome="answers using it", document=document)
    # Closed at once: what is left of it would keep a transaction open.
    with closing(services.ledger.using(document, passage=passage or None, since=since)) as found:
        first = list(islice(found, MOST_ANSWERS + 1))
    rows = tuple(
        AnswerUsing(
            answer=one.answer_id,
            at=one.answered_at,
            actor=one.asker,
            outcome=one.outcome,
            is_cited=one.is_cited,
        )
        for one in first[:MOST_ANSWERS]
    )
    return AnswersUsing(answers=rows, has_more=len(first) > MOST_ANSWERS)


def _record(services: Services, person: Person, kind: Kind, wanted: Wanted) -> None:
    about: About = {"kinds": wanted.kinds}
    for name in ("since", "until", "thing"):
        if value := getattr(wanted, name):
            about[name] = value
    if wanted.actor:
        about["person"] = wanted.actor
    services.audit.record(kind, person.id, **about)


def _verified(record: Record) -> Verified:
    count = json.loads(record.objects).get("count", 0)
    return Verified(at=record.at, is_whole=record.outcome == "whole", records=count)


def _batched(found: Iterator[str]) -> Iterator[str]:
    """Yield several lines at a time: each piece of a response costs a turn of its threads."""
    while batch := list(islice(found, 500)):
        yield "".join(line + "\n" for line in batch)

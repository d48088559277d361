"""Follow and cancel ingestion jobs: one's own uploads, and those of the collections one looks after."""

from dataclasses import replace

from fastapi import APIRouter

from app.api.document_schemas import JobOrigin, JobView, RemarkView, Retried, Retry, SetAside
from app.api.documents import PRIVATE, PRIVATE_REASON, is_private, row_of
from app.api.sessions import SignedInPerson, Wired
from app.api.stewards import Looking
from app.identity import Person
from app.ordering import OPERATOR, SCHEDULE, order_retries
from app.sources import source_name
from app.stewardship import looked_after
from app.wiring import Services
from ingest.database import utc_now
from ingest.items import Item
from ingest.jobs import Job, JobState
from ingest.types import UPLOAD, State
from retrieval.errors import NotFound

FEW = 10  # files of a job that the list shows by name; an upload is one file

router = APIRouter(prefix="/api", tags=["jobs"])


@router.get("/jobs")
def jobs(services: Wired, person: SignedInPerson) -> list[JobView]:
    """Return the latest jobs, newest first."""
    mine = looked_after(person, services.collections.all())
    seen = services.jobs.recent_of(collections=mine, created_by=person.id)
    return [_view(job, services, person, is_whole=job.total <= FEW) for job in seen]


@router.get("/jobs/{job}")
def job(job: str, services: Wired, person: SignedInPerson) -> JobView:
    """Return a job with its files."""
    known = _of(job, services, person)
    return _view(known, services, person, is_whole=True)


@router.delete("/jobs/{job}", status_code=204)
def cancel(job: str, services: Wired, person: SignedInPerson) -> None:
    """Cancel a job; files already visible stay."""
    services.jobs.cancel(_of(job, services, person).id, now=utc_now())


@router.get("/remarks")
def remarks(services: Wired, steward: Looking) -> list[RemarkView]:
    """Return documents with hidden text or with scanned pages that could hardly be read; ids and names only."""
    return [
        RemarkView.of(
            replace(remark, file_name=PRIVATE)
            if is_private(steward.person, services.catalog.readers(remark.document_id))
            else remark
        )
        for remark in services.review.remarks()
        if remark.collection_id in steward.collections
    ]


@router.post("/remarks/{document}/accept", status_code=204)
def accept(document: str, services: Wired, steward: Looking) -> None:
    """Record that somebody looked at a document with hidden text and lets it stay."""
    services.review.accept(steward.document(document, services).id)


@router.get("/quarantine")
def quarantine(services: Wired, steward: Looking) -> list[SetAside]:
    """Return what was set aside, with reason and remedy; the same reason is told in the same words of each."""
    listed = services.catalog.listed(state=State.QUARANTINED)
    mine = [one for one in listed if one.collection_id in steward.collections]
    return [SetAside.of(row_of(one, services, steward.person)) for one in mine]


@router.post("/retries", status_code=202)
def retry(wanted: Retry, services: Wired, steward: Looking) -> Retried:
    """Order documents read again that were set aside: all named ones, or none where one is not found."""
    named = [steward.document(one, services) for one in dict.fromkeys(wanted.documents)]
    aside = [one for one in named if one.state is State.QUARANTINED]
    ordered = order_retries(services, aside, created_by=steward.person.id, lets_in=wanted.let_in)
    return Retried(jobs=tuple(ordered))


def _view(job: Job, services: Services, person: Person, *, is_whole: bool) -> JobView:
    items = _items(job, services, person) if is_whole or job.source == UPLOAD else []
    ordered = job.created_by if job.created_by in (OPERATOR, SCHEDULE) else "person"
    # An upload whose files are forgotten may have been private.
    is_private = any(one.file_name == PRIVATE for one in items) or (job.source == UPLOAD and not items)
    names = {source_name(one): one.id for one in services.settings.sources}
    origin = JobOrigin(
        source=names.get(job.source, job.source),
        ordered="me" if job.created_by == person.id else ordered,
        ordered_by="" if is_private or ordered != "person" else _name(job.created_by, services),
        stages=services.items.stages(job.id) if job.state is JobState.RUNNING else {},
    )
    return JobView.of(job, origin, items if is_whole else ())


def _name(user: str, services: Services) -> str:
    try:
        return services.accounts.person(user).name
    except NotFound:
        return ""  # the account is gone


def _items(job: Job, services: Services, person: Person) -> list[Item]:
    """Return a job's files; what somebody brought for themselves is named to nobody else."""
    return [
        replace(item, file_name=PRIVATE, reason=item.reason and PRIVATE_REASON)
        if is_private(person, item.readers)
        else item
        for item in services.items.of(job.id)
    ]


def _of(job: str, services: Services, person: Person) -> Job:
    known = services.jobs.get(job)
    mine = looked_after(person, services.collections.all())
    if known.created_by != person.id and known.collection_id not in mine:
        raise NotFound("there is no such job", remedy="list the jobs with `intramuros ingest status`")
    return known

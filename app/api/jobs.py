"""Follow and cancel ingestion jobs: one's own uploads, or all for an admin."""

from dataclasses import replace

from fastapi import APIRouter

from app.api.document_schemas import JobView, RemarkView
from app.api.documents import PRIVATE, PRIVATE_REASON, is_private
from app.api.sessions import Admin, SignedInPerson, Wired
from app.identity import Person
from app.wiring import Services
from ingest.database import utc_now
from ingest.items import Item
from ingest.jobs import Job
from retrieval.errors import NotFound

FEW = 10  # files of a job that the list shows by name; an upload is one file

router = APIRouter(prefix="/api", tags=["jobs"])


@router.get("/jobs")
def jobs(services: Wired, person: SignedInPerson) -> list[JobView]:
    """Return the latest jobs, newest first."""
    private = services.collections.private()
    seen = [job for job in services.jobs.recent() if _may_see(job, person, private)]
    return [JobView.of(job, _items(job, services, person) if job.total <= FEW else ()) for job in seen]


@router.get("/jobs/{job}")
def job(job: str, services: Wired, person: SignedInPerson) -> JobView:
    """Return a job with its files."""
    known = _of(job, services, person)
    return JobView.of(known, _items(known, services, person))


@router.delete("/jobs/{job}", status_code=204)
def cancel(job: str, services: Wired, person: SignedInPerson) -> None:
    """Cancel a job; files already visible stay."""
    services.jobs.cancel(_of(job, services, person).id, now=utc_now())


@router.get("/remarks")
def remarks(services: Wired, person: Admin) -> list[RemarkView]:
    """Return documents with hidden text or with scanned pages that could hardly be read; ids and names only."""
    private = services.collections.private()
    return [
        RemarkView.of(
            replace(remark, file_name=PRIVATE)
            if is_private(person, services.catalog.readers(remark.document_id))
            else remark
        )
        for remark in services.review.remarks()
        if services.catalog.get(remark.document_id).collection_id not in private
    ]


@router.post("/remarks/{document}/accept", status_code=204)
def accept(document: str, services: Wired, _person: Admin) -> None:
    """Record that somebody looked at a document with hidden text and lets it stay."""
    services.review.accept(document)


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
    if not _may_see(known, person, services.collections.private()):
        raise NotFound("there is no such job", remedy="list the jobs with `intramuros ingest status`")
    return known


def _may_see(job: Job, person: Person, private: frozenset[str]) -> bool:
    return job.created_by == person.id or (person.role == "admin" and job.collection_id not in private)

"""Say what of collections, documents and jobs goes over the wire."""

from collections.abc import Sequence

from app.api.schemas import Source, Wire
from ingest.catalog import Document
from ingest.items import Item
from ingest.jobs import Job


class CollectionCard(Wire):
    """Show a collection's declaration."""

    id: str
    name: str
    purpose: str
    owner: str
    legal_basis: str
    retention_days: int
    confidentiality: str
    documents: int
    can_add: bool  # whether the asker may upload into it


class DocumentRow(Wire):
    """Show a document in a list; no content."""

    id: str
    title: str
    file_name: str
    collection: str
    media_type: str
    state: str
    pages: int | None
    reason: str | None
    remedy: str | None
    readers: tuple[str, ...]
    updated_at: str

    @classmethod
    def of(cls, document: Document, *, pages: int | None, readers: Sequence[str]) -> "DocumentRow":
        """Return a document's row."""
        return cls(
            id=document.id,
            title=document.title,
            file_name=document.file_name,
            collection=document.collection_id,
            media_type=document.media_type,
            state=document.state,
            pages=pages,
            reason=document.reason,
            remedy=document.remedy,
            readers=tuple(readers),
            updated_at=document.updated_at,
        )


class PassageView(Wire):
    """Show a passage between its neighbours."""

    source: Source
    before: tuple[str, ...]
    after: tuple[str, ...]


class Placed(Wire):
    """Name the job that was placed."""

    job: str


class JobItem(Wire):
    """Show one file of a job."""

    file_name: str
    state: str
    reason: str | None
    remedy: str | None


class JobView(Wire):
    """Show a job with its counts."""

    id: str
    kind: str
    collection: str
    state: str
    total: int
    done: int
    failed: int
    unchanged: int
    created_at: str
    finished_at: str | None
    message: str | None
    documents: tuple[JobItem, ...]

    @classmethod
    def of(cls, job: Job, items: Sequence[Item] = ()) -> "JobView":
        """Return a job's view; `items` only where one job is looked at."""
        return cls(
            id=job.id,
            kind=job.kind,
            collection=job.collection_id,
            state=job.state,
            total=job.total,
            done=job.done,
            failed=job.failed,
            unchanged=job.unchanged,
            created_at=job.created_at,
            finished_at=job.finished_at,
            message=job.message,
            documents=tuple(
                JobItem(file_name=i.file_name, state=i.state, reason=i.reason, remedy=i.remedy) for i in items
            ),
        )

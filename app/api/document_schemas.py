"""Say what of collections, documents and jobs goes over the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from app.api.schemas import Source, Wire
from ingest.catalog import Document
from ingest.database import utc_now
from ingest.formats import MAIL_HEADER
from ingest.items import Item
from ingest.jobs import Job
from ingest.progress import forecast
from ingest.review import Remark
from ingest.types import State
from retrieval.kinds import MEDIA_TYPES, Kind
from retrieval.readers import may_read
from retrieval.types import Mentions, Passage, Reader


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
    can_share: bool  # and for all its readers


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
    can_open: bool  # a steward is told of documents that they may not read

    @classmethod
    def of(
        cls, document: Document, *, pages: int | None, readers: Sequence[str], reader: Reader
    ) -> "DocumentRow":
        """Return a document's row for who asks."""
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
            can_open=may_read(reader, readers),
        )


class DocumentHit(Wire):
    """Show a document that mentions something, and the passage at which it opens."""

    document_id: str
    title: str
    file_name: str
    collection: str
    media_type: str
    dated: str
    passages: int  # that say all of it; 0 where its title or several of them do so together
    source: Source


class DocumentHits(Wire):
    """Show a page of the documents that mention something; counts are of what the asker may read."""

    total: int
    skipped: int
    documents: tuple[DocumentHit, ...]

    @classmethod
    def of(cls, found: Mentions, *, skipped: int) -> "DocumentHits":
        """Return what the asker sees; sources are numbered on through the pages."""
        return cls(
            total=found.total,
            skipped=skipped,
            documents=tuple(
                DocumentHit(
                    document_id=one.passage.document_id,
                    title=one.passage.title,
                    file_name=one.passage.file_name,
                    collection=one.passage.collection_id,
                    media_type=one.passage.media_type,
                    dated=one.passage.dated,
                    passages=one.passages,
                    source=Source.of(one.passage, number),
                )
                for number, one in enumerate(found.documents, start=skipped + 1)
            ),
        )


class Nearby(Wire):
    """Show a passage beside the one that is looked at."""

    heading_path: tuple[str, ...]
    text: str
    page: int | None
    cells: str | None

    @classmethod
    def of(cls, passage: Passage) -> "Nearby":
        """Return what is shown of it."""
        return cls(
            heading_path=passage.heading_path, text=passage.text, page=passage.page, cells=passage.cells
        )


class PassageView(Wire):
    """Show a passage between its neighbours."""

    source: Source
    before: tuple[Nearby, ...]
    after: tuple[Nearby, ...]
    pages: int | None  # of the document
    header: tuple[str, ...]  # of a mail: its lines From, To, Date, Subject

    @classmethod
    def of(
        cls, passage: Passage, around: Sequence[Passage], *, reach: int, pages: int | None
    ) -> "PassageView":
        """Return the view of a passage; `around` may hold the document's first one too."""
        near = [one for one in around if abs(one.position - passage.position) <= reach]
        first = next((one for one in (passage, *around) if one.position == 0), None)
        return cls(
            source=Source.of(passage, 1),
            before=tuple(Nearby.of(one) for one in near if one.position < passage.position),
            after=tuple(Nearby.of(one) for one in near if one.position > passage.position),
            pages=pages,
            header=_mail_header(first) if first else (),
        )


def _mail_header(first: Passage) -> tuple[str, ...]:
    """Return the lines of a mail's header, which is the first block of it; none of another document."""
    lines = first.text.partition("\n\n")[0].split("\n")
    is_header = all(line.partition(": ")[0] in MAIL_HEADER for line in lines)
    return tuple(lines) if first.media_type in MEDIA_TYPES[Kind.MAIL] and is_header else ()


class Placed(Wire):
    """Name the job that was placed."""

    job: str


class JobItem(Wire):
    """Show one file of a job."""

    file_name: str
    state: str
    pages: int | None
    attempts: int
    reason: str | None
    remedy: str | None


class RemarkView(Wire):
    """Show what was noticed about a document: hidden text, scanned pages that could hardly be read."""

    document: str
    collection: str
    file_name: str
    findings: tuple[str, ...]  # "3× hidden text"
    poor_pages: tuple[int, ...]  # 1-based
    needs_review: bool

    @classmethod
    def of(cls, remark: Remark) -> "RemarkView":
        """Return a remark's view."""
        return cls(
            document=remark.document_id,
            collection=remark.collection_id,
            file_name=remark.file_name,
            findings=tuple(f"{finding.count}× {finding.kind}" for finding in remark.findings),
            poor_pages=remark.poor_pages,
            needs_review=remark.needs_review,
        )


class SetAside(Wire):
    """Show a document in quarantine. `kind` is its reason without the file's name: equal reasons, equal kinds."""

    document: str
    file_name: str
    collection: str
    reason: str
    kind: str
    remedy: str
    updated_at: str

    @classmethod
    def of(cls, row: DocumentRow) -> "SetAside":
        """Return a row of the quarantine."""
        reason = row.reason or ""
        return cls(
            document=row.id,
            file_name=row.file_name,
            collection=row.collection,
            reason=reason,
            kind=reason.replace(f"'{row.file_name}'", "").strip(" :,"),
            remedy=row.remedy or "",
            updated_at=row.updated_at,
        )


class Retry(Wire):
    """Name the documents to read again, by id."""

    documents: tuple[str, ...] = Field(min_length=1, max_length=1000)
    let_in: bool = False  # although they hold personal data, as they are now


class Retried(Wire):
    """Name the jobs that were placed; none where no source brings the documents again by itself."""

    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """Hold where a job comes from, as far as the asker may know, and what its files are at."""

    source: str
    ordered: str
    ordered_by: str
    stages: Mapping[State, int]


class JobView(Wire):
    """Show a job with its counts."""

    id: str
    kind: str
    collection: str
    source: str  # the id of a declared source, "upload", or the folder
    ordered: str  # me | schedule | operator | person
    ordered_by: str  # of a person: the name; empty where what they brought is their own affair
    state: str
    stages: dict[str, int]  # files by state, while it runs
    total: int
    done: int
    failed: int
    unchanged: int
    pages: int
    pages_per_s: float | None  # None = not known yet
    documents_per_s: float | None
    left_s: float | None
    created_at: str
    finished_at: str | None
    message: str | None
    documents: tuple[JobItem, ...]

    @classmethod
    def of(cls, job: Job, origin: JobOrigin, items: Sequence[Item] = ()) -> "JobView":
        """Return a job's view; `items` only where its files are looked at."""
        pace = forecast(job, now=utc_now())
        same = ("id", "kind", "state", "total", "done", "failed", "unchanged", "pages", "created_at")
        return cls(
            **{name: getattr(job, name) for name in same},
            collection=job.collection_id,
            source=origin.source,
            ordered=origin.ordered,
            ordered_by=origin.ordered_by,
            stages={state.value: count for state, count in origin.stages.items()},
            pages_per_s=pace.pages_per_s,
            documents_per_s=pace.documents_per_s,
            left_s=pace.left_s,
            finished_at=job.finished_at,
            message=job.message,
            documents=tuple(
                JobItem(**{name: getattr(item, name) for name in JobItem.model_fields}) for item in items
            ),
        )

"""Say what a person should look at: documents with hidden text, and scanned pages that could hardly be read."""

from dataclasses import dataclass

from sqlalchemy import Engine, Text, cast, or_, select, update

from ingest.database import reading, stamp, utc_now, writing
from ingest.guard.tally import Tally, tally_of
from ingest.schema import documents, versions
from ingest.types import Finding, FindingKind
from retrieval.errors import NotFound

POOR_CONFIDENCE = 60.0  # of 100; clean scans reach 85 to 96, below this every third word is wrong
NONE = "[]"  # an empty list as both databases store it


@dataclass(frozen=True, slots=True)
class Remark:
    """Hold what was noticed about a visible document."""

    document_id: str
    collection_id: str
    file_name: str
    findings: tuple[Finding, ...]
    poor_pages: tuple[int, ...]  # 1-based pages whose OCR is not to be trusted
    is_reviewed: bool

    @property
    def needs_review(self) -> bool:
        """Return whether somebody should decide about the document."""
        return not self.is_reviewed and any(finding.needs_review for finding in self.findings)


class Review:
    """Read and settle the remarks. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def remarks(self) -> tuple[Remark, ...]:
        """Return every remark about a visible document, by file name."""
        noted = or_(cast(versions.c.findings, Text) != NONE, cast(versions.c.ocr, Text) != NONE)
        query = (
            select(documents.c.id, documents.c.collection_id, documents.c.file_name)
            .add_columns(versions.c.findings, versions.c.ocr, versions.c.reviewed_at)
            .join(versions, versions.c.id == documents.c.visible_version_id)
            .where(noted)
            .order_by(documents.c.file_name)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = (
            Remark(
                document_id=row.id,
                collection_id=row.collection_id,
                file_name=row.file_name,
                findings=tuple(
                    Finding(FindingKind(f["kind"]), f["count"], f.get("detail", "")) for f in row.findings
                ),
                poor_pages=tuple(p["page"] for p in row.ocr if p["confidence"] < POOR_CONFIDENCE),
                is_reviewed=row.reviewed_at is not None,
            )
            for row in rows
        )
        return tuple(remark for remark in found if remark.findings or remark.poor_pages)

    def personal_data(self, collection: str) -> Tally:
        """Return what personal data was found in the visible documents of a collection, by kind and document."""
        return tally_of(self._engine, collection)

    def accept(self, document: str) -> None:
        """Record that somebody looked at what is shown of a document. Raises NotFound where nothing is."""
        shown = select(documents.c.visible_version_id).where(documents.c.id == document).scalar_subquery()
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(versions).where(versions.c.id == shown).values(reviewed_at=stamp(utc_now()))
            )
        if not changed.rowcount:
            raise NotFound("there is no such document", remedy="take its id from `intramuros ingest status`")

"""List, upload, open and remove documents; show a passage in its place. Every route asks again who may read."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import FileResponse

from app.api.document_schemas import CollectionCard, DocumentHits, DocumentRow, Placed
from app.api.sessions import SignedInPerson, Wired
from app.api.stewards import Looking
from app.audit.events import Kind
from app.identity import Person
from app.privacy.holds import require_free
from app.stewardship import looked_after, looks_after
from app.wiring import Services
from ingest.catalog import Document
from ingest.collections import Collection
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.names import last_part
from ingest.room import FULL, disk_full
from ingest.types import UPLOAD, Origin, SourceFile, State
from retrieval.errors import NotAllowed, NotFound, OriginalsUnavailable, TooLarge
from retrieval.readers import may_read, principal

COPY_BYTES = 1 << 20  # in memory at a time, however large the upload is
ORIGINAL_MASKED = "the original shows the personal data that is masked for you"
MASKED_REMEDY = (
    "read the passages, or ask whoever looks after the collection to be among its readers of personal data"
)
PRIVATE = "(private document)"
PRIVATE_REASON = "its owner is told why"

router = APIRouter(prefix="/api", tags=["documents"])


@router.get("/collections")
def collections(services: Wired, person: SignedInPerson) -> list[CollectionCard]:
    """Return the declarations of the collections the asker may read something in, or looks after."""
    mine: dict[str, int] = {}
    for document in services.catalog.listed_for(person.reader()):
        mine[document.collection_id] = mine.get(document.collection_id, 0) + 1
    return [
        CollectionCard(
            id=c.id,
            name=c.name,
            purpose=c.purpose,
            owner=c.owner,
            legal_basis=c.legal_basis,
            retention_days=c.retention_days,
            confidentiality=c.confidentiality,
            documents=mine.get(c.id, 0),
            can_add=c.private_to is None and _may_add(person, c),
            can_share=c.private_to is None and looks_after(person, c),
        )
        for c in services.collections.for_person(person.id)
        if c.id in mine or _may_add(person, c)
    ]


@router.get("/documents")
def documents(
    services: Wired,
    person: SignedInPerson,
    collection: Annotated[str | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
) -> list[DocumentRow]:
    """Return the documents the asker may read, and the states of those they look after, without content."""
    mine = looked_after(person, services.collections.all())
    found = {one.id: one for one in services.catalog.listed_for(person.reader(), collection_id=collection)}
    for one in sorted(mine if collection is None else mine & {collection}):
        found |= {known.id: known for known in services.catalog.listed(state=state, collection_id=one)}
    listed = sorted(found.values(), key=lambda known: (known.updated_at, known.key), reverse=True)
    return [row_of(document, services, person) for document in listed if state in {None, document.state}]


@router.get("/documents/search")
def mentions(
    services: Wired,
    person: SignedInPerson,
    q: str,
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> DocumentHits:
    """Return the documents that mention every word of `q`, quoted phrases as they stand, best first."""
    services.lookups.admit(person.id, now=utc_now())
    everywhere = frozenset(one.id for one in services.collections.for_person(person.id))
    found = services.documents.find(q, reader=person.reader(), collections=everywhere, skip=skip, limit=limit)
    services.audit.record(
        Kind.RETRIEVAL,
        person.id,
        documents=tuple(one.passage.document_id for one in found.documents),
        question=services.audit.fingerprint(q),
        filter=services.audit.filter_of(person.reader(), everywhere),
    )
    return DocumentHits.of(found, skipped=skip)


@router.get("/documents/{document}/original")
def original(document: str, services: Wired, person: SignedInPerson) -> FileResponse:
    """Return the original as a download."""
    known = services.catalog.get_for(document, person.reader())
    if known.visible_version_id is None:
        raise NotFound("this document is not available", remedy="ask its owner if you need it")
    if known.is_masked:
        raise NotAllowed(ORIGINAL_MASKED, remedy=MASKED_REMEDY)
    return FileResponse(
        services.originals.path(known.visible_version_id),
        media_type="application/octet-stream",  # never rendered by the browser, whatever it holds
        filename=known.file_name,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


@router.delete("/documents/{document}", status_code=204)
def remove(document: str, services: Wired, steward: Looking) -> None:
    """Forget a document: from sight at once, then from the index, the originals and the database."""
    known = steward.document(document, services)
    require_free(services.engine, document=known.id)
    services.pipeline.forget(known.id)


@router.post("/documents", status_code=202)
def upload(
    services: Wired,
    person: SignedInPerson,
    file: UploadFile,
    collection: Annotated[str, Form(max_length=64)],
    readers: Annotated[Literal["me", "collection"], Form()] = "me",
) -> Placed:
    """Take a file in; the job says what becomes of it."""
    mine = (c for c in services.collections.all() if c.private_to is None and _may_add(person, c))
    declared = next((c for c in mine if c.id == collection), None)
    if declared is None:  # in one sentence, whether it is hidden or not there
        raise NotFound(f"there is no collection '{collection}'", remedy="choose one from the list")
    if readers == "collection" and not looks_after(person, declared):
        raise NotAllowed(
            "only who looks after a collection may add a document for all its readers",
            remedy=f"upload it for yourself, or ask its owner: {declared.owner}",
        )
    name = plain_name(file.filename or "upload")
    spooled = spool(file, name, services)
    principals = (principal("user", person.id),) if readers == "me" else declared.readers
    item = SourceFile(UPLOAD, f"{person.id}/{name}", spooled, name, principals, origin=Origin.COPY)
    order = Order(INGEST, collection, UPLOAD, (item,), created_by=person.id)
    return Placed(job=services.jobs.place(order, now=utc_now()))


def _may_add(person: Person, collection: Collection) -> bool:
    return looks_after(person, collection) or may_read(person.reader(), collection.readers)


def row_of(document: Document, services: Services, person: Person) -> DocumentRow:
    """Return a document's row; what somebody brought for themselves is named to nobody else."""
    version = services.versions.visible(document.id)
    pages = None if version is None else version.pages
    readers = services.catalog.readers(document.id)
    if is_private(person, readers):
        reason = document.reason and PRIVATE_REASON  # the reason names the file
        document = replace(document, title=PRIVATE, file_name=PRIVATE, reason=reason)
    return DocumentRow.of(document, pages=pages, readers=readers, reader=person.reader())


def is_private(person: Person, readers: tuple[str, ...]) -> bool:
    """Return whether somebody brought a document for themselves: it is named to nobody else, not even an admin."""
    return not may_read(person.reader(), readers) and all(one.startswith("user:") for one in readers)


def plain_name(name: str) -> str:
    """Return the last part of a name, printable and short; it is shown and stored, never used as a path."""
    return "".join(c for c in last_part(name) if c.isprintable()).strip()[-200:] or "upload"


def spool(file: UploadFile, name: str, services: Services) -> Path:
    """Return the copy of an upload's bytes under a name of ours.

    Raises TooLarge, DiskFull, and OriginalsUnavailable where it cannot be written.
    """
    services.room.require()  # before a byte of it is stored
    limit = services.settings.api.max_upload_mb << 20
    spooled = services.settings.site.uploads_dir / uuid4().hex
    size = 0
    try:
        spooled.parent.mkdir(parents=True, exist_ok=True)
        with spooled.open("xb") as target:
            while piece := file.file.read(COPY_BYTES):
                size += len(piece)
                if size > limit:
                    raise TooLarge(
                        f"'{name}' is larger than {services.settings.api.max_upload_mb} MB",
                        remedy="split it, or ask an administrator to ingest it from a folder",
                    )
                target.write(piece)
    except OSError as error:
        spooled.unlink(missing_ok=True)
        if error.errno in FULL:
            raise disk_full(f"'{name}' does not fit on the disk") from error
        raise OriginalsUnavailable(
            f"'{name}' cannot be stored: {error.strerror}",
            remedy="ask your administrator to make site.data_dir writable, then upload it again",
        ) from error
    except TooLarge:
        spooled.unlink(missing_ok=True)
        raise
    return spooled

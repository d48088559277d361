"""Bring files of one's own to ask about; they are seen by nobody else, and expire."""

from fastapi import APIRouter, UploadFile

from app.api.documents import plain_name, spool
from app.api.schemas import Wire
from app.api.sessions import Admin, SignedInPerson, Wired
from app.shelf import forget, take_in
from ingest.database import utc_now

router = APIRouter(prefix="/api", tags=["own files"])


class OwnFileRow(Wire):
    """Show a file to whom it belongs."""

    id: str
    file_name: str
    state: str
    size_bytes: int
    expires_at: str
    reason: str | None
    remedy: str | None


class HandedOver(Wire):
    """Name the file that was handed over."""

    id: str


class Held(Wire):
    """Say how many people keep files of their own, and how many these are."""

    people: int
    files: int


@router.get("/files")
def files(services: Wired, person: SignedInPerson) -> list[OwnFileRow]:
    """Return one's own files and how far each is; one that was set aside says why and what to do."""
    return [
        OwnFileRow(
            id=one.id,
            file_name=one.file_name,
            state=one.state,
            size_bytes=one.size_bytes,
            expires_at=one.expires_at,
            reason=one.reason,
            remedy=one.remedy,
        )
        for one in services.own_files.of(person.id)
    ]


@router.post("/files", status_code=202)
def bring(services: Wired, person: SignedInPerson, file: UploadFile) -> HandedOver:
    """Hand a file over; it is read next, found by one's own questions alone, and forgotten when its time is over."""
    name = plain_name(file.filename or "upload")
    return HandedOver(id=take_in(services, person, spool(file, name, services), name, now=utc_now()))


@router.delete("/files/{file}", status_code=204)
def remove(file: str, services: Wired, person: SignedInPerson) -> None:
    """Forget one of one's own files at once."""
    forget(services, person, file)


@router.get("/files-held")
def held(services: Wired, _person: Admin) -> Held:
    """Return how many own files there are in the house; of whom, and what they are called, is told to nobody."""
    people, count = services.own_files.count()
    return Held(people=people, files=count)

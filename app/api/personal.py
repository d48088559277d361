"""Let people have all that is kept of them, and take their conversations back."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.privacy.export import export
from app.privacy.holds import require_free
from ingest.database import utc_now
from ingest.erasures import Erased

router = APIRouter(prefix="/api", tags=["people"])
MEDIA_TYPE = "application/zip"


class Deleted(Wire):
    """Say how many were deleted."""

    conversations: int


@router.get("/me/export")
def export_mine(
    services: Wired, person: SignedInPerson, language: Annotated[str, Query(max_length=8)] = "en"
) -> StreamingResponse:
    """Return all that is kept of whoever asks as a zip, made while it is sent; one that breaks off is no whole zip.

    For machines as JSON with its schema, and as pages to be read in `language`: en, de, fr, it, es.
    """
    services.exports.admit(person.id, now=utc_now())
    pieces = export(services, person.id, language=language, now=utc_now())
    named = {"Content-Disposition": 'attachment; filename="my-data.zip"'}
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers=named)


@router.delete("/conversations")
def delete_all(services: Wired, person: SignedInPerson) -> Deleted:
    """Delete all one's conversations with their answers, for good; return how many. Refused under a legal hold."""
    require_free(services.engine, person=person.id)
    ids = services.history.ids(person.id)
    for one in ids:
        services.erasures.add(Erased.CONVERSATION, one, now=utc_now())
    services.history.delete_these(ids, person.id)
    return Deleted(conversations=len(ids))

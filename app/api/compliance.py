"""Give administrators and auditors the papers of the house: they name machines and what protects them, and nobody."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from app.api.sessions import SignedInPerson, Wired
from app.compliance.pack import zipped
from app.identity import Person
from ingest.database import utc_now
from retrieval.errors import NotAllowed

router = APIRouter(prefix="/api/compliance", tags=["privacy"])


def office_of(person: SignedInPerson) -> Person:
    """Return who asks if they administer or audit. Raises NotAllowed."""
    if person.role not in {"admin", "auditor"}:
        raise NotAllowed("this needs the role admin or auditor", remedy="ask an administrator")
    return person


@router.get("/export")
def papers(
    services: Wired,
    _person: Annotated[Person, Depends(office_of)],
    language: Annotated[Literal["de", "en", "fr"], Query()] = "en",
) -> Response:
    """Return the compliance papers in a language as a zip of HTML and PDF, from the settings as they run."""
    now = utc_now()
    name = f"compliance-{language}-{now:%Y-%m-%d}.zip"
    return Response(
        zipped(services.settings, (language,), now=now),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

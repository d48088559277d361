"""Restrict processing and lift it, for administrators; what is restricted they may read no more than before."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import Admin, Wired
from app.privacy.restricting import restrict

router = APIRouter(prefix="/api", tags=["administration"])


class RestrictedThing(Wire):
    """Name what is restricted, and since when."""

    kind: str
    id: str
    since: str


class ToRestrict(Wire):
    """Name a document by its id, or a person by the account."""

    kind: Literal["document", "person"]
    id: str = Field(min_length=1, max_length=128)


@router.get("/restrictions")
def restrictions(services: Wired, _person: Admin) -> list[RestrictedThing]:
    """Return what is restricted, the oldest first."""
    return [RestrictedThing(kind=one.kind, id=one.id, since=one.since) for one in services.restrictions.all()]


@router.put("/restrictions", status_code=204)
def put(what: ToRestrict, services: Wired, person: Admin) -> None:
    """Keep a document or a person's data, and use it for nothing."""
    restrict(services, what.kind, what.id, by=person)


@router.post("/restrictions/lift", status_code=204)
def lift(what: ToRestrict, services: Wired, person: Admin) -> None:
    """Let it be used again."""
    restrict(services, what.kind, what.id, by=person, lifted=True)

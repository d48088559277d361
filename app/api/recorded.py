"""Tell everybody who is signed in what is recorded of them here, from the settings as they run."""

from dataclasses import asdict

from fastapi import APIRouter

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.privacy.notice import notice

router = APIRouter(prefix="/api", tags=["privacy"])


class RecordedRow(Wire):
    """Name what is recorded; the page has the words for `key`."""

    key: str
    days: int | None  # None: no number of days


class Recorded(Wire):
    """Say what is recorded, and who may look."""

    rows: tuple[RecordedRow, ...]
    works_council: bool
    addresses: bool
    fewest: int
    hours: int


@router.get("/recorded")
def recorded(services: Wired, _person: SignedInPerson) -> Recorded:
    """Return what is recorded of people here, for how long, and who may look."""
    found = notice(services.settings)
    rows = tuple(RecordedRow(**asdict(row)) for row in found.rows)
    return Recorded(**asdict(found) | {"rows": rows})

"""Place, list and release legal holds: administrators all of them, managers see those on what they look after."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import ProvenAdmin, Wired
from app.api.stewards import Looking
from app.privacy import holding
from app.privacy.holds import MOST_CHARS, Hold, Kind, collection_of

router = APIRouter(prefix="/api/holds", tags=["privacy"])


class NewHold(Wire):
    """Carry what is to be kept, and why."""

    kind: Kind
    target: str = Field(min_length=1, max_length=128)
    reason: str = Field(min_length=1, max_length=MOST_CHARS)


class HoldRow(Wire):
    """Show a hold to whoever looks after what it is on."""

    id: str
    kind: Kind
    target: str
    reason: str
    placed_by: str
    placed_at: str
    released_by: str | None
    released_at: str | None

    @classmethod
    def of(cls, hold: Hold) -> "HoldRow":
        """Return a hold's row."""
        return cls(**asdict(hold))


@router.get("")
def listed(services: Wired, steward: Looking, *, released: Annotated[bool, Query()] = False) -> list[HoldRow]:
    """Return the holds, newest first; to managers those on their collections and on documents in them."""
    found = services.holds.listed(with_released=released)
    return [
        HoldRow.of(one)
        for one in found
        if steward.is_admin or collection_of(services.engine, one) in steward.collections
    ]


@router.post("", status_code=201)
def place(new: NewHold, services: Wired, person: ProvenAdmin) -> HoldRow:
    """Place a hold: from here on nothing of it is forgotten or erased."""
    return HoldRow.of(holding.place(services, new.kind, new.target, new.reason, by=person.id))


@router.delete("/{hold}", status_code=204)
def release(hold: str, services: Wired, person: ProvenAdmin) -> None:
    """Release a hold: what is past its term goes with the next run of retention."""
    holding.release(services, hold, by=person.id)

"""Erase a person, a document or a collection, for administrators who have just shown who they are; and the receipts."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import Admin, ProvenAdmin, Wired
from app.privacy.erasing import erase
from app.privacy.erasure_requests import ErasureRequests, Request
from app.privacy.holds import Kind
from app.privacy.purging import purge
from app.privacy.receipt import receipt_key, signed
from app.privacy.redaction import Treatment
from app.wiring import Services
from ingest.database import utc_now

router = APIRouter(prefix="/api", tags=["privacy"])


class ToErase(Wire):
    """Name what is to be erased, by its id, and what becomes of answers that read it."""

    kind: Kind
    target: str = Field(min_length=1, max_length=128)
    answers: Treatment = "redact"


class StoreCount(Wire):
    """Say how much a store held of it before and after."""

    store: str
    before: int
    after: int


class KeptRow(Wire):
    """Say what was kept, and why."""

    store: str
    count: int
    why: str


class Receipt(Wire):
    """Carry a signed receipt. Its signature is over all other fields, as canonical JSON."""

    format: str
    id: str
    kind: Kind
    scope: str
    answers: Treatment
    ordered_at: str
    erased_at: str
    purged_at: str | None
    stores: tuple[StoreCount, ...]
    kept: tuple[KeptRow, ...]
    key: str
    signature: str


class RequestRow(Wire):
    """Show a request to administrators; of whom or what it was is not known any more once it is done."""

    id: str
    kind: Kind
    ordered_at: str
    erased_at: str | None
    purged_at: str | None

    @classmethod
    def of(cls, request: Request) -> "RequestRow":
        """Return a request's row."""
        return cls(**{name: getattr(request, name) for name in cls.model_fields})


class Purged(Wire):
    """Say that a purge came to its end."""

    state: Literal["purged"] = "purged"


@router.get("/erasures")
def listed(services: Wired, _person: Admin) -> list[RequestRow]:
    """Return the requests on record, newest first."""
    return [RequestRow.of(one) for one in ErasureRequests(services.engine).listed()]


@router.post("/erasures", status_code=201)
def order(what: ToErase, services: Wired, person: ProvenAdmin) -> Receipt:
    """Erase it and return the receipt; nothing of it is shown to anybody from here on."""
    done = erase(services, what.kind, what.target, answers=what.answers, by=person.id)
    return _receipt(services, done)


@router.get("/erasures/{erasure}")
def receipt(erasure: str, services: Wired, _person: Admin) -> Receipt:
    """Return the receipt of a request that was carried out."""
    return _receipt(services, ErasureRequests(services.engine).get(erasure))


@router.post("/purge")
def purge_now(services: Wired, _person: ProvenAdmin) -> Purged:
    """Leave no trace of what was erased on the disk of the house. The house does so within a day by itself."""
    purge(services, now=utc_now())
    return Purged()


def _receipt(services: Services, request: Request) -> Receipt:
    return Receipt(**signed(request, receipt_key(services.settings)))

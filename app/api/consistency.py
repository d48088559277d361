"""Say whether database, index, originals and answers fit together; for administrators: ids and counts, no content."""

from functools import partial

from fastapi import APIRouter

from app.api.schemas import Wire
from app.api.sessions import Admin, Wired
from app.consistency import Stock, inspect_stock
from app.privacy.holds import documents_on_hold
from ingest.database import utc_now
from ingest.stocktaking import Stocktaking

router = APIRouter(prefix="/api", tags=["consistency"])


class FaultRow(Wire):
    """Show one fault."""

    kind: str
    subject: str
    message: str
    remedy: str


class ConsistencyReport(Wire):
    """Show what was found, and how much was looked at."""

    faults: tuple[FaultRow, ...]
    documents: int
    chunks: int
    originals: int


@router.get("/consistency")
def consistency(services: Wired, _person: Admin) -> ConsistencyReport:
    """Compare everything with everything; reads every original, so it takes as long as the disk needs for them."""
    stock = Stock(
        Stocktaking(services.engine),
        services.index,
        services.originals,
        services.ledger,
        services.embedder.name,
        partial(documents_on_hold, services.engine),
    )
    finding = inspect_stock(stock, clock=utc_now)
    return ConsistencyReport(
        faults=tuple(
            FaultRow(kind=one.kind, subject=one.subject, message=one.message, remedy=one.remedy)
            for one in finding.faults
        ),
        documents=finding.documents,
        chunks=finding.chunks,
        originals=finding.originals,
    )

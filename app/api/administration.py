"""Run collections: what they declare and hold, and their sources. For administrators, and managers of their own."""

from fastapi import APIRouter

from app.api.document_schemas import Placed
from app.api.sessions import Wired
from app.api.stewards import Looking
from app.ordering import order_sync
from retrieval.errors import NotFound

router = APIRouter(prefix="/api", tags=["administration"])


@router.post("/sources/{source}/sync", status_code=202)
def sync(source: str, services: Wired, steward: Looking) -> Placed:
    """Order a declared source synchronised; the job says what becomes of it."""
    declared = next((one for one in services.settings.sources if one.id == source), None)
    if declared is None or declared.collection not in steward.collections:
        raise NotFound("there is no such source", remedy="choose one from the list of those you look after")
    return Placed(job=order_sync(services, source, collection=None, created_by=steward.person.id))

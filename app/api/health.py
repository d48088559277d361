"""Tell probes the truth: alive, ready, and measured."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.api.sessions import Wired
from app.metrics import CONTENT_TYPE
from app.vitals import Vitals

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Return at once while the process answers at all."""
    return {"status": "alive"}


@router.get("/readyz")
def ready(services: Wired) -> JSONResponse:
    """Return 200 only after a real one-token generation and a filtered search, neither older than 10 s."""
    faults = services.readiness.faults()
    status = {"status": "ready"} if not faults else {"status": "not ready", **faults}
    return JSONResponse(status, status_code=503 if faults else 200)


@router.get("/metrics")
def metrics(request: Request, services: Wired) -> Response:
    """Return the figures of this process and of the house in Prometheus' text form; no label names a person."""
    del services  # asked for, so that a house that cannot be had fails here as on every other route
    vitals: Vitals = request.app.state.vitals
    return Response(vitals.render(), media_type=CONTENT_TYPE)

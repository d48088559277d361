"""Tell probes the truth: alive, ready, and measured."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from app.api.sessions import Wired
from app.metrics import CONTENT_TYPE

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
def metrics(services: Wired) -> Response:
    """Return the counters in Prometheus' text form; no label names a person."""
    services.metrics.set_model_state(services.model.state())
    services.metrics.set_load(in_flight=services.answers.in_flight, waiting=services.assistant.line.length)
    return Response(services.metrics.render(), media_type=CONTENT_TYPE)

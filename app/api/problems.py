"""Turn every error into application/problem+json (RFC 9457) with a remedy, and never show more than that."""

import logging
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.wiring import Services
from ingest.events import event, logger
from retrieval import errors

# The first class that fits counts: the most specific stands first.
STATUS: Final[tuple[tuple[type[errors.IntramurosError], int, str], ...]] = (
    (errors.TooLarge, 413, "Too large"),
    (errors.UnsupportedType, 415, "Not an accepted type"),
    (errors.DocumentRejected, 422, "Document rejected"),
    (errors.DeclarationMissing, 422, "Collection not declared"),
    (errors.NotFound, 404, "Not found"),
    (errors.ProofTooOld, 403, "Proof too old"),
    (errors.NotAllowed, 403, "Not allowed"),
    (errors.NotSignedIn, 401, "Not signed in"),
    (errors.DelicateQuestion, 422, "Delicate question"),
    (errors.TooManyRequests, 429, "Too many requests"),
    (errors.InvalidRequest, 400, "Invalid request"),
    (errors.DiskFull, 507, "Disk full"),
    (errors.Unavailable, 503, "Unavailable"),
    (errors.IntramurosError, 500, "Failed"),
)
UNAVAILABLE: Final = 503
RETRY_AFTER_S: Final = 10


class Problem(JSONResponse):
    """Answer with a problem document."""

    media_type = "application/problem+json"

    def __init__(self, status: int, title: str, detail: str, remedy: str) -> None:
        kind = "urn:intramuros:problem:" + title.lower().replace(" ", "-")
        body = {"type": kind, "title": title, "status": status, "detail": detail, "remedy": remedy}
        # Seconds: what is away or being restarted is looked for again by machines that wait this long.
        headers = {"Retry-After": str(RETRY_AFTER_S)} if status == UNAVAILABLE else None
        super().__init__(body, status_code=status, headers=headers)


def install(app: FastAPI) -> None:
    """Make `app` answer every error that is foreseen as a problem."""
    app.add_exception_handler(errors.IntramurosError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def problem_of(error: errors.IntramurosError) -> Problem:
    """Return the problem document of one of our errors."""
    for kind, status, title in STATUS:
        if isinstance(error, kind):
            return Problem(status, title, error.message, error.remedy)
    raise AssertionError("the last row fits every IntramurosError")


async def _ours(request: Request, error: Exception) -> Problem:
    assert isinstance(error, errors.IntramurosError)  # noqa: S101 - registered for this class only
    services: Services = request.app.state.services
    services.metrics.count_refusal(error)
    return await refusal(request, error)


async def refusal(request: Request, error: errors.IntramurosError) -> Problem:
    """Return the problem document of an error that is put on the audit trail first, or of why it cannot be."""
    try:
        await request.app.state.audited.refused(request, error)
    except errors.IntramurosError as unrecorded:
        return problem_of(unrecorded)
    return problem_of(error)


async def _malformed(_request: Request, error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    # Field names and rules only: the values may hold what a person wrote.
    faults = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
    return Problem(422, "Invalid request", faults, "compare the request with /openapi.json")


async def _http(_request: Request, error: Exception) -> Problem:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return Problem(
        error.status_code, "Invalid request", str(error.detail), "compare the address with /openapi.json"
    )


def unforeseen(request: Request, error: Exception) -> Problem:
    """Return the problem document of an error that is none of ours, and write where it happened into the log."""
    event(
        logger("api"),
        "request_failed",
        level=logging.ERROR,
        exc_info=error,
        route=route_of(request),
        reason=type(error).__name__,
    )
    return Problem(
        500,
        "Failed",
        "something went wrong on our side",
        "try again; your administrator finds the cause in the log",
    )


def route_of(request: Request) -> str:
    """Return the template of a request's route, never its path: paths carry ids."""
    return str(getattr(request.scope.get("route"), "path", "none"))

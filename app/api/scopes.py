"""Say which scope of an API key opens which route. A route that is not named here is for people who are signed in."""

from typing import Final

from fastapi import Request

from app.keys import Scope

ROUTES: Final[dict[str, Scope]] = {
    "GET /v1/models": "ask",
    "POST /v1/chat/completions": "ask",
    "GET /api/conversations": "ask",
    "POST /api/conversations": "ask",
    "GET /api/conversations/{conversation}": "ask",
    "POST /api/conversations/{conversation}/messages": "ask",
    "GET /api/answers/{answer}/events": "ask",
    "POST /api/answers/{answer}/stop": "ask",
    "GET /api/collections": "read",
    "GET /api/documents": "read",
    "GET /api/documents/search": "read",
    "GET /api/documents/{document}/original": "read",
    "GET /api/passages/{chunk}": "read",
    "POST /api/documents": "ingest",
    "GET /api/jobs": "ingest",
    "GET /api/jobs/{job}": "ingest",
}


def scope_of(request: Request) -> Scope | None:
    """Return what a key must be for on the route that was found for this request; None where no key will do."""
    path = getattr(request.scope.get("route"), "path", request.url.path)
    return ROUTES.get(f"{request.method} {path}")

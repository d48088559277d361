"""Serve what the page asks for those who look after collections, canned; the stories run before the real API."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request

from tests.fake_site import documents


def administration_routes(app: FastAPI, person: Callable[[Request], str]) -> None:
    """Add the routes to the fake; `person` returns who asks, or refuses."""

    @app.get("/api/quarantine")
    async def quarantine(request: Request) -> list[dict[str, Any]]:
        person(request)
        return [
            {
                "document": one["id"],
                "file_name": one["file_name"],
                "collection": one["collection"],
                "reason": one["reason"],
                "kind": "is password-protected",
                "remedy": one["remedy"],
                "updated_at": one["updated_at"],
            }
            for one in documents()
            if one["state"] == "quarantined"
        ]

    @app.get("/api/remarks")
    async def remarks(request: Request) -> list[dict[str, Any]]:
        person(request)
        return []

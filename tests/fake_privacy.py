"""Serve what the fake says is recorded of people, and who looked."""

from typing import Any

from fastapi import FastAPI, Request

from tests.fake_state import Site


def privacy_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of what people may know of what is kept of them."""

    @app.get("/api/recorded")
    async def recorded(request: Request) -> dict[str, Any]:
        site.person(request)
        kept = {"chat": 90, "feedback": 180, "own_files": 7, "audit": 365, "sign_ins": 1, "account": None}
        kept |= {"keys": 30, "jobs": 90, "requests": 365, "erasures": 365, "log": 90, "backups": None}
        return {
            "rows": [{"key": key, "days": days} for key, days in kept.items()],
            "works_council": True,
            "addresses": False,
            "fewest": 5,
            "hours": 24,
        }

    @app.get("/api/accesses")
    async def accesses(request: Request) -> list[dict[str, Any]]:
        return site.accesses.get(site.person(request), [])

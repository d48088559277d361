"""Serve the fake's break-glass: two administrators, a reason, and who has to show again who they are."""

from typing import Any

from fastapi import FastAPI, Request

from tests.fake_site import PASSWORD, PEOPLE, ago
from tests.fake_state import Problem, Site


def emergency_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of showing again who one is, and of reading somebody's chats."""

    @app.post("/api/session/proof", status_code=204)
    async def prove(request: Request) -> None:
        site.person(request)
        if (await request.json())["password"] != PASSWORD:
            raise Problem(403, "name or password is wrong", "try again", "not-allowed")
        site.is_proof_old = False

    @app.get("/api/break-glass")
    async def listed(request: Request) -> list[dict[str, Any]]:
        _admin(site, request)
        return list(site.requests.values())

    @app.post("/api/break-glass", status_code=201)
    async def ask(request: Request) -> dict[str, Any]:
        admin = _proven(site, request)
        wanted = await request.json()
        if wanted["person"] not in PEOPLE:
            raise Problem(
                404, f"there is no account '{wanted['person']}'", "take the name from the list", "not-found"
            )
        return requested(site, by=admin, **wanted)

    @app.post("/api/break-glass/{request_id}/approval")
    async def approve(request: Request, request_id: str) -> dict[str, Any]:
        admin = _proven(site, request)
        one = site.requests[request_id]
        one |= {"approved_by": admin, "approved_at": ago(), "expires_at": ago(hours=-one["hours"])}
        return one

    @app.delete("/api/break-glass/{request_id}", status_code=204)
    async def end(request: Request, request_id: str) -> None:
        _admin(site, request)
        site.requests[request_id]["ended_at"] = ago()

    @app.get("/api/break-glass/{request_id}/conversations")
    async def conversations(request: Request, request_id: str) -> list[dict[str, Any]]:
        person = _opened(site, _proven(site, request), request_id)
        return [
            {key: one[key] for key in ("id", "title", "updated_at")}
            for one in site.conversations.values()
            if one["owner"] == person
        ]

    @app.get("/api/break-glass/{request_id}/conversations/{conversation_id}")
    async def conversation(request: Request, request_id: str, conversation_id: str) -> dict[str, Any]:
        _opened(site, _proven(site, request), request_id)
        site.requests[request_id]["reads"] += 1
        one = site.conversations[conversation_id]
        return {"id": one["id"], "title": one["title"], "messages": one["messages"], "writing": None}


def requested(site: Site, *, by: str, person: str, reason: str, hours: int = 4) -> dict[str, Any]:
    """Return a new request of the site."""
    one: dict[str, Any] = {
        "id": f"request-{next(site.numbers)}",
        "person": person,
        "reason": reason,
        "hours": hours,
        "requested_by": by,
        "requested_at": ago(hours=1),
        "approved_by": None,
        "approved_at": None,
        "expires_at": None,
        "ended_at": None,
        "reads": 0,
    }
    site.requests[one["id"]] = one
    return one


def _admin(site: Site, request: Request) -> str:
    person = site.person(request)
    if PEOPLE[person]["role"] != "admin":
        raise Problem(403, "this needs the role admin", "ask an administrator", "not-allowed")
    return person


def _proven(site: Site, request: Request) -> str:
    person = _admin(site, request)
    if site.is_proof_old:
        raise Problem(
            403, "this asks you to show again who you are", "enter your password again", "proof-too-old"
        )
    return person


def _opened(site: Site, admin: str, request_id: str) -> str:
    one = site.requests.get(request_id)
    if one is None or one["requested_by"] != admin or one["approved_at"] is None or one["ended_at"]:
        raise Problem(404, "there is no such request that is open to you", "look at the list", "not-found")
    return str(one["person"])

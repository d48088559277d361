"""Serve the fake's accounts: signing in and out, and what stands before anybody has signed in."""

from typing import Any

from fastapi import FastAPI, Request

from tests.fake_site import PASSWORD, PEOPLE, ago
from tests.fake_state import Problem, Site


def _user(person: str) -> dict[str, Any]:
    return {
        "id": person,
        "name": PEOPLE[person]["name"],
        "groups": ["everyone", *PEOPLE[person]["groups"]],
        "role": PEOPLE[person]["role"],
    }


def people_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of accounts, and those that need none."""

    @app.post("/api/session")
    async def sign_in(request: Request) -> dict[str, Any]:
        wanted = await request.json()
        if wanted["user"] not in PEOPLE or wanted["password"] != PASSWORD:
            raise Problem(401, "User name or password is wrong.", "Check both and try again.")
        token = f"token-{wanted['user']}-{next(site.numbers)}"
        site.tokens[token] = wanted["user"]
        return {"token": token, "expires_at": ago(hours=-10), "user": _user(wanted["user"])}

    @app.delete("/api/session", status_code=204)
    async def sign_out(request: Request) -> None:
        site.person(request)
        del site.tokens[request.headers["authorization"].removeprefix("Bearer ")]

    @app.get("/api/me")
    async def me(request: Request) -> dict[str, Any]:
        return _user(site.person(request))

    @app.get("/api/front")
    async def front() -> dict[str, Any]:
        return {"name": "Intramuros", "logo": "", "provider": False}

    @app.get("/api/personas")
    async def personas() -> list[dict[str, Any]]:
        if not site.trial:
            raise Problem(404, "Not found.", "")
        return [{"id": name, "password": PASSWORD, **person} for name, person in PEOPLE.items()]

    @app.get("/api/status")
    async def status(request: Request) -> dict[str, Any]:
        role = PEOPLE[site.person(request)]["role"]
        return {
            "model": {"name": "qwen2.5-coder-1.5b-instruct", "state": site.model},
            "documents": 41,
            "trial": site.trial,
            "site": "Intramuros",
            "version": "0.1.0",
            "quotes": False,
            "manages": role == "admin",
        }

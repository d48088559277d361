"""Hold the fake's audit trail: some records of each kind, and the routes that auditors use."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Query, Request, Response

PAGE = 25
ANNA, BEN = "5d41402abc4b2a76b9719d911017c592", "7d793037a0760186574b0282f2f435e7"
DOCUMENT = "0f3a7c52-1111-4222-8333-944445555666"
ANSWER = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
ATTACK = "<img src=x onerror=alert(1)>"


@dataclass
class Trail:
    """Hold the records, and what was asked of them."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    is_whole: bool = True
    checks: int = 0
    records: list[dict[str, Any]] = field(default_factory=lambda: [_record(seq) for seq in range(1, 61)])


class Fake(Protocol):
    """Be the fake site, as far as the trail needs it."""

    trail: Trail

    def person(self, request: Request) -> str:
        """Return who asks."""


def audit_routes(app: FastAPI, site: Fake) -> None:
    """Add the routes of the audit trail."""

    @app.get("/api/audit")
    async def audit(
        request: Request,
        before: int = 0,
        kind: Annotated[tuple[str, ...], Query()] = (),
        thing: str = "",
        actor: str = "",
    ) -> dict[str, Any]:
        site.person(request)
        site.trail.asked.append(dict(request.query_params) | {"kind": kind})
        matching = [one for one in site.trail.records[::-1] if _fits(one, kind, thing, actor)]
        rest = [one for one in matching if not before or one["seq"] < before]
        last = {"at": "2026-11-30T06:00:00.000+00:00", "is_whole": site.trail.is_whole, "records": 58}
        return {
            "events": rest[:PAGE],
            "before": rest[PAGE - 1]["seq"] if len(rest) > PAGE else None,
            "verified": last if site.trail.checks else None,
        }

    @app.get("/api/audit/export")
    async def export(request: Request, kind: Annotated[tuple[str, ...], Query()] = ()) -> Response:
        site.person(request)
        found = [one for one in site.trail.records if _fits(one, kind, "", "")]
        return Response("".join(json.dumps(one) + "\n" for one in found), media_type="application/x-ndjson")

    @app.get("/api/audit/verify")
    async def verify(request: Request) -> dict[str, Any]:
        site.person(request)
        site.trail.checks += 1
        fault = {
            "seq": 41,
            "message": "was changed, put in, or moved: its seal does not follow from the one before",
        }
        return {
            "verified_at": "2026-11-30T12:00:00.000+00:00",
            "is_whole": site.trail.is_whole,
            "records": 60,
            "faults": [] if site.trail.is_whole else [fault],
        }

    @app.get("/api/audit/answers")
    async def answers(request: Request, document: str) -> dict[str, Any]:
        site.person(request)
        one = {
            "answer": ANSWER,
            "at": "2026-11-30T08:12:44.120+00:00",
            "actor": ANNA,
            "outcome": "answered",
            "is_cited": True,
        }
        return {"answers": [one] if document == DOCUMENT else [], "has_more": False}


def _fits(one: dict[str, Any], kinds: Sequence[str], thing: str, actor: str) -> bool:
    is_about = thing in json.dumps(one["objects"])
    return (not kinds or one["kind"] in kinds) and is_about and actor in ("", one["actor"])


def _record(seq: int) -> dict[str, Any]:
    kinds = ("sign-in", "question", "retrieval", "answer", "access-denied", "admin-view")
    things: dict[str, dict[str, Any]] = {
        "question": {"answer": ANSWER},
        "retrieval": {"answer": ANSWER, "documents": [DOCUMENT], "filter": BEN},
        "answer": {"answer": ANSWER},
        "access-denied": {"document": DOCUMENT, "route": "/api/documents/{document}/original"},
        "admin-view": {"thing": ATTACK},
    }
    kind = kinds[seq % len(kinds)]
    return {
        "seq": seq,
        "at": f"2026-11-30T08:{seq % 60:02}:44.120+00:00",
        "kind": kind,
        "actor": (ANNA, BEN)[seq % 2],
        "outcome": "answered" if kind == "answer" else "done",
        "objects": things.get(kind, {}),
        "source": None,
    }

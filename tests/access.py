"""Say who may use which route: the one table of the access matrix, and how it judges a caller and a thing.

A new route needs a line in ROUTES.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.keys import Scope
from tests.access_callers import Caller, Standing
from tests.access_things import QUESTION, Thing

Route = tuple[str, str]  # method, template of the path
MISSING = "00000000-0000-0000-0000-000000000000"
OF_HR = {"params": {"collection": "hr"}}
TO_RESTRICT = {"json": {"kind": "document", "id": MISSING}}


@dataclass(frozen=True, slots=True)
class Rule:
    """Say who may use a route, what everybody else gets, and what is sent along."""

    may: frozenset[Standing]
    refusal: int = 404
    elsewhere: int | None = None  # what who looks after another collection gets, where that differs
    ends: int = 0  # 1 what is asked about, 2 the session it is asked with: tried in this order
    content: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[int, ...] = (200, 201, 202, 204)
    unsigned: tuple[int, ...] = (401,)
    scope: Scope | None = None  # what an API key must be for; None: no key will do
    unkeyed: tuple[int, ...] = (403,)  # what a key of another scope gets
    is_proven: bool = False  # asks that the caller showed within a quarter of an hour who they are


def rule(*may: Standing, **more: Any) -> Rule:
    """Return a rule that lets these use a route."""
    return Rule(frozenset(may), **more)


ROUTES: Mapping[Route, Rule] = {
    # for probes, and for whoever is about to sign in
    ("GET", "/healthz"): rule("anybody"),
    ("GET", "/readyz"): rule("anybody"),
    ("GET", "/metrics"): rule("anybody"),
    ("GET", "/openapi.json"): rule("anybody"),
    ("HEAD", "/openapi.json"): rule("anybody"),
    ("GET", "/api/personas"): rule("anybody", expected=(404,)),  # outside a trial there are none
    ("GET", "/api/front"): rule("anybody"),
    # without a provider in the settings, nobody is let in by one
    ("POST", "/api/session/provider"): rule(
        "anybody", content={"json": {"id_token": "x.y.z"}}, expected=(403,)
    ),
    ("POST", "/api/session/provider/left"): rule(
        "anybody", content={"data": {"logout_token": "x.y.z"}}, expected=(403,)
    ),
    ("POST", "/api/session"): rule(
        "anybody", content={"json": {"user": "x", "password": "y"}}, expected=(401,)
    ),
    ("POST", "/api/session/proof"): rule(
        "signed in", content={"json": {"password": "wrong"}}, expected=(403,)
    ),
    # a token that is worth nothing has nothing left to end
    ("DELETE", "/api/session"): rule("signed in", ends=2, unsigned=(401, 204), unkeyed=(204,)),
    # each their own
    ("GET", "/api/me"): rule("signed in"),
    ("GET", "/api/recorded"): rule("signed in"),
    ("GET", "/api/me/export"): rule("signed in"),
    ("GET", "/api/status"): rule("signed in"),
    ("GET", "/api/conversations"): rule("signed in", scope="ask"),
    ("POST", "/api/conversations"): rule("signed in", scope="ask"),
    ("GET", "/api/collections"): rule("signed in", scope="read"),
    ("GET", "/api/documents"): rule("signed in", scope="read"),
    ("GET", "/api/documents/search"): rule("signed in", scope="read", content={"params": {"q": "salary"}}),
    ("GET", "/api/jobs"): rule("signed in", scope="ingest"),
    ("GET", "/v1/models"): rule("signed in", scope="ask"),
    ("POST", "/v1/chat/completions"): rule(
        "signed in", scope="ask", content={"json": {"messages": [{"role": "user", "content": QUESTION}]}}
    ),
    ("GET", "/api/files"): rule("signed in"),
    ("POST", "/api/files"): rule("signed in", content={"files": {"file": ("x.md", b"# X\n\ntext")}}),
    ("DELETE", "/api/files/{file}"): rule("owner", ends=1),
    ("GET", "/api/conversations/export"): rule("signed in"),
    ("GET", "/api/keys"): rule("signed in"),
    ("POST", "/api/keys"): rule("signed in", content={"json": {"name": "report", "scopes": ["read"]}}),
    ("DELETE", "/api/keys/{key}"): rule("owner", ends=1),
    # conversations and answers
    ("GET", "/api/conversations/{conversation}"): rule("owner", scope="ask"),
    ("GET", "/api/conversations/{conversation}/suggestions"): rule("owner"),
    ("PATCH", "/api/conversations/{conversation}"): rule("owner", content={"json": {"title": "mine now"}}),
    ("POST", "/api/conversations/{conversation}/messages"): rule(
        "owner", scope="ask", content={"json": {"question": "And band E8?"}}
    ),
    ("GET", "/api/answers/{answer}/events"): rule("owner", scope="ask"),
    ("POST", "/api/answers/{answer}/stop"): rule("owner", scope="ask"),
    ("POST", "/api/answers/{answer}/feedback"): rule(
        "owner", content={"json": {"value": "down", "reason": "not mine"}}
    ),
    ("DELETE", "/api/answers/{answer}/feedback"): rule("owner"),
    ("GET", "/api/conversations/{conversation}/export"): rule("owner"),
    ("DELETE", "/api/conversations/{conversation}"): rule("owner", ends=1),
    ("DELETE", "/api/conversations"): rule("signed in", ends=1),
    # documents
    ("GET", "/api/documents/{document}/original"): rule("reader", scope="read"),
    ("GET", "/api/passages/{chunk}"): rule("reader", scope="read"),
    ("GET", "/api/passages/{chunk}/page.png"): rule("reader"),
    ("POST", "/api/documents"): rule(
        "group",
        "admin",
        "manager",
        scope="ingest",
        content={"files": {"file": ("x.md", b"# X\n\ntext")}, "data": {"collection": "hr"}},
    ),
    ("DELETE", "/api/documents/{document}"): rule("admin", "manager", refusal=403, elsewhere=404, ends=1),
    # ingestion
    ("GET", "/api/jobs/{job}"): rule("owner", "admin", "manager", scope="ingest"),
    ("DELETE", "/api/jobs/{job}"): rule("owner", "admin", "manager"),
    ("GET", "/api/remarks"): rule("admin", "manager", "steward", refusal=403),
    ("POST", "/api/remarks/{document}/accept"): rule("admin", "manager", refusal=403, elsewhere=404),
    ("GET", "/api/quarantine"): rule("admin", "manager", "steward", refusal=403),
    ("POST", "/api/retries"): rule(
        "admin",
        "manager",
        refusal=403,
        elsewhere=404,
        content={"json": {"documents": [MISSING]}},
        expected=(404,),
    ),
    ("POST", "/api/sources/{source}/sync"): rule("admin", "manager", refusal=403, elsewhere=404),
    ("GET", "/api/administration/collections"): rule("admin", "manager", "steward", refusal=403),
    ("GET", "/api/administration/collections/{collection}/personal-data"): rule(
        "admin", "manager", refusal=403, elsewhere=404
    ),
    ("GET", "/api/collections/{collection}/feedback"): rule("manager"),
    ("GET", "/api/usage"): rule("admin", "manager", refusal=403, elsewhere=404, content=OF_HR),
    ("GET", "/api/usage/weeks"): rule("admin", "manager", refusal=403, elsewhere=404, content=OF_HR),
    ("GET", "/api/files-held"): rule("admin", refusal=403),
    ("GET", "/api/restrictions"): rule("admin", refusal=403),
    ("PUT", "/api/restrictions"): rule("admin", refusal=403, content=TO_RESTRICT, expected=(404,)),
    ("POST", "/api/restrictions/lift"): rule("admin", refusal=403, content=TO_RESTRICT, expected=(404,)),
    ("GET", "/api/checkup"): rule("admin", refusal=403),
    ("GET", "/api/checkup/model"): rule("admin", refusal=403),
    ("GET", "/api/consistency"): rule("admin", refusal=403),
    # legal holds
    ("GET", "/api/holds"): rule("admin", "manager", "steward", refusal=403),
    ("POST", "/api/holds"): rule(
        "admin",
        refusal=403,
        is_proven=True,
        content={"json": {"kind": "person", "target": "ben", "reason": "a lawsuit"}},
    ),
    ("DELETE", "/api/holds/{hold}"): rule("admin", refusal=403, is_proven=True, ends=1),
    # erasures
    ("GET", "/api/erasures"): rule("admin", refusal=403),
    ("GET", "/api/erasures/{erasure}"): rule("admin", refusal=403),
    ("POST", "/api/erasures"): rule(
        "admin",
        refusal=403,
        is_proven=True,
        content={"json": {"kind": "document", "target": MISSING}},
        expected=(404,),
    ),
    ("POST", "/api/purge"): rule("admin", refusal=403, is_proven=True),
    # somebody's chats: the request in question is another administrator's, and waits
    ("GET", "/api/accesses"): rule("signed in"),
    ("GET", "/api/break-glass"): rule("admin", refusal=403),
    ("POST", "/api/break-glass"): rule(
        "admin",
        refusal=403,
        is_proven=True,
        content={"json": {"person": "ben", "reason": "a leak is looked into"}},
    ),
    ("GET", "/api/break-glass/{request}/conversations"): rule(is_proven=True),
    ("GET", "/api/break-glass/{request}/conversations/{conversation}"): rule(is_proven=True),
    ("POST", "/api/break-glass/{request}/approval"): rule("admin", refusal=403, is_proven=True),
    ("DELETE", "/api/break-glass/{request}"): rule("admin", refusal=403, ends=1),
    ("GET", "/api/compliance/export"): rule("admin", "auditor", refusal=403),
    # the audit trail
    ("GET", "/api/audit"): rule("auditor", refusal=403),
    ("GET", "/api/audit/export"): rule("auditor", refusal=403),
    ("GET", "/api/audit/verify"): rule("auditor", refusal=403),
    ("GET", "/api/audit/answers"): rule("auditor", refusal=403, content={"params": {"document": MISSING}}),
}


def allows(rule_: Rule, thing: Thing, who: Caller) -> bool:
    """Return whether the caller may use a route on this thing."""
    wanted = {thing.readers if standing == "reader" else standing for standing in rule_.may}
    return bool(wanted & who.standings) and fits(rule_, who)


def fits(rule_: Rule, who: Caller) -> bool:
    """Return whether this is no key, or one for what the route does, and whether the caller's proof is fresh."""
    if rule_.is_proven and not who.is_proven:
        return False
    return who.scope is None or who.scope == rule_.scope or "anybody" in rule_.may


def refusals(rule_: Rule, who: Caller) -> tuple[int, ...]:
    """Return what the caller may get where the route does not serve them."""
    if "signed in" not in who.standings:
        return rule_.unsigned
    if not fits(rule_, who):
        return rule_.unkeyed
    is_elsewhere = rule_.elsewhere is not None and "steward" in who.standings
    return (rule_.elsewhere if is_elsewhere and rule_.elsewhere else rule_.refusal,)

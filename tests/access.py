"""Say who may use which route: the one table of the access matrix, and the people, keys and things it is tried with.

A new route needs a line in ROUTES. A new kind of caller - an auditor, a key of one scope - needs a line in CALLERS.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from app.identity import Person
from app.keys import Scope
from ingest.database import reading, utc_now
from ingest.schema import chunks
from ingest.types import Origin, SourceFile
from tests.house import COLLECTIONS, PASSWORD, House, ask

# What somebody may be to a thing. "manager" looks after its collection, "steward" after another one; "reader" is
# whoever the document in question is open to.
Standing = Literal[
    "anybody", "signed in", "owner", "group", "admin", "manager", "steward", "auditor", "reader"
]
Route = tuple[str, str]  # method, template of the path
MISSING = "00000000-0000-0000-0000-000000000000"
COLLEAGUE = Person("carl", "Carl", "HR clerk", "employee", ("hr",))
NEWCOMER = Person("nora", "Nora", "Visitor", "employee", ())
AUDITOR = Person("vera", "Vera", "Auditor", "auditor", ())
MANAGER = Person("mona", "Mona", "Looks after HR's documents", "employee", ())
OTHER_MANAGER = Person("milo", "Milo", "Looks after the handbook", "employee", ())
LEAVER = Person("liam", "Liam", "Left", "employee", ("hr",))
MANAGED = (
    replace(COLLECTIONS[0], managers=(f"user:{OTHER_MANAGER.id}",)),
    replace(COLLECTIONS[1], managers=(f"user:{MANAGER.id}",)),
)
OF_HR = {"params": {"collection": "hr"}}
QUESTION = "Where does salary band E7 start?"
# Words that only these may be shown, wherever they turn up.
SECRETS: Mapping[str, Standing] = {"61,400": "group", "Zwetschge": "owner", "Mirabelle": "owner"}


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
    # a token that is worth nothing has nothing left to end
    ("DELETE", "/api/session"): rule("signed in", ends=2, unsigned=(401, 204), unkeyed=(204,)),
    # each their own
    ("GET", "/api/me"): rule("signed in"),
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
    ("GET", "/api/collections/{collection}/feedback"): rule("manager"),
    ("GET", "/api/usage"): rule("admin", "manager", refusal=403, elsewhere=404, content=OF_HR),
    ("GET", "/api/usage/weeks"): rule("admin", "manager", refusal=403, elsewhere=404, content=OF_HR),
    ("GET", "/api/files-held"): rule("admin", refusal=403),
    ("GET", "/api/checkup"): rule("admin", refusal=403),
    ("GET", "/api/checkup/model"): rule("admin", refusal=403),
    ("GET", "/api/consistency"): rule("admin", refusal=403),
    # the audit trail
    ("GET", "/api/audit"): rule("auditor", refusal=403),
    ("GET", "/api/audit/export"): rule("auditor", refusal=403),
    ("GET", "/api/audit/verify"): rule("auditor", refusal=403),
    ("GET", "/api/audit/answers"): rule("auditor", refusal=403, content={"params": {"document": MISSING}}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Name a kind of caller, how they come by the headers of their requests, and what they are to Anna's things."""

    name: str
    headers: Callable[[House], dict[str, str]]
    standings: frozenset[Standing]
    scope: Scope | None = None  # of an API key


def caller(
    name: str, headers: Callable[[House], dict[str, str]], *standings: Standing, scope: Scope | None = None
) -> Caller:
    """Return a kind of caller."""
    return Caller(name, headers, frozenset({"anybody", *standings}), scope)


def key(user: str, scope: Scope) -> Callable[[House], dict[str, str]]:
    """Return a way to make this person a key of one scope."""

    def made(house: House) -> dict[str, str]:
        keys = house.services.admission.keys
        return bearer(keys.make(user, scope, (scope,), days=1, now=utc_now())[0])

    return made


def session(user: str, *, hours_ago: int = 0) -> Callable[[House], dict[str, str]]:
    """Return a way to sign this person in, so many hours ago."""

    def opened(house: House) -> dict[str, str]:
        now = utc_now() - timedelta(hours=hours_ago)
        return bearer(house.services.sessions.open(user, now=now).token)

    return opened


def bearer(token: str) -> dict[str, str]:
    """Return the headers of a token."""
    return {"Authorization": f"Bearer {token}"}


def signed_out(house: House) -> dict[str, str]:
    """Return the headers of a session that its person ended."""
    headers = session(NEWCOMER.id)(house)
    house.services.sessions.end(headers["Authorization"].removeprefix("Bearer "), now=utc_now())
    return headers


def disabled(house: House) -> dict[str, str]:
    """Return the headers of a session whose account was disabled."""
    headers = session(LEAVER.id)(house)
    house.services.accounts.disable(LEAVER.id)
    return headers


# In this order: an ended session is ended before anybody else signs in.
CALLERS = (
    caller("ended session", signed_out),
    caller("disabled account", disabled),
    caller("expired session", session(NEWCOMER.id, hours_ago=1000)),
    caller("nobody", lambda _: {}),
    caller("garbage token", lambda _: bearer("' OR 1=1 --")),
    caller("another scheme", lambda _: {"Authorization": "Basic YW5uYTphbm5h"}),
    caller("owner", session("anna"), "signed in", "owner", "group"),
    caller("colleague in the group", session(COLLEAGUE.id), "signed in", "group"),
    caller("employee in another group", session("ben"), "signed in"),
    caller("employee in no group", session(NEWCOMER.id), "signed in"),
    caller("administrator", session("root"), "signed in", "admin"),
    caller("manager of the collection", session(MANAGER.id), "signed in", "manager"),
    caller("manager of another collection", session(OTHER_MANAGER.id), "signed in", "steward"),
    caller("auditor", session(AUDITOR.id), "signed in", "auditor"),
    caller("owner's key to ask", key("anna", "ask"), "signed in", "owner", "group", scope="ask"),
    caller("owner's key to read", key("anna", "read"), "signed in", "owner", "group", scope="read"),
    caller("owner's key to ingest", key("anna", "ingest"), "signed in", "owner", "group", scope="ingest"),
    caller("stranger's key to ask", key("ben", "ask"), "signed in", scope="ask"),
    caller("stranger's key to read", key("ben", "read"), "signed in", scope="read"),
    caller("administrator's key to ingest", key("root", "ingest"), "signed in", "admin", scope="ingest"),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Name Anna's things by the parameters of paths, and what one has to be to read the document among them."""

    readers: Standing
    names: Mapping[str, str]


def allows(rule_: Rule, thing: Thing, who: Caller) -> bool:
    """Return whether the caller may use a route on this thing."""
    wanted = {thing.readers if standing == "reader" else standing for standing in rule_.may}
    return bool(wanted & who.standings) and fits(rule_, who)


def fits(rule_: Rule, who: Caller) -> bool:
    """Return whether this is no key, or one for what the route does."""
    return who.scope is None or who.scope == rule_.scope or "anybody" in rule_.may


def refusals(rule_: Rule, who: Caller) -> tuple[int, ...]:
    """Return what the caller may get where the route does not serve them."""
    if "signed in" not in who.standings:
        return rule_.unsigned
    if not fits(rule_, who):
        return rule_.unkeyed
    is_elsewhere = rule_.elsewhere is not None and "steward" in who.standings
    return (rule_.elsewhere if is_elsewhere and rule_.elsewhere else rule_.refusal,)


def furnish(house: House, folder: Path) -> tuple[Thing, Thing]:
    """Bring in Anna's private scan and a document of her group, ask about it; return both things, hers first."""
    for person in (COLLEAGUE, NEWCOMER, MANAGER, OTHER_MANAGER, AUDITOR, LEAVER):
        house.services.accounts.save(person, password=PASSWORD)
    path = folder / "salary.pdf"
    path.write_bytes(pdf("Salary bands", "Salary band E7 starts at 61,400 euros a year."))
    file = SourceFile(f"folder:{folder}", path.name, path, path.name, ("group:hr",), origin=Origin.LISTED)
    house.bring_in_files("hr", file)
    upload(house, "zwetschge.pdf", pdf("My note", "The word of the day is Zwetschge."))
    house.work()
    job = upload(house, "zwetschge-later.md", b"# Later\n\nIt waits, and can be cancelled.")
    asked = ask(house, "anna", QUESTION)
    house.services.history.rename(asked["conversation"], "anna", "Mirabelle")
    common = {"conversation": asked["conversation"], "answer": asked["answer"]["id"], "job": job}
    made = house.services.admission.keys.make("anna", "mine", ("read",), days=1, now=utc_now())[1]
    own = house.client.post(
        "/api/files", headers=house.token("anna"), files={"file": ("own.md", b"# Own")}
    ).json()
    common |= {"key": made.id, "collection": "hr", "source": "policies", "file": own["id"]}
    return (
        Thing("owner", common | place(house, "zwetschge.pdf")),
        Thing("group", common | place(house, path.name)),
    )


def upload(house: House, file_name: str, content: bytes) -> str:
    """Hand in a file of Anna's for herself; return its job."""
    reply = house.client.post(
        "/api/documents",
        headers=house.token("anna"),
        files={"file": (file_name, content)},
        data={"collection": "hr", "readers": "me"},
    )
    return str(reply.json()["job"])


def place(house: House, file_name: str) -> dict[str, str]:
    """Return the ids of a document and of its first passage."""
    document = house.document(file_name)
    version = house.services.versions.visible(document)
    assert version is not None, f"{file_name} was not taken in"
    with reading(house.services.engine) as connection:
        chunk = (
            connection.execute(select(chunks.c.id).where(chunks.c.version_id == version.id)).scalars().first()
        )
    return {"document": document, "chunk": str(chunk)}


def pdf(heading: str, text: str) -> bytes:
    """Return a page with a heading and a line."""
    made = BytesIO()
    canvas = Canvas(made)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, heading)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 720, text)
    canvas.save()
    return made.getvalue()


def secrets_in(text: str) -> set[str]:
    """Return which of the words that are not for everybody stand in a response, also within JSON's escapes."""
    plain = json.dumps(text, ensure_ascii=False) + text
    return {word for word in SECRETS if word.lower() in plain.lower()}

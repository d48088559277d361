"""Name who calls in the access matrix: people, sessions and keys, and what each is to Anna's things.

A new kind of caller - an auditor, a key of one scope - needs a line in CALLERS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.identity import Person
from app.keys import Scope
from ingest.database import utc_now
from tests.house import House

# What somebody may be to a thing. "manager" looks after its collection, "steward" after another one; "reader" is
# whoever the document in question is open to.
Standing = Literal[
    "anybody", "signed in", "owner", "group", "admin", "manager", "steward", "auditor", "reader"
]
COLLEAGUE = Person("carl", "Carl", "HR clerk", "employee", ("hr",))
NEWCOMER = Person("nora", "Nora", "Visitor", "employee", ())
AUDITOR = Person("vera", "Vera", "Auditor", "auditor", ())
MANAGER = Person("mona", "Mona", "Looks after HR's documents", "employee", ())
OTHER_MANAGER = Person("milo", "Milo", "Looks after the handbook", "employee", ())
LEAVER = Person("liam", "Liam", "Left", "employee", ("hr",))


@dataclass(frozen=True, slots=True)
class Caller:
    """Name a kind of caller, how they come by the headers of their requests, and what they are to Anna's things."""

    name: str
    headers: Callable[[House], dict[str, str]]
    standings: frozenset[Standing]
    scope: Scope | None = None  # of an API key
    is_proven: bool = True  # showed within a quarter of an hour who they are


def caller(
    name: str,
    headers: Callable[[House], dict[str, str]],
    *standings: Standing,
    scope: Scope | None = None,
    is_proven: bool = True,
) -> Caller:
    """Return a kind of caller."""
    return Caller(name, headers, frozenset({"anybody", *standings}), scope, is_proven)


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


def long_at_it(user: str) -> Callable[[House], dict[str, str]]:
    """Return a way to sign this person in so that they showed an hour ago who they are."""

    def opened(house: House) -> dict[str, str]:
        token = house.services.sessions.open(user, now=utc_now()).token
        house.services.sessions.prove(token, at=utc_now() - timedelta(hours=1))
        return bearer(token)

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
    caller("administrator, long at it", long_at_it("root"), "signed in", "admin", is_proven=False),
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

"""Put requests on the audit trail: one table names the routes that are recorded, one place records what is refused.

A request is recorded before it is done: where that fails, it is refused with 503, and nothing has happened. What only
its outcome can tell (a sign-in, the documents of an answer, a job) is recorded where it is known.
"""

import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app.api import sessions, stewards
from app.audit.events import About, Kind
from app.audit.refusals import STRANGERS, Refusals, sort_of
from app.identity import Person
from app.keys import PREFIX
from app.wiring import Services
from ingest.database import utc_now
from retrieval.errors import IntramurosError, NotAllowed, NotFound, NotSignedIn

# Template of the route -> what it is on record as. ADMIN_VIEW counts where an administrator asks: others see their own.
ROUTES: Final[Mapping[tuple[str, str], tuple[Kind, str]]] = {
    ("DELETE", "/api/session"): (Kind.SIGN_OUT, "done"),
    ("DELETE", "/api/keys/{key}"): (Kind.KEY_REVOKED, "ordered"),
    ("GET", "/api/documents/{document}/original"): (Kind.OPENED, "asked for"),
    ("DELETE", "/api/documents/{document}"): (Kind.ERASURE, "ordered"),
    ("DELETE", "/api/conversations/{conversation}"): (Kind.ERASURE, "ordered"),
    ("DELETE", "/api/conversations"): (Kind.ERASURE, "all conversations"),
    ("GET", "/api/me/export"): (Kind.EXPORT, "all of oneself"),
    ("DELETE", "/api/answers/{answer}/feedback"): (Kind.ERASURE, "ordered"),
    ("DELETE", "/api/files/{file}"): (Kind.ERASURE, "ordered"),
    ("DELETE", "/api/jobs/{job}"): (Kind.INGESTION, "cancelled"),
    ("POST", "/api/remarks/{document}/accept"): (Kind.INGESTION, "accepted"),
    ("GET", "/api/documents"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/jobs"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/jobs/{job}"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/remarks"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/collections/{collection}/feedback"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/files-held"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/consistency"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/quarantine"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/administration/collections"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/administration/collections/{collection}/personal-data"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/usage"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/usage/weeks"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/restrictions"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/erasures"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/erasures/{erasure}"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/checkup"): (Kind.ADMIN_VIEW, "shown"),
    ("GET", "/api/checkup/model"): (Kind.ADMIN_VIEW, "shown"),
}
# Of these, the ones whose caller has to look after something, see `app.api.stewards`; views count for administrators.
FOR_STEWARDS: Final = frozenset(
    {("DELETE", "/api/documents/{document}"), ("POST", "/api/remarks/{document}/accept")}
)
SAME_VIEW = timedelta(minutes=5)  # the page asks every two seconds while something runs: one look, one record
NAMED: Final = (
    "document",
    "conversation",
    "answer",
    "chunk",
    "job",
    "key",
)  # parts of paths, as About calls them
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Audited:
    """Record the requests of one application. Safe for several threads."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.refusals = Refusals(services.audit)
        self._seen: dict[tuple[str, str], datetime] = {}
        self._lock = threading.Lock()

    def before(self, request: Request) -> None:
        """Record a request of the table. Raises DatabaseUnavailable.

        Whom the route will refuse at its door is left to `refuse`: on record is what somebody may order.
        """
        route = template(request)
        kind, outcome = ROUTES[request.method, route]
        person = self._admitted(request, route)
        if person is None or (kind is Kind.ADMIN_VIEW and not self._is_new_view(person, request.url.path)):
            return
        self._services.audit.record(kind, person.id, outcome=outcome, **_things(request))
        if kind is Kind.ADMIN_VIEW:
            self._note_view(person, request.url.path)

    def refuse(self, request: Request, error: IntramurosError) -> None:
        """Record that somebody was refused, or asked for what is not there for them. Raises DatabaseUnavailable.

        Of one account, or of all strangers, so many a minute: more are counted.
        """
        about: About = {"route": template(request), **_things(request)}
        person = None if isinstance(error, NotSignedIn) else self._asker(request)
        if person is not None:
            outcome = "refused" if isinstance(error, NotAllowed) else "not there, or hidden"
            self.refusals.record(sort_of(person.id), Kind.DENIED, person.id, outcome=outcome, about=about)
        else:
            self.refusals.record(STRANGERS, Kind.DENIED, None, outcome="not signed in", about=about)

    async def refused(self, request: Request, error: IntramurosError) -> None:
        """Record a refusal, unless the route has done so, or the error refuses nothing. Raises DatabaseUnavailable."""
        if isinstance(error.__cause__, NotSignedIn):
            error = error.__cause__  # told by another status, as a standard has it
        is_sign_in = request.method == "POST" and request.url.path == "/api/session"
        is_refusal = isinstance(error, NotSignedIn | NotAllowed)
        if (is_refusal and not is_sign_in) or (isinstance(error, NotFound) and request.path_params):
            await run_in_threadpool(self.refuse, request, error)

    def _admitted(self, request: Request, route: str) -> Person | None:
        """Return who asks if this route is for them, None where its own dependencies refuse them."""
        try:
            token = sessions.token_of(request.headers.get("authorization", ""))
            person = sessions.person_of(request, self._services, token)
            if (request.method, route) in FOR_STEWARDS:
                stewards.steward_of(self._services, person)
        except (NotSignedIn, NotAllowed):
            return None
        return person

    def _asker(self, request: Request) -> Person | None:
        try:
            token = sessions.token_of(request.headers.get("authorization", ""))
            try:
                return sessions.person_of(request, self._services, token)
            except NotAllowed:
                if not token.startswith(PREFIX):
                    raise
                user, _ = self._services.admission.keys.owner(token, now=utc_now())  # it is not for that
                return self._services.accounts.person(user)
        except (NotSignedIn, NotAllowed):
            return None

    def _is_new_view(self, person: Person, path: str) -> bool:
        with self._lock:
            seen = self._seen.get((person.id, path))
        return person.role == "admin" and (seen is None or utc_now() - seen > SAME_VIEW)

    def _note_view(self, person: Person, path: str) -> None:
        now = utc_now()
        with self._lock:
            self._seen = {view: seen for view, seen in self._seen.items() if now - seen <= SAME_VIEW}
            self._seen[person.id, path] = now


async def record_request(request: Request) -> None:
    """Record a request before it is done, if its route is in the table. A dependency of the whole application."""
    if (request.method, template(request)) in ROUTES:
        audited: Audited = request.app.state.audited
        await run_in_threadpool(audited.before, request)


def template(request: Request) -> str:
    """Return the template of a request's route; its path where no route was found yet."""
    return str(getattr(request.scope.get("route"), "path", "none"))


def _things(request: Request) -> About:
    """Return the ids that the path names; what else stands in a path may be a name."""
    found = {
        name: value for name, value in request.path_params.items() if name in NAMED and _ID.fullmatch(value)
    }
    return cast(About, found)

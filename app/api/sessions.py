"""Sign in and out; tell who asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Request

from app.api.schemas import (
    Credentials,
    Front,
    ModelStatus,
    Persona,
    Proof,
    ProviderToken,
    Session,
    Status,
    User,
)
from app.api.scopes import scope_of
from app.audit.events import Kind
from app.audit.refusals import SIGN_INS, Refusals
from app.identity import Person
from app.openid import LONGEST_TOKEN
from app.stewardship import looked_after
from app.wiring import Services
from ingest.database import utc_now
from retrieval.errors import InvalidRequest, NotAllowed, NotFound, NotSignedIn

UNATTENDED = "X-Intramuros-Unattended"  # a page says so where it asks by itself

router = APIRouter(prefix="/api", tags=["people"])


def services_of(request: Request) -> Services:
    """Return the wired parts of the running application."""
    services: Services = request.app.state.services
    return services


Wired = Annotated[Services, Depends(services_of)]


def token_of(authorization: Annotated[str, Header()] = "") -> str:
    """Return the bearer token. Raises NotSignedIn."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn(
            "no session was given", remedy="sign in and send the token as 'Authorization: Bearer ...'"
        )
    return token


Bearer = Annotated[str, Depends(token_of)]


def person_of(request: Request, services: Wired, token: Bearer) -> Person:
    """Return who asks, with groups as of this moment. Raises NotSignedIn, NotAllowed for a key of another scope."""
    return services.admission.who(
        token, scope=scope_of(request), now=utc_now(), is_attended=UNATTENDED not in request.headers
    )


SignedInPerson = Annotated[Person, Depends(person_of)]


def admin_of(person: SignedInPerson) -> Person:
    """Return who asks if they administer. Raises NotAllowed."""
    if person.role != "admin":
        raise NotAllowed("this needs the role admin", remedy="ask an administrator")
    return person


Admin = Annotated[Person, Depends(admin_of)]


def proven_of(services: Wired, token: Bearer, person: SignedInPerson) -> Person:
    """Return who asks if they showed within a quarter of an hour who they are. Raises ProofTooOld."""
    services.sessions.require_proof(token, now=utc_now())
    return person


Proven = Annotated[Person, Depends(proven_of)]  # for what erases, exports, or reads what is of others


def proven_admin_of(person: Proven) -> Person:
    """Return who asks if they administer, and are there. Raises ProofTooOld, NotAllowed."""
    return admin_of(person)


ProvenAdmin = Annotated[Person, Depends(proven_admin_of)]


@router.get("/front")
def front(services: Wired) -> Front:
    """Return what the page shows before anybody has signed in."""
    return Front(**asdict(services.looks), provider=services.admission.provider is not None)


@router.post("/session")
def sign_in(credentials: Credentials, request: Request, services: Wired) -> Session:
    """Return a session for a right password of a local account."""
    services.sign_ins.admit(credentials.user, now=utc_now())
    with _counted(services), _on_record(request, credentials.user):
        signed_in = services.admission.by_password(credentials.user, credentials.password, now=utc_now())
    services.audit.record(Kind.SIGN_IN, signed_in.person.id)
    return Session.of(signed_in)


@router.post("/session/provider")
def sign_in_by_provider(proof: ProviderToken, services: Wired) -> Session:
    """Return a session for whom the company's provider names in its ID token."""
    with _counted(services):  # one that the provider did not name is on record as a stranger's refusal
        signed_in = services.admission.by_id_token(proof.id_token, now=utc_now())
    services.audit.record(Kind.SIGN_IN, signed_in.person.id, outcome="by the provider")
    return Session.of(signed_in)


@router.post("/session/proof", status_code=204)
def prove(proof: Proof, services: Wired, token: Bearer, person: SignedInPerson) -> None:
    """Show again who one is, by the password of a local account or a fresh ID token of the company's provider."""
    services.sign_ins.admit(person.id, now=utc_now())
    services.admission.prove(person, token, password=proof.password, id_token=proof.id_token, now=utc_now())
    services.audit.record(Kind.SIGN_IN, person.id, outcome="proven again")


@router.post("/session/provider/left", status_code=204)
def signed_out_there(logout_token: Annotated[str, Form(max_length=LONGEST_TOKEN)], services: Wired) -> None:
    """End every session of whom the provider says that they signed out (OpenID Connect Back-Channel Logout 1.0)."""
    try:
        services.admission.left(logout_token, now=utc_now())
    except NotSignedIn as refusal:  # the standard has 400 for a token that is not accepted
        raise InvalidRequest(
            refusal.message, remedy="send the logout token as the provider signed it"
        ) from refusal
    # Only now: anybody may hand in a token, and that people are out must not wait for the trail.
    services.audit.record(Kind.SIGN_OUT, None, outcome="by the provider")


@router.delete("/session", status_code=204)
def sign_out(services: Wired, token: Bearer) -> None:
    """End every session of whoever holds this one."""
    services.sessions.end(token, now=utc_now())


@contextmanager
def _counted(services: Services) -> Iterator[None]:
    try:
        yield
    except NotSignedIn:
        services.metrics.count_sign_in(is_success=False)
        raise
    services.metrics.count_sign_in(is_success=True)


@contextmanager
def _on_record(request: Request, user: str) -> Iterator[None]:
    refusals: Refusals = request.app.state.audited.refusals
    try:
        yield
    except NotSignedIn:
        refusals.record(SIGN_INS, Kind.SIGN_IN_DENIED, user, outcome="refused", about={})
        raise


@router.get("/me")
def me(person: SignedInPerson) -> User:
    """Return who is signed in."""
    return User.of(person)


@router.get("/personas")
def personas(services: Wired) -> list[Persona]:
    """Return the demo accounts; only in the trial."""
    if not services.settings.site.trial:
        raise NotFound("there are no demo accounts here", remedy="sign in with your own account")
    return [
        Persona(id=p.id, name=p.name, title=p.title, groups=p.groups, password=p.password)
        for p in services.personas
    ]


@router.get("/status")
def status(services: Wired, person: SignedInPerson) -> Status:
    """Return how the site is doing, counted for the asker alone."""
    return Status(
        model=ModelStatus(name=services.model.name, state=services.model.state()),
        documents=len(services.catalog.listed_for(person.reader())),
        trial=services.settings.site.trial,
        site=services.settings.site.name,
        version=services.version,
        quotes=services.assistant.quotes,
        manages=bool(looked_after(person, services.collections.all())),
    )

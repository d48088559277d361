"""Decide who comes in with what: a session, an API key, or a token of the company's provider. There is no other way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.identity import Accounts, Person, Role, account_of
from app.keys import PREFIX, ApiKeys, Scope
from app.openid import Identity, Provider
from app.sections import SignIn
from app.sessions import PROOF_LASTS, Lifetime, Sessions, SignedIn
from retrieval.errors import NotAllowed, NotSignedIn


@dataclass(frozen=True, slots=True)
class Admission:
    """Hold what admits people. `provider` is None where accounts are local."""

    settings: SignIn
    accounts: Accounts
    sessions: Sessions
    keys: ApiKeys
    provider: Provider | None

    def who(self, token: str, *, scope: Scope | None, now: datetime, is_attended: bool = True) -> Person:
        """Return who bears this token, with rights as of this moment.

        `scope` is what a key must be for to do what is asked; None: no key does it. `is_attended`: somebody is there,
        and their session goes on. Raises NotSignedIn, NotAllowed,
        and Unavailable where the provider has to be asked and is away.
        """
        if token.startswith(PREFIX):
            user, scopes = self.keys.owner(token, now=now)
            if scope not in scopes:
                raise NotAllowed(
                    "this key is not for that",
                    remedy=f"use one with the scope '{scope}'" if scope else "sign in; no key does this",
                )
            return self.accounts.person(user)
        if self.provider and self.settings.api_audience and token.count(".") == 2:
            return self._known(self.provider.identity(token, audience=self.settings.api_audience, now=now))
        return self.sessions.who(token, now=now, is_attended=is_attended)

    def by_password(self, user: str, password: str, *, now: datetime) -> SignedIn:
        """Return a session for a right password of a local account. Raises NotSignedIn, NotAllowed."""
        if self.provider:
            raise NotAllowed(
                "people sign in through the company's provider here", remedy="use the page's sign-in"
            )
        return self.sessions.open(self.accounts.check(user, password).id, now=now)

    def by_id_token(self, id_token: str, *, now: datetime) -> SignedIn:
        """Return a session for whom the provider's ID token names. Raises NotSignedIn, NotAllowed, Unavailable."""
        provider = self._provider()
        told = provider.identity(id_token, audience=self.settings.client_id, now=now)
        self.accounts.refuse_disabled(account_of(told.issuer, told.subject))
        self.sessions.require_open(id_token, issued_at=told.issued_at, now=now)
        person = self.accounts.welcome(told, role=role_of(told.groups, self.settings))
        return self.sessions.open_by(id_token, person, told, now=now)

    def prove(self, person: Person, token: str, *, password: str, id_token: str, now: datetime) -> None:
        """Note on the session that its person has just shown who they are. Raises NotAllowed, Unavailable.

        By password where accounts are local, else by an ID token that tells when they signed in at the provider. What
        is wrong is not NotSignedIn: the session goes on.
        """
        try:
            if self.provider is None:
                self.accounts.check(person.id, password)
                at = now
            else:
                told = self.provider.identity(id_token, audience=self.settings.client_id, now=now)
                at = _proven_at(told, person, now)
        except NotSignedIn as error:
            raise NotAllowed(error.message, remedy=error.remedy) from error
        self.sessions.prove(token, at=at)

    def left(self, logout_token: str, *, now: datetime) -> None:
        """End every session of whom the provider says that they signed out there. Raises as `by_id_token`."""
        self.sessions.end_of(account_of(*self._provider().leaving(logout_token, now=now)), now=now)

    def _provider(self) -> Provider:
        if self.provider is None:
            raise NotAllowed("accounts are local here", remedy="sign in with name and password")
        return self.provider

    def _known(self, told: Identity) -> Person:
        """Return who comes with an access token; one that tells of no groups says nothing of those that are known."""
        user = account_of(told.issuer, told.subject)
        self.accounts.refuse_disabled(user)
        if not told.has_groups and self.accounts.listed(user):
            return self.accounts.person(user)
        return self.accounts.welcome(told, role=role_of(told.groups, self.settings))


def open_admission(settings: SignIn, engine: Engine) -> Admission:
    """Return what admits people, over a database."""
    accounts = Accounts(engine, parents=settings.group_parents)
    lifetime = Lifetime(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.hours))
    return Admission(
        settings=settings,
        accounts=accounts,
        sessions=Sessions(engine, accounts, lifetime),
        keys=ApiKeys(engine),
        provider=Provider(settings) if settings.issuer else None,
    )


def _proven_at(told: Identity, person: Person, now: datetime) -> datetime:
    """Return when the person showed the provider who they are. Raises NotAllowed."""
    if account_of(told.issuer, told.subject) != person.id:
        raise NotAllowed("that is another account", remedy="sign in again as yourself")
    if told.proven_at is None:
        raise NotAllowed(
            "the company's provider does not say when you signed in there",
            remedy="have your administrator let it put the claim auth_time into the ID token",
        )
    if now - told.proven_at >= PROOF_LASTS:
        raise NotAllowed(
            "you signed in there too long ago", remedy="sign in at your company's provider again"
        )
    return told.proven_at


def role_of(groups: tuple[str, ...], settings: SignIn) -> Role:
    """Return the role that groups give. Who administers does not audit what administrators did."""
    if set(groups) & set(settings.admin_groups):
        return "admin"
    return "auditor" if set(groups) & set(settings.auditor_groups) else "employee"

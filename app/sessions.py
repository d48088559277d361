"""Open, recognise and end sessions. A session ends when it was not used for a while, and in any case after some hours.

ASVS 5.0, 7.3 and 7.4: limits of idle and whole time; signing out and a disabled account end every session at once.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from app.identity import Accounts, Person
from app.openid import Identity
from app.schema import sessions, users
from ingest.database import reading, stamp, writing
from retrieval.errors import NotSignedIn, ProofTooOld

PROOF_LASTS: Final = timedelta(
    minutes=15
)  # before erasing, exporting or reading what is of others (ASVS 5.0, 7.5.3)
FRESH: Final = timedelta(minutes=5)  # within which an ID token opens its first session
MOST_TABS: Final = 50  # sessions of one sign-in
SEEN_EVERY: Final = timedelta(minutes=1)  # a write for each request would cost more than it tells


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Say how long a session lasts without a request, and at most."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hold a fresh session. The token is shown once and stored only as a hash."""

    token: str
    expires_at: str
    person: Person


class Sessions:
    """Keep sessions in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, accounts: Accounts, lifetime: Lifetime) -> None:
        self._engine = engine
        self._accounts = accounts
        self._lifetime = lifetime

    def open(self, user: str, *, now: datetime) -> SignedIn:
        """Return a session for an account that has shown who it is. Raises NotFound."""
        person = self._accounts.person(user)
        with writing(self._engine) as connection:
            until = now + self._lifetime.whole
            return _opened(connection, person, now=now, until=until, marks={"proven_at": stamp(now)})

    def open_by(self, id_token: str, person: Person, told: Identity, *, now: datetime) -> SignedIn:
        """Return a session for whom a checked ID token names. Raises NotSignedIn as `require_open` does."""
        with writing(self._engine) as connection:
            self._require_open(connection, id_token, issued_at=told.issued_at, now=now)
            until, marks = told.issued_at + self._lifetime.whole, {"id_token_sha256": _id_digest(id_token)}
            if told.proven_at is not None:
                marks["proven_at"] = stamp(told.proven_at)
            return _opened(connection, person, now=now, until=until, marks=marks)

    def prove(self, token: str, *, at: datetime) -> None:
        """Note that whoever holds this session has shown anew, at this moment, who they are."""
        mine = update(sessions).where(sessions.c.token_sha256 == _digest(token))
        with writing(self._engine) as connection:
            connection.execute(mine.values(proven_at=stamp(at)))

    def require_proof(self, token: str, *, now: datetime) -> None:
        """Raise ProofTooOld where the holder of this token did not show who they are within PROOF_LASTS.

        A key or a provider's token is no session, and never proof that its person is there.
        """
        query = select(sessions.c.proven_at).where(sessions.c.token_sha256 == _digest(token))
        with reading(self._engine) as connection:
            proven_at = connection.execute(query).scalar()
        if proven_at is None or proven_at <= stamp(now - PROOF_LASTS):
            raise ProofTooOld(
                "this asks you to show again who you are",
                remedy="enter your password, or sign in at your company's provider, again; it counts for 15 minutes",
            )

    def require_open(self, id_token: str, *, issued_at: datetime, now: datetime) -> None:
        """Raise NotSignedIn where a checked ID token opens nothing any more.

        A fresh token opens the first session. After that it opens others, as for a second tab, only while one of them
        is in use: a token that outlives its session, in a cookie for instance, opens nothing.
        """
        with reading(self._engine) as connection:
            self._require_open(connection, id_token, issued_at=issued_at, now=now)

    def _require_open(
        self, connection: Connection, id_token: str, *, issued_at: datetime, now: datetime
    ) -> None:
        query = select(sessions).where(sessions.c.id_token_sha256 == _id_digest(id_token))
        known = connection.execute(query).all()
        alive = [row for row in known if self._is_alive(row, now)]
        if len(alive) >= MOST_TABS or not (alive if known else now - issued_at <= FRESH):
            raise NotSignedIn("this sign-in is over", remedy="sign in again")

    def who(self, token: str, *, now: datetime, is_attended: bool = True) -> Person:
        """Return whose session this is; groups are read afresh each time. Raises NotSignedIn.

        What a page asks while nobody is at it is not `is_attended`, and does not carry the session on.
        """
        query = (
            select(sessions)
            .join(users, users.c.id == sessions.c.user_id)
            .where(sessions.c.token_sha256 == _digest(token), users.c.is_disabled.is_(False))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None or not self._is_alive(row, now):
            raise NotSignedIn("your session has ended", remedy="sign in again")
        if is_attended and stamp(now - SEEN_EVERY) >= row.seen_at:
            with writing(self._engine) as connection:
                mine = update(sessions).where(sessions.c.token_sha256 == row.token_sha256)
                connection.execute(mine.values(seen_at=stamp(now)))
        return self._accounts.person(row.user_id)

    def end(self, token: str, *, now: datetime) -> None:
        """End every session of whoever holds this one; one that is over ends no other."""
        held = select(sessions).where(sessions.c.token_sha256 == _digest(token))
        with writing(self._engine) as connection:
            for row in connection.execute(held).all():
                if self._is_alive(row, now):
                    _end(connection, row.user_id, now)

    def end_of(self, user: str, *, now: datetime) -> None:
        """End every session of an account."""
        with writing(self._engine) as connection:
            _end(connection, user, now)

    @contextmanager
    def as_administrator(self, *, now: datetime) -> Iterator[str]:
        """Lend the operator's command line a token with the rights of an administrator."""
        with self.as_person(self._accounts.operator().id, now=now) as token:
            yield token

    @contextmanager
    def as_person(self, user: str, *, now: datetime) -> Iterator[str]:
        """Lend the operator's command line the token of this account; the person's own sessions go on.

        Raises NotFound where there is no such account.
        """
        token = self.open(user, now=now).token
        try:
            yield token
        finally:
            with writing(self._engine) as connection:
                connection.execute(delete(sessions).where(sessions.c.token_sha256 == _digest(token)))

    def _is_alive(self, row: Row[Any], now: datetime) -> bool:
        is_used = row.seen_at > stamp(now - self._lifetime.idle)
        return row.ended_at is None and is_used and row.expires_at > stamp(now)


def _opened(
    connection: Connection,
    person: Person,
    *,
    now: datetime,
    until: datetime,
    marks: Mapping[str, str],
) -> SignedIn:
    """Write a session, and forget those of which nothing follows any more."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= stamp(now)))
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(sessions).values(
            token_sha256=_digest(token),
            user_id=person.id,
            created_at=stamp(now),
            seen_at=stamp(now),
            expires_at=stamp(until),
            **marks,
        )
    )
    return SignedIn(token, stamp(until), person)


def _end(connection: Connection, user: str, now: datetime) -> None:
    mine = update(sessions).where(sessions.c.user_id == user, sessions.c.ended_at.is_(None))
    connection.execute(mine.values(ended_at=stamp(now)))


def _id_digest(id_token: str) -> str:
    """Return the hash of what an ID token says: its signature can be written in more ways than one (ECDSA)."""
    return _digest(id_token.rpartition(".")[0])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Know people: local accounts, sign-in, sessions; and turn a person into a reader."""

import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine, delete, insert, select, update

from app.schema import memberships, sessions, users
from ingest.database import reading, stamp, writing
from retrieval.errors import NotFound, NotSignedIn
from retrieval.readers import reader_of
from retrieval.types import Reader

Role = Literal["employee", "admin", "auditor"]

HASHES_AT_ONCE = 2  # each takes 64 MB and a core; strangers may wait in line, the house may not
HASHER = PasswordHasher()  # argon2id with the library's defaults (RFC 9106, low-memory profile)
# Checked for unknown names, so that time does not tell who exists.
NOBODY = HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Person:
    """Hold an account. Being an admin gives no right to read documents."""

    id: str
    name: str
    title: str
    role: Role
    groups: tuple[str, ...]

    def reader(self) -> Reader:
        """Return the principals this person reads with."""
        return reader_of(self.id, self.groups)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hold a fresh session. The token is shown once and stored only as a hash."""

    token: str
    expires_at: str
    person: Person


class Accounts:
    """Keep local accounts and sessions in the database. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, *, session_hours: float) -> None:
        self._engine = engine
        self._lifetime = timedelta(hours=session_hours)
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def save(self, person: Person, *, password: str) -> None:
        """Write an account with its groups, enabled, replacing an earlier one; a new password ends its sessions."""
        values = {"name": person.name, "title": person.title, "role": person.role}
        with writing(self._engine) as connection:
            known = connection.execute(select(users.c.password_hash).where(users.c.id == person.id)).scalar()
            if known is None:
                secret = HASHER.hash(password)
                connection.execute(insert(users).values(id=person.id, password_hash=secret, **values))
            else:
                if not _matches(known, password):
                    values["password_hash"] = HASHER.hash(password)
                    connection.execute(delete(sessions).where(sessions.c.user_id == person.id))
                row = update(users).where(users.c.id == person.id)
                connection.execute(row.values(is_disabled=False, **values))
            connection.execute(delete(memberships).where(memberships.c.user_id == person.id))
            rows = [{"user_id": person.id, "group_name": group} for group in person.groups]
            if rows:
                connection.execute(insert(memberships), rows)

    def sign_in(self, user: str, password: str, *, now: datetime) -> SignedIn:
        """Return a session for a right password. Raises NotSignedIn, which does not say what was wrong."""
        with reading(self._engine) as connection:
            query = select(users.c.password_hash).where(users.c.id == user, users.c.is_disabled.is_(False))
            known = connection.execute(query).scalar()
        with self._hashing:
            is_right = _matches(known or NOBODY, password)
        if not is_right or known is None:
            raise NotSignedIn("name or password is wrong", remedy="try again, or ask your administrator")
        return self.open_session(user, now=now)

    def open_session(self, user: str, *, now: datetime) -> SignedIn:
        """Return a session without a password; for the operator's command line. Raises NotFound."""
        person = self.person(user)
        token = secrets.token_urlsafe(32)
        expires_at = stamp(now + self._lifetime)
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= stamp(now)))
            connection.execute(
                insert(sessions).values(
                    token_sha256=_digest(token), user_id=user, created_at=stamp(now), expires_at=expires_at
                )
            )
        return SignedIn(token, expires_at, person)

    @contextmanager
    def as_administrator(self, *, now: datetime) -> Iterator[str]:
        """Lend the operator's command line the token of an administrator; other sessions of theirs go on.

        Raises NotFound where no account has the role.
        """
        query = select(users.c.id).where(users.c.role == "admin", users.c.is_disabled.is_(False))
        with reading(self._engine) as connection:
            user = connection.execute(query.order_by(users.c.id)).scalar()
        if user is None:
            raise NotFound(
                "no account has the role admin, and the running server answers this to administrators only",
                remedy="add one with `intramuros people add NAME --admin`, or stop the server and run it again",
            )
        with self.as_person(user, now=now) as token:
            yield token

    @contextmanager
    def as_person(self, user: str, *, now: datetime) -> Iterator[str]:
        """Lend the operator's command line the token of this account; the person's own sessions go on.

        Raises NotFound where there is no such account.
        """
        token = self.open_session(user, now=now).token
        try:
            yield token
        finally:
            with writing(self._engine) as connection:
                connection.execute(delete(sessions).where(sessions.c.token_sha256 == _digest(token)))

    def who(self, token: str, *, now: datetime) -> Person:
        """Return whose session this is; groups are read afresh each time. Raises NotSignedIn."""
        query = (
            select(sessions.c.user_id)
            .join(users, users.c.id == sessions.c.user_id)
            .where(sessions.c.token_sha256 == _digest(token))
            .where(sessions.c.expires_at > stamp(now), users.c.is_disabled.is_(False))
        )
        with reading(self._engine) as connection:
            user = connection.execute(query).scalar()
        if user is None:
            raise NotSignedIn("your session has ended", remedy="sign in again")
        return self.person(user)

    def sign_out(self, token: str) -> None:
        """End every session of whoever holds this one."""
        owner = select(sessions.c.user_id).where(sessions.c.token_sha256 == _digest(token))
        with writing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.user_id.in_(owner)))

    def person(self, user: str) -> Person:
        """Return an account that is not disabled. Raises NotFound."""
        with reading(self._engine) as connection:
            query = select(users).where(users.c.id == user, users.c.is_disabled.is_(False))
            row = connection.execute(query).mappings().first()
            groups = connection.execute(
                select(memberships.c.group_name)
                .where(memberships.c.user_id == user)
                .order_by(memberships.c.group_name)
            ).scalars()
            if row is None:
                raise NotFound(
                    f"there is no account '{user}'",
                    remedy="check the name; the trial's names are on its start page",
                )
            return Person(row["id"], row["name"], row["title"], row["role"], tuple(groups))

    def disable(self, user: str) -> None:
        """Disable an account and end all its sessions."""
        with writing(self._engine) as connection:
            connection.execute(update(users).where(users.c.id == user).values(is_disabled=True))
            connection.execute(delete(sessions).where(sessions.c.user_id == user))


def _matches(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except VerificationError:
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

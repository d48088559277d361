"""Know people: local accounts and those that the company's provider vouches for; turn a person into a reader."""

import hashlib
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.openid import Identity
from app.schema import memberships, sessions, users
from ingest.database import reading, stamp, utc_now, writing
from retrieval.errors import InvalidRequest, NotFound, NotSignedIn
from retrieval.readers import reader_of, with_parents
from retrieval.types import Reader

Role = Literal["employee", "admin", "auditor"]

HASHES_AT_ONCE = 2  # each takes 64 MB and a core; strangers may wait in line, the house may not
HASHER = PasswordHasher()  # argon2id with the library's defaults (RFC 9106, low-memory profile)
# Checked for unknown names, so that time does not tell who exists.
NOBODY = HASHER.hash(secrets.token_hex(16))
NO_PASSWORD: Final = ""  # matches none
SUBJECT_CHARS: Final = 24  # of the hash that names an account of the provider: 96 bits


@dataclass(frozen=True, slots=True)
class Person:
    """Hold an account. Being an admin or an auditor gives no right to read documents."""

    id: str
    name: str
    title: str
    role: Role
    groups: tuple[str, ...]

    def reader(self) -> Reader:
        """Return the principals this person reads with. An auditor looks at records, and reads no document for all."""
        reader = reader_of(self.id, self.groups)
        return Reader(reader.subject, frozenset({reader.subject})) if self.role == "auditor" else reader


# Who acts for the command line where a right of an administrator is needed. Nobody signs in as it.
OPERATOR: Final = Person("operator", "Operator", "", "admin", ())


class Accounts:
    """Keep accounts in the database. `parents` maps a group to those it lies in.

    Every method raises DatabaseUnavailable.
    """

    def __init__(self, engine: Engine, *, parents: Mapping[str, Iterable[str]] | None = None) -> None:
        self._engine = engine
        self._parents = {group: frozenset(above) for group, above in (parents or {}).items()}
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def save(self, person: Person, *, password: str) -> None:
        """Write a local account, enabled, replacing an earlier one; a new password ends its sessions.

        Raises InvalidRequest for the name that the command line acts under.
        """
        if person.id == OPERATOR.id:
            raise InvalidRequest(f"'{OPERATOR.id}' is nobody's name", remedy="choose another one")
        with writing(self._engine) as connection:
            known = connection.execute(select(users.c.password_hash).where(users.c.id == person.id)).scalar()
            changed: dict[str, Any] = {"is_disabled": False}
            if known is None or not _matches(known, password):
                changed["password_hash"] = HASHER.hash(password)
                connection.execute(delete(sessions).where(sessions.c.user_id == person.id))
            _write(connection, person, changed)

    def check(self, user: str, password: str) -> Person:
        """Return whose password this is. Raises NotSignedIn, which does not say what was wrong."""
        with reading(self._engine) as connection:
            query = select(users.c.password_hash).where(users.c.id == user, users.c.is_disabled.is_(False))
            known = connection.execute(query).scalar()
        with self._hashing:
            is_right = _matches(known or NOBODY, password)
        if not is_right or not known:
            raise NotSignedIn("name or password is wrong", remedy="try again, or ask your administrator")
        return self.person(user)

    def welcome(self, identity: Identity, *, role: Role) -> Person:
        """Return the account of whom the provider vouches for, with name, groups and role as its newest token says.

        An older token changes nothing, or a right that was withdrawn could be had back with it. Raises NotSignedIn
        where the account is disabled here.
        """
        person = Person(
            account_of(identity.issuer, identity.subject), identity.name, "", role, identity.groups
        )
        issued_at = stamp(identity.issued_at)
        self.refuse_disabled(person.id)
        for known, _, vouched_at in self.listed(person.id):
            if issued_at < vouched_at or (issued_at == vouched_at and known == person):
                return self.person(person.id)
        vouched = {
            "issuer": identity.issuer,
            "subject": identity.subject,
            "signed_in_at": issued_at,
            "password_hash": NO_PASSWORD,
        }
        with writing(self._engine) as connection:
            _write(connection, person, vouched)
        return self.person(person.id)

    def refuse_disabled(self, user: str) -> None:
        """Raise NotSignedIn where this account is disabled; an unknown one is not."""
        if any(is_disabled for _, is_disabled, _ in self.listed(user)):
            raise NotSignedIn("this account is disabled", remedy="ask your administrator")

    def operator(self) -> Person:
        """Return the account that the command line acts under, made on first use."""
        with writing(self._engine) as connection:
            _write(connection, OPERATOR, {"password_hash": NO_PASSWORD})
        return OPERATOR

    def person(self, user: str) -> Person:
        """Return an account that is not disabled, with every group its groups lie in. Raises NotFound."""
        with reading(self._engine) as connection:
            query = select(users).where(users.c.id == user, users.c.is_disabled.is_(False))
            row = connection.execute(query).mappings().first()
            groups = connection.execute(
                select(memberships.c.group_name).where(memberships.c.user_id == user)
            ).scalars()
            if row is None:
                raise NotFound(
                    f"there is no account '{user}'",
                    remedy="`intramuros people list` names them; the trial's are on its start page",
                )
            named = tuple(sorted(with_parents(groups, self._parents)))
            return Person(row["id"], row["name"], row["title"], row["role"], named)

    def listed(self, user: str | None = None) -> tuple[tuple[Person, bool, str], ...]:
        """Return every account (or this one), if it is disabled, and when the provider vouched for it ("": local)."""
        accounts = select(users).order_by(users.c.id)
        groups = select(memberships.c.user_id, memberships.c.group_name)
        if user is not None:
            accounts, groups = accounts.where(users.c.id == user), groups.where(memberships.c.user_id == user)
        with reading(self._engine) as connection:
            rows = connection.execute(accounts).mappings().all()
            held: dict[str, list[str]] = {}
            for member, group in connection.execute(groups):
                held.setdefault(member, []).append(group)
        return tuple(
            (
                Person(
                    row["id"], row["name"], row["title"], row["role"], tuple(sorted(held.get(row["id"], ())))
                ),
                row["is_disabled"],
                row["signed_in_at"] or "",
            )
            for row in rows
        )

    def rename(self, user: str, *, name: str, title: str) -> None:
        """Show an account by this name and title; an empty one stays as it is."""
        changed = {key: value for key, value in (("name", name), ("title", title)) if value}
        with writing(self._engine) as connection:
            connection.execute(update(users).where(users.c.id == user).values(changed))

    def disable(self, user: str) -> None:
        """Disable an account and end all its sessions; its keys open nothing any more."""
        mine = update(sessions).where(sessions.c.user_id == user, sessions.c.ended_at.is_(None))
        with writing(self._engine) as connection:
            connection.execute(update(users).where(users.c.id == user).values(is_disabled=True))
            connection.execute(mine.values(ended_at=stamp(utc_now())))  # kept: their ID tokens open no others

    def enable(self, user: str) -> None:
        """Let a disabled account in again. Raises NotFound."""
        with writing(self._engine) as connection:
            changed = connection.execute(update(users).where(users.c.id == user).values(is_disabled=False))
        if not changed.rowcount:
            raise NotFound(f"there is no account '{user}'", remedy="`intramuros people list` names them")


def account_of(issuer: str, subject: str) -> str:
    """Return the id of the account that the provider knows as this subject."""
    told = hashlib.sha256(f"{issuer}\0{subject}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"sso-{told[:SUBJECT_CHARS]}"


def _write(connection: Connection, person: Person, changed: Mapping[str, Any]) -> None:
    """Insert or update an account with its groups."""
    values = {"name": person.name, "title": person.title, "role": person.role, **changed}
    row = update(users).where(users.c.id == person.id).values(values)
    if not connection.execute(row).rowcount:
        made = {"id": person.id, "is_disabled": False, "created_at": stamp(utc_now())}
        connection.execute(insert(users).values({**made, **values}))
    connection.execute(delete(memberships).where(memberships.c.user_id == person.id))
    groups = [{"user_id": person.id, "group_name": group} for group in person.groups]
    if groups:
        connection.execute(insert(memberships), groups)


def _matches(known: str, password: str) -> bool:
    try:
        return HASHER.verify(known, password)
    except (VerificationError, InvalidHashError):
        return False

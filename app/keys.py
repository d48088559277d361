"""Keep API keys: long-lived tokens of people for other programs, each for few things and a limited time."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import uuid4

from sqlalchemy import Engine, delete, func, insert, select, update

from app.schema import api_keys, users
from ingest.database import reading, stamp, writing
from retrieval.errors import InvalidRequest, NotFound, NotSignedIn

Scope = Literal["ask", "read", "ingest"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

PREFIX: Final = "imk_"  # so that scanners for secrets, and people, know one when they see it
MOST_KEYS: Final = 20  # of a person; more are forgotten, not used
LONGEST_DAYS: Final = 365
VOUCHED_FOR: Final = timedelta(
    days=30
)  # a key of an account of the provider works this long after its last sign-in
SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Describe a key without what opens."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: str
    seen_at: str | None
    expires_at: str


class ApiKeys:
    """Keep the keys in the database, as hashes. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(
        self, user: str, name: str, scopes: tuple[Scope, ...], *, days: int, now: datetime
    ) -> tuple[str, ApiKey]:
        """Return a new key, shown this once, and its description. Raises InvalidRequest."""
        if not scopes or not set(scopes) <= set(SCOPES) or not 1 <= days <= LONGEST_DAYS or not name.strip():
            raise InvalidRequest(
                "a key needs a name, at least one scope, and a term",
                remedy=f"choose among {', '.join(SCOPES)}, and 1 to {LONGEST_DAYS} days",
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        made = ApiKey(
            str(uuid4()),
            name.strip(),
            tuple(scope for scope in SCOPES if scope in scopes),
            stamp(now),
            None,
            stamp(now + timedelta(days=days)),
        )
        with writing(self._engine) as connection:
            connection.execute(delete(api_keys).where(api_keys.c.expires_at <= stamp(now)))
            mine = select(func.count()).where(api_keys.c.user_id == user)
            if connection.execute(mine).scalar_one() >= MOST_KEYS:
                raise InvalidRequest(f"you have {MOST_KEYS} keys", remedy="revoke one that is not used")
            connection.execute(
                insert(api_keys).values(
                    id=made.id,
                    user_id=user,
                    name=made.name,
                    key_sha256=_digest(secret),
                    scopes=list(made.scopes),
                    created_at=made.created_at,
                    expires_at=made.expires_at,
                )
            )
        return secret, made

    def listed(self, user: str, *, now: datetime) -> tuple[ApiKey, ...]:
        """Return a person's keys that have not expired, the newest first."""
        table = api_keys
        columns = [table.c[name] for name in ApiKey.__dataclass_fields__]
        query = select(*columns).where(table.c.user_id == user, table.c.expires_at > stamp(now))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(table.c.created_at.desc(), table.c.id)).mappings()
            return tuple(ApiKey(**{**row, "scopes": tuple(row["scopes"])}) for row in rows)

    def revoke(self, key: str, user: str) -> None:
        """Take one of this person's keys back; it opens nothing from this moment. Raises NotFound."""
        with writing(self._engine) as connection:
            mine = delete(api_keys).where(api_keys.c.id == key, api_keys.c.user_id == user)
            if not connection.execute(mine).rowcount:
                raise NotFound("there is no such key", remedy="list your keys")

    def owner(self, secret: str, *, now: datetime) -> tuple[str, frozenset[str]]:
        """Return whose key this is, and its scopes. Raises NotSignedIn."""
        query = (
            select(api_keys, users.c.issuer, users.c.signed_in_at)
            .join(users, users.c.id == api_keys.c.user_id)
            .where(api_keys.c.key_sha256 == _digest(secret), api_keys.c.expires_at > stamp(now))
            .where(users.c.is_disabled.is_(False))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotSignedIn("this key opens nothing", remedy="make a new one, or sign in")
        if row.issuer and (row.signed_in_at or "") <= stamp(now - VOUCHED_FOR):
            raise NotSignedIn(
                f"nobody signed in to this key's account for {VOUCHED_FOR.days} days",
                remedy="sign in to the page once; groups are what they were at the last sign-in",
            )
        if (row.seen_at or "") <= stamp(now - SEEN_EVERY):
            with writing(self._engine) as connection:
                connection.execute(update(api_keys).where(api_keys.c.id == row.id).values(seen_at=stamp(now)))
        return row.user_id, frozenset(row.scopes)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

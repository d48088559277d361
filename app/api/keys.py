"""Make, list and revoke one's own API keys. No key does this itself: whoever got hold of one could make others."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.audit.events import Kind
from app.keys import LONGEST_DAYS, ApiKey, Scope
from ingest.database import utc_now
from ingest.erasures import Erased

router = APIRouter(prefix="/api/keys", tags=["keys"])


class NewKey(Wire):
    """Carry what a key is to be for."""

    name: str = Field(min_length=1, max_length=80)
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=3)
    days: int = Field(90, ge=1, le=LONGEST_DAYS)


class Key(Wire):
    """Describe a key without what opens."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: str
    seen_at: str | None
    expires_at: str

    @classmethod
    def of(cls, key: ApiKey) -> "Key":
        """Return what its owner sees of a key."""
        return cls(**asdict(key))


class MadeKey(Wire):
    """Carry a fresh key, which is shown this once."""

    secret: str
    key: Key


@router.get("")
def keys(services: Wired, person: SignedInPerson) -> list[Key]:
    """Return one's own keys, the newest first."""
    return [Key.of(key) for key in services.admission.keys.listed(person.id, now=utc_now())]


@router.post("", status_code=201)
def make(new: NewKey, services: Wired, person: SignedInPerson) -> MadeKey:
    """Make a key that may do what its scopes name, with one's own rights of the moment it is used."""
    secret, key = services.admission.keys.make(person.id, new.name, new.scopes, days=new.days, now=utc_now())
    services.audit.record(Kind.KEY_MADE, person.id, key=key.id)
    return MadeKey(secret=secret, key=Key.of(key))


@router.delete("/{key}", status_code=204)
def revoke(key: str, services: Wired, person: SignedInPerson) -> None:
    """Take a key back; it opens nothing from this moment."""
    services.admission.keys.revoke(key, person.id)
    services.erasures.add(Erased.KEY, key, now=utc_now())

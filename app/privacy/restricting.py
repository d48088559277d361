"""Restrict or lift with what belongs to it: attachments too, on record before, and on the list that a restore reads."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.audit.events import About, Kind
from app.identity import Person
from app.privacy.restriction import Thing
from app.records import Records
from ingest.database import utc_now
from ingest.erasures import Erased
from retrieval.errors import NotFound

RESTRICTED, LIFTED = "restricted", "restriction lifted"
# What the list says of a thing that is restricted, or released.
LINES: Final[Mapping[tuple[Thing, bool], Erased]] = MappingProxyType(
    {
        ("document", False): Erased.DOCUMENT_RESTRICTED,
        ("document", True): Erased.DOCUMENT_RELEASED,
        ("person", False): Erased.PERSON_RESTRICTED,
        ("person", True): Erased.PERSON_RELEASED,
    }
)


def restrict(records: Records, kind: Thing, named: str, *, by: Person, lifted: bool = False) -> str:
    """Restrict a document with all attached to it, or a person, or lift that; return the id. Raises NotFound.

    It is put on record before it is done. Raises Unavailable.
    """
    identity, ids = _found(records, kind, named)
    about: About = (
        {"document": identity} if kind == "document" else {"person": records.audit.pseudonym(identity)}
    )
    records.audit.record(Kind.ACCESS, by.id, outcome=LIFTED if lifted else RESTRICTED, **about)
    for one in ids:
        records.erasures.add(LINES[kind, lifted], one, now=utc_now())
    if lifted:
        records.restrictions.lift(kind, ids)
    else:
        records.restrictions.restrict(kind, ids, now=utc_now())
    return identity


def _found(records: Records, kind: Thing, named: str) -> tuple[str, tuple[str, ...]]:
    if kind == "document":
        document = records.catalog.find(named).id
        return document, records.catalog.with_attached(document)
    if not records.accounts.listed(named):
        raise NotFound(f"there is no account '{named}'", remedy="`intramuros people list` names them")
    return named, (named,)

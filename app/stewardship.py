"""Say who looks after which collection. Looking after one gives no right to read what is in it. Pure."""

from collections.abc import Iterable

from app.identity import Person
from ingest.collections import Collection
from retrieval.readers import may_read


def looks_after(person: Person, collection: Collection) -> bool:
    """Return whether somebody may run the intake of a collection: its managers, and every administrator.

    The files that a person brought for themselves nobody looks after.
    """
    is_theirs = person.role == "admin" or may_read(person.reader(), collection.managers)
    return collection.private_to is None and is_theirs


def looked_after(person: Person, collections: Iterable[Collection]) -> frozenset[str]:
    """Return the ids of the collections that somebody looks after."""
    return frozenset(one.id for one in collections if looks_after(person, one))

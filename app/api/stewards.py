"""Tell who looks after what: administrators all collections, managers theirs. Foreign things are not found."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from app.api.sessions import SignedInPerson, Wired
from app.identity import Person
from app.stewardship import looked_after
from app.wiring import Services
from ingest.catalog import Document
from ingest.collections import Collection
from retrieval.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Steward:
    """Hold somebody who looks after collections. It gives no right to read what is in them."""

    person: Person
    collections: frozenset[str]

    @property
    def is_admin(self) -> bool:
        """Return whether they look after the whole house."""
        return self.person.role == "admin"

    def document(self, document: str, services: Services) -> Document:
        """Return a document of their collections. Raises NotFound for a foreign and a missing id alike."""
        try:
            known = services.catalog.get(document)
        except NotFound:
            known = None
        if known is None or known.collection_id not in self.collections:
            raise NotFound("there is no such document", remedy="list the documents again")
        return known

    def collection(self, collection: str, services: Services) -> Collection:
        """Return one of their collections. Raises NotFound for a foreign and a missing id alike."""
        for one in services.collections.all():
            if one.id == collection and one.id in self.collections:
                return one
        raise NotFound(
            "there is no such collection", remedy="choose one from the list of those you look after"
        )


def steward_of(services: Wired, person: SignedInPerson) -> Steward:
    """Return who asks with the collections they look after. Raises NotAllowed where there is none."""
    collections = looked_after(person, services.collections.all())
    if not collections and person.role != "admin":
        raise NotAllowed(
            "this needs the role admin, or a collection that you look after",
            remedy="ask an administrator to name you among the managers of the collection",
        )
    return Steward(person, collections)


Looking = Annotated[Steward, Depends(steward_of)]

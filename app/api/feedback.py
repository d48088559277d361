"""Judge answers; show what was judged to those who look after a collection, and in numbers to administrators."""

from collections import Counter
from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.feedback import Judged, Kind, Thumb
from app.identity import Person
from ingest.collections import Collection
from retrieval.errors import NotFound
from retrieval.readers import may_read

FEWEST = 5  # people behind a number: fewer, and the numbers are about persons

router = APIRouter(prefix="/api", tags=["feedback"])


class Judgement(Wire):
    """Carry a thumb."""

    value: Literal["up", "down"]
    kinds: tuple[Kind, ...] = Field((), max_length=5)
    reason: str = Field(default="", max_length=1000)  # read by those who look after the collection
    with_question: bool = False  # send the question along to them

    def thumb(self) -> Thumb:
        """Return it as it is kept."""
        kinds = tuple(dict.fromkeys(self.kinds))
        return Thumb(self.value, kinds, self.reason.strip(), self.with_question)


class CitedDocument(Wire):
    """Name a document that an answer cites."""

    id: str
    title: str


class Entry(Wire):
    """Show one thumb to a manager; of whom it is cannot be told."""

    value: str
    kinds: tuple[str, ...]
    reason: str
    month: str
    question: str | None
    documents: tuple[CitedDocument, ...]


class CollectionFeedback(Wire):
    """Show what people think of answers from a collection."""

    collection: str
    up: int | None  # None: fewer than five people
    down: int | None
    kinds: dict[str, int] | None
    entries: tuple[Entry, ...]  # for its managers alone


@router.post("/answers/{answer}/feedback", status_code=204)
def judge(answer: str, judgement: Judgement, services: Wired, person: SignedInPerson) -> None:
    """Put a thumb on one's own answer, replacing an earlier one."""
    services.feedback.judge(answer, person.id, judgement.thumb())


@router.delete("/answers/{answer}/feedback", status_code=204)
def take_back(answer: str, services: Wired, person: SignedInPerson) -> None:
    """Take the thumb on one's own answer back."""
    services.feedback.judge(answer, person.id, None)


@router.get("/collections/{collection}/feedback")
def of_collection(collection: str, services: Wired, person: SignedInPerson) -> CollectionFeedback:
    """Return the thumbs on answers from a collection: entries for its managers, numbers alone for administrators.

    Neither names anybody; numbers of fewer than five people are left out.
    """
    known = next((one for one in services.collections.all() if one.id == collection), None)
    if known is None or not (_manages(person, known) or person.role == "admin"):
        raise NotFound("there is no such collection", remedy="choose one that you look after")
    judged = services.feedback.about(known, reader=person.reader())
    return _shown(known, judged, is_manager=_manages(person, known))


def _manages(person: Person, collection: Collection) -> bool:
    return collection.private_to is None and may_read(person.reader(), collection.managers)


def _shown(collection: Collection, judged: Judged, *, is_manager: bool) -> CollectionFeedback:
    are_enough = is_manager or judged.people >= FEWEST
    values = Counter(one.value for one in judged.remarks)
    return CollectionFeedback(
        collection=collection.id,
        up=values["up"] if are_enough else None,
        down=values["down"] if are_enough else None,
        kinds=dict(Counter(kind for one in judged.remarks for kind in one.kinds)) if are_enough else None,
        entries=tuple(
            Entry(
                value=one.value,
                kinds=one.kinds,
                reason=one.reason,
                month=one.month,
                question=one.question,
                documents=tuple(CitedDocument(**asdict(document)) for document in one.cited),
            )
            for one in judged.remarks
        )
        if is_manager
        else (),
    )

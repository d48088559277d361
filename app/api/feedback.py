"""Judge answers; show what was judged to those who look after a collection."""

from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from app.api.schemas import Wire
from app.api.sessions import SignedInPerson, Wired
from app.feedback import Kind, Remark, Thumb
from app.privacy.holds import require_free
from ingest.database import utc_now
from ingest.erasures import Erased
from retrieval.errors import NotFound
from retrieval.readers import may_read

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

    @classmethod
    def of(cls, remark: Remark) -> "Entry":
        """Return what a manager sees of a thumb."""
        return cls(
            value=remark.value,
            kinds=remark.kinds,
            reason=remark.reason,
            month=remark.month,
            question=remark.question,
            documents=tuple(CitedDocument(**asdict(document)) for document in remark.cited),
        )


@router.post("/answers/{answer}/feedback", status_code=204)
def judge(answer: str, judgement: Judgement, services: Wired, person: SignedInPerson) -> None:
    """Put a thumb on one's own answer, replacing an earlier one."""
    services.feedback.judge(answer, person.id, judgement.thumb())


@router.delete("/answers/{answer}/feedback", status_code=204)
def take_back(answer: str, services: Wired, person: SignedInPerson) -> None:
    """Take the thumb on one's own answer back."""
    require_free(services.engine, person=person.id)
    put_at = services.feedback.judge(answer, person.id, None)
    services.erasures.add(Erased.FEEDBACK, answer, now=utc_now(), made_at=put_at)


@router.get("/collections/{collection}/feedback")
def of_collection(collection: str, services: Wired, person: SignedInPerson) -> list[Entry]:
    """Return the thumbs on answers from a collection, to its managers; nobody is named.

    Administrators have their number in the report on usage, where enough people are behind it.
    """
    known = next((one for one in services.collections.all() if one.id == collection), None)
    if known is None or not may_read(person.reader(), known.managers):
        raise NotFound("there is no such collection", remedy="choose one that you look after")
    return [Entry.of(remark) for remark in services.feedback.about(known, reader=person.reader())]

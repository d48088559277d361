"""Ask and follow answers; list, open, rename and delete conversations."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.event_stream import EventStream
from app.api.schemas import (
    Answer,
    Conversation,
    Dialogue,
    Message,
    NewQuestion,
    Source,
    Suggestions,
    Title,
)
from app.api.sessions import SignedInPerson, Wired
from app.asking import Wishes, ask
from app.conversation_search import find
from app.history import Message as StoredMessage
from app.identity import Person
from app.privacy.holds import require_free
from app.reopening import Today
from app.stream import PING, Running
from app.types import WIRE_NAMES, Event, Sources, Token
from app.types import Answer as Finished
from app.wiring import Services
from ingest.database import utc_now
from ingest.erasures import Erased

MOST_CHARS = 200  # of a search: a line, as it is typed

router = APIRouter(prefix="/api", tags=["conversations"])


@router.get("/conversations")
def conversations(
    services: Wired,
    person: SignedInPerson,
    q: Annotated[str, Query(max_length=MOST_CHARS)] = "",
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> list[Conversation]:
    """Return one's own conversations, newest first; with `q`, those in which all its words occur."""
    if not q.strip():
        listed = services.history.listed(person.id, skip=skip, limit=limit)
    else:
        services.restrictions.refuse_person(person.id)
        services.lookups.admit(person.id, now=utc_now())
        today = Today(services.passages, person.reader())
        listed = find(services.history, person.id, today, q, skip=skip, limit=limit)
    return [Conversation(**asdict(one)) for one in listed]


@router.post("/conversations", status_code=201)
def start(services: Wired, person: SignedInPerson) -> Conversation:
    """Open an empty conversation."""
    return Conversation(**asdict(services.history.start(person.id)))


@router.get("/conversations/{conversation}")
def dialogue(conversation: str, services: Wired, person: SignedInPerson) -> Dialogue:
    """Return a conversation; its passages are fetched as the reader of today."""
    known = services.history.get(conversation, person.id)
    messages = services.history.messages(conversation, person.id)
    today = Today(services.passages, person.reader())
    rows = tuple(shown(message, today) for message in messages)
    writing = services.answers.writing(known.id, person.id)
    return Dialogue(id=known.id, title=known.title, messages=rows, writing=writing)


@router.patch("/conversations/{conversation}", status_code=204)
def rename(conversation: str, title: Title, services: Wired, person: SignedInPerson) -> None:
    """Give a conversation a title."""
    services.history.rename(conversation, person.id, title.title)


@router.delete("/conversations/{conversation}", status_code=204)
def delete(conversation: str, services: Wired, person: SignedInPerson) -> None:
    """Delete a conversation with its answers."""
    services.history.get(conversation, person.id)
    require_free(services.engine, person=person.id)
    services.erasures.add(Erased.CONVERSATION, conversation, now=utc_now())
    services.history.delete(conversation, person.id)


@router.get("/conversations/{conversation}/suggestions")
def suggestions(conversation: str, services: Wired, person: SignedInPerson) -> Suggestions:
    """Return what may be asked next: questions that lead this person to other sections of what the answer cites."""
    services.restrictions.refuse_person(person.id)
    messages = services.history.messages(conversation, person.id)
    stored = messages[-1].stored if messages else None
    if stored is None:
        return Suggestions(questions=())
    services.offers.admit(person.id, now=utc_now())
    today = Today(services.passages, person.reader())
    collections = frozenset(one.id for one in services.collections.for_person(person.id))
    return Suggestions(questions=services.suggesting.after(stored, today, collections))


@router.post("/conversations/{conversation}/messages")
def question(conversation: str, new: NewQuestion, services: Wired, person: SignedInPerson) -> EventStream:
    """Ask, and follow the answer as server-sent events: sources, waiting, token, answer, error.

    With `replaces` the conversation is cut before that question. Refused, for the limits, it stays as it is.
    """
    if new.replaces is not None:
        require_free(services.engine, person=person.id)  # what it takes the place of goes
    wishes = Wishes(new.collections, new.only.only(), new.quoted, new.keep, new.replaces)
    running = ask(services, person, new.question, conversation=conversation, wishes=wishes)
    return _events(running, services, person, after=0)


@router.get("/answers/{answer}/events")
def follow(
    answer: str, services: Wired, person: SignedInPerson, after: Annotated[int, Query(ge=0)] = 0
) -> EventStream:
    """Follow an answer in flight again, from the event after number `after`."""
    return _events(services.answers.get(answer, person.id), services, person, after=after)


@router.post("/answers/{answer}/stop", status_code=204)
def stop(answer: str, services: Wired, person: SignedInPerson) -> None:
    """Stop an answer in flight; what was written so far is checked and kept."""
    services.answers.get(answer, person.id).stop.set()


def _events(running: Running, services: Services, person: Person, *, after: int) -> EventStream:
    replay = _Replay(running, Today(services.passages, person.reader()))

    def lines() -> Iterator[str]:
        for batch in running.follow(after):
            yield "".join(_framed(number, event, replay.wire(event)) for number, event in batch) or PING

    return EventStream(running, lines())


def _framed(number: int, event: Event, wire: dict[str, object] | None) -> str:
    """Return a server-sent event in ASCII, nothing of what must not go over the wire.

    Some clients take U+2028 and U+0085 for the end of a line, and a document may hold them.
    """
    if wire is None:
        return ""
    return f"id: {number}\nevent: {WIRE_NAMES[type(event)]}\ndata: {json.dumps(wire)}\n\n"


@dataclass
class _Replay:
    """Put the events of an answer on the wire for whom they may still be shown to."""

    running: Running
    today: Today
    is_open: bool | None = (
        None  # whether all the answer read may be read; asked once a request, before a token
    )

    def wire(self, event: Event) -> dict[str, object] | None:
        """Return what goes over the wire, None where it must not."""
        read = self.running.read()
        if isinstance(event, Sources):
            sources = [Source.of(p, number).model_dump() for number, p in self.today.sources(read).items()]
            return {"answer_id": self.running.id, "sources": sources}
        if isinstance(event, Finished):
            return Answer.of(self.running.id, self.today.answer(event, read)).model_dump()
        if isinstance(event, Token):
            if self.is_open is None:
                self.is_open = len(self.today.sources(read)) == len(read)
            return asdict(event) if self.is_open else None
        return asdict(event)


def shown(message: StoredMessage, today: Today) -> Message:
    """Return a message as the reader of today is shown it."""
    stored = message.stored
    if stored is None:
        return Message(id=message.id, role=message.role, created_at=message.created_at, text=message.text)
    return Message(
        id=message.id,
        role=message.role,
        created_at=message.created_at,
        answer=Answer.of(stored.id, today.answer(stored.answer, stored.chunk_ids)),
        sources=tuple(Source.of(p, number) for number, p in today.sources(stored.chunk_ids).items()),
        feedback=stored.feedback,
        searched=stored.scope,
    )

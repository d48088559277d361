"""Ask and follow answers; list, open, rename and delete conversations; judge answers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.api.schemas import Answer, Conversation, Dialogue, Judgement, Message, NewQuestion, Source, Title
from app.api.sessions import SignedInPerson, Wired
from app.asking import Within, ask
from app.history import Message as StoredMessage
from app.identity import Person
from app.phrases import phrases_in
from app.stream import Running
from app.types import WIRE_NAMES, Event, Sources
from app.types import Answer as Finished
from app.wiring import Services

PING_S = 10.0  # proxies close a silent connection after a minute; the page notices a lost one sooner

router = APIRouter(prefix="/api", tags=["conversations"])


@router.get("/conversations")
def conversations(services: Wired, person: SignedInPerson) -> list[Conversation]:
    """Return one's own conversations, newest first."""
    return [Conversation(**asdict(c)) for c in services.history.listed(person.id)]


@router.post("/conversations", status_code=201)
def start(services: Wired, person: SignedInPerson) -> Conversation:
    """Open an empty conversation."""
    return Conversation(**asdict(services.history.start(person.id)))


@router.get("/conversations/{conversation}")
def dialogue(conversation: str, services: Wired, person: SignedInPerson) -> Dialogue:
    """Return a conversation; its passages are fetched as the reader of today."""
    known = services.history.get(conversation, person.id)
    messages = services.history.messages(conversation, person.id)
    shown = tuple(_shown(message, services, person) for message in messages)
    return Dialogue(id=known.id, title=known.title, messages=shown)


@router.patch("/conversations/{conversation}", status_code=204)
def rename(conversation: str, title: Title, services: Wired, person: SignedInPerson) -> None:
    """Give a conversation a title."""
    services.history.rename(conversation, person.id, title.title)


@router.delete("/conversations/{conversation}", status_code=204)
def delete(conversation: str, services: Wired, person: SignedInPerson) -> None:
    """Delete a conversation with its answers."""
    services.history.delete(conversation, person.id)


@router.post("/conversations/{conversation}/messages")
def question(
    conversation: str, new: NewQuestion, services: Wired, person: SignedInPerson
) -> StreamingResponse:
    """Ask, and follow the answer as server-sent events: sources, token, answer, error."""
    within = Within(new.collections, new.only.only())
    running = ask(services, person, new.question, conversation=conversation, within=within)
    return _events(running, services, person, after=0)


@router.get("/answers/{answer}/events")
def follow(
    answer: str, services: Wired, person: SignedInPerson, after: Annotated[int, Query(ge=0)] = 0
) -> StreamingResponse:
    """Follow an answer in flight again, from the event after number `after`."""
    return _events(services.answers.get(answer, person.id), services, person, after=after)


@router.post("/answers/{answer}/stop", status_code=204)
def stop(answer: str, services: Wired, person: SignedInPerson) -> None:
    """Stop an answer in flight; what was written so far is checked and kept."""
    services.answers.get(answer, person.id).stop.set()


@router.post("/answers/{answer}/feedback", status_code=204)
def feedback(answer: str, judgement: Judgement, services: Wired, person: SignedInPerson) -> None:
    """Put a thumb on one's own answer."""
    services.ledger.judge(answer, person.id, value=judgement.value, reason=judgement.reason)


def _events(running: Running, services: Services, person: Person, *, after: int) -> StreamingResponse:
    def lines() -> Iterator[str]:
        for numbered in running.follow(after, ping_s=PING_S):
            if numbered is None:
                yield ": ping\n\n"
            else:
                number, event = numbered
                data = json.dumps(_wire(running.id, event, services, person), ensure_ascii=False)
                yield f"id: {number}\nevent: {WIRE_NAMES[type(event)]}\ndata: {data}\n\n"

    return StreamingResponse(
        lines(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _wire(answer_id: str, event: Event, services: Services, person: Person) -> dict[str, object]:
    if isinstance(event, Sources):
        ids = [ranked.passage.chunk_id for ranked in event.passages]
        return {"answer_id": answer_id, "sources": [s.model_dump() for s in _readable(ids, services, person)]}
    if isinstance(event, Finished):
        return Answer.of(answer_id, event).model_dump()
    return asdict(event)


def _readable(chunk_ids: Sequence[str], services: Services, person: Person) -> tuple[Source, ...]:
    """Return the sources this person may read at this moment, under the numbers they are cited by."""
    found = services.passages.fetch(chunk_ids, reader=person.reader())
    numbered = enumerate(chunk_ids, start=1)
    return tuple(Source.of(found[chunk_id], number) for number, chunk_id in numbered if chunk_id in found)


def _shown(message: StoredMessage, services: Services, person: Person) -> Message:
    stored = message.stored
    if stored is None:
        return Message(id=message.id, role=message.role, created_at=message.created_at, text=message.text)
    sources = _readable(stored.chunk_ids, services, person)
    return Message(
        id=message.id,
        role=message.role,
        created_at=message.created_at,
        answer=Answer.of(stored.id, _open_to_them(stored.answer, {source.number for source in sources})),
        sources=sources,
        feedback=stored.feedback,
    )


def _open_to_them(answer: Finished, readable: set[int]) -> Finished:
    """Return the answer without sentences that rest on what this person may no longer read."""
    kept = tuple(s for s in answer.sentences if set(s.citations) <= readable)
    if len(kept) == len(answer.sentences):
        return answer
    text = " ".join(s.text for s in kept) or phrases_in(answer.language).closed
    return replace(answer, sentences=kept, text=text, notice=phrases_in(answer.language).closed)

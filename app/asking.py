"""Put a person's question: check the limits, bind it to collections, answer it in a thread, put it on record."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

from app.audit.events import Kind
from app.audit.recorder import Recorder
from app.identity import Person
from app.privacy.asked import delicate
from app.provenance import Given
from app.reopening import Today
from app.stream import Running
from app.traceparent import TRACEPARENT
from app.tracing import Traced
from app.types import Answer, Event, Failure, Noticed, Question, Sources, Turn, Verdict
from app.wiring import Services
from ingest.database import utc_now
from ingest.events import BOUND, Fields, bound, logger
from ingest.events import event as log_event
from retrieval.errors import InvalidRequest
from retrieval.types import Only


@dataclass(frozen=True, slots=True)
class Wishes:
    """Say where an answer may come from: collections, None for all, which documents of them; and how it is made."""

    collections: tuple[str, ...] | None = None
    only: Only = field(default_factory=Only)
    is_quoted: bool | None = None  # None = as the house does
    is_wanted_later: bool = True  # made to its end even when nobody follows it any more
    replaces: str | None = (
        None  # an earlier question of the conversation, which goes with all that came after it
    )


def ask(
    services: Services,
    person: Person,
    text: str,
    *,
    conversation: str | None,
    wishes: Wishes,
    history: tuple[Turn, ...] | None = None,
) -> Running:
    """Start answering and return the answer in flight; without `conversation` a new one is opened.

    Without `history`, the conversation so far is used. Raises InvalidRequest, DelicateQuestion, NotAllowed,
    TooManyRequests, Overloaded, NotFound.
    """
    services.restrictions.refuse_person(person.id)
    wanted = _worded(text, services.settings.limits.question_chars)
    noticed = delicate(wanted, services.settings.privacy.questions)
    if conversation is not None:
        services.history.get(conversation, person.id)
    services.answers.require_room(person.id)
    services.rate.admit(person.id, now=utc_now())
    conversation = conversation or services.history.start(person.id).id
    question = Question(
        text=wanted,
        reader=person.reader(),
        collections=_bound(services, person, wishes.collections),
        documents=services.passages.matching(wishes.only, reader=person.reader()) if wishes.only else None,
        history=_earlier(services, person, conversation, wishes.replaces) if history is None else history,
        is_quoted=wishes.is_quoted,
    )
    running = Running(str(uuid4()), person.id, wishes.is_wanted_later, conversation=conversation)
    place = Place(person.id, running.id, conversation, wishes, BOUND.get(), TRACEPARENT.get())
    if noticed:
        running.add(Noticed(tuple(kind.value for kind in noticed)))
    services.audit.record(
        Kind.QUESTION, person.id, outcome="taken in", answer=running.id, conversation=conversation
    )
    return services.answers.start(running, lambda stop: _followed(services, question, place, stop))


@dataclass(frozen=True, slots=True)
class Place:
    """Say where an answer belongs, and what it was to look into."""

    user: str
    answer_id: str
    conversation: str
    wishes: Wishes
    lines: Fields  # what the log says of the request
    parent: str  # the request's traceparent, empty where it has none

    def scope(self, question: Question) -> tuple[str, ...] | None:
        """Return the collections that the asker chose and that there are, None where all were meant."""
        return None if self.wishes.collections is None else tuple(sorted(question.collections))


def _followed(services: Services, question: Question, place: Place, stop: threading.Event) -> Iterator[Event]:
    """Yield the answer's events; traces and lines of the log name the request that led to them."""
    tracing = services.tracing.question(place.answer_id, parent=place.parent)
    with tracing as traced, bound(place.lines | {"trace_id": traced.trace_id}):
        yield from _recorded(services, question, place, traced, stop)


def _recorded(
    services: Services, question: Question, place: Place, traced: Traced, stop: threading.Event
) -> Iterator[Event]:
    """Yield the answer's events, putting it on record before anyone sees it: what is not there was not said."""
    sources = Sources(())
    replaces = place.wishes.replaces
    asked = services.history.ask(place.conversation, place.user, question.text, replaces=replaces)
    for event in services.assistant.answer(question, stop=stop):
        if isinstance(event, Sources):
            sources = event
        _put_on_trail(services.audit, question, place, event)
        if isinstance(event, Answer):
            marks = services.imprint.mark(question, event, question_id=asked, only=place.wishes.only)
            marks = replace(marks, scope=place.scope(question))
            given = Given(place.answer_id, place.conversation, question, sources, event, marks)
            if replaces is not None:
                services.audit.record(
                    Kind.ERASURE,
                    place.user,
                    outcome="replaced by a question",
                    conversation=place.conversation,
                )
            began = time.perf_counter()
            services.history.record(given, replaces=replaces)
            _count(services, traced, event, ledger_ms=(time.perf_counter() - began) * 1000)
            _log(place.answer_id, sources, event)
        if isinstance(event, Failure):
            services.metrics.count_failure()
            log_event(logger("answer"), "question_failed", answer_id=place.answer_id)
        yield event


def _count(services: Services, traced: Traced, answer: Answer, *, ledger_ms: float) -> None:
    services.metrics.count_answer(answer)
    services.metrics.time_question("ledger", ledger_ms)
    traced.ended(answer, ledger_ms=ledger_ms)


def _put_on_trail(audit: Recorder, question: Question, place: Place, event: Event) -> None:
    """Record what was read, before its first byte goes out, and how the answer ended. Raises DatabaseUnavailable."""
    if isinstance(event, Sources):
        audit.record(
            Kind.RETRIEVAL,
            place.user,
            answer=place.answer_id,
            conversation=place.conversation,
            documents=tuple(dict.fromkeys(ranked.passage.document_id for ranked in event.passages)),
            question=audit.fingerprint(question.text),
            filter=audit.filter_of(question.reader, question.collections),
        )
    if isinstance(event, Answer | Failure):
        outcome = event.outcome.value if isinstance(event, Answer) else "failed"
        audit.record(
            Kind.ANSWER,
            place.user,
            outcome=outcome,
            answer=place.answer_id,
            conversation=place.conversation,
        )


def _earlier(services: Services, person: Person, conversation: str, before: str | None) -> tuple[Turn, ...]:
    messages = services.history.messages(conversation, person.id, before=before)
    return Today(services.passages, person.reader()).turns(messages)


def _worded(text: str, max_chars: int) -> str:
    wanted = text.strip()
    if not wanted:
        raise InvalidRequest("the question is empty", remedy="write what you would like to know")
    if len(wanted) > max_chars:
        raise InvalidRequest(
            f"the question has {len(wanted)} characters; {max_chars} are allowed",
            remedy="shorten it; long material belongs into a document",
        )
    if any(0xD800 <= ord(character) <= 0xDFFF for character in wanted) or "\x00" in wanted:
        raise InvalidRequest("the question holds characters that are no text", remedy="type it again")
    return wanted


def _bound(services: Services, person: Person, collections: tuple[str, ...] | None) -> frozenset[str]:
    known = frozenset(collection.id for collection in services.collections.for_person(person.id))
    # Unknown names are dropped in silence: a refusal would tell which collections exist.
    return known if collections is None else known & frozenset(collections)


def _log(answer_id: str, sources: Sources, answer: Answer) -> None:
    log_event(
        logger("answer"),
        "question_answered",
        answer_id=answer_id,
        outcome=answer.outcome,
        language=answer.language,
        model=answer.model,
        passages=len(sources.passages),
        prompt_tokens=answer.prompt_tokens,
        sentences=len(answer.sentences),
        unsupported=sum(sentence.verdict is Verdict.UNSUPPORTED for sentence in answer.sentences),
        duration_ms=round(answer.timings_ms.get("total", 0.0), 1),
        queue_ms=round(answer.timings_ms.get("queue", 0.0), 1),
        first_token_ms=round(answer.timings_ms.get("first_token", 0.0), 1),
    )

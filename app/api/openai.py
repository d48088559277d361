"""Answer OpenAI-compatible clients: /v1/models and /v1/chat/completions, with the citations in the answer.

A client signs in with the same bearer token. The last user message is the question, the ones before it its history.
Sampling parameters are accepted and ignored: answers come from documents. Tools are refused (no agency).
"""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.event_stream import EventStream, WholeAnswer
from app.api.problems import Problem
from app.api.schemas import Source
from app.api.sessions import SignedInPerson, Wired
from app.asking import Wishes, ask
from app.history import HISTORY_TURNS
from app.provenance import ai_mark
from app.reopening import Today
from app.stream import PING, Running
from app.types import Answer, Failure, Noticed, Sources, Token, Turn, Waiting
from retrieval.errors import InvalidRequest

MODEL = "intramuros"
MESSAGE_CHARS = 20_000  # an answer and its quotations; the settings bound the question further

router = APIRouter(prefix="/v1", tags=["openai"])


class TextPart(BaseModel):
    """Carry a part of a message; only text."""

    type: Literal["text"]
    text: str = Field(max_length=MESSAGE_CHARS)


class ChatMessage(BaseModel):
    """Carry one message; only text."""

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, Field(max_length=MESSAGE_CHARS)] | Annotated[list[TextPart], Field(max_length=20)]

    @property
    def text(self) -> str:
        """Return the content as one text."""
        return (
            self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)
        )


class ChatRequest(BaseModel):
    """Carry a chat request; what it does not name is ignored, as clients send many options."""

    model_config = ConfigDict(extra="allow")

    model: str = MODEL
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: bool = False


@router.get("/models")
def models(services: Wired, _person: SignedInPerson) -> dict[str, object]:
    """Return the one model there is: the assistant."""
    entry = {"id": MODEL, "object": "model", "created": 0, "owned_by": services.settings.site.name}
    return {"object": "list", "data": [entry]}


@router.post("/chat/completions", response_model=None)
def complete(request: ChatRequest, services: Wired, person: SignedInPerson) -> EventStream | WholeAnswer:
    """Answer the last user message from the documents this person may read; cited sources come along."""
    if request.messages[-1].role != "user":
        raise InvalidRequest("the last message is not a question", remedy="end `messages` with the role user")
    if (request.model_extra or {}).get("tools"):
        raise InvalidRequest("tools are not offered", remedy="leave `tools` out of the request")
    history = tuple(Turn(m.role, m.text) for m in request.messages[:-1] if m.role != "system")
    running = ask(
        services,
        person,
        request.messages[-1].text,
        conversation=None,
        wishes=Wishes(is_wanted_later=False),
        history=history[-HISTORY_TURNS:],
    )
    today = Today(services.passages, person.reader())
    if request.stream:
        return EventStream(running, _chunks(running, today))
    return WholeAnswer(running, lambda: _whole(running, today))


def _whole(running: Running, today: Today) -> JSONResponse:
    for event in (event for batch in running.follow(0) for _, event in batch):
        match event:
            case Noticed() | Sources() | Waiting() | Token():
                continue
            case Failure() as failure:
                return Problem(503, "Unavailable", failure.message, failure.remedy)
            case Answer() as finished:
                answer = today.answer(finished, running.read())
                message = {
                    "role": "assistant",
                    "content": answer.text,
                    "citations": _citations(running, today, answer),
                    **ai_mark(answer.outcome),
                }
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                head = _head(running, "chat.completion")
                return JSONResponse({**head, "choices": [choice], "outcome": answer.outcome})
    return Problem(500, "Failed", "the answer broke off", "ask again")


def _chunks(running: Running, today: Today) -> Iterator[str]:
    """Yield the checked answer at once: unchecked tokens would leave a client with sentences we withdrew."""
    for batch in running.follow(0):
        yield PING  # a thread that waits cannot be cancelled: who has gone is let go at the next batch
        end = batch[-1][1] if batch else None
        if isinstance(end, Failure):
            yield _event({"error": {"message": end.message, "remedy": end.remedy}})
        if isinstance(end, Answer):
            answer = today.answer(end, running.read())
            delta = {"role": "assistant", "content": answer.text, **ai_mark(answer.outcome)}
            head = _head(running, "chat.completion.chunk")
            yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            last = {"index": 0, "delta": {}, "finish_reason": "stop"}
            yield _event({**head, "choices": [last], "citations": _citations(running, today, answer)})
    yield "data: [DONE]\n\n"


def _head(running: Running, kind: str) -> dict[str, object]:
    return {"id": f"chatcmpl-{running.id}", "object": kind, "created": int(time.time()), "model": MODEL}


def _citations(running: Running, today: Today, answer: Answer) -> list[dict[str, object]]:
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    readable = today.sources(running.read())
    return [Source.of(passage, n).model_dump() for n, passage in readable.items() if n in cited]


def _event(data: dict[str, object]) -> str:
    return f"data: {json.dumps(data)}\n\n"

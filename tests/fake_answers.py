"""Write the fake's answers as the words of a question choose, stream them, and take what readers think of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from tests.fake_site import ATTACK, LISTED, LISTED_LINES, SENTENCES, TEXT, ago
from tests.fake_state import Site, Writing

FAULTS = {
    "broken": {"message": "The model failed while writing.", "remedy": "Ask again."},
    "outage": {"message": "The documents cannot be searched at the moment.", "remedy": "Ask again."},
}


def answer_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of one answer: followed again, stopped, judged."""

    @app.get("/api/answers/{answer_id}/events")
    async def resume(request: Request, answer_id: str, after: int = 0) -> StreamingResponse:
        return StreamingResponse(
            stream(site.writing(request, answer_id), after), media_type="text/event-stream"
        )

    @app.post("/api/answers/{answer_id}/stop", status_code=204)
    async def stop(request: Request, answer_id: str) -> None:
        site.writing(request, answer_id).is_stopped = True

    @app.post("/api/answers/{answer_id}/feedback", status_code=204)
    async def feedback(request: Request, answer_id: str) -> None:
        writing, wanted = site.writing(request, answer_id), await request.json()
        site.feedback.append((answer_id, wanted["value"], wanted["reason"]))
        site.judgements.append(wanted)
        _rate(site, writing, wanted["value"])

    @app.delete("/api/answers/{answer_id}/feedback", status_code=204)
    async def take_back(request: Request, answer_id: str) -> None:
        site.judgements.append({})
        _rate(site, site.writing(request, answer_id), None)


def _rate(site: Site, writing: Writing, value: str | None) -> None:
    for message in site.conversations[writing.conversation_id]["messages"]:
        if message["role"] == "assistant" and message["answer"]["id"] == writing.answer_id:
            message["feedback"] = value


def _said(site: Site, question: str) -> tuple[str, str, list[dict[str, Any]]]:
    """Return the outcome, text and sentences that the words of a question choose."""
    outcome = "answered"
    text, sentences = TEXT, SENTENCES
    if "salary" in question:
        outcome, text, sentences = "not_in_documents", "I found no answer to this.", []
    elif "loading" in question or site.model != "ready":
        outcome, text, sentences = "passages_only", "", []
    elif question.startswith("Which documents mention"):
        outcome, text, sentences = "documents", LISTED, LISTED_LINES
    elif "repeat" in question:
        lines = [line for line in site.says.split("\n") if line.strip()]
        text = site.says
        sentences = [{"text": line, "citations": [1], "verdict": "supported"} for line in lines]
    elif "attack" in question:
        text, sentences = ATTACK, [{"text": ATTACK, "citations": [1, 9], "verdict": "supported"}]
    return outcome, text, sentences


async def write(site: Site, conversation: dict[str, Any], writing: Writing, question: str) -> None:
    """Write an answer into its events and its conversation, at the site's pace."""
    sources = site.sources
    if "DE89" in question:
        writing.events.append(("noticed", {"kinds": ["iban", "health"]}))
    await asyncio.sleep(site.pace_s * 4)
    writing.events.append(("sources", {"answer_id": writing.answer_id, "sources": sources}))
    fault = next((fault for word, fault in FAULTS.items() if word in question), None)
    if fault is not None:
        writing.events.append(("error", fault))
        writing.is_over = True
        return
    outcome, text, sentences = _said(site, question)
    if "busy" in question:
        for position in (2, 1, 0):
            writing.events.append(("waiting", {"position": position}))
            await asyncio.sleep(site.pace_s * 40)
    await asyncio.sleep(site.pace_s * 8)
    words = text.split(" ")
    for word in words:
        if writing.is_stopped:
            outcome, sentences = "stopped", []
            text = " ".join(words[: words.index(word)])
            break
        writing.events.append(("token", {"text": word + " "}))
        await asyncio.sleep(site.pace_s * (6 if "slow" in question else 1))
    notice = _notice(outcome, question)
    answer = {
        "id": writing.answer_id,
        "outcome": outcome,
        "text": text,
        "sentences": sentences,
        "language": "en",
        "model": "qwen2.5-coder-1.5b-instruct",
        "notice": notice,
        "timings_ms": {"total": 4200},
    }
    conversation["messages"].append(
        {
            "id": f"m{next(site.numbers)}",
            "role": "assistant",
            "answer": answer,
            "sources": sources,
            "created_at": ago(),
            "feedback": None,
            "searched": site.scopes[-1],
        }
    )
    writing.events.append(("answer", answer))
    writing.is_over = True


def _notice(outcome: str, question: str) -> str | None:
    if "by words" in question:
        return "The search by meaning is unavailable; only the words of your question were searched."
    return "The model is still loading; these are the passages found." if outcome == "passages_only" else None


async def stream(writing: Writing, after: int, *, cut: bool = False) -> AsyncIterator[str]:
    """Give the events after that number as they come; `cut` loses the connection after a few."""
    number = after
    yield ": ping\n\n"
    while True:
        while number < len(writing.events):
            name, data = writing.events[number]
            number += 1
            if cut and number == 6:
                return
            yield f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
        if writing.is_over:
            return
        await asyncio.sleep(0.01)

"""Serve the fake's conversations: those of before, and questions put in them."""

import asyncio
import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from tests.fake_answers import stream, write
from tests.fake_site import (
    ago,
)
from tests.fake_state import Problem, Site, Writing


def past_routes(app: FastAPI, site: Site) -> None:
    """Add the routes that list, search and export conversations."""

    @app.get("/api/conversations")
    async def conversations(request: Request, q: str = "", limit: int = 500) -> list[dict[str, Any]]:
        person = site.person(request)
        mine = [one for one in site.conversations.values() if one["owner"] == person]
        found = [one for one in mine if q.lower() in json.dumps(one).lower()]
        return sorted(found, key=lambda one: str(one["updated_at"]), reverse=True)[:limit]

    @app.get("/api/conversations/export")
    async def export_all(request: Request) -> Response:
        person = site.person(request)
        mine = [one["title"] for one in site.conversations.values() if one["owner"] == person]
        return Response(json.dumps(mine))

    @app.get("/api/me/export")
    async def export_mine(request: Request, language: str = "en") -> Response:
        return Response(f"all of {site.person(request)} in {language}", media_type="application/zip")

    @app.delete("/api/conversations")
    async def delete_all(request: Request) -> dict[str, int]:
        person = site.person(request)
        mine = [name for name, one in site.conversations.items() if one["owner"] == person]
        for name in mine:
            del site.conversations[name]
        return {"conversations": len(mine)}

    @app.get("/api/conversations/{conversation_id}/export")
    async def export(request: Request, conversation_id: str, format: str = "json") -> Response:  # noqa: A002 - as the API has it
        return Response(f"{format} of {site.owned(request, conversation_id)['title']}")


def conversation_routes(app: FastAPI, site: Site) -> None:
    """Add the routes of one conversation; a question put in it starts the writing of its answer."""

    @app.post("/api/conversations")
    async def start(request: Request) -> dict[str, Any]:
        person = site.person(request)
        name = f"c{next(site.numbers)}"
        site.conversations[name] = {
            "id": name,
            "title": "",
            "updated_at": ago(),
            "owner": person,
            "messages": [],
        }
        return site.conversations[name]

    @app.get("/api/conversations/{conversation_id}")
    async def conversation(request: Request, conversation_id: str) -> dict[str, Any]:
        found = site.owned(request, conversation_id)
        mine = [one for one in site.writings.values() if one.conversation_id == conversation_id]
        writing = next((one.answer_id for one in reversed(mine) if not one.is_over), None)
        messages = [_as_today(site, message) for message in found["messages"]]
        return found | {"messages": messages, "writing": writing}

    @app.get("/api/conversations/{conversation_id}/suggestions")
    async def suggestions(request: Request, conversation_id: str) -> dict[str, list[str]]:
        messages = site.owned(request, conversation_id)["messages"]
        is_answered = bool(messages) and messages[-1]["role"] == "assistant"
        return {"questions": ["What does “Travel Policy” say about “Meals”?"] if is_answered else []}

    @app.patch("/api/conversations/{conversation_id}")
    async def rename(request: Request, conversation_id: str) -> dict[str, Any]:
        site.owned(request, conversation_id)["title"] = (await request.json())["title"]
        return site.conversations[conversation_id]

    @app.delete("/api/conversations/{conversation_id}", status_code=204)
    async def delete(request: Request, conversation_id: str) -> None:
        site.owned(request, conversation_id)
        del site.conversations[conversation_id]

    @app.post("/api/conversations/{conversation_id}/messages")
    async def ask(request: Request, conversation_id: str) -> StreamingResponse:
        conversation = site.owned(request, conversation_id)
        wanted = await request.json()
        question = wanted["question"]
        site.quoted.append(wanted["quoted"])
        site.scopes.append(wanted["collections"])
        if "refused" in question:
            raise Problem(429, "20 questions a minute are allowed", "try again in 12 seconds")
        _cut(conversation, wanted["replaces"])
        conversation["title"] = conversation["title"] or question[:60]
        conversation["messages"].append(
            {"id": f"m{next(site.numbers)}", "role": "user", "text": question, "created_at": ago()}
        )
        writing = Writing(f"a{next(site.numbers)}", conversation["owner"], conversation_id)
        site.writings[writing.answer_id] = writing
        task = asyncio.create_task(write(site, conversation, writing, question))
        site.tasks.add(task)
        return StreamingResponse(stream(writing, 0, cut="cut" in question), media_type="text/event-stream")


def _as_today(site: Site, message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without what rests on a document that nobody may read any more."""
    if not site.closed or message["role"] == "user":
        return message
    sources = [one for one in message["sources"] if one["document_id"] not in site.closed]
    numbers = {one["number"] for one in sources}
    kept = [one for one in message["answer"]["sentences"] if set(one["citations"]) <= numbers]
    text = " ".join(one["text"] for one in kept)
    return message | {"sources": sources, "answer": message["answer"] | {"sentences": kept, "text": text}}


def _cut(conversation: dict[str, Any], replaces: str | None) -> None:
    """Let a question give way, with all that came after it."""
    ids = [message["id"] for message in conversation["messages"]]
    if replaces is not None:
        if replaces not in ids:
            raise Problem(404, "This question is not there any more.", "Open the conversation again.")
        del conversation["messages"][ids.index(replaces) :]

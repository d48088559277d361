"""Play the API for a page under load: everybody is let in, and every answer is a hundred words or two at a set pace.

What is measured is the page's own: nothing here searches, checks or keeps more than the page reads back.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Final

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from app.bench.paced_vllm import TOKENS_PER_S
from app.serving import KEEP_ALIVE_S

MOMENT: Final = "2026-01-01T00:00:00+00:00"
SENTENCE: Final = "The hotel rate for a night in the city is paid back up to the limit of the table. "
PASSAGE: Final = SENTENCE * 6  # as long as a passage mostly is
SOURCES: Final = 5


@dataclass(frozen=True, slots=True)
class Speech:
    """Hold how long an answer is and how fast it comes."""

    tokens: int = 200
    tokens_per_s: float = TOKENS_PER_S
    first_token_s: float = 0.2

    @property
    def ideal_s(self) -> float:
        """Return how long an answer takes from the question to its last token, were there nothing else to do."""
        return self.first_token_s + (self.tokens - 1) / self.tokens_per_s

    def words(self) -> list[str]:
        """Return the tokens; a space ends each."""
        said = SENTENCE.split()
        return [f"{said[place % len(said)]} " for place in range(self.tokens)]


@dataclass
class Desk:
    """Hold the conversations, by id, and how long each answer took to leave here."""

    speech: Speech
    conversations: dict[str, dict[str, Any]] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))


def serve_paced(speech: Speech, pipe: Connection) -> None:
    """Be the process: say where it listens, then serve until the other end of the pipe closes."""
    server = uvicorn.Server(
        uvicorn.Config(
            application(Desk(speech)),
            port=0,
            log_level="error",
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
    )

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        pipe.send(f"http://{host}:{port}")
        await asyncio.to_thread(pipe.poll, None)
        server.should_exit = True
        server.force_exit = True
        await serving

    asyncio.run(run())


def application(desk: Desk) -> FastAPI:
    """Return the routes that the page calls while people sign in and ask."""
    app = FastAPI(openapi_url=None)
    _people(app)
    _talks(app, desk)

    @app.get("/took")
    async def took() -> list[float]:
        """Return how long the answers since the last call took to leave here."""
        taken, desk.took_s = desk.took_s, []
        return taken

    return app


def _people(app: FastAPI) -> None:
    @app.post("/api/session")
    async def sign_in(request: Request) -> dict[str, Any]:
        user = (await request.json())["user"]
        return {"token": user, "expires_at": MOMENT, "user": _user(user)}

    @app.delete("/api/session")
    async def sign_out() -> Response:
        return Response(status_code=204)

    @app.get("/api/me")
    async def me(request: Request) -> dict[str, Any]:
        return _user(_asker(request))

    @app.get("/api/status")
    async def status() -> dict[str, Any]:
        model = {"name": "paced", "state": "ready"}
        return {"model": model, "documents": 41, "trial": False, "site": "Intramuros", "quotes": False}

    @app.get("/api/collections")
    @app.get("/api/files")
    async def nothing() -> list[object]:
        return []


def _talks(app: FastAPI, desk: Desk) -> None:
    @app.get("/api/conversations")
    async def listed(request: Request) -> list[dict[str, Any]]:
        return [one for one in desk.conversations.values() if one["owner"] == _asker(request)]

    @app.post("/api/conversations")
    async def start(request: Request) -> dict[str, Any]:
        name = f"c{next(desk.numbers)}"
        opened = {"id": name, "title": "", "updated_at": MOMENT, "owner": _asker(request), "messages": []}
        desk.conversations[name] = opened
        return opened

    @app.get("/api/conversations/{name}")
    async def opened(name: str) -> Response:
        known = desk.conversations.get(name)
        return JSONResponse(known or {"detail": "there is none"}, status_code=200 if known else 404)

    @app.get("/api/conversations/{name}/suggestions")
    async def suggestions(name: str) -> dict[str, list[str]]:
        return {"questions": [f"What else does the document say of {name}?"]}

    @app.post("/api/conversations/{name}/messages")
    async def ask(name: str, request: Request) -> StreamingResponse:
        question = (await request.json())["question"]
        return StreamingResponse(_answer(desk, name, question), media_type="text/event-stream")


async def _answer(desk: Desk, name: str, question: str) -> AsyncIterator[str]:
    """Yield the events of an answer; each token at its moment, however late the one before it was."""
    started, number, sources = time.perf_counter(), next(desk.numbers), _sources()
    messages = desk.conversations[name]["messages"]
    messages.append({"id": f"q{number}", "role": "user", "text": question})
    yield _event(1, "sources", {"answer_id": f"a{number}", "sources": sources})
    words = desk.speech.words()
    for place, word in enumerate(words):
        due = started + desk.speech.first_token_s + place / desk.speech.tokens_per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        yield _event(place + 2, "token", {"text": word})
    text = "".join(words)
    sentences = [
        {"text": part.strip() + ".", "citations": [place % SOURCES + 1], "verdict": "supported"}
        for place, part in enumerate(text.split("."))
        if part.strip()
    ]
    answer = {"id": f"a{number}", "outcome": "answered", "text": text, "sentences": sentences}
    messages.append({"id": f"m{number}", "role": "assistant", "answer": answer, "sources": sources})
    desk.took_s.append(time.perf_counter() - started)
    yield _event(len(words) + 2, "answer", answer)


def _event(number: int, name: str, data: dict[str, Any]) -> str:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


def _sources() -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "chunk_id": f"chunk-{number}",
            "document_id": f"document-{number}",
            "title": f"Travel expenses, part {number}",
            "file_name": f"travel-{number}.pdf",
            "collection": "handbook",
            "media_type": "application/pdf",
            "language": "en",
            "heading_path": ["Travel", "Hotels"],
            "text": PASSAGE,
            "page": number,
        }
        for number in range(1, SOURCES + 1)
    ]


def _user(name: str) -> dict[str, Any]:
    return {"id": name, "name": name, "groups": ["everyone"], "role": "employee"}


def _asker(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")

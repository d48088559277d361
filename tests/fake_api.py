"""Serve the API's contract with canned answers: the page's test double, and a way to look at the page alone.

    python -m tests.fake_api 8600          then: INTRAMUROS_API_URL=http://127.0.0.1:8600 python -m ui

Words in the question choose what happens: "salary" is not in the documents, "loading" finds no model, "broken" ends
in an error, "refused" is one too many, "cut" loses the connection in the middle, "busy" waits in a line first, "slow"
writes slowly, "attack" answers with hostile text.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import uvicorn
from fastapi import FastAPI, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse

from tests.fake_administration import administration_routes
from tests.fake_audit import Trail, audit_routes
from tests.fake_site import (
    ATTACK,
    FORBIDDEN,
    LISTED,
    LISTED_LINES,
    PASSWORD,
    PEOPLE,
    SENTENCES,
    TEXT,
    ago,
    old_job,
    page_png,
)
from tests.fake_site import documents as all_documents
from tests.fake_site import sources as all_sources

FAULTS = {
    "broken": {"message": "The model failed while writing.", "remedy": "Ask again."},
    "outage": {"message": "The documents cannot be searched at the moment.", "remedy": "Ask again."},
}


@dataclass
class Writing:
    """Hold the events of one answer; streams read them from any number on."""

    answer_id: str
    owner: str
    conversation_id: str
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    is_stopped: bool = False
    is_cut_once: bool = False
    is_over: bool = False


class Site:
    """Hold everything the fake knows. `pace_s` is the time between two tokens."""

    def __init__(self, *, pace_s: float, model: str = "ready", trial: bool = True) -> None:
        self.pace_s = pace_s
        self.model = model
        self.trial = trial
        self.tokens: dict[str, str] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self.writings: dict[str, Writing] = {}
        self.jobs: list[dict[str, Any]] = [old_job()]
        self.feedback: list[tuple[str, str, str]] = []
        self.quoted: list[bool | None] = []  # as each question asked for
        self.originals: list[str] = []  # as they were asked for
        self.pages_shown: list[tuple[int, int, tuple[str, ...]]] = []  # page, width, marks
        self.closed: set[str] = set()  # documents that nobody may read any more
        self.closes_after_text = ""  # the document that is closed once its text was given
        self.has_no_pictures = False
        self.judgements: list[dict[str, Any]] = []  # an empty one: taken back
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.scopes: list[list[str] | None] = []
        self.says = ""  # what is answered to a question that holds "repeat", each line a sentence
        self.sources: list[dict[str, Any]] = all_sources()
        self.documents: list[dict[str, Any]] = all_documents()
        self.numbers = count(1)
        self.trail = Trail()
        self.tasks: set[asyncio.Task[None]] = set()

    def person(self, request: Request) -> str:
        """Return who asks."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Problem(401, "The session is not valid any more.", "Sign in again.")
        return self.tokens[token]

    def owned(self, request: Request, conversation_id: str) -> dict[str, Any]:
        """Return a conversation of the person who asks."""
        person = self.person(request)
        conversation = self.conversations.get(conversation_id)
        if conversation is None or conversation["owner"] != person:
            raise Problem(404, "There is no such conversation.", "Choose one from the list.")
        return conversation

    def writing(self, request: Request, answer_id: str) -> Writing:
        """Return an answer of the person who asks."""
        person = self.person(request)
        writing = self.writings.get(answer_id)
        if writing is None or writing.owner != person:
            raise Problem(404, "There is no such answer.", "Ask again.")
        return writing


class Problem(Exception):
    """Become an application/problem+json response."""

    def __init__(self, status: int, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy = status, detail, remedy


def make_app(site: Site) -> FastAPI:
    """Return the fake with all routes of the contract that the page uses."""
    app = FastAPI()

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": error.detail,
            "status": error.status,
            "detail": error.detail,
            "remedy": error.remedy,
        }
        return JSONResponse(body, status_code=error.status, media_type="application/problem+json")

    _people_routes(app, site)
    _past_routes(app, site)
    _conversation_routes(app, site)
    _answer_routes(app, site)
    _viewer_routes(app, site)
    _document_routes(app, site)
    _own_file_routes(app, site)
    administration_routes(app, site.person)
    audit_routes(app, site)
    return app


def _user(person: str) -> dict[str, Any]:
    return {
        "id": person,
        "name": PEOPLE[person]["name"],
        "groups": ["everyone", *PEOPLE[person]["groups"]],
        "role": PEOPLE[person]["role"],
    }


def _people_routes(app: FastAPI, site: Site) -> None:
    @app.post("/api/session")
    async def sign_in(request: Request) -> dict[str, Any]:
        wanted = await request.json()
        if wanted["user"] not in PEOPLE or wanted["password"] != PASSWORD:
            raise Problem(401, "User name or password is wrong.", "Check both and try again.")
        token = f"token-{wanted['user']}-{next(site.numbers)}"
        site.tokens[token] = wanted["user"]
        return {"token": token, "expires_at": ago(hours=-10), "user": _user(wanted["user"])}

    @app.delete("/api/session", status_code=204)
    async def sign_out(request: Request) -> None:
        site.person(request)
        del site.tokens[request.headers["authorization"].removeprefix("Bearer ")]

    @app.get("/api/me")
    async def me(request: Request) -> dict[str, Any]:
        return _user(site.person(request))

    @app.get("/api/front")
    async def front() -> dict[str, Any]:
        return {"name": "Intramuros", "logo": "", "provider": False}

    @app.get("/api/personas")
    async def personas() -> list[dict[str, Any]]:
        if not site.trial:
            raise Problem(404, "Not found.", "")
        return [{"id": name, "password": PASSWORD, **person} for name, person in PEOPLE.items()]

    @app.get("/api/status")
    async def status(request: Request) -> dict[str, Any]:
        role = PEOPLE[site.person(request)]["role"]
        return {
            "model": {"name": "qwen2.5-coder-1.5b-instruct", "state": site.model},
            "documents": 41,
            "trial": site.trial,
            "site": "Intramuros",
            "version": "0.1.0",
            "quotes": False,
            "manages": role == "admin",
        }


def _past_routes(app: FastAPI, site: Site) -> None:
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

    @app.get("/api/conversations/{conversation_id}/export")
    async def export(request: Request, conversation_id: str, format: str = "json") -> Response:  # noqa: A002 - as the API has it
        return Response(f"{format} of {site.owned(request, conversation_id)['title']}")


def _conversation_routes(app: FastAPI, site: Site) -> None:
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
        task = asyncio.create_task(_write(site, conversation, writing, question))
        site.tasks.add(task)
        return StreamingResponse(_stream(writing, 0, cut="cut" in question), media_type="text/event-stream")


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


def _answer_routes(app: FastAPI, site: Site) -> None:
    @app.get("/api/answers/{answer_id}/events")
    async def resume(request: Request, answer_id: str, after: int = 0) -> StreamingResponse:
        return StreamingResponse(
            _stream(site.writing(request, answer_id), after), media_type="text/event-stream"
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


def _viewer_routes(app: FastAPI, site: Site) -> None:
    @app.get("/api/passages/{chunk_id}")
    async def passage(request: Request, chunk_id: str) -> dict[str, Any]:
        site.person(request)
        source = _readable(site, chunk_id)
        if source["document_id"] == site.closes_after_text:
            site.closed.add(source["document_id"])
        return {
            "source": source,
            "before": [
                {"heading_path": ["3 Accommodation"], "text": "Travel is booked through the travel desk."}
            ],
            "after": [{"heading_path": [], "text": "Mini bar and films are never reimbursed."}],
            "pages": 7,
            "header": [],
        }

    @app.get("/api/documents/{document_id}/original")
    async def original(request: Request, document_id: str) -> Response:
        site.person(request)
        site.originals.append(document_id)
        if document_id in site.closed:
            raise Problem(404, "This document is not available.", "")
        return Response(b"original of " + document_id.encode(), headers={"Content-Disposition": "attachment"})

    @app.get("/api/passages/{chunk_id}/page.png")
    async def page(request: Request, chunk_id: str, width: int = 900, page: int = 4) -> Response:
        site.person(request)
        _readable(site, chunk_id)
        site.pages_shown.append((page, width, tuple(request.query_params.getlist("mark"))))
        if chunk_id != "chunk-1" or site.has_no_pictures:
            raise Problem(404, "There is no picture of this page.", "")
        marked = "phrase" if page == 4 else "nothing"
        told = {"X-Page": str(page), "X-Page-Points": "595", "X-Marked": marked, "X-Mark-At": "9% 18%"}
        return Response(page_png(width), media_type="image/png", headers=told)


def _readable(site: Site, chunk_id: str) -> dict[str, Any]:
    """Return a passage's source, unless nobody may read it any more."""
    source = next((one for one in site.sources if one["chunk_id"] == chunk_id), None)
    if source is None or chunk_id == FORBIDDEN or source["document_id"] in site.closed:
        raise Problem(404, "There is no such passage.", "")
    return source


def _rate(site: Site, writing: Writing, value: str | None) -> None:
    for message in site.conversations[writing.conversation_id]["messages"]:
        if message["role"] == "assistant" and message["answer"]["id"] == writing.answer_id:
            message["feedback"] = value


def _document_routes(app: FastAPI, site: Site) -> None:
    @app.get("/api/collections")
    async def collections(request: Request) -> list[dict[str, Any]]:
        site.person(request)
        return [
            {
                "id": "everyone",
                "name": "Company handbook",
                "purpose": "Rules for all staff",
                "owner": "HR",
                "documents": 38,
                "legal_basis": "Art. 6(1)(b) GDPR",
                "retention_days": None,
                "confidentiality": "internal",
            },
            {
                "id": "hr",
                "name": "HR files",
                "purpose": "Personnel administration",
                "owner": "Anna Keller",
                "documents": 3,
                "legal_basis": "Art. 88 GDPR",
                "retention_days": 1095,
                "confidentiality": "confidential",
            },
        ]

    @app.get("/api/documents")
    async def documents(request: Request, state: str = "") -> list[dict[str, Any]]:
        site.person(request)
        return [one for one in site.documents if not state or one["state"] == state]

    @app.post("/api/documents", status_code=202)
    async def upload(
        request: Request, file: UploadFile, collection: str = Form(), readers: str = Form()
    ) -> dict[str, str]:
        site.person(request)
        name = f"j{next(site.numbers)}"
        site.jobs.insert(
            0,
            {
                "id": name,
                "kind": "ingest",
                "state": "running",
                "total": 4,
                "done": 1,
                "failed": 0,
                "created_at": ago(),
                "source": "upload",
                "ordered": "me",
                "finished_at": None,
                "message": "",
                "documents": [
                    {"file_name": file.filename, "state": "embedding", "reason": None, "remedy": None}
                ],
            },
        )
        return {"job": name}

    @app.get("/api/jobs")
    async def jobs(request: Request) -> list[dict[str, Any]]:
        site.person(request)
        for job in site.jobs:
            if job["state"] == "running":
                job["done"] += 1
                job["state"] = "done" if job["done"] >= job["total"] else "running"
        return site.jobs

    @app.delete("/api/jobs/{job_id}", status_code=204)
    async def cancel(request: Request, job_id: str) -> None:
        site.person(request)
        for job in site.jobs:
            job["state"] = "cancelled" if job["id"] == job_id else job["state"]


def _own_file_routes(app: FastAPI, site: Site) -> None:
    @app.get("/api/files")
    async def files(request: Request) -> list[dict[str, Any]]:
        person = site.person(request)
        for one in site.files.get(person, []):
            one.update(one["end"] if time.monotonic() > one["read_at"] else {})
        return site.files.get(person, [])

    @app.post("/api/files", status_code=202)
    async def bring(request: Request, file: UploadFile) -> dict[str, str]:
        person, name = site.person(request), f"f{next(site.numbers)}"
        if "toomany" in str(file.filename):
            raise Problem(400, "You have 20 files here.", "Delete some of them.")
        is_bad = str(file.filename).endswith(".exe")
        told = {"reason": "This type is not accepted.", "remedy": "Convert it to PDF."} if is_bad else {}
        end = {"state": "quarantined" if is_bad else "visible", **told}
        row = {"id": name, "file_name": file.filename, "state": "parsing", "expires_at": ago(hours=-168)}
        site.files.setdefault(person, []).append(
            {**row, "read_at": time.monotonic() + 150 * site.pace_s, "end": end}
        )
        return {"id": name}

    @app.delete("/api/files/{file_id}", status_code=204)
    async def forget(request: Request, file_id: str) -> None:
        person = site.person(request)
        site.files[person] = [one for one in site.files.get(person, []) if one["id"] != file_id]


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


async def _write(site: Site, conversation: dict[str, Any], writing: Writing, question: str) -> None:
    sources = site.sources
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


async def _stream(writing: Writing, after: int, *, cut: bool = False) -> AsyncIterator[str]:
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


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[str]:
    """Run the fake in a thread and give its address; it ends with the block."""
    server = uvicorn.Server(
        uvicorn.Config(make_app(site), port=port, log_level="warning", timeout_graceful_shutdown=1)
    )
    is_up = threading.Event()
    startup = server.startup

    async def announced(sockets: Any = None) -> None:
        await startup(sockets)
        is_up.set()

    server.startup = announced  # type: ignore[method-assign]  # the one moment at which the port is known
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    if not is_up.wait(20):
        raise RuntimeError("the fake API did not start")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    uvicorn.run(make_app(Site(pace_s=0.05)), port=int(sys.argv[1]), log_level="warning")

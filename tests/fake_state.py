"""Hold what the fake API knows: who is signed in, what was asked and is being written, and what the page did."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from fastapi import Request

from tests.fake_audit import Trail
from tests.fake_site import documents as all_documents
from tests.fake_site import old_job
from tests.fake_site import sources as all_sources


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
        self.accesses: dict[str, list[dict[str, Any]]] = {}  # when others could read somebody's chats
        self.requests: dict[str, dict[str, Any]] = {}  # to read somebody's chats
        self.is_proof_old = False  # whether people have to show again who they are
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

    def __init__(self, status: int, detail: str, remedy: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy, self.kind = status, detail, remedy, kind

"""Speak to the API in typed calls. One `Api` per person and run; the connection pool below it knows nobody."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal, Self, TypeVar, get_args

import httpx
from pydantic import ValidationError

from ui.events import parse_events, reply_of
from ui.intake_records import HandedOver, Job, OwnFile, TakenIn
from ui.languages import REFERENCE, of_reader
from ui.records import (
    Asked,
    Collection,
    Conversation,
    Document,
    Event,
    Front,
    Heading,
    Judgement,
    Marked,
    PageImage,
    PassageView,
    Persona,
    SignedIn,
    Status,
    Suggestions,
    User,
)
from ui.words import WORDS

T = TypeVar("T")
UNATTENDED = "X-Intramuros-Unattended"
MARKED: tuple[Marked, ...] = get_args(Marked)
MOST_MARKS = 8  # the API's own limit
READ_TIMEOUT_S = 30.0  # a stream pings every 10 s; three missed pings mean a dead connection
CONNECT_TIMEOUT_S = 3.0  # the API is a neighbour; a reader should not wait longer for "not reachable"


class PageError(Exception):
    """Carry a message for the reader and a remedy.

    `status` is the HTTP status, 0 where the API was not reached; `problem` how the API calls what is wrong.
    """

    def __init__(self, message: str, *, remedy: str, status: int = 0, problem: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.status = status
        self.problem = problem


class SessionEnded(PageError):
    """The token is no longer valid."""


class Gone(PageError):
    """The thing does not exist, or this person may not know that it does."""


def connect(base_url: str) -> httpx.Client:
    """Return a connection pool that is safe to share: it keeps no cookies and ignores proxy variables."""
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # nobody's
    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    # No connection serves a second request: of 200 people who asked in one moment, one or two were told that the house
    # is not reachable, for the pool lets one thread close as idle what another was just given. A new one takes 1 ms.
    headers, limits = {"Connection": "close"}, httpx.Limits(max_connections=None)
    return httpx.Client(
        base_url=base_url, timeout=timeout, limits=limits, headers=headers, cookies=cookies, trust_env=False
    )


class Api:
    """Call the API as one person. Every method raises PageError, SessionEnded or Gone."""

    def __init__(self, pool: httpx.Client, token: str = "", *, is_attended: bool = True) -> None:
        self._pool = pool
        self._token = token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers |= {} if is_attended else {UNATTENDED: "yes"}

    def unattended(self) -> Self:
        """Return the same for what the page asks by itself: it does not keep a session going that nobody uses."""
        return type(self)(self._pool, self._token, is_attended=False)

    def front(self) -> Front:
        """Return what everybody may know of the house."""
        return self._ask("GET", "/api/front", Front)

    def sign_in_by(self, id_token: str) -> SignedIn:
        """Return a token for whom the provider's ID token names; a refusal is a PageError of status 401."""
        try:
            return self._ask("POST", "/api/session/provider", SignedIn, json={"id_token": id_token})
        except SessionEnded as refusal:
            raise PageError(refusal.message, remedy=refusal.remedy, status=401) from refusal

    def sign_in(self, *, user: str, password: str) -> SignedIn:
        """Return a token for these credentials; a refusal is a PageError of status 401, not SessionEnded."""
        try:
            return self._ask("POST", "/api/session", SignedIn, json={"user": user, "password": password})
        except SessionEnded as refusal:
            raise PageError(refusal.message, remedy=refusal.remedy, status=401) from refusal

    def sign_out(self) -> None:
        """End the token."""
        self._send("DELETE", "/api/session")

    def prove(self, *, password: str = "", id_token: str = "") -> None:
        """Show again who one is, by the password of a local account or the provider's fresh ID token."""
        self._send("POST", "/api/session/proof", json={"password": password, "id_token": id_token})

    def me(self) -> User:
        """Return who the token belongs to."""
        return self._ask("GET", "/api/me", User)

    def personas(self) -> tuple[Persona, ...]:
        """Return the demo accounts, none outside a trial."""
        try:
            return self._ask("GET", "/api/personas", tuple[Persona, ...])
        except Gone:
            return ()

    def status(self) -> Status:
        """Return the state of the site."""
        return self._ask("GET", "/api/status", Status)

    def collections(self) -> tuple[Collection, ...]:
        """Return the collections this person may know."""
        return self._ask("GET", "/api/collections", tuple[Collection, ...])

    def conversations(self, words: str = "", *, limit: int = 100) -> tuple[Heading, ...]:
        """Return this person's conversations, newest first, those alone in which all the words occur."""
        return self._ask(
            "GET", "/api/conversations", tuple[Heading, ...], params={"q": words, "limit": limit}
        )

    def export(self, form: str, conversation_id: str = "") -> bytes:
        """Return a conversation as a file, or all of one's own."""
        place = f"/{part(conversation_id)}" if conversation_id else ""
        return self._send("GET", f"/api/conversations{place}/export?format={part(form)}").content

    def conversation(self, conversation_id: str) -> Conversation:
        """Return one conversation with its messages."""
        return self._ask("GET", f"/api/conversations/{part(conversation_id)}", Conversation)

    def start_conversation(self) -> str:
        """Return the id of a new conversation."""
        return self._ask("POST", "/api/conversations", Heading, json={}).id

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        self._send("PATCH", f"/api/conversations/{part(conversation_id)}", json={"title": title})

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation for good."""
        self._send("DELETE", f"/api/conversations/{part(conversation_id)}")

    def ask(self, conversation_id: str, question: Asked) -> Iterator[tuple[int, Event]]:
        """Yield the numbered events of a new answer."""
        path = f"/api/conversations/{part(conversation_id)}/messages"
        return self._events("POST", path, json=question.wire())

    def resume(self, answer_id: str, *, after: int) -> Iterator[tuple[int, Event]]:
        """Yield the events of an answer that come after number `after`."""
        return self._events("GET", f"/api/answers/{part(answer_id)}/events?after={after}")

    def stop(self, answer_id: str) -> None:
        """Stop writing an answer."""
        self._send("POST", f"/api/answers/{part(answer_id)}/stop")

    def give_feedback(self, answer_id: str, judgement: Judgement) -> None:
        """Store a thumb with what it is about."""
        self._send("POST", f"/api/answers/{part(answer_id)}/feedback", json=asdict(judgement))

    def take_feedback_back(self, answer_id: str) -> None:
        """Remove one's thumb."""
        self._send("DELETE", f"/api/answers/{part(answer_id)}/feedback")

    def documents(self, state: str = "") -> tuple[Document, ...]:
        """Return the documents this person may see in the list."""
        query = f"?state={part(state)}" if state else ""
        return self._ask("GET", f"/api/documents{query}", tuple[Document, ...])

    def original(self, document_id: str) -> bytes:
        """Return the bytes of the original file."""
        return self._send("GET", f"/api/documents/{part(document_id)}/original").content

    def upload(
        self, name: str, content: bytes, *, collection: str, readers: Literal["me", "collection"]
    ) -> str:
        """Return the id of the job that takes the file in."""
        form = {"collection": collection, "readers": readers}
        return self._ask("POST", "/api/documents", TakenIn, files={"file": (name, content)}, data=form).job

    def own_files(self) -> tuple[OwnFile, ...]:
        """Return the files one brought to ask about."""
        return self._ask("GET", "/api/files", tuple[OwnFile, ...])

    def bring(self, name: str, content: bytes) -> str:
        """Hand a file of one's own over and return its id."""
        return self._ask("POST", "/api/files", HandedOver, files={"file": (name, content)}).id

    def forget_own(self, file_id: str) -> None:
        """Delete one of one's own files."""
        self._send("DELETE", f"/api/files/{part(file_id)}")

    def suggestions(self, conversation_id: str) -> tuple[str, ...]:
        """Return what may be asked next in a conversation."""
        path = f"/api/conversations/{part(conversation_id)}/suggestions"
        return self._ask("GET", path, Suggestions).questions

    def passage(self, chunk_id: str) -> PassageView:
        """Return a passage with its neighbours, authorised anew; Gone where it may not be read any more."""
        return self._ask("GET", f"/api/passages/{part(chunk_id)}", PassageView)

    def page_image(
        self, chunk_id: str, *, width: int, page: int | None = None, marks: Sequence[tuple[int, int]] = ()
    ) -> PageImage:
        """Return a page of the passage's document, by default the one it stands on, with these characters marked."""
        wish = [f"width={width}", *(f"mark={start}-{end}" for start, end in marks[:MOST_MARKS])]
        wish += [f"page={page}"] if page else []
        reply = self._send("GET", f"/api/passages/{part(chunk_id)}/page.png?{'&'.join(wish)}")
        told = {name: reply.headers.get(f"x-{name}", "") for name in ("page", "page-points", "marked")}
        if not (told["page"].isdecimal() and told["page-points"].isdecimal()):
            raise PageError(WORDS.odd_reply, remedy=WORDS.odd_reply_remedy)
        marked: Marked = next((one for one in MARKED if one == told["marked"]), "nothing")
        at = reply.headers.get("x-mark-at", "")
        return PageImage(reply.content, int(told["page"]), int(told["page-points"]), marked, at)

    def jobs(self) -> tuple[Job, ...]:
        """Return the jobs this person may see."""
        return self._ask("GET", "/api/jobs", tuple[Job, ...])

    def _ask(self, method: str, path: str, kind: type[T], **content: object) -> T:
        response = self._send(method, path, **content)
        try:
            return reply_of(kind, response.content)
        except ValidationError as error:
            raise PageError(WORDS.odd_reply, remedy=WORDS.odd_reply_remedy) from error

    def _send(self, method: str, path: str, **content: object) -> httpx.Response:
        with _reached():
            response = self._pool.request(method, path, headers=self._headers, **content)  # type: ignore[arg-type]  # httpx types each keyword apart
        _check(response)
        return response

    def _events(self, method: str, path: str, **content: object) -> Iterator[tuple[int, Event]]:
        headers = self._headers | {"Accept": "text/event-stream"}
        with _reached(), self._pool.stream(method, path, headers=headers, **content) as response:  # type: ignore[arg-type]  # httpx types each keyword apart
            if response.is_error:
                response.read()
            _check(response)
            yield from parse_events(response.iter_lines())


def part(text: str) -> str:
    """Return `text` as one inert part of a path; ids come back from the browser and are not to be trusted."""
    return "".join(
        letter if (letter.isalnum() and letter.isascii()) or letter in "-_" else "~" for letter in text
    )


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise PageError(WORDS.unreachable, remedy=WORDS.unreachable_remedy) from error


def _check(response: httpx.Response) -> None:
    if not response.is_error:
        return
    try:
        problem = reply_of(dict[str, object], response.content)
    except ValidationError:
        problem = {}
    message = str(problem.get("detail") or problem.get("title") or WORDS.refused)
    remedy = str(problem.get("remedy") or WORDS.refused_remedy)
    kind_named = str(problem.get("type", "")).rpartition(":")[2]
    if of_reader() != REFERENCE:
        told = {key: texts for key, *texts in WORDS.problems}
        message, remedy = told.get(kind_named, (message, remedy))
    kind = {401: SessionEnded, 404: Gone}.get(response.status_code, PageError)
    raise kind(message, remedy=remedy, status=response.status_code, problem=kind_named)

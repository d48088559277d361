"""Put a question from the command line: through the running API where there is one, else in this process."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from app.api.lending import lent
from app.cli.shell import foreign
from app.records import Records, open_existing
from app.settings import Settings
from app.wiring import open_services
from ingest.database import utc_now
from retrieval.errors import InvalidRequest, TooManyRequests, Unavailable

NO_WISHES: Mapping[str, object] = {}  # beside the question, as the API takes them: `only`, `quoted`
TIMEOUT = httpx.Timeout(130.0, connect=2.0)  # a whole answer may take 120 s


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold an answer as the API sends it."""

    answer: dict[str, Any]
    sources: list[dict[str, Any]]

    @property
    def is_answered(self) -> bool:
        """Return whether the documents held an answer, or were listed."""
        return self.answer["outcome"] in {"answered", "documents"}

    def as_json(self) -> dict[str, Any]:
        """Return answer and sources for machines."""
        return {"answer": self.answer, "sources": self.sources}

    def as_text(self) -> str:
        """Return the answer, its notice and the cited sources for people."""
        cited = {n for sentence in self.answer["sentences"] for n in sentence["citations"]}
        shown = [s for s in self.sources if s["number"] in cited or not cited]
        lines = [self.answer["text"]] + ([self.answer["notice"]] if self.answer["notice"] else []) + [""]
        lines += ["Nearest passages:"] if shown and not cited else []
        for source in shown:
            page = f", page {source['page']}" if source["page"] else ""
            lines.append(foreign(f"[{source['number']}] {source['title']} ({source['file_name']}{page})"))
        return "\n".join(lines).strip()


class Asker(Protocol):
    """Answer a question as an account."""

    def __call__(self, user: str, question: str, wishes: Mapping[str, object] = NO_WISHES) -> Answered:
        """Return the answer as `wishes` want it. Raises Unavailable, NotFound."""


def answer_as(
    settings: Settings, user: str, question: str, *, wishes: Mapping[str, object] = NO_WISHES
) -> Answered:
    """Answer one question as `wishes` want it. Raises Unavailable, NotFound, InvalidRequest."""
    with asking(settings, user) as ask:
        return ask(user, question, wishes)


def find_as(settings: Settings, user: str, what: str, *, skip: int, limit: int) -> dict[str, Any]:
    """Return the documents that mention `what`, as the API sends them. Raises Unavailable, NotFound, InvalidRequest."""
    with reached(settings, user) as (client, records), _acting(records, user) as token:
        response = client.get(
            "/api/documents/search",
            headers={"Authorization": f"Bearer {token}"},
            params={"q": what, "skip": skip, "limit": limit},
        )
    found: dict[str, Any] = response.json()
    if response.is_client_error:
        raise InvalidRequest(found["detail"], remedy=found["remedy"])
    if response.is_error:
        raise Unavailable(found["detail"], remedy=found["remedy"])
    return found


@contextmanager
def asking(settings: Settings, *users: str) -> Iterator[Asker]:
    """Give a way to ask: the running API, or, where none answers, one served inside this process; see `reached`."""
    with reached(settings, *users) as (client, records):
        yield _through(client, records)


@contextmanager
def reached(settings: Settings, *users: str) -> Iterator[tuple[httpx.Client, Records]]:
    """Give a client of the running API, or, where none answers, of one served inside this process; and the records.

    Raises NotFound where one of `users` has no account, before a model is loaded for them.
    """
    records = open_existing(settings)
    try:
        for user in users:
            records.accounts.person(user)
        with client_of(f"http://{settings.api.host}:{settings.api.port}") as client:
            if is_ours(client, records.version):
                yield client, records
                return
    finally:
        records.engine.dispose()
    services = open_services(settings)
    with lent(services) as address, client_of(address) as client:
        yield client, services


def client_of(address: str, *, timeout: httpx.Timeout = TIMEOUT) -> httpx.Client:
    """Return a client of the API at `address`; whoever has it closes it."""
    return httpx.Client(base_url=address, timeout=timeout, trust_env=False)  # no proxy stands on this machine


def is_ours(client: httpx.Client, version: str) -> bool:
    """Return whether the API of this version of Intramuros answers there."""
    try:
        return bool(client.get("/openapi.json").json()["info"] == {"title": "Intramuros", "version": version})
    except (httpx.HTTPError, ValueError, KeyError):
        return False


@contextmanager
def _acting(records: Records, user: str) -> Iterator[str]:
    records.accounts.person(user)  # whoever is not there is not acted as
    records.audit.acts_as(user)
    with records.sessions.as_person(user, now=utc_now()) as token:
        yield token


def _through(client: httpx.Client, records: Records) -> Asker:
    def ask(user: str, question: str, wishes: Mapping[str, object] = NO_WISHES) -> Answered:
        try:
            with _acting(records, user) as token:
                return _ask(client, token, {"question": question, **wishes})
        except httpx.HTTPError as error:
            raise Unavailable(
                f"the API broke off: {type(error).__name__}", remedy="run `intramuros doctor`"
            ) from error

    return ask


def _ask(client: httpx.Client, token: str, body: Mapping[str, object]) -> Answered:
    headers = {"Authorization": f"Bearer {token}"}
    conversation = client.post("/api/conversations", headers=headers).raise_for_status().json()["id"]
    address = f"/api/conversations/{conversation}"
    try:
        response = client.post(f"{address}/messages", headers=headers, json=body)
        return answered(response)
    finally:
        # Asked by the operator: it leaves nothing in the person's history.
        client.delete(address, headers=headers)


def answered(response: httpx.Response) -> Answered:
    """Return the answer that the API streamed. Raises TooManyRequests, InvalidRequest, Unavailable."""
    if response.is_error:
        problem = response.json()
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise TooManyRequests(problem["detail"], remedy=problem["remedy"])
        if response.is_client_error:
            raise InvalidRequest(problem["detail"], remedy=problem["remedy"])
        raise Unavailable(problem["detail"], remedy=problem["remedy"])
    sources: list[dict[str, Any]] = []
    for kind, data in _events(response.text):
        if kind == "sources":
            sources = data["sources"]
        if kind == "error":
            raise Unavailable(data["message"], remedy=data["remedy"])
        if kind == "answer":
            return Answered(data, sources)
    raise Unavailable("the answer broke off", remedy="ask again; then run `intramuros doctor`")


def _events(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in text.split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])

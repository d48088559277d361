"""What goes over the wire tells nothing of what the asker may not read: no vector, score or count."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.access import ROUTES
from tests.access_things import furnish
from tests.fakes import ScriptedModel
from tests.house import PEOPLE, House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

FORBIDDEN = re.compile(
    r"score|vector|embedding|distance|similarity|cosine|\brank\b|dense|sparse|logprob|principals",
    re.IGNORECASE,
)
# Every number with a fraction that a route may send. What is not here is taken for a score.
FRACTIONS = {"pages_per_s", "documents_per_s", "left_s"}
UNTYPED = {
    "/v1/models",
    "/v1/chat/completions",
    "/readyz",
    "/healthz",
    "/metrics",
}  # judged by what they send


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all and one for HR."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened


def nodes(value: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of a JSON text with the key it lies under; an entry of a list lies under the list's."""
    yield key, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from nodes(inner, str(name))
    if isinstance(value, list):
        for inner in value:
            yield from nodes(inner, key)


def data_of(body: str) -> Iterator[object]:
    """Yield the JSON values of a reply, or of each event of a stream."""
    lines = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    for text in lines or [body]:
        if text.startswith(("{", "[")) and text != "[DONE]":
            yield json.loads(text)


def test_no_schema_has_room_for_a_score_or_a_vector(house: House) -> None:
    """No field of any request or reply is called like one, and no other field holds a fraction."""
    description = house.client.get("/openapi.json").json()
    schemas = description["components"]["schemas"]
    fields = [
        (name, field) for schema in schemas.values() for name, field in schema.get("properties", {}).items()
    ]

    assert len(fields) > 100
    assert [name for name, _ in fields if FORBIDDEN.search(name)] == []
    fractions = {name for name, field in fields if '"number"' in json.dumps(field)}
    assert fractions == FRACTIONS


def test_every_route_says_what_it_sends(house: House) -> None:
    """A route whose reply has no schema is listed above and judged by its replies, or streams, or sends a file."""
    paths = house.client.get("/openapi.json").json()["paths"]
    silent = {
        path
        for path, methods in paths.items()
        for method in methods.values()
        for code, reply in method["responses"].items()
        if code == "200" and reply.get("content", {}).get("application/json", {}).get("schema") == {}
    }
    streams = {
        path
        for path in silent
        if path.endswith(("/messages", "/events", "/original", "/page.png", "/export"))
    }
    assert silent - streams <= UNTYPED


def test_no_reply_holds_a_score_or_a_vector(house: House, folder: Path) -> None:
    """All routes, asked as people who may and may not: no such key, no stray fraction, none of the search's scores."""
    person = PEOPLE[0]
    found = house.services.searcher.search(
        QUESTION, reader=person.reader(), collections=frozenset({"handbook", "hr"}), limit=8
    )
    scores = {
        f"{value:.4f}"
        for one in found.passages
        for value in (one.score, one.dense, one.sparse)
        if value is not None and f"{value:.4f}"[-3:] != "000"
    }
    assert scores
    _, thing = furnish(house, folder)
    bodies, refused = [], set()
    question = {"messages": [{"role": "user", "content": QUESTION}]}
    for user in ("anna", "ben", "root"):
        headers = house.token(user)
        for (method, path), rule in ROUTES.items():
            if method != "DELETE" and path != "/openapi.json":  # which describes, and answers nothing
                concrete = path.format(**thing.names)
                reply = house.client.request(method, concrete, headers=headers, **rule.content)
                bodies.append(reply.text)
                if method == "GET" and user == "anna" and reply.status_code != 200:
                    refused.add(path)
        bodies.append(json.dumps(ask(house, user, QUESTION)))
        for stream in (False, True):
            body = question | {"stream": stream}
            bodies.append(house.client.post("/v1/chat/completions", headers=headers, json=body).text)

    values = [pair for body in bodies for data in data_of(body) for pair in nodes(data)]
    assert len(values) > 300
    offices = {"admin", "manager", "steward", "auditor"}
    closed = {path for (method, path), one in ROUTES.items() if method == "GET" and one.may <= offices}
    assert refused == {"/api/personas", *closed}
    assert [key for key, _ in values if FORBIDDEN.search(key)] == []
    assert {key for key, value in values if isinstance(value, float)} <= FRACTIONS
    assert [body for body in bodies if any(score in body for score in scores)] == []


def test_timings_are_those_a_person_feels(house: House) -> None:
    """No stage of the search is timed on the wire, and what is timed comes in tenths of a second."""
    timings = ask(house, "ben", QUESTION)["answer"]["timings_ms"]
    assert set(timings) == {"first_token", "total"}
    assert all(value % 100 == 0 for value in timings.values())


def test_counts_are_those_of_the_asker(house: House) -> None:
    """What status and collections count is as many as the asker's own list holds, for each of them."""
    for user, seen in (("anna", 2), ("ben", 1), ("root", 1)):
        headers = house.token(user)
        status = house.client.get("/api/status", headers=headers).json()
        cards = house.client.get("/api/collections", headers=headers).json()
        assert status["documents"] == sum(card["documents"] for card in cards) == seen
    assert [
        card["id"] for card in house.client.get("/api/collections", headers=house.token("ben")).json()
    ] == ["handbook"]


def test_hidden_collection_is_as_if_it_were_not_there(house: House) -> None:
    """Uploading into it, listing it and asking it answer like a name that nobody has."""
    headers = house.token("ben")

    def replies(collection: str) -> list[tuple[int, Any]]:
        upload = house.client.post(
            "/api/documents",
            headers=headers,
            files={"file": ("x.md", b"# X")},
            data={"collection": collection},
        )
        listed = house.client.get("/api/documents", headers=headers, params={"collection": collection})
        conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
        body = {"question": "Where does salary band E7 start?", "collections": [collection]}
        asked = house.client.post(f"/api/conversations/{conversation}/messages", headers=headers, json=body)
        events = re.sub(r'"(answer_id|id)": "[^"]+"|"timings_ms": {[^}]*}', "", asked.text)
        return [
            (one.status_code, text.replace(collection, ""))
            for one, text in ((upload, upload.text), (listed, listed.text), (asked, events))
        ]

    assert replies("hr") == replies("xy")

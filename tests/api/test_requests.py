"""Requests of any kind over HTTP: which are refused unread, how faults are told, and what probes and metrics say."""

from pathlib import Path

import pytest

from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.syntax import modules
from tests.two_documents import QUESTION


def test_a_body_of_another_length_than_announced_is_refused(house: House) -> None:
    """In chunks, a body is as long as it likes, whatever the announced length says: nothing of it is read."""
    headers = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    reply = house.client.post("/api/session", headers=headers, content=iter([b"x" * 1000]))
    assert (reply.status_code, reply.json()["title"]) == (411, "Length required")


def test_what_nobody_foresaw_is_counted_and_marked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours is a problem with the headers of every response, and shows in the metrics."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(house.services.history), "listed", broken)
    reply = house.client.get("/api/conversations", headers=house.token("ben"))
    assert (reply.status_code, reply.json()["title"]) == (500, "Failed")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    counted = 'intramuros_requests_total{route="/api/conversations",status="500"} 1.0'
    assert counted in house.client.get("/metrics").text


def test_guessing_passwords_is_slowed(house: House) -> None:
    """After twenty attempts in a minute a name has to wait, right password or not."""
    replies = [
        house.client.post("/api/session", json={"user": "nobody", "password": "guess"}).status_code
        for _ in range(21)
    ]

    assert replies == [401] * 20 + [429]


def test_body_over_the_limit_is_refused_before_it_is_read(house: House) -> None:
    """A sign-in of two megabytes is refused by its announced length."""
    reply = house.client.post("/api/session", json={"user": "x", "password": "y" * (2 << 20)})

    assert reply.status_code == 413


def test_every_route_is_in_the_description() -> None:
    """What is disclosed is read off the description: a route that is left out of it would escape that."""
    hidden = [m.name for m in modules() if m.package == "app" and "include_in_schema" in m.text]
    assert hidden == []


def test_every_error_is_a_problem_without_inner_life(house: House) -> None:
    """A wrong path, a wrong body and a fault of ours answer problem+json without a stack."""
    headers = house.token("ben")
    house.services.engine.dispose()
    replies = [
        house.client.get("/api/nowhere", headers=headers),
        house.client.post("/api/conversations/x/messages", headers=headers, json={"wrong": 1}),
        house.client.get("/api/jobs/x", headers=headers),
    ]

    for reply in replies:
        assert reply.headers["content-type"] == "application/problem+json"
        assert set(reply.json()) == {"type", "title", "status", "detail", "remedy"}
        assert "Traceback" not in reply.text


def test_readiness_needs_a_real_token(house: House, model: ScriptedModel) -> None:
    """Alive says nothing about ready: without a generation the probe answers 503 and says what fails."""
    model.mood = "down"

    assert house.client.get("/healthz").status_code == 200
    reply = house.client.get("/readyz")
    assert (reply.status_code, list(reply.json())) == (503, ["status", "model"])


def test_readiness_needs_the_index(house: House) -> None:
    """A closed index is not ready, also where no collection would be searched."""
    house.services.index.close()

    assert "search" in house.client.get("/readyz").json()


def test_metrics_name_nobody(house: House) -> None:
    """Counters move with a question and carry no person, document or text."""
    ask(house, "anna", QUESTION)
    text = house.client.get("/metrics").text

    assert 'intramuros_questions_total{language="en",outcome="answered"} 1.0' in text
    assert "anna" not in text
    assert "leave" not in text


def test_demo_accounts_are_for_the_trial_only(house: House, tmp_path: Path) -> None:
    """Outside the trial the list of personas does not exist."""
    assert house.client.get("/api/personas").status_code == 404
    trial = open_house(tmp_path / "trial", ScriptedModel(), trial=True)
    with trial.client:
        assert trial.client.get("/api/personas").json()[0]["password"]

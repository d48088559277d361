"""Check that all a process writes into its log is one JSON object a line, and none of it content."""

import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
import typing
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from app import logs
from ingest.events import BOUND, OURS, Fields, bound, event, logger
from tests.fakes import ScriptedModel
from tests.house import House, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY
from ui.logs import JsonLines as PageLines

ALWAYS = {"at", "level", "logger", "event"}
OF_ERRORS = {"exception", "place"}
SECRETS = ("annual", "Kassel", "28 days", "61,400", "leave.md", "Ben", "ben", "correct horse")


def parsed(stream: io.StringIO) -> list[dict[str, object]]:
    """Return every line of a log. Raises ValueError where one is no JSON object."""
    found = []
    for line in stream.getvalue().splitlines():
        record = json.loads(line)
        assert isinstance(record, dict)
        found.append(record)
    return found


def asked(house: House, question: str) -> str:
    """Ask in a new conversation and return the id of the request."""
    headers = house.token("ben")
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    path = f"/api/conversations/{conversation}/messages"
    reply = house.client.post(path, headers=headers, json={"question": question})
    assert "event: answer" in reply.text
    return str(reply.headers["x-request-id"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return a house whose lines go where the test says."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    with opened.client:
        yield opened


def test_a_question_and_an_ingestion_are_lines(house: House, lines: io.StringIO, tmp_path: Path) -> None:
    """Each is there with ids and times, in fields of the closed list, and not a word of what was asked or read."""
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE, salary=SALARY)
    request = asked(house, QUESTION)
    records = parsed(lines)
    assert {"document_settled", "job_ended", "question_answered"} <= {str(one["event"]) for one in records}
    known = ALWAYS | OF_ERRORS | set(typing.get_type_hints(Fields))
    assert [one for one in records if not ALWAYS <= set(one) <= known] == []
    (line,) = (one for one in records if one["event"] == "question_answered")
    assert line["request_id"] == request
    assert float(str(line["duration_ms"])) > 0
    for word in SECRETS:
        assert not re.search(rf"\b{re.escape(word)}\b", lines.getvalue()), word


def test_a_refusal_names_its_request(house: House, lines: io.StringIO) -> None:
    """Every response names its request, refusals too, each by another id; what a caller sends is not taken up."""
    first = house.client.get("/api/documents", headers={"X-Request-Id": "mine"})
    second = house.client.get("/nowhere")
    ids = {one.headers["x-request-id"] for one in (first, second)}
    assert len(ids) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert BOUND.get() == {}
    assert parsed(lines) is not None


def test_an_unforeseen_error_is_a_line_with_its_request(
    house: House,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever reports a number of a request finds the place in the log, without the error's message."""

    def broken(*_arguments: object, **_named: object) -> None:
        raise ValueError("Kassel")

    monkeypatch.setattr(type(house.services.jobs), "recent_of", broken)
    monkeypatch.setattr(type(house.services.jobs), "recent", broken)
    reply = house.client.get("/api/jobs", headers=house.token("root"))
    assert reply.status_code == 500
    (line,) = (one for one in parsed(lines) if one["event"] == "request_failed")
    assert line["request_id"] == reply.headers["x-request-id"]
    assert (line["reason"], line["exception"]) == ("ValueError", "ValueError")
    assert "Kassel" not in lines.getvalue()


def test_lines_of_libraries_carry_the_request(lines: io.StringIO) -> None:
    """Uvicorn and any other library write JSON too, with what is bound; access lines are not written."""
    with bound({"request_id": "r1", "trace_id": ""}):
        logging.getLogger("uvicorn.error").error("Exception in ASGI application: %s", "Kassel")
        logging.getLogger("uvicorn.access").error("GET /api/documents/%s", "Kassel")
        logging.getLogger("sqlalchemy.pool").warning("connection lost")
        event(logger("answer"), "question_failed", answer_id="a1")
    records = parsed(lines)
    assert [one["logger"] for one in records] == [
        "uvicorn.error", "sqlalchemy.pool", f"{OURS}.answer",
    ]  # fmt: skip
    assert {one["request_id"] for one in records} == {"r1"}
    assert "trace_id" not in records[0]
    assert "Kassel" not in lines.getvalue()


def test_uvicorn_serves_in_json(lines: io.StringIO) -> None:
    """A real server whose application breaks writes a line, not a traceback."""

    async def broken(scope: dict[str, object], receive: object, send: object) -> None:
        del receive, send
        if scope["type"] == "http":
            raise ValueError("Kassel")

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(broken, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    import threading

    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    assert httpx.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", trust_env=False).status_code == 500
    server.should_exit = True
    thread.join(30)
    records = parsed(lines)
    assert [one["exception"] for one in records if one["logger"] == "uvicorn.error"] == ["ValueError"]
    assert "Kassel" not in lines.getvalue()


def test_the_page_writes_lines_too(tmp_path: Path) -> None:
    """Streamlit's start and stop leave nothing but JSON on the standard error of the page."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "page.log"
    with log.open("wb") as stream:
        page = subprocess.Popen(
            [sys.executable, "-m", "ui", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=stream,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        try:
            deadline = time.monotonic() + 60
            while (
                b"server started" not in log.read_bytes()
                and time.monotonic() < deadline
                and page.poll() is None
            ):
                time.sleep(0.2)
        finally:
            page.send_signal(signal.SIGTERM)
            page.wait(30)
    found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert any("server started" in one["event"].lower() for one in found)
    assert all(set(one) <= ALWAYS | OF_ERRORS for one in found)


def test_an_error_of_the_page_is_written_without_its_message() -> None:
    """As in the other processes: type and place, and the template of the line."""
    try:
        raise ValueError("Kassel")
    except ValueError:
        broken = sys.exc_info()
    record = logging.LogRecord("streamlit.x", logging.ERROR, "", 0, "Uncaught %s", ("Kassel",), broken)
    ours, pages = (json.loads(one.format(record)) for one in (logs.JsonLines(), PageLines()))
    assert ours == pages
    assert pages["exception"] == "ValueError"
    assert "Kassel" not in json.dumps(pages)


def test_fields_are_documented() -> None:
    """The page for IT names what every line holds, and the fields that people look for."""
    page = (Path(__file__).parents[1] / "deploy/monitoring/README.md").read_text(encoding="utf-8")
    for name in (
        *ALWAYS,
        *OF_ERRORS,
        "request_id",
        "trace_id",
        "answer_id",
        "job_id",
        "document_id",
        "reason",
    ):
        assert f"`{name}`" in page, name

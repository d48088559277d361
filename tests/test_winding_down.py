"""Stop a serving house in the middle of an answer: what can be finished is, what cannot is on record as broken off."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.bench.paced_vllm import Pace
from app.beside import Beside
from app.front import Front
from app.schema import answers, messages
from app.serving import listen
from app.work import open_workplace
from ingest.database import open_database, sqlite_url
from retrieval.errors import DatabaseUnavailable, IndexUnavailable, SetupRefused
from tests.conftest import ROOT
from tests.embedding_server import at_address
from tests.fake_vllm import FakeVllm
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, events, open_house, settings_of

pytestmark = pytest.mark.timeout(240)
LEAVE = "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
QUESTION = "How many days of annual leave do employees in Kassel have?"
ANSWER = "Employees in Kassel have 28 days of annual leave [1]. "
STOPPED_S = 20.0  # what C20 allows


class Served:
    """Hold a house in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], address: str, data_dir: Path) -> None:
        self.process = process
        self.client = httpx.Client(base_url=address, timeout=60)
        self.data_dir = data_dir

    def sign_in(self) -> None:
        """Sign in as anna."""
        reply = self.client.post("/api/session", json={"user": "anna", "password": PASSWORD})
        self.client.headers["Authorization"] = f"Bearer {reply.json()['token']}"

    def conversation(self) -> str:
        """Open a conversation."""
        return str(self.client.post("/api/conversations").json()["id"])

    def kept(self) -> list[tuple[str, str]]:
        """Return outcome and text of each answer on record."""
        engine = open_database(sqlite_url(self.data_dir / "intramuros.db"))
        with engine.connect() as connection:
            query = select(answers.c.outcome, messages.c.text).join(
                messages, messages.c.id == answers.c.message_id
            )
            found = [(row.outcome, row.text) for row in connection.execute(query)]
        engine.dispose()
        return found


@contextmanager
def a_house(tmp_path: Path, words: int, *, finish_s: float) -> Iterator[Served]:
    """Serve a house whose model writes this many sentences, five words a second."""
    data_dir = tmp_path / "data"
    filled = open_house(data_dir, ScriptedModel())
    filled.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    filled.services.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with FakeVllm(pace=Pace(0.0, 0.2), say=lambda _: ANSWER * words) as vllm:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.house_process",
                str(data_dir),
                vllm.base_url,
                str(port),
                str(finish_s),
            ],
            cwd=ROOT,
        )
        served = Served(process, f"http://127.0.0.1:{port}", data_dir)
        try:
            assert _until(lambda: _is_ready(served))
            served.sign_in()
            yield served
        finally:
            served.client.close()
            process.kill()
            process.wait()


def _is_ready(served: Served) -> bool:
    assert served.process.poll() is None, "the house ended while it was opened"
    try:
        return served.client.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _until(condition: Any) -> bool:
    pause = threading.Event()
    for _ in range(1200):
        if condition():
            return True
        pause.wait(0.1)
    return False


def ask_and_stop(
    served: Served, *, signals: int = 1
) -> tuple[dict[str, Any], httpx.Response, httpx.Response]:
    """Ask, send SIGTERM when the first token is there; return the answer's events, and what others get meanwhile."""
    conversation, other = served.conversation(), served.conversation()
    asking = {"question": QUESTION}
    lines: list[str] = []
    meanwhile: list[httpx.Response] = []
    with served.client.stream("POST", f"/api/conversations/{conversation}/messages", json=asking) as reply:
        for line in reply.iter_lines():
            lines.append(line)
            if line == "event: token" and not meanwhile:
                for _ in range(signals):
                    served.process.send_signal(signal.SIGTERM)
                assert _until(lambda: served.client.get("/readyz").status_code == 503)
                meanwhile.append(served.client.get("/readyz"))
                meanwhile.append(served.client.post(f"/api/conversations/{other}/messages", json=asking))
    return events("\n".join(lines)), meanwhile[0], meanwhile[1]


def test_answer_in_flight_is_finished_and_no_other_begun(tmp_path: Path) -> None:
    """SIGTERM: the answer comes to its end and is on record, a new question is told to come again, exit 0."""
    with a_house(tmp_path, 1, finish_s=60) as served:
        told, ready, refused = ask_and_stop(served)
        assert served.process.wait(STOPPED_S) == 0
        assert (ready.status_code, ready.json()["house"]) == (503, "it is being stopped")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert "ask again in a minute" in refused.text
        assert told["answer"]["outcome"] == "answered"
        assert served.kept() == [("answered", told["answer"]["text"])]
        assert "28 days of annual leave" in told["answer"]["text"]


def test_answer_that_takes_too_long_is_broken_off_and_told_so(tmp_path: Path) -> None:
    """What does not end in time is stopped: whoever follows is told, and no half answer is on record as a whole one."""
    with a_house(tmp_path, 200, finish_s=0.5) as served:
        told, _, _ = ask_and_stop(served)
        assert served.process.wait(STOPPED_S) == 0
        assert told["answer"]["outcome"] == "stopped"
        assert [outcome for outcome, _ in served.kept()] == ["stopped"]


@pytest.mark.parametrize("is_beside", [True, False])
def test_jobs_are_left_to_workers_as_the_settings_say(house: House, *, is_beside: bool) -> None:
    """`ingest.beside_api = false`: the API orders what is due and keeps the trail, and takes no job."""
    ingest = house.services.settings.ingest.model_copy(update={"beside_api": is_beside})
    settings = house.services.settings.model_copy(update={"ingest": ingest})
    beside = Beside(replace(house.services, settings=settings))
    beside.start()
    names = {thread.name for thread in threading.enumerate()}
    beside.stop()
    beside.join(30)
    assert {"ingest-schedule", "audit-keeper"} <= names
    assert ("ingest-worker" in names) is is_beside
    assert not beside.is_at_work


def test_front_answers_while_the_database_is_away() -> None:
    """Alive, not ready and why; once the neighbour is there, requests reach the house."""
    from fastapi import FastAPI

    attempts: list[int] = []
    may_open = threading.Event()

    def build() -> FastAPI:
        attempts.append(1)
        if not may_open.is_set():
            raise DatabaseUnavailable("the database does not answer", remedy="start it")
        house = FastAPI()
        house.add_api_route("/readyz", lambda: {"status": "ready"})
        return house

    front = Front(build, first_pause_s=0.05)
    with at_address(front) as url:
        root = url.removesuffix("/v1")
        assert _until(lambda: len(attempts) > 1)
        assert httpx.get(f"{root}/healthz").json() == {"status": "alive"}
        away = httpx.get(f"{root}/readyz")
        assert (away.status_code, away.json()["house"]) == (503, "the database does not answer")
        may_open.set()
        assert _until(lambda: httpx.get(f"{root}/readyz").status_code == 200)
    assert front.refused is None


def test_front_does_not_wait_for_what_waiting_does_not_mend() -> None:
    """A model file that is not what it should be is told at once, so that the process ends with its message."""

    def build() -> Any:
        raise SetupRefused("the model is changed", remedy="fetch it again")

    front = Front(build)
    with at_address(front):
        assert _until(lambda: front.refused is not None)
    assert front.refused is not None
    assert front.refused.message == "the model is changed"


def test_front_ends_where_the_house_breaks_while_it_begins() -> None:
    """What fails after the parts were opened ends the process too: whoever runs it starts it again."""
    from fastapi import FastAPI

    @asynccontextmanager
    async def breaking(house: FastAPI) -> AsyncIterator[None]:
        if house.routes:
            raise IndexUnavailable("the second index does not answer", remedy="start it")
        yield

    front = Front(lambda: FastAPI(lifespan=breaking))
    with at_address(front):
        assert _until(lambda: front.refused is not None)
    assert front.refused is not None
    assert front.refused.message == "the second index does not answer"


def test_worker_without_servers_is_refused(tmp_path: Path) -> None:
    """A database and an index that are files have one process; the message says which settings name servers."""
    with pytest.raises(SetupRefused, match="files of one process") as caught:
        open_workplace(settings_of(tmp_path))
    assert "database.url and index.url" in caught.value.remedy


def test_taken_port_names_its_setting() -> None:
    """A port that something listens on is refused with the setting and the variable to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SetupRefused) as caught:
        listen("127.0.0.1", taken.getsockname()[1], setting="ingest.port")
    assert "ingest.port (INTRAMUROS_INGEST__PORT)" in caught.value.remedy

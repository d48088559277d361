"""More people than the model has room for, and people who leave: over real connections to a fake vLLM."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.api.lending import lent
from app.bench.paced_vllm import Pace, Request
from app.llm import VllmModel
from app.stream import Running
from app.types import Event, Outcome
from app.vllm_protocol import Timeouts
from ingest.database import utc_now
from tests.fake_vllm import FakeVllm
from tests.house import House, events, open_house

LEAVE = "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n"
QUESTION = "How many days of annual leave do employees in Kassel have?"
ANSWER = "Employees in Kassel have 28 days of annual leave [1]. "
AT_ONCE, WAITING, ASKERS = 2, 3, 12
LIMITS = {
    "at_once": AT_ONCE,
    "waiting": WAITING,
    "questions_per_minute": 600,
    "concurrent_per_person": 20,
}


@dataclass
class GatedVllm(FakeVllm):
    """Begin no generation before the gate is open; `most_at_once` is the most that waited there together."""

    gate: threading.Event = field(default_factory=threading.Event)
    at_the_gate: int = 0
    most_at_once: int = 0

    async def deliver(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Let the generation through when the gate opens."""
        if request.path == "/v1/chat/completions":
            self.at_the_gate += 1
            self.most_at_once = max(self.most_at_once, self.at_the_gate)
            try:
                await asyncio.to_thread(self.gate.wait, 60)
            finally:
                self.at_the_gate -= 1
        await super().deliver(request, writer)


@pytest.fixture
def vllm() -> Iterator[GatedVllm]:
    """Run a fake vLLM that writes for some seconds, once its gate is open."""
    with GatedVllm(pace=Pace(0.0, 0.02), say=lambda _: ANSWER * 15) as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, vllm: GatedVllm) -> House:
    """Give a house with little room."""
    model = VllmModel(
        base_url=vllm.base_url,
        name="fake",
        api_key="",
        context_tokens=8192,
        timeouts=Timeouts(first_token_s=60),
    )
    opened = open_house(tmp_path / "data", model, limits=LIMITS)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    assert _until(lambda: model.state() == "ready")
    return opened


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Serve the house, and close it at the end."""
    with lent(house.services) as served:
        yield served


def test_overload_is_refused_and_the_others_wait(house: House, address: str, vllm: GatedVllm) -> None:
    """Twelve ask at once where two are served and three may wait: five are answered, seven are told to come again."""
    headers = _headers(house, "ben")
    with ThreadPoolExecutor(ASKERS) as everyone:
        asking = [everyone.submit(_ask, address, headers) for _ in range(ASKERS)]
        assert _until(lambda: sum(one.done() for one in asking) == ASKERS - AT_ONCE - WAITING)
        assert _until(lambda: house.services.assistant.line.length == WAITING)
        assert _until(lambda: vllm.at_the_gate == AT_ONCE)
        assert house.services.answers.in_flight == AT_ONCE + WAITING
        vllm.gate.set()
        asked = [one.result(timeout=60) for one in asking]

    answered = [events(text) for status, text in asked if status == 200]
    refused = [text for status, text in asked if status == 503]
    assert (len(answered), len(refused)) == (AT_ONCE + WAITING, ASKERS - AT_ONCE - WAITING)
    assert all(one["answer"]["outcome"] == "answered" for one in answered)
    assert sum("waiting" in one for one in answered) == WAITING
    assert all(one["waiting"]["position"] == 0 for one in answered if "waiting" in one)
    assert all("ask again in a minute" in text for text in refused)
    assert vllm.most_at_once == AT_ONCE
    _nobody_is_left(house, vllm)


def test_refused_question_leaves_nothing(house: House, address: str) -> None:
    """Over the limit no conversation is opened, though the question came without one."""
    release = threading.Event()

    def held(_stop: threading.Event) -> Iterator[Event]:
        release.wait()
        return iter(())

    for number in range(AT_ONCE + WAITING):
        house.services.answers.start(Running(f"answer {number}", f"person{number}"), held)
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    try:
        refused = httpx.post(f"{address}/v1/chat/completions", headers=_headers(house, "ben"), json=body)
    finally:
        release.set()

    assert refused.status_code == 503
    assert house.services.history.listed("ben") == ()
    assert _until(lambda: house.services.answers.in_flight == 0)


@pytest.mark.parametrize("keep", [True, False])
def test_a_reader_who_leaves_frees_the_model_unless_the_answer_is_kept(
    house: House, address: str, vllm: GatedVllm, *, keep: bool
) -> None:
    """A connection closed after the first token: the model is free soon after, or the answer is made to its end."""
    vllm.gate.set()
    with httpx.Client(base_url=address, headers=_headers(house, "ben"), timeout=20) as client:
        conversation = str(client.post("/api/conversations").json()["id"])
        path = f"/api/conversations/{conversation}/messages"
        with client.stream("POST", path, json={"question": QUESTION, "keep": keep}) as response:
            assert any(line == "event: token" for line in response.iter_lines())
    assert _until(lambda: house.services.answers.in_flight == 0)

    kept = house.services.history.messages(conversation, "ben")[-1].stored
    assert kept is not None
    assert kept.answer.outcome is (Outcome.ANSWERED if keep else Outcome.STOPPED)
    assert _until(lambda: vllm.abandoned == (0 if keep else 1))
    _nobody_is_left(house, vllm)


def test_right_that_ends_in_the_line_is_seen(house: House, address: str, vllm: GatedVllm) -> None:
    """Ben's account is disabled while his question waits: it ends without an answer, and without the model."""
    with ThreadPoolExecutor(3) as everyone:
        first = [everyone.submit(_ask, address, _headers(house, "anna")) for _ in range(AT_ONCE)]
        assert _until(lambda: vllm.at_the_gate == AT_ONCE)
        waiting = everyone.submit(_ask, address, _headers(house, "ben"))
        assert _until(lambda: house.services.assistant.line.length == 1)
        house.services.accounts.disable("ben")
        vllm.gate.set()
        assert all(one.result(timeout=60)[0] == 200 for one in first)
        _, text = waiting.result(timeout=60)

    assert "rights changed while the question waited" in events(text)["error"]["message"]
    assert len(vllm.generations) == AT_ONCE


def test_a_client_that_stops_waiting_for_the_whole_frees_the_model(
    house: House, address: str, vllm: GatedVllm
) -> None:
    """Without a stream too: when the client hangs up, nobody will ever read the answer."""
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/v1/chat/completions", headers=_headers(house, "ben"), json=body, timeout=2)
    assert _until(lambda: house.services.answers.in_flight == 0)
    assert not vllm.gate.is_set()


def test_a_client_that_hangs_up_frees_the_model(house: House, address: str, vllm: GatedVllm) -> None:
    """Nobody can come back to a stream of the OpenAI kind, so it ends with its connection."""
    vllm.gate.set()
    body = {"messages": [{"role": "user", "content": QUESTION}], "stream": True}
    url = f"{address}/v1/chat/completions"
    with httpx.stream("POST", url, headers=_headers(house, "ben"), json=body, timeout=20) as response:
        assert next(response.iter_raw())
        assert _until(lambda: vllm.open_streams == 1)
    assert _until(lambda: vllm.abandoned == 1)
    assert _until(lambda: house.services.answers.in_flight == 0)
    _nobody_is_left(house, vllm)


def _headers(house: House, user: str) -> dict[str, str]:
    token = house.services.sessions.open(user, now=utc_now()).token
    return {"Authorization": f"Bearer {token}"}


def _ask(address: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return status and text of one question in a conversation of its own."""
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        conversation = client.post("/api/conversations").json()["id"]
        reply = client.post(f"/api/conversations/{conversation}/messages", json={"question": QUESTION})
    return reply.status_code, reply.text


def _nobody_is_left(house: House, vllm: GatedVllm) -> None:
    assert _until(lambda: vllm.open_streams == 0)
    assert house.services.answers.in_flight == 0
    assert house.services.assistant.line.length == 0


def _until(is_true: Callable[[], bool], limit_s: float = 20.0) -> bool:
    waiting, ends = threading.Event(), time.monotonic() + limit_s
    while not is_true() and time.monotonic() < ends:
        waiting.wait(0.01)
    return is_true()

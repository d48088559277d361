"""The bench of the API in small: people really ask over HTTP, and each moment belongs to its own question."""

import asyncio
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import pytest

from app.api.lending import lent
from app.bench import api
from app.bench.asking import Asked, Asking, People
from app.bench.child import child
from app.bench.memory import Peak, cpu_s
from app.bench.paced_vllm import Pace, PacedVllm, Request
from app.bench.rivals import chain, environment
from app.environments import STAMP
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import House

SALARY = "# Salary bands\n\nBand E7 starts at 71,000 euros a year."
QUESTION = "Where does band E7 start?"


def test_people_note_each_event_and_leave_nothing(house: House, tmp_path: Path) -> None:
    """Sources, the first token and the answer come in this order; the conversations are gone afterwards."""
    model = house.services.model
    assert isinstance(model, ScriptedModel)
    model.text = "It starts at 71,000 euros [1]."
    house.bring_in(tmp_path / "hr", "hr", salary=SALARY)
    token = house.token("anna")["Authorization"].removeprefix("Bearer ")

    async def ask(base_url: str) -> list[Asked]:
        async with People(base_url) as people:
            return [
                *await people.in_turn([Asking(QUESTION, token)]),
                *await people.at_once([Asking(QUESTION, token)] * 2),
            ]

    with lent(house.services) as base_url:
        asked = asyncio.run(ask(base_url))
        assert [one.error for one in asked] == [""] * 3
        for one in asked:
            at = one.reached_at
            assert one.sent_at < at["sources"] <= at["token"] <= at["answer"] <= one.ended_at
            assert one.pieces > 0
        assert house.services.history.listed("anna") == ()


def test_an_answer_that_is_refused_is_an_error(house: House, tmp_path: Path) -> None:
    """Over the person's limit nothing is answered, and the bench says so."""
    house.bring_in(tmp_path / "hr", "hr", salary=SALARY)
    token = house.token("anna")["Authorization"].removeprefix("Bearer ")
    allowed = house.services.settings.limits.questions_per_minute

    async def ask(base_url: str) -> list[Asked]:
        async with People(base_url) as people:
            return await people.in_turn([Asking("!", token)] * (allowed + 1))

    with lent(house.services) as base_url:
        assert asyncio.run(ask(base_url))[-1].error == "HTTP 429"


def test_moments_belong_to_their_question() -> None:
    """Of questions that run at once, each has the moment when the model was asked it, and no other one's."""
    hotels = Asked("What of hotels?", 10.0, {"token": 10.4}, ended_at=11.0, pieces=3)
    trains = Asked("What of trains?", 10.1, {"token": 10.3}, ended_at=11.0, pieces=3)
    silent = Asked("What of cars?", 10.0, ended_at=11.0, error="HTTP 429")
    with PacedVllm() as model:
        model.requests += [
            _asked_of_model("Question: What of trains?", 10.2),
            _asked_of_model("Question: What of hotels?", 10.3),
            Request("POST", "/tokenize", {}, {"messages": [{"content": "What of hotels?"}]}, 10.1),
            _asked_of_model("Question: What of hotels?", 99.0),
        ]
        figures = api._row("all", [hotels, trains, silent], model, 7.0).figures
    assert figures["p95_ms"] == pytest.approx(400)
    assert figures["at_model_p95_ms"] == pytest.approx(300)
    assert figures["at_model_p50_ms"] == pytest.approx(100)
    assert (figures["answered"], figures["errors"], figures["cpu_ms"]) == (2.0, 1.0, 7.0)


def _asked_of_model(text: str, moment: float) -> Request:
    return Request("POST", api.GENERATION, {}, {"messages": [{"role": "user", "content": text}]}, moment)


def test_slowest_stream_is_told() -> None:
    """The pace of a stream is that of its tokens; one that failed has none and is an error."""
    quick = Asked("a", 0.0, {"token": 1.0, "answer": 2.0}, ended_at=2.0, pieces=30)
    slow = Asked("b", 0.0, {"token": 1.0, "answer": 4.0}, ended_at=4.0, pieces=30)
    figures = api._streamed([quick, slow, Asked("c", error="ReadError")], 2)
    assert (figures["tokens_per_s_least"], figures["tokens_per_s_p50"]) == (10.0, 20.0)
    assert (figures["asked"], figures["errors"], figures["most_at_once"]) == (3.0, 1.0, 2.0)


def test_paced_server_notes_when_and_how_many() -> None:
    """A request is stamped on this machine's one clock, and generations that run at once are counted."""

    async def generate(base_url: str) -> None:
        body = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 3, "stream": True}
        async with httpx.AsyncClient(trust_env=False) as client:
            await asyncio.gather(*(client.post(f"{base_url}/chat/completions", json=body) for _ in range(3)))

    with PacedVllm(Pace(first_token_s=0.5)) as model:
        before = time.perf_counter()
        asyncio.run(generate(model.base_url))
        assert all(before < one.received_at < time.perf_counter() for one in model.requests)
        assert (model.most_streams, model.open_streams) == (3, 0)


def test_computing_is_counted_for_any_process() -> None:
    """The seconds of this process are those the system tells; one that is gone has none, and no memory."""
    told = sum(os.times()[:2])
    assert abs(cpu_s(os.getpid()) - told) < 0.5
    assert told > 0
    gone = Peak(2**22 + 1)
    gone.look()
    assert (cpu_s(2**22 + 1), gone.mb) == (0.0, 0.0)
    own = Peak()
    own.look()
    assert own.mb > 1


def _says(word: str, pipe: Connection) -> None:
    if word:
        pipe.send(word)
        pipe.poll(None)


@pytest.mark.parametrize(("word", "heard"), [("ready", "ready"), ("", None)])
def test_child_is_heard_or_known_to_have_ended(word: str, heard: str | None) -> None:
    """Its first word, nothing where it ends without one; and it is gone after the block."""
    with child(_says, word, name="test-child", patience_s=60) as said:
        assert said == heard
    assert multiprocessing.active_children() == []


def test_chain_keeps_to_this_machine() -> None:
    """LangChain's process reaches the model server beside it, and nothing else."""
    chain._stay("socket.connect", (None, ("127.0.0.1", 8000)))
    chain._stay("socket.getaddrinfo", ("127.0.0.1", 8000))
    for event, arguments in (
        ("socket.connect", (None, ("192.0.2.1", 443))),
        ("socket.getaddrinfo", ("api.smith.langchain.com", 443)),
    ):
        with pytest.raises(PermissionError, match="reached for the network"):
            chain._stay(event, arguments)


def test_chain_is_pinned_beside_ours() -> None:
    """What is installed beside our environment pins each package and brings none that ours has in another version."""
    beside, own = (_pins(ROOT / name) for name in (environment.CHAIN_PINS, "deploy/constraints.txt"))
    assert {"langchain-classic", "langchain-openai", "langchain-qdrant"} <= set(beside)
    assert {name: own[name] for name in beside if name in own}.items() <= beside.items()


def _pins(path: Path) -> dict[str, str]:
    lines = [one for one in path.read_text(encoding="utf-8").splitlines() if "==" in one]
    return dict(one.split("==") for one in lines if not one.startswith("#"))


def test_chain_is_installed_once(tmp_path: Path) -> None:
    """A folder made from the same pins is taken as it is."""
    stamp = tmp_path / STAMP
    stamp.write_text((ROOT / environment.CHAIN_PINS).read_text(encoding="utf-8"), encoding="utf-8")
    assert environment.made_beside(tmp_path) == tmp_path
    assert list(tmp_path.iterdir()) == [stamp]

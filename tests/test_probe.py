"""Hold readiness to the truth: a server that hangs is not ready, and however many ask, one check runs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from app.llm import VllmModel
from app.probe import FRESH_S, RENEW_S, Probe
from app.readiness import Readiness
from app.vllm_protocol import Timeouts
from retrieval.errors import ModelUnavailable
from tests.fake_vllm import FakeVllm, Fault


@dataclass
class Clock:
    """Be seconds that pass when told to."""

    now: float = 100.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


@dataclass
class Check:
    """Be a check that waits for `gate`, fails with `fault`, and counts."""

    gate: threading.Event = field(default_factory=threading.Event)
    fault: str | None = None
    runs: int = 0

    def __call__(self) -> None:
        """Check once."""
        self.runs += 1
        self.gate.wait(60)
        if self.fault is not None:
            raise ModelUnavailable(self.fault, remedy="none")


def opened(fault: str | None = None) -> Check:
    """Return a check that does not wait."""
    check = Check(fault=fault)
    check.gate.set()
    return check


def test_result_is_believed_for_ten_seconds() -> None:
    """Within five nobody checks again, within ten the old result still counts, after that it must be a new one."""
    check, clock = opened(), Clock()
    probe = Probe(check, clock=clock)
    assert probe.fault() is None
    clock.now += RENEW_S - 1
    assert (probe.fault(), check.runs) == (None, 1)
    check.fault = "away"
    clock.now += FRESH_S
    assert (probe.fault(), check.runs) == ("away", 2)


def test_check_that_hangs_is_one_thread_and_a_fault() -> None:
    """Twenty who ask while a check hangs are each told so in time, and none starts another."""
    check, clock = Check(), Clock()
    probe = Probe(check, patience_s=0.05, clock=clock)
    with ThreadPoolExecutor(20) as everyone:
        told = list(everyone.map(lambda _: probe.fault(), range(20)))
    assert set(told) == {"it has not answered for 0 s"}
    clock.now += 25
    assert probe.fault() == "it has not answered for 25 s"
    assert check.runs == 1
    check.gate.set()


def test_old_success_does_not_cover_a_hanging_check() -> None:
    """What worked eleven seconds ago says nothing while the check of today hangs."""
    check, clock = opened(), Clock()
    probe = Probe(check, patience_s=0.05, clock=clock)
    assert probe.fault() is None
    check.gate.clear()
    clock.now += RENEW_S + 1
    assert probe.fault() is None  # renewed meanwhile, and the last one is six seconds old
    clock.now += FRESH_S
    assert probe.fault() == "it has not answered for 10 s"
    check.gate.set()


def test_broken_check_is_a_fault() -> None:
    """An error that is none of ours is no success either."""

    def broken() -> None:
        raise ValueError("what it says may be content")

    assert Probe(broken).fault() == "the check broke off (ValueError)"


def test_closing_house_is_not_ready() -> None:
    """Whatever its probes say, a house that is being stopped wants no more requests."""
    check = opened()
    ready = Readiness({"model": check})
    assert ready.faults() == {}
    ready.close("it is being stopped")
    assert ready.faults() == {"house": "it is being stopped"}


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    """Run a fake vLLM that answers."""
    with FakeVllm() as server:
        yield server


def test_model_that_answers_health_and_hangs_is_not_ready(vllm: FakeVllm) -> None:
    """/health says 200, generation says nothing: not ready; it answers again: ready."""
    vllm.faults = [Fault.HANG]
    model = VllmModel(
        base_url=vllm.base_url, name="fake", api_key="", context_tokens=4096, timeouts=Timeouts()
    )
    assert model.state() == "ready"
    clock = Clock()
    probe = Probe(model.probe, patience_s=1.0, clock=clock)
    assert probe.fault() == "it has not answered for 0 s"
    assert len(vllm.generations) == 1
    model.close()  # the hanging request fails
    again = VllmModel(
        base_url=vllm.base_url, name="fake", api_key="", context_tokens=4096, timeouts=Timeouts()
    )
    assert Probe(again.probe).fault() is None
    again.close()

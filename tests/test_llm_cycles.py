"""Fail the model's server a thousand times, and stop it as often: nothing is left of it, and it is used again."""

import asyncio
import gc
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from app.bench.paced_vllm import Pace, Request
from app.llm import VllmModel
from app.stream import Answers, Running
from app.types import ChatMessage, Event, Token
from app.vllm_protocol import Timeouts
from retrieval.breaker import FAILURES, OPEN_S
from retrieval.errors import ModelUnavailable
from tests.fake_vllm import FakeVllm, Fault
from tests.test_llm import MESSAGES, SALT, ask, until

CYCLES = 1_000
WARM_UP = 100
STOPS = 500
AT_ONCE = 20  # askers
HASTY = Timeouts(connect_s=1.0, first_token_s=0.2, between_tokens_s=0.2, total_s=1.0)
SETTLED_S = 10.0  # for the other end to notice; far more than it takes
REFUSED = "refused"  # nothing listens; beside the faults of a server that does
TROUBLES = (REFUSED, *(fault.value for fault in Fault))


class ObedientVllm(FakeVllm):
    """Fail each generation as its prompt says, so that many may ask at once and each meets its own fault."""

    async def deliver(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request, or fail it as it wants."""
        if request.path == "/v1/chat/completions":
            self.faults[:] = [Fault(request.body["messages"][-1]["content"])]
        await super().deliver(request, writer)


@dataclass(frozen=True)
class Held:
    """Count what this process holds: files, of which sockets are some, threads, and tasks that ask a model."""

    files: int
    threads: int
    tasks: int


def held() -> Held:
    """Return what is held at this moment."""
    gc.collect()
    # By type alone: `isinstance` asks objects of torch for their class, and some warn when asked.
    tasks = [one for one in gc.get_objects() if issubclass(type(one), asyncio.Task) and not one.done()]
    asking = [one for one in tasks if getattr(one.get_coro(), "cr_code", None) in ASKING]
    return Held(len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(asking))


def test_counting_what_is_held_notices() -> None:
    """A model that waits holds a thread, sockets and a task; without this the counts below would prove nothing."""
    before = held()
    with FakeVllm(faults=[Fault.HANG]) as server, connected(server.base_url, Timeouts()) as model:
        stop = threading.Event()
        waiting = threading.Thread(target=ask, args=(model, stop))
        waiting.start()
        assert until(lambda: len(server.generations) == 1)
        during = held()
        stop.set()
        waiting.join()
    assert during.tasks == before.tasks + 1
    assert during.files > before.files
    assert during.threads > before.threads


@contextmanager
def connected(
    base_url: str, timeouts: Timeouts, clock: Callable[[], float] | None = None
) -> Iterator[VllmModel]:
    """Lend a model and close it."""
    hours = count(step=3600)  # failures lie too far apart for the breaker
    model = VllmModel(
        base_url=base_url,
        name="fake",
        api_key=None,
        context_tokens=8192,
        timeouts=timeouts,
        clock=clock or (lambda: float(next(hours))),
    )
    try:
        yield model
    finally:
        model.close()


def suffer(model: VllmModel, trouble: str, *, is_judging: bool) -> str:
    """Return how asking in trouble ended."""
    prompt = (ChatMessage("user", trouble),)
    stop = threading.Event()
    try:
        if is_judging:
            model.leanings([prompt, prompt], cache_salt=SALT, stop=stop)
        else:
            list(model.stream(prompt, max_tokens=9, cache_salt=SALT, stop=stop))
    except ModelUnavailable as error:
        return type(error).__name__ if error.remedy else "no remedy"
    return "nothing noticed"


@pytest.mark.slow
def test_a_thousand_faults_leave_nothing(free_port: int) -> None:
    """Every fault, written and judged, ends in an error that says what to do; no socket, thread or task stays."""
    before = held()
    with (
        ObedientVllm() as server,
        connected(server.base_url, HASTY) as model,
        connected(f"http://127.0.0.1:{free_port}/v1", HASTY) as lonely,
        ThreadPoolExecutor(AT_ONCE) as askers,
    ):

        def cycle(number: int) -> str:
            trouble = TROUBLES[number % len(TROUBLES)]
            is_judging = number // len(TROUBLES) % 2 == 1
            return suffer(lonely if trouble == REFUSED else model, trouble, is_judging=is_judging)

        list(askers.map(cycle, range(WARM_UP)))
        warm = held()
        ended = Counter(askers.map(cycle, range(CYCLES)))
        assert until(lambda: server.open_streams == 0 and held().tasks == 0, SETTLED_S)
        after = held()
    sys.stdout.write(f"{CYCLES} faults: {dict(ended)}, {len(server.generations)} requests; {warm}, {after}\n")
    assert set(ended) <= {"ModelUnavailable", "BrokenOff", "Refused"}
    assert after.threads == warm.threads
    assert after.files <= warm.files + 2 * AT_ONCE  # idle connections, both ends of which are ours
    assert until(lambda: held() == before, SETTLED_S), (before, held())


@pytest.mark.slow
def test_five_hundred_stops_free_the_model() -> None:
    """Stopped or left in mid-stream, each answer closes its connection and gives its place to the next."""
    before = held()
    places = Answers(per_person=AT_ONCE, at_most=AT_ONCE)
    pace = Pace(first_token_s=0.0, between_tokens_s=0.02)
    with (
        FakeVllm(pace=pace, say=lambda _: "word " * 4_000) as server,
        connected(server.base_url, Timeouts()) as model,
        ThreadPoolExecutor(AT_ONCE) as askers,
    ):

        def pieces(stop: threading.Event) -> Iterator[Event]:
            for piece in model.stream(MESSAGES, max_tokens=4_000, cache_salt=SALT, stop=stop):
                yield Token(piece)

        def stopped(number: int) -> bool:
            running = places.start(Running(str(number), "anna"), pieces)
            for batch in running.follow(0, ping_s=0.05):
                if batch:
                    running.stop.set()
            return isinstance(running.events[0], Token)

        def left(_number: int) -> bool:
            stream = pieces(threading.Event())
            is_token = isinstance(next(stream), Token)
            stream.close()  # type: ignore[attr-defined]  # a generator
            return is_token

        begun = list(askers.map(lambda number: (left if number % 2 else stopped)(number), range(STOPS)))
        assert all(begun)
        assert until(lambda: server.open_streams == 0 and held().tasks == 0, SETTLED_S)
        sys.stdout.write(
            f"{STOPS} stops: {server.abandoned} seen by the server, {server.open_streams} left\n"
        )
        assert len(server.generations) == server.abandoned == STOPS
    assert until(lambda: held() == before, SETTLED_S), (before, held())


@pytest.mark.parametrize("fault", [Fault.STATUS_500, Fault.HANG, Fault.DIE, Fault.DRIP])
def test_breaker_lets_go_and_comes_back(fault: Fault) -> None:
    """Open, it lets no request through but one every OPEN_S; once the server is back, that one ends it."""
    now = [0.0]
    with FakeVllm(say=lambda _: "Yes.") as server, connected(server.base_url, HASTY, lambda: now[0]) as model:
        server.faults = [fault] * 100
        for _ in range(FAILURES):
            assert suffer(model, "x", is_judging=False) != "nothing noticed"
        asked = len(server.generations)
        for number in range(2 * AT_ONCE):
            assert suffer(model, "x", is_judging=number % 2 == 1) == "ModelUnavailable"
        assert len(server.generations) == asked

        now[0] += OPEN_S
        assert suffer(model, "x", is_judging=False) != "nothing noticed"
        tried = len(server.generations)
        assert tried > asked
        assert suffer(model, "x", is_judging=False) == "ModelUnavailable"
        assert len(server.generations) == tried

        server.faults = []
        now[0] += OPEN_S
        assert [ask(model) for _ in range(FAILURES)] == ["Yes."] * FAILURES


ASKING = {
    function.__code__ for function in (VllmModel._pump, VllmModel._leanings)
}  # a task has no other name

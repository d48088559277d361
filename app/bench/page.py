"""Let people use one process of the page at once, before an API that only keeps pace: what is measured is the page's.

Each person is a WebSocket of their own, as a browser tab is; drawing in the browser is not part of it.
"""

import asyncio
import os
import platform
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from app.bench import BenchReport, BenchRow
from app.bench.child import child
from app.bench.memory import cpu_s, memory_mb, open_files, threads
from app.bench.paced_api import Speech, serve_paced
from app.bench.visitor import Turn, Visitor
from app.environments import PROJECT
from retrieval.errors import Unavailable
from retrieval.metrics import percentile

START_S: Final = 60.0  # to load Streamlit on a busy machine
POLL_S: Final = 0.1
ENTERING: Final = 10  # at once: people do not all sign in in the same second
STALLED_S: Final = 60.0  # without a word from the page: an error
QUICK: Final = Speech(tokens=12, first_token_s=0.05)  # of cycles: what is counted is what they leave behind
TOGETHER: Final = 5  # visitors of cycles
WARM_UP: Final = 25  # cycles before the memory is read first: libraries load, pools fill
FORGOTTEN_S: Final = 180.0  # the page keeps a closed tab for 120 s (ui/hardening.py); then a minute
NOTES: Final = (
    "All press the key in one moment. Turn: from the question to the end of the run that drew the checked answer.",
    "Usable: from the sign-in to a field for a question. Stall: the longest silence. Ideal: the answer's own time.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Say how many are there at once, one row each, and how many come, ask and leave one after the other."""

    sessions: Sequence[int]
    cycles: int = 0
    speech: Speech = field(default_factory=Speech)


@dataclass(frozen=True, slots=True)
class Opened:
    """Hold where the page listens, and which process it is."""

    address: str
    pid: int


def run(plan: Plan) -> Iterator[BenchReport]:
    """Yield the report of turns, then that of cycles. Raises Unavailable where page or API do not start."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    rows, notes = [], list(NOTES)
    for count in plan.sessions:
        with _paced(plan.speech) as api, opened(api) as page:
            row, wrong = asyncio.run(_turns(page, api, count, plan.speech))
        rows.append(row)
        notes += [f"{row.name}: {times} times {error}" for error, times in wrong.items()]
    if rows:
        title = f"one page process, {plan.speech.tokens} tokens at {plan.speech.tokens_per_s:.0f}/s"
        yield BenchReport(title, machine, tuple(rows), tuple(notes))
    if plan.cycles:
        with _paced(QUICK) as api, opened(api) as page:
            left = asyncio.run(_cycles(page, plan.cycles))
        yield BenchReport(f"{plan.cycles} visitors come, ask and leave", machine, tuple(left))


@contextmanager
def _paced(speech: Speech) -> Iterator[str]:
    with child(serve_paced, speech, name="bench-paced-api", patience_s=START_S) as address:
        if not isinstance(address, str):
            raise Unavailable("the API that keeps pace did not start", remedy="run the bench again")
        yield address


@contextmanager
def opened(api_url: str) -> Iterator[Opened]:
    """Give a page process before this API. Raises Unavailable where it does not start."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "ui", "--port", str(port), "--api-url", api_url]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(process, address)
        yield Opened(address, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + START_S
    with httpx.Client(trust_env=False, timeout=START_S) as client:
        while process.poll() is None and time.monotonic() < until:
            try:
                if client.get(f"{address}/_stcore/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(POLL_S)
    raise Unavailable("the page did not start", remedy="run `python -m ui`, which says why")


async def _turns(page: Opened, api: str, count: int, speech: Speech) -> tuple[BenchRow, Counter[str]]:
    """Return the row of `count` people who ask in one moment, and what went wrong how often."""
    gate = asyncio.Semaphore(ENTERING)

    async def enter(visitor: Visitor) -> Turn:
        async with gate:
            await visitor.arrive()
            return await visitor.sign_in()

    async with AsyncExitStack() as stack, httpx.AsyncClient(trust_env=False) as client:
        visitors = [
            await stack.enter_async_context(Visitor(page.address, f"person-{n}")) for n in range(count)
        ]
        entered = await asyncio.gather(*map(enter, visitors))
        before = cpu_s(page.pid)
        turns = await asyncio.gather(
            *(one.ask(f"What is paid for a hotel, {n}?") for n, one in enumerate(visitors))
        )
        spent = cpu_s(page.pid) - before
        memory = memory_mb(page.pid)
        model = (await client.get(f"{api}/took")).json()
    figures = _figures(entered, turns, model, speech) | {"cpu_s_a_turn": spent / count, "memory_mb": memory}
    return BenchRow(f"{count} at once", figures), Counter(
        wrong for one in (*entered, *turns) if (wrong := _fault(one))
    )


def _figures(
    entered: Sequence[Turn], turns: Sequence[Turn], model: Sequence[float], speech: Speech
) -> dict[str, float]:
    good = [turn.took_s for turn in turns if not turn.error]
    p95 = percentile(good, 0.95)
    return {
        "usable_p95_s": percentile([one.took_s for one in entered if not one.error], 0.95),
        "turn_p50_s": percentile(good, 0.5),
        "turn_p95_s": p95,
        "ideal_s": speech.ideal_s,
        "p95_by_ideal": p95 / speech.ideal_s,
        "api_p95_s": percentile(
            model, 0.95
        ),  # well above ideal: the API was starved, and the page not alone slow
        "longest_stall_s": max((turn.longest_gap_s for turn in turns), default=0.0),
        "messages_a_turn": sum(turn.messages for turn in turns) / max(1, len(turns)),
        "errors": float(sum(bool(_fault(one)) for one in (*entered, *turns))),
    }


def _fault(turn: Turn) -> str:
    return turn.error or ("a silence of a minute" if turn.longest_gap_s > STALLED_S else "")


async def _cycles(page: Opened, count: int) -> list[BenchRow]:
    """Return what the process holds after the warm-up, after the last has left, and once their tabs are forgotten."""
    rows: list[BenchRow] = []
    for name, visitors in (("after the warm-up", WARM_UP), ("afterwards", count)):
        errors = await _come_and_go(page, visitors)
        if rows:
            rows.append(_held("when the last has left", page, errors))
        await asyncio.sleep(FORGOTTEN_S)
        # Streamlit drops what it keeps of closed tabs, at most 128 of them, when the next visitor is there.
        errors += await _come_and_go(page, 1)
        rows.append(_held(f"{name}, forgotten", page, errors))
    return rows


async def _come_and_go(page: Opened, count: int) -> int:
    """Let `count` visitors come, ask and leave, a few at a time; return how many of them failed."""
    waiting = iter(range(count))

    async def one_after_the_other() -> int:
        failed = 0
        for number in waiting:
            async with Visitor(page.address, f"guest-{number}") as visitor:
                turns = [await visitor.arrive(), await visitor.sign_in(), await visitor.ask("And hotels?")]
            failed += any(turn.error for turn in turns)
        return failed

    return sum(await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER))))


def _held(name: str, page: Opened, errors: int) -> BenchRow:
    figures = {
        "memory_mb": memory_mb(page.pid),
        "threads": float(threads(page.pid)),
        "open_files": float(open_files(page.pid)),
        "errors": float(errors),
    }
    return BenchRow(name, figures)

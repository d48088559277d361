"""Ask through the HTTP API with a model server that only keeps pace: what is measured is ours and not the model's.

Three things in one run: the time our code adds before the first token, for one person and for many; the same of
LangChain's stock chain; and many long answers at once, with the memory that takes. The API is a process of its own.
"""

import asyncio
import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from app.bench import BenchReport, BenchRow
from app.bench.asking import Asked, Asking, People
from app.bench.memory import cpu_s, memory_mb, peak_memory
from app.bench.paced_vllm import Pace, PacedVllm
from app.bench.rivals import chain
from app.bench.served import Served, served
from app.evaluate import Labelled
from app.settings import Settings
from retrieval.metrics import percentile

ROUNDS: Final = 4  # of many, so that a 95th percentile rests on a hundred questions
# Each question ends soon, for the next is put only then; and an answer has three sentences at most to be checked.
SHORT: Final = f"The passages say what was asked for{' and say it again' * 3} [1]."
# What an answer mostly is: two sentences, three seconds at the pace of the server. People at work read them to the end.
USUAL: Final = f"The passages say what was asked for{' and say it again' * 10} [1]. " * 2
USUAL_S: Final = 3.0
# Twenty seconds at that pace: all of them are under way before the first has ended.
LONG: Final = f"The passages say what was asked for{' and say it again' * 25} [1]. " * 6
WAVES: Final = 2  # what the second holds beyond the first is what the first left behind
REST_S: Final = 3.0  # after a wave, before its memory is read
GENERATION: Final = "/v1/chat/completions"
NOTES: Final = (
    "At work: each reads a paced answer to its end, and asks the next. In one moment: all press the key together.",
    "Added: from the request leaving its client to the first token in its hands; the model server takes 0 ms.",
    "Ours: HTTP API, session, reader filter in index and database, exact token count, history and ledger.",
    "LangChain: a call in its own process; no API, session, filter, token count or record.",
)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """Say how much is asked, and where LangChain's packages are; None leaves it out, with the reason."""

    questions: int  # one after the other
    users: int  # at work, and in one moment
    streams: int  # long answers at once
    packages: Path | None = None
    skipped: str = ""


def run(settings: Settings, questions: Sequence[Labelled], plan: Plan) -> Iterator[BenchReport]:
    """Yield the report of added times, then that of many streams. Raises Unavailable while the house is open."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with PacedVllm(Pace(first_token_s=0.0), say=lambda _: SHORT, name=settings.model.name) as model:
        with served(settings, model.base_url) as api:
            askings = [Asking(one.question, api.tokens[one.asker]) for one in questions]
            rows = list(asyncio.run(_ours(api, model, askings, plan)))
            waves = list(asyncio.run(_waves(api, model, askings, plan.streams)))
        notes = list(NOTES)
        if plan.packages is None:
            notes[-1] = plan.skipped
        else:
            rows += _langchains(settings, model, [one.question for one in questions], plan, plan.packages)
    yield BenchReport("milliseconds added before the first token", machine, tuple(rows), tuple(notes))
    title = f"{plan.streams} answers at once, {1 / model.pace.between_tokens_s:.0f} tokens/s each"
    yield BenchReport(title, machine, tuple(waves))


async def _ours(api: Served, model: PacedVllm, askings: Sequence[Asking], plan: Plan) -> list[BenchRow]:
    async with People(api.base_url) as people:
        await people.in_turn(askings)  # models load with the first, a dictionary with the first of a language
        before = cpu_s(api.pid)
        alone = await people.in_turn(_taken(askings, plan.questions))
        spent = (cpu_s(api.pid) - before) / plan.questions * 1000
        rows = [_row("Intramuros, 1 at a time", alone, model, spent)]
        rounds = [_taken(askings, plan.users, round_ * plan.users) for round_ in range(ROUNDS)]
        model.say = lambda _: USUAL
        before = cpu_s(api.pid)
        busy = await people.at_work(list(zip(*rounds, strict=True)), spread_s=USUAL_S)
        spent = (cpu_s(api.pid) - before) / len(busy) * 1000
        rows.append(_row(f"Intramuros, {plan.users} at work", busy, model, spent))
        model.say = lambda _: SHORT
        before = cpu_s(api.pid)
        many = [asked for round_ in rounds for asked in await people.at_once(round_)]
        spent = (cpu_s(api.pid) - before) / len(many) * 1000
        return [*rows, _row(f"Intramuros, {plan.users} in one moment", many, model, spent)]


def _langchains(
    settings: Settings, model: PacedVllm, asked: Sequence[str], plan: Plan, packages: Path
) -> list[BenchRow]:
    """Return LangChain's rows, with its packages from there. Raises SetupRefused where they do not run."""
    alone = [[one] for one in [*asked, *_taken(asked, plan.questions)]]
    many = [_taken(asked, plan.users, round_ * plan.users) for round_ in range(ROUNDS)]
    found = chain.answered(chain.Work(settings, packages, model.base_url, [*alone, *many]))
    single = [one for group in found[len(asked) : len(alone)] for one in group]
    crowd = [one for group in found[len(alone) :] for one in group]
    nan = float("nan")
    return [
        _row("LangChain, 1 at a time", single, model, nan),
        _row(f"LangChain, {plan.users} in one moment", crowd, model, nan),
    ]


async def _waves(api: Served, model: PacedVllm, askings: Sequence[Asking], streams: int) -> list[BenchRow]:
    """Return a row for each wave; the people of each ask anew, over connections of their own."""
    rows = []
    model.say = lambda _: LONG
    for wave in range(1, WAVES + 1):
        before_mb = memory_mb(api.pid)
        model.most_streams = 0
        async with People(api.base_url) as people:
            with peak_memory(api.pid) as peak:
                asked = await people.at_once(_taken(askings, streams))
        await asyncio.sleep(REST_S)
        memory = {
            "before_mb": before_mb,
            "peak_mb_above": peak.mb - before_mb,
            "left_mb_above": memory_mb(api.pid) - before_mb,
        }
        rows.append(BenchRow(f"wave {wave}", _streamed(asked, model.most_streams) | memory))
    model.say = lambda _: SHORT
    return rows


def _streamed(asked: Sequence[Asked], most_at_once: int) -> dict[str, float]:
    """Return how the streams went: their pace is that of the time from the first token to the checked answer."""
    paces = [
        one.pieces / (one.reached_at["answer"] - one.reached_at["token"])
        for one in asked
        if not one.error and one.pieces
    ]
    return {
        "asked": float(len(asked)),
        "errors": float(sum(bool(one.error) for one in asked)),
        "most_at_once": float(most_at_once),
        "tokens_per_s_p50": statistics.median(paces) if paces else float("nan"),
        "tokens_per_s_least": min(paces, default=float("nan")),
    }


def _row(name: str, asked: Sequence[Asked], model: PacedVllm, cpu_ms: float) -> BenchRow:
    added = [_ms(one, one.reached_at["token"]) for one in asked if "token" in one.reached_at]
    until = [_ms(one, at) for one in asked if (at := _received(one, model)) is not None]
    figures = {
        "p50_ms": percentile(added, 0.5),
        "p95_ms": percentile(added, 0.95),
        "at_model_p50_ms": percentile(until, 0.5),
        "at_model_p95_ms": percentile(until, 0.95),
        "cpu_ms": cpu_ms,
        "answered": float(len(added)),
        "errors": float(sum(bool(one.error) for one in asked)),
    }
    return BenchRow(name, figures)


def _received(asked: Asked, model: PacedVllm) -> float | None:
    """Return when the model server had the request of this question, None where it never came."""
    return next(
        (
            request.received_at
            for request in model.requests
            if request.path == GENERATION
            and asked.sent_at < request.received_at < asked.ended_at
            and asked.question in str(request.body["messages"][-1]["content"])
        ),
        None,
    )


def _ms(asked: Asked, moment: float) -> float:
    return (moment - asked.sent_at) * 1000


def _taken(things: Sequence[T], count: int, start: int = 0) -> list[T]:
    return [things[(start + place) % len(things)] for place in range(count)]

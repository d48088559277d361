"""Ask through the HTTP API as many people at once; time to the sources, to the first token and to the end.

The API under test should talk to `paced_vllm`, so that what is measured is ours and not the model's.
"""

import asyncio
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from app.bench import BenchReport, BenchRow

STAGES = ("sources", "token", "answer")  # events of the stream, in their order
TIMEOUT_S = 180.0  # a little more than the longest answer the API allows


@dataclass(slots=True)
class Asked:
    """Hold the milliseconds until each stage of one question, and what went wrong."""

    reached_ms: dict[str, float] = field(default_factory=dict)
    error: str = ""


def run(
    base_url: str, *, users: int, token_of: Callable[[int], str], questions: Sequence[str]
) -> BenchReport:
    """Have `users` signed-in people ask one question each at the same moment. `token_of` maps 0..users-1 to a token."""
    began = time.perf_counter()
    asked = asyncio.run(_all(base_url, [token_of(number) for number in range(users)], questions))
    wall_s = time.perf_counter() - began
    rows = [_row(stage, asked) for stage in STAGES]
    errors = float(sum(bool(one.error) for one in asked))
    summary = {"p50_ms": wall_s * 1000, "p95_ms": wall_s * 1000, "asked": float(users), "errors": errors}
    return BenchReport(
        f"{users} people asking at once", platform.platform(), (*rows, BenchRow("whole run", summary))
    )


async def _all(base_url: str, tokens: Sequence[str], questions: Sequence[str]) -> list[Asked]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=base_url, timeout=TIMEOUT_S, limits=limits, trust_env=False
    ) as client:
        conversations = await asyncio.gather(*(_conversation(client, token) for token in tokens))
        return list(
            await asyncio.gather(
                *(
                    _ask(client, token, conversation, questions[number % len(questions)])
                    for number, (token, conversation) in enumerate(zip(tokens, conversations, strict=True))
                )
            )
        )


async def _conversation(client: httpx.AsyncClient, token: str) -> str:
    answer = await client.post("/api/conversations", headers={"Authorization": f"Bearer {token}"})
    answer.raise_for_status()
    return str(answer.json()["id"])


async def _ask(client: httpx.AsyncClient, token: str, conversation: str, question: str) -> Asked:
    asked, began = Asked(), time.perf_counter()
    request = client.stream(
        "POST",
        f"/api/conversations/{conversation}/messages",
        json={"question": question, "collections": None},
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        async with request as response:
            response.raise_for_status()
            event = ""
            async for line in response.aiter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                    asked.reached_ms.setdefault(event, (time.perf_counter() - began) * 1000)
                elif line.startswith("data:") and event == "error":
                    asked.error = str(json.loads(line[5:]).get("message", "error"))
        if not asked.error and "answer" not in asked.reached_ms:
            asked.error = "the stream ended without an answer"
    except httpx.HTTPError as error:
        asked.error = type(error).__name__
    return asked


def _row(stage: str, asked: Sequence[Asked]) -> BenchRow:
    times = sorted(one.reached_ms[stage] for one in asked if stage in one.reached_ms)
    middle = statistics.median(times) if times else float("nan")
    late = times[min(len(times) - 1, int(len(times) * 0.95))] if times else float("nan")
    missing = float(len(asked) - len(times))
    name = {"sources": "sources", "token": "first token", "answer": "answer"}[stage]
    return BenchRow(name, {"p50_ms": middle, "p95_ms": late, "asked": float(len(asked)), "errors": missing})

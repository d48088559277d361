"""Be people who ask the API over HTTP, one after the other or at once, and note when each event reaches them.

Times are seconds of `time.perf_counter`, which all processes of a machine share.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import httpx

TIMEOUT_S: Final = 180.0  # a little more than the longest answer the API allows


@dataclass(frozen=True, slots=True)
class Asking:
    """Say what is asked, and with whose session."""

    question: str
    token: str


@dataclass(slots=True)
class Asked:
    """Hold when one question was sent and when the first event of each kind came back, or what went wrong."""

    question: str
    sent_at: float = 0.0
    reached_at: dict[str, float] = field(default_factory=dict)
    ended_at: float = 0.0
    pieces: int = 0  # token events
    error: str = ""


class People:
    """Hold the connections of people who ask; use it in an `async with` block."""

    def __init__(self, base_url: str) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_S, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def at_once(self, askings: Sequence[Asking]) -> list[Asked]:
        """Ask all in the same moment, each in a conversation that is open already."""
        opened = await asyncio.gather(*(self._opened(one) for one in askings))
        asked = await asyncio.gather(
            *(self._ask(one, place) for one, place in zip(askings, opened, strict=True))
        )
        await asyncio.gather(*(self._closed(one, place) for one, place in zip(askings, opened, strict=True)))
        return list(asked)

    async def at_work(self, askings: Sequence[Sequence[Asking]], *, spread_s: float) -> list[Asked]:
        """Let each person ask their questions one after the other, the first within `spread_s`; return all."""

        async def one(place: int, own: Sequence[Asking]) -> list[Asked]:
            await asyncio.sleep(spread_s * place / len(askings))
            return await self.in_turn(own)

        done = await asyncio.gather(*(one(place, own) for place, own in enumerate(askings)))
        return [asked for own in done for asked in own]

    async def in_turn(self, askings: Sequence[Asking]) -> list[Asked]:
        """Ask one after the other, each when the answer before it has ended."""
        return [asked for one in askings for asked in await self.at_once([one])]

    async def _opened(self, asking: Asking) -> str:
        answer = await self._client.post("/api/conversations", headers=_signed(asking))
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def _closed(self, asking: Asking, conversation: str) -> None:
        answer = await self._client.delete(f"/api/conversations/{conversation}", headers=_signed(asking))
        answer.raise_for_status()

    async def _ask(self, asking: Asking, conversation: str) -> Asked:
        asked = Asked(asking.question, time.perf_counter())
        request = self._client.stream(
            "POST",
            f"/api/conversations/{conversation}/messages",
            json={"question": asking.question, "quoted": False},  # a quoted answer has no first token
            headers=_signed(asking),
        )
        try:
            async with request as response:
                response.raise_for_status()
                event = ""
                async for line in response.aiter_lines():
                    if line.startswith("event:"):
                        event = line[6:].strip()
                        asked.reached_at.setdefault(event, time.perf_counter())
                        asked.pieces += event == "token"
                    elif line.startswith("data:") and event == "error":
                        asked.error = str(json.loads(line[5:]).get("message", "error"))
            if not asked.error and "answer" not in asked.reached_at:
                asked.error = "the stream ended without an answer"
        except httpx.HTTPStatusError as error:
            asked.error = f"HTTP {error.response.status_code}"
        except httpx.HTTPError as error:
            asked.error = type(error).__name__
        asked.ended_at = time.perf_counter()
        return asked


def _signed(asking: Asking) -> dict[str, str]:
    return {"Authorization": f"Bearer {asking.token}"}

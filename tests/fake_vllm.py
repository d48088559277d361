"""A vLLM that answers by script and fails on demand, over real connections on a free loopback port."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.bench.paced_vllm import Pace, PacedVllm, Request, begin_stream, delta, reply, send_chunk, send_event

AT_ONCE = struct.pack("ii", 1, 0)  # a connection that is not lingered over is reset, not ended in order
QUICK = Pace(first_token_s=0.0, between_tokens_s=0.0)


class Fault(StrEnum):
    """Name what goes wrong with a generation."""

    HANG = "hang"  # takes the request and says nothing
    HANG_BEFORE_TOKEN = "hang before the first token"  # the stream begins, no token follows
    DRIP = "drip"  # comments only, for ever: alive by the byte, dead by the token
    STALL = "stall"  # two words, then silence
    TRUNCATE = "truncate"  # the stream ends in order, the answer does not
    BAD_JSON = "bad json"
    ERROR_EVENT = "error event"
    STATUS_500 = "500"
    STATUS_400 = "400"
    STATUS_401 = "401"
    DIE = "die"  # the connection is reset after two words
    DIE_BEFORE_TOKEN = "die before the first token"


@dataclass
class FakeVllm(PacedVllm):
    """Fail each generation with the next of `faults`; None, and an empty list, is none. `is_healthy` drives /health."""

    pace: Pace = QUICK
    name: str = "fake"
    faults: list[Fault | None] = field(default_factory=list)
    is_healthy: bool = True
    can_tokenize: bool = True
    tells_probabilities: bool = True

    @property
    def generations(self) -> list[Request]:
        """Return the generation requests so far."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    async def deliver(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request, or fail it as scripted."""
        if request.path == "/health" and not self.is_healthy:
            await reply(writer, 503, {})
        elif request.path == "/tokenize" and not self.can_tokenize:
            await reply(writer, 500, {})
        elif request.path == "/v1/chat/completions" and self.faults and (fault := self.faults.pop(0)):
            await _fail(fault, writer)
        elif request.body.get("logprobs") and not self.tells_probabilities:
            await reply(writer, 200, {"id": "fake", "choices": [{"index": 0, "logprobs": None}]})
        else:
            await super().deliver(request, writer)


def scripted(answers: Mapping[str, str], otherwise: str = "NOT_IN_DOCUMENTS") -> Callable[[Request], str]:
    """Return a `say` that answers by words contained in the last message."""

    def say(request: Request) -> str:
        question = str(request.body["messages"][-1]["content"])
        return next((answer for words, answer in answers.items() if words in question), otherwise)

    return say


_STATUS = {Fault.STATUS_500: 500, Fault.STATUS_400: 400, Fault.STATUS_401: 401}


async def _fail(fault: Fault, writer: asyncio.StreamWriter) -> None:
    if fault in _STATUS:
        return await reply(writer, _STATUS[fault], {"error": {"message": "scripted", "type": "Scripted"}})
    if fault is Fault.HANG:
        return await _silence()
    await begin_stream(writer)
    if fault in (Fault.STALL, Fault.TRUNCATE, Fault.DIE):
        await send_event(writer, delta("Two"))
        await send_event(writer, delta(" words"))
    if fault in (Fault.STALL, Fault.HANG_BEFORE_TOKEN):
        await _silence()
    elif fault is Fault.DRIP:
        while True:
            await send_chunk(writer, b": still here\n\n")
            await asyncio.sleep(0.02)
    elif fault is Fault.BAD_JSON:
        await send_chunk(writer, b'data: {"choices": [{"delta": \n\n')
        await send_chunk(writer, b"")
    elif fault is Fault.ERROR_EVENT:
        await send_event(writer, {"error": {"message": "secret prompt text", "type": "InternalServerError"}})
        await send_chunk(writer, b"")
    elif fault is Fault.TRUNCATE:
        await send_chunk(writer, b"")
    else:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        writer.transport.abort()
        raise ConnectionResetError
    return None


async def _silence() -> None:
    await asyncio.Event().wait()

"""A model server with abilities that can be taken away one by one, for the examination of an endpoint."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from app.bench.paced_vllm import Request, begin_stream, reply, send_chunk
from tests.fake_vllm import FakeVllm

ABILITIES = frozenset({"stream", "system", "guided", "logprobs", "tokenize", "salt", "usage", "context"})
TEMPLATE_TOKENS = 5
HALF_AN_OBJECT = b'HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"data": '


@dataclass
class FakeEndpoint(FakeVllm):
    """Answer whole and streamed requests as vLLM does, but for what is not in `abilities`.

    `hangs_at` and `garbled_at` name a path that is never answered, or answered with half a JSON object.
    `refuses` gives a path a status; `drips` sends a byte of every reply now and then, for ever.
    """

    abilities: frozenset[str] = ABILITIES
    hangs_at: str = ""
    garbled_at: str = ""
    refuses: dict[str, int] = field(default_factory=dict)
    drops_system: bool = False
    own_system_words: int = 0  # of the text that the template puts in where a prompt has no system role
    drips: bool = False

    async def deliver(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if request.path == self.hangs_at:
            await asyncio.Event().wait()
        elif self.drips:
            await _drip(writer)
        elif request.path == self.garbled_at:
            writer.write(HALF_AN_OBJECT)
            await writer.drain()
        elif request.path in self.refuses:
            await reply(writer, self.refuses[request.path], {"error": {"type": "Scripted"}})
        elif request.path == "/v1/models" and "context" not in self.abilities:
            await reply(writer, 200, {"data": [{"id": self.name}]})
        elif request.path == "/tokenize" and "tokenize" not in self.abilities:
            await reply(writer, 404, {})
        elif request.path == "/v1/chat/completions" and not self._takes(request):
            await reply(writer, 400, {"error": {"type": "BadRequestError"}})
        elif request.path == "/v1/chat/completions" and not self._streams(request):
            await reply(writer, 200, self._completion(request))
        else:
            await super().deliver(request, writer)

    def _takes(self, request: Request) -> bool:
        has_system = any(message["role"] == "system" for message in request.body["messages"])
        return ("system" in self.abilities or not has_system) and (
            "salt" in self.abilities or "cache_salt" not in request.body
        )

    def _streams(self, request: Request) -> bool:
        return bool(request.body.get("stream")) and "stream" in self.abilities

    def _completion(self, request: Request) -> dict[str, Any]:
        wanted = request.body.get("structured_outputs", {}).get("choice")
        text = wanted[0] if wanted and "guided" in self.abilities else "Yes"
        choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}}
        if request.body.get("logprobs") and "logprobs" in self.abilities:
            several = [{"token": str(n), "logprob": -float(n)} for n in range(request.body["top_logprobs"])]
            choice["logprobs"] = {"content": [{"token": "Yes", "logprob": 0.0, "top_logprobs": several}]}
        said = [m for m in request.body["messages"] if m["role"] != "system" or not self.drops_system]
        tokens = sum(TEMPLATE_TOKENS + len(message["content"].split()) for message in said)
        tokens += 0 if any(message["role"] == "system" for message in said) else self.own_system_words
        return {
            "choices": [choice],
            **({"usage": {"prompt_tokens": tokens}} if "usage" in self.abilities else {}),
        }


async def _drip(writer: asyncio.StreamWriter) -> None:
    await begin_stream(writer)
    while True:
        await send_chunk(writer, b" ")
        await asyncio.sleep(0.02)

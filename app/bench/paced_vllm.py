"""Play a vLLM server that generates nothing: words at a set pace, over the real protocol, for benches and tests.

The load of our own code can then be measured without the model's; tests add faults by overriding `deliver`.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

TOKENS_PER_S = 33.0  # what one stream of Mixtral-8x7B gets on two data-centre GPUs
DEFAULT_WORDS = "The passages say what was asked for [1]. " * 8
CHARS_PER_TOKEN = 4  # of the pretended tokenizer


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold how fast and how much the server speaks."""

    first_token_s: float = 0.2
    between_tokens_s: float = 1 / TOKENS_PER_S
    context_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Request:
    """Hold one request as received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    received_at: float = 0.0  # seconds of time.perf_counter, once all of it was read


@dataclass
class PacedVllm:
    """Serve on a free port of 127.0.0.1 in a thread of its own; use it in a `with` block.

    `say` turns a request into the answer's text, `lean` into how much likelier yes is than no. `requests` keeps what
    was asked, `open_streams` how many generations are running, `abandoned` how many the client left.
    """

    pace: Pace = field(default_factory=Pace)
    say: Callable[[Request], str] = lambda _: DEFAULT_WORDS
    lean: Callable[[Request], float] = lambda _: 2.0
    name: str = "paced"
    port: int = 0  # 0 = any; set once it listens
    requests: list[Request] = field(default_factory=list)
    open_streams: int = 0
    most_streams: int = 0  # at once; whoever reads it may set it back
    abandoned: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def base_url(self) -> str:
        """Return the address that a client of the OpenAI protocol wants."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        listening = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(listening,), name="paced-vllm", daemon=True)
        self._thread.start()
        listening.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()

    async def deliver(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Answer one request; tests override this to fail."""
        if request.path == "/v1/chat/completions" and request.body.get("logprobs"):
            await asyncio.sleep(self.pace.first_token_s)
            await reply(writer, 200, leaning(self.lean(request)))
        elif request.path == "/v1/chat/completions":
            await self.generate(request, writer)
        elif request.path == "/health":
            await reply(writer, 200, {})
        elif request.path == "/v1/models":
            entry = {"id": self.name, "object": "model", "max_model_len": self.pace.context_tokens}
            await reply(writer, 200, {"object": "list", "data": [entry]})
        elif request.path == "/tokenize":
            await reply(
                writer, 200, {"count": self.count(request), "max_model_len": self.pace.context_tokens}
            )
        else:
            await reply(writer, 404, {"error": {"type": "NotFoundError"}})

    def count(self, request: Request) -> int:
        """Return the pretended number of prompt tokens."""
        messages = request.body.get("messages", [])
        return sum(4 + len(str(message["content"])) // CHARS_PER_TOKEN for message in messages)

    async def generate(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Stream the answer word by word at the set pace."""
        self.open_streams += 1
        self.most_streams = max(self.most_streams, self.open_streams)
        try:
            await begin_stream(writer)
            await asyncio.sleep(self.pace.first_token_s)
            words = pieces(self.say(request))[: request.body.get("max_tokens", 256)]
            for index, word in enumerate(words):
                if index:
                    await asyncio.sleep(self.pace.between_tokens_s)
                await send_event(writer, delta(word))
            await send_event(writer, delta("", reason="stop"))
            if (request.body.get("stream_options") or {}).get("include_usage"):
                await send_event(writer, {"choices": [], "usage": {"completion_tokens": len(words)}})
            await send_chunk(writer, b"data: [DONE]\n\n")
            await send_chunk(writer, b"")
        except ConnectionError:
            self.abandoned += 1
            raise
        finally:
            self.open_streams -= 1

    def _serve(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=512)
        )
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # Cancelled means that the server closes; asyncio would print a trace for each connection still open.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while request := await _read(reader):
                    self.requests.append(request)
                    await self._delivered_or_abandoned(request, reader, writer)
        finally:
            writer.close()

    async def _delivered_or_abandoned(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Deliver, but stop when the client hangs up, as vLLM does."""
        work = asyncio.ensure_future(self.deliver(request, writer))
        gone = asyncio.ensure_future(_end_of(reader))
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            self.abandoned += 1
            work.cancel()
        gone.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)
        if work.done() and not work.cancelled() and (error := work.exception()):
            raise error
        if work.cancelled():
            raise ConnectionResetError


async def _end_of(reader: asyncio.StreamReader) -> None:
    # A stream has no event for its end, and waiting for it by reading would eat the next request.
    while not reader.at_eof():  # noqa: ASYNC110  # asyncio offers no event for the end of a stream
        await asyncio.sleep(0.02)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(raw) if raw else {}, time.perf_counter())


async def reply(writer: asyncio.StreamWriter, status: int, content: object) -> None:
    """Answer with JSON."""
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def begin_stream(writer: asyncio.StreamWriter) -> None:
    """Send the head of a stream of events."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    await writer.drain()


async def send_event(writer: asyncio.StreamWriter, event: object) -> None:
    """Send one event, as vLLM writes it: characters unescaped."""
    await send_chunk(writer, f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())


async def send_chunk(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Send one chunk of the body; an empty one ends it."""
    writer.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
    await writer.drain()


def delta(text: str, *, reason: str | None = None) -> dict[str, object]:
    """Return an event with the next piece of text."""
    return {"id": "paced", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]}


def leaning(to_yes: float) -> dict[str, object]:
    """Return an answer of one token with the likeliest tokens beside it, in the forms that real models have."""
    chances = {"Yes": -1.0, "yes": -1.5, " No": -1 - to_yes, "Maybe": -9.0}
    likeliest = [{"token": token, "logprob": chance} for token, chance in chances.items()]
    content = [{"token": "Yes", "logprob": -1.0, "top_logprobs": likeliest}]
    return {
        "id": "paced",
        "choices": [{"index": 0, "logprobs": {"content": content}, "finish_reason": "length"}],
    }


def pieces(text: str) -> list[str]:
    """Return words, each with the space before it: about what a tokenizer makes of them."""
    words = text.split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]

"""Serve embeddings in a test: ours over a real socket, and one that misbehaves as it is told."""

import asyncio
import base64
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.embedding_models import EmbeddingModels
from retrieval.types import Embedder

START_S = 30.0


@contextmanager
def at_address(app: ASGIApp) -> Iterator[str]:
    """Give the address, up to /v1, of an application that is served as long as the block runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="auto"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    waiting = threading.Event()
    try:
        for _ in range(int(START_S / 0.05)):
            if server.started:
                break
            waiting.wait(0.05)
        assert server.started
        yield "http://{}:{}/v1".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def only(encoder: Embedder, model: str) -> EmbeddingModels:
    """Return models of which there is one, in memory already."""
    models = EmbeddingModels(lambda: [model], _none)
    models.put(model, encoder)
    return models


def _none(model: str) -> Embedder:
    raise AssertionError(f"'{model}' is not to be opened")


def _sent_index(index: str, number: str = "1") -> bytes:
    return f'{{"model":"tiny","data":[{{"index":{index},"embedding":[{number},1]}}]}}'.encode()


HOSTILE = {  # what a server that means harm could send
    "junk": b"{",
    "endless index": _sent_index("Infinity"),
    "endless number": _sent_index("0", "1" + "0" * 400),
    "number of too many digits": _sent_index("0", "1" + "0" * 5_000),
    "number past its kind": _sent_index("0", "1e300"),
    "lists in lists": b"[" * 50_000,
    "no text": b"\xff\xfe{}",
    "a dictionary": b'{"model":"tiny","data":{"a":1}}',
    "megabytes": b" " * (8 << 20),
}


async def _drops() -> AsyncIterator[bytes]:
    """Send a blank now and then, each well within the time limit of a piece."""
    while True:
        yield b" "
        await asyncio.sleep(0.05)


@dataclass
class Misbehaving:
    """Answer like OpenAI's route with vectors that all point one way; `script` says how, one request each."""

    dimension: int
    model: str = "tiny"
    script: list[str] = field(default_factory=list)  # what to do next; well-behaved when it is used up
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] in ("http", "lifespan")
        if scope["type"] == "lifespan":
            return
        request = Request(scope, receive)
        asked = json.loads(await request.body())
        self.asked.append(asked)
        self.keys.append(request.headers.get("authorization", ""))
        await self._response(self.script.pop(0) if self.script else "", asked)(scope, receive, send)

    def _response(self, how: str, asked: dict[str, Any]) -> Response:
        if how.isdecimal():
            return Response("no", status_code=int(how))
        if how in HOSTILE:
            return Response(HOSTILE[how], media_type="application/json")
        if how == "drip":
            return StreamingResponse(_drops(), media_type="application/json")
        value, dimension, model = 2.0, self.dimension, self.model
        if how == "nan":
            value = float("nan")
        if how == "zero":
            value = 0.0
        if how == "short":
            dimension -= 1
        if how == "other model":
            model = "another"
        vector = np.full(dimension, value, dtype="<f4")
        sent: object = base64.b64encode(vector.tobytes()).decode()
        if how == "list":
            sent = vector.tolist()
        data = [{"index": number, "embedding": sent} for number in range(len(asked["input"]))]
        if how == "one too few":
            data.pop()
        body = {"model": model, "data": data[::-1] if how == "reversed" else data}
        return Response(json.dumps(body), media_type="application/json")

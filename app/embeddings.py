"""Serve the embedding models to the other processes of the house: OpenAI's /v1/embeddings, as vLLM serves it too.

One copy in memory for the API and all workers, and torch in this process alone. A single text is a question and goes
before the many texts of documents that are being read in.
"""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import anyio
import anyio.to_thread
import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from app.embedding_models import EmbeddingModels, of_folder
from app.metrics import CONTENT_TYPE, Metrics
from app.probe import Probe
from app.settings import Settings
from retrieval.errors import EmbedderUnavailable, IntramurosError
from retrieval.types import Embedder, FloatMatrix

MOST_TEXTS: Final = 256  # a request; our own client sends 32
MOST_CHARS: Final = 50_000  # a text; the model reads the first few thousand
BODY_BYTES: Final = 8 << 20
BULK_AT_ONCE: Final = 2  # requests of several texts that are worked on; they take turns at the model anyway
BULK_WAITING: Final = 64  # more are sent away for a while
SINGLE_AT_ONCE: Final = 32


class Asked(BaseModel):
    """Hold a request; what other clients send beside it changes no vector."""

    model_config = ConfigDict(extra="ignore", strict=True)

    input: str | list[str]
    model: str
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None

    @property
    def texts(self) -> list[str]:
        """Return what is to be embedded."""
        return [self.input] if isinstance(self.input, str) else self.input


class Refusal(Exception):
    """Say in OpenAI's form why nothing is embedded."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def response(self) -> JSONResponse:
        """Return it as a response; who is to come again later is told when."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        body = {"error": {"message": str(self), "type": kind, "param": None, "code": self.status}}
        headers = {"Retry-After": "5"} if self.status == 503 else None
        return JSONResponse(body, status_code=self.status, headers=headers)


@dataclass
class Bench:
    """Hold the models and who may be at them at the same time."""

    models: EmbeddingModels
    key: str | None
    health: Probe
    bulk_taken: int = 0  # requests of several texts that are at work or wait
    bulk: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(BULK_AT_ONCE))
    single: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(SINGLE_AT_ONCE))

    async def reply(self, asked: Asked) -> dict[str, object]:
        """Return what is to be sent; a single text goes first. Raises Refusal, EmbedderUnavailable."""
        if len(asked.texts) == 1:
            return await anyio.to_thread.run_sync(self._of_one, asked, limiter=self.single)
        # Counted here: the limiter counts who waits only a turn of the loop later, when many more may have come.
        if self.bulk_taken >= BULK_AT_ONCE + BULK_WAITING:
            raise Refusal(503, "too many requests wait already; come again in a few seconds")
        self.bulk_taken += 1
        try:
            return await anyio.to_thread.run_sync(self._of_many, asked, limiter=self.bulk)
        finally:
            self.bulk_taken -= 1

    def _of_one(self, asked: Asked) -> dict[str, object]:
        encoder = self._encoder(asked)
        return _reply(encoder.embed_query(asked.texts[0])[np.newaxis], asked, encoder)

    def _of_many(self, asked: Asked) -> dict[str, object]:
        encoder = self._encoder(asked)
        return _reply(encoder.embed_passages(asked.texts), asked, encoder)

    def _encoder(self, asked: Asked) -> Embedder:
        """Return the model that is asked for. Raises Refusal, EmbedderUnavailable."""
        try:
            encoder = self.models.of(asked.model)
        except EmbedderUnavailable:
            raise
        except (
            IntramurosError
        ) as error:  # there is none of that name, or its files are not what they should be
            raise Refusal(404, error.message) from error
        if asked.dimensions not in (None, encoder.dimension):
            raise Refusal(400, f"vectors have {encoder.dimension} dimensions")
        return encoder


def open_bench(settings: Settings) -> Bench:
    """Return the models of models_dir, ready to be served. Raises ModelFileRejected for that of the settings."""
    key = settings.embedder.api_key
    return bench_of(of_folder(settings), key=None if key is None else key.get_secret_value())


def bench_of(models: EmbeddingModels, *, key: str | None = None) -> Bench:
    """Return a bench around models without prefixes."""
    return Bench(models, key, Probe(models.check))


def _tell_how_it_is(app: FastAPI, bench: Bench) -> None:
    metrics = Metrics()

    @app.get("/health")
    def health() -> JSONResponse:
        """Return 200 only where each model in memory embedded a text within the last ten seconds."""
        fault = bench.health.fault()
        status = {"status": "not ready", "embedder": fault} if fault else {"status": "ready"}
        return JSONResponse(status, status_code=503 if fault else 200)

    @app.get("/metrics")
    def counted() -> Response:
        """Return memory and processor time of this process in Prometheus' text form."""
        return Response(metrics.render(), media_type=CONTENT_TYPE)


def build(bench: Bench) -> FastAPI:
    """Return the application."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        bench.health.begin()  # loads the model
        yield

    app = FastAPI(title="Intramuros embeddings", lifespan=lifespan, docs_url=None, redoc_url=None)

    _tell_how_it_is(app, bench)

    @app.get("/v1/models")
    def models(request: Request) -> JSONResponse:
        """Return the models that may be asked for; one that is not in memory loads when it is."""
        try:
            _admit(request, bench)
        except Refusal as refusal:
            return refusal.response()
        told = {"object": "model", "created": 0, "owned_by": "intramuros"}
        return JSONResponse(
            {"object": "list", "data": [{"id": name, **told} for name in bench.models.names()]}
        )

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> JSONResponse:
        """Return a vector for each text, in their order."""
        try:
            _admit(request, bench)
            asked = await _asked(request)
            return JSONResponse(await bench.reply(asked))
        except Refusal as refusal:
            return refusal.response()
        except EmbedderUnavailable as error:
            return Refusal(503, error.message).response()

    return app


def _admit(request: Request, bench: Bench) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if bench.key is not None and not secrets.compare_digest(given.encode(), bench.key.encode()):
        raise Refusal(401, "the key is missing or wrong")


async def _asked(request: Request) -> Asked:
    """Return what a request asks for, read no further than its bounds. Raises Refusal."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or "transfer-encoding" in request.headers:
        raise Refusal(411, "the request does not say how long it is")
    if int(length) > BODY_BYTES:
        raise Refusal(413, f"the request is larger than {BODY_BYTES >> 20} MB")
    try:
        asked = Asked.model_validate_json(await request.body())
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise Refusal(400, faults) from None  # pydantic's own text shows the texts
    if not 1 <= len(asked.texts) <= MOST_TEXTS:
        raise Refusal(400, f"1 to {MOST_TEXTS} texts may be sent at once, not {len(asked.texts)}")
    if any(not text or len(text) > MOST_CHARS for text in asked.texts):
        raise Refusal(400, f"a text may have 1 to {MOST_CHARS} characters")
    return asked


def _reply(vectors: FloatMatrix, asked: Asked, encoder: Embedder) -> dict[str, object]:
    def sent(vector: np.ndarray[Any, np.dtype[np.float32]]) -> object:
        if asked.encoding_format == "base64":
            return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
        return [float(value) for value in vector]

    tokens = sum(map(encoder.count_tokens, asked.texts))
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": number, "embedding": sent(vector)}
            for number, vector in enumerate(vectors)
        ],
        "model": asked.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }

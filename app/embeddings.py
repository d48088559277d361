"""Serve the embedding model to the other processes of the house: OpenAI's /v1/embeddings, as vLLM serves it too.

One model in memory for the API and all workers, and torch in this process alone. A single text is a question and goes
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

from app.metrics import CONTENT_TYPE, Metrics
from app.models import catalogue
from app.models.verify import require_verified, weights_id
from app.probe import Probe
from app.settings import Settings
from retrieval.embed import SentenceTransformerEmbedder
from retrieval.errors import EmbedderUnavailable
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
    """Hold the model and who may be at it at the same time."""

    encoder: Embedder
    model: str  # the name that clients ask for
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
        return _reply(self.encoder.embed_query(asked.texts[0])[np.newaxis], asked, self)

    def _of_many(self, asked: Asked) -> dict[str, object]:
        return _reply(self.encoder.embed_passages(asked.texts), asked, self)


def open_bench(settings: Settings) -> Bench:
    """Return the model of the settings, ready to be served. Raises ModelFileRejected.

    Without prefixes: whoever asks adds them, as with any other server.
    """
    entry = catalogue.entry(settings.embedder.model)
    require_verified(entry, settings.site.models_dir)
    key = settings.embedder.api_key
    encoder = SentenceTransformerEmbedder(
        settings.site.models_dir / entry.id,
        name=f"{entry.id}@{weights_id(entry, settings.site.models_dir)}",
        threads=settings.embedder.threads,
    )
    return bench_of(encoder, entry.id, key=None if key is None else key.get_secret_value())


def bench_of(encoder: Embedder, model: str, *, key: str | None = None) -> Bench:
    """Return a bench around an embedder without prefixes."""

    def check() -> None:
        encoder.embed_query("ready")
        encoder.count_tokens(
            "ready"
        )  # the tokenizer that counts takes seconds to load; not those of a question

    return Bench(encoder, model, key, Probe(check))


def _tell_how_it_is(app: FastAPI, bench: Bench) -> None:
    metrics = Metrics()

    @app.get("/health")
    def health() -> JSONResponse:
        """Return 200 only where a text was embedded within the last ten seconds."""
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
        """Return the one model that is served."""
        try:
            _admit(request, bench)
        except Refusal as refusal:
            return refusal.response()
        entry = {"id": bench.model, "object": "model", "created": 0, "owned_by": "intramuros"}
        return JSONResponse({"object": "list", "data": [entry]})

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> JSONResponse:
        """Return a vector for each text, in their order."""
        try:
            _admit(request, bench)
            asked = await _asked(request, bench)
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


async def _asked(request: Request, bench: Bench) -> Asked:
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
    if asked.model != bench.model:
        raise Refusal(404, f"the model '{asked.model[:80]}' is not served here, '{bench.model}' is")
    if not 1 <= len(asked.texts) <= MOST_TEXTS:
        raise Refusal(400, f"1 to {MOST_TEXTS} texts may be sent at once, not {len(asked.texts)}")
    if any(not text or len(text) > MOST_CHARS for text in asked.texts):
        raise Refusal(400, f"a text may have 1 to {MOST_CHARS} characters")
    if asked.dimensions not in (None, bench.encoder.dimension):
        raise Refusal(400, f"vectors have {bench.encoder.dimension} dimensions")
    return asked


def _reply(vectors: FloatMatrix, asked: Asked, bench: Bench) -> dict[str, object]:
    def sent(vector: np.ndarray[Any, np.dtype[np.float32]]) -> object:
        if asked.encoding_format == "base64":
            return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
        return [float(value) for value in vector]

    tokens = sum(map(bench.encoder.count_tokens, asked.texts))
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": number, "embedding": sent(vector)}
            for number, vector in enumerate(vectors)
        ],
        "model": bench.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }

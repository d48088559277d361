"""Turn text into unit vectors at a server that speaks OpenAI's /v1/embeddings: `intramuros embeddings`, vLLM, others.

What the vectors are called, how long they are and how tokens are counted is read from the model's folder on this
machine, so that they stay comparable with those that the in-process embedder makes. Prefixes are added here.
"""

import base64
import binascii
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import numpy as np

from retrieval.breaker import Breaker
from retrieval.errors import EmbedderUnavailable
from retrieval.model_folder import dimension_of, longest_of, open_tokenizer
from retrieval.types import FloatMatrix, FloatVector

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHECK: Final = (
    "check that the server at embedder.url runs (`intramuros embeddings`), then `intramuros doctor`"
)
BATCH_TEXTS: Final = (
    32  # a request: a second or two of two cores, and little lost when it has to be sent again
)
CONNECT_S: Final = 2.0
QUERY_S: Final = 5.0  # a person waits; past this the search goes on by words alone
PASSAGE_S: Final = 2.0  # beside QUERY_S and for each: two busy cores embed a hundred times as many
PAUSES_S: Final = (
    0.2,
    0.8,
)  # before a second and a third attempt, with jitter; longer waits are the caller's
AGAIN_S: Final = 1.0  # between two looks at whether a model is loaded
KEEP_ALIVE_S: Final = 4.0  # uvicorn closes idle connections after five
NUMBER_BYTES: Final = 32  # of a vector as JSON: 25 digits and signs at most, and blanks between them
FRAME_BYTES: Final = 65_536  # what stands around the vectors: names, counts of tokens
BUSY: Final = frozenset({429, 502, 503, 504})  # the server, or a proxy before it, says that it may pass

MALFORMED: Final = (  # what reading a server's JSON can raise, numbers without end and lists in lists among it
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    binascii.Error,
)


@dataclass(frozen=True, slots=True)
class Served:
    """Say where the model is served: the address up to and with /v1, the name it is asked for by, and the key."""

    base_url: str
    model: str
    api_key: str | None = None
    query_s: float = QUERY_S  # time limit of a question; a batch of passages has more


@dataclass(frozen=True, slots=True)
class _Reply:
    """Hold what the server answered; the body of a success alone."""

    status: int
    body: bytes


class HttpEmbedder:
    """The Embedder port over a server. May be shared by threads; connects when first used.

    A server that keeps failing is left alone for seconds, so that nobody waits for its time limits again and again.
    """

    def __init__(
        self, served: Served, model_dir: Path, *, name: str, query_prefix: str = "", passage_prefix: str = ""
    ) -> None:
        self._served = served
        self._model_dir = model_dir
        self._name = name
        self._prefixes = (query_prefix, passage_prefix)
        self._remedy = f"run `intramuros models fetch {name.partition('@')[0]}`"
        self._breaker = Breaker(time.monotonic)
        self._opening = threading.Lock()
        self._opened: httpx.Client | None = None

    @property
    def name(self) -> str:
        """Return the model's name and revision as stored with each version."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Return the length of a vector, from the model's description. Raises EmbedderUnavailable."""
        return dimension_of(self._model_dir, remedy=self._remedy)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 unit vectors in the order of `texts`. Raises EmbedderUnavailable."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = texts[start : start + BATCH_TEXTS]
            limit_s = self._served.query_s + PASSAGE_S * len(batch)
            vectors[start : start + len(batch)] = self._vectors(self._prefixes[1], batch, limit_s)
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question. Raises EmbedderUnavailable within seconds."""
        vector: FloatVector = self._vectors(self._prefixes[0], [text], self._served.query_s)[0]
        return vector

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens the model sees for `text`, special tokens not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def wait_until_loaded(self, within_s: float) -> None:
        """Return once the server embeds by this model; one that says it is busy, as while it loads, is asked again.

        Raises EmbedderUnavailable: at once where it is away or serves no such model, after `within_s` where it is busy.
        """
        until = time.monotonic() + within_s
        while True:
            reply = self._sent(["ready"], self._served.query_s)
            if reply.status not in BUSY or time.monotonic() > until:
                self._read(reply, 1)
                return
            time.sleep(AGAIN_S)

    def close(self) -> None:
        """Close the connections."""
        with self._opening:
            client, self._opened = self._opened, None
        if client is not None:
            client.close()

    def _vectors(self, prefix: str, texts: Sequence[str], limit_s: float) -> FloatMatrix:
        if not self._breaker.admits():
            raise EmbedderUnavailable(
                "the embedding server failed repeatedly and is left alone for some seconds", remedy=CHECK
            )
        cut = [self._cut(prefix + text) for text in texts]
        try:
            reply = self._sent(cut, limit_s)
            vectors = self._read(reply, len(texts))
        except EmbedderUnavailable:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return vectors

    def _sent(self, texts: Sequence[str], limit_s: float) -> _Reply:
        """Return the reply, asking again where the connection or the server failed. Raises EmbedderUnavailable."""
        for pause_s in (*PAUSES_S, None):
            try:
                reply = self._asked(texts, limit_s)
            except httpx.TimeoutException as error:
                raise _away(f"did not answer within {limit_s:g} s") from error
            except httpx.TransportError as error:
                if pause_s is None:
                    raise _away(f"cannot be reached ({type(error).__name__})") from error
            else:
                if reply.status not in BUSY or pause_s is None:
                    return reply
            time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311  # spreads load, keeps no secret
        raise AssertionError("the last attempt returns or raises")

    def _asked(self, texts: Sequence[str], limit_s: float) -> _Reply:
        """Return the reply to one request, read up to a size and a moment: the server is not trusted with either.

        Raises EmbedderUnavailable past its size; httpx's TimeoutException and TransportError.
        """
        asked = {
            "model": self._served.model,
            "input": texts,
            "encoding_format": "base64",  # a third of the bytes, and exact
        }
        until, most = time.monotonic() + limit_s, FRAME_BYTES + len(texts) * self.dimension * NUMBER_BYTES
        limits = httpx.Timeout(limit_s, connect=CONNECT_S)  # each of a piece; the sum is looked at here
        body = bytearray()
        with self._client.stream("POST", "embeddings", json=asked, timeout=limits) as reply:
            if reply.status_code != httpx.codes.OK:
                return _Reply(reply.status_code, b"")
            for piece in reply.iter_raw():  # as sent: what is packed could be a thousand times as long
                body += piece
                if len(body) > most:
                    raise _away(f"sent more than {most:,} bytes for {len(texts)} texts")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the whole answer took too long", request=reply.request)
        return _Reply(reply.status_code, bytes(body))

    def _read(self, reply: _Reply, count: int) -> FloatMatrix:
        """Return what a reply holds. Raises EmbedderUnavailable where it is no answer to what was asked."""
        if reply.status != httpx.codes.OK:
            raise self._refused(reply.status)
        try:
            body: dict[str, Any] = json.loads(reply.body)
            model, data = body["model"], sorted(body["data"], key=lambda one: int(one["index"]))
            with np.errstate(over="ignore"):
                vectors = np.array([_decoded(one["embedding"]) for one in data], dtype=np.float32)
        except MALFORMED as error:
            raise _away("sent what is no list of vectors") from error
        if model != self._served.model:
            raise EmbedderUnavailable(
                f"the server at embedder.url serves the model '{model}', not '{self._served.model}'",
                remedy="serve the model that embedder.model names, under that name",
            )
        if vectors.shape != (count, self.dimension):
            raise EmbedderUnavailable(
                f"the embedding server sent vectors of shape {vectors.shape}, not {(count, self.dimension)}",
                remedy="serve the model that embedder.model names, whole and with its own pooling",
            )
        with np.errstate(over="ignore"):  # a length without end is refused
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise EmbedderUnavailable("the embedding server sent vectors without a direction", remedy=CHECK)
        unit: FloatMatrix = vectors / lengths
        return unit

    def _refused(self, status: int) -> EmbedderUnavailable:
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return EmbedderUnavailable(
                "the embedding server refuses the key", remedy="write its key into embedder.api_key_file"
            )
        if status == httpx.codes.NOT_FOUND:
            return EmbedderUnavailable(
                f"the server at embedder.url does not serve '{self._served.model}'",
                remedy="set embedder.url to its address up to /v1; `intramuros embeddings` serves all in models_dir",
            )
        if status == httpx.codes.SERVICE_UNAVAILABLE:
            return EmbedderUnavailable(
                f"the embedding server is busy, or loads '{self._served.model}' (status 503)",
                remedy="wait a minute; read its log if it stays",
            )
        return EmbedderUnavailable(f"the embedding server answered with status {status}", remedy=CHECK)

    def _cut(self, text: str) -> str:
        """Return as much of a text as the model reads: some servers refuse a longer one instead of cutting it."""
        limit = self._longest
        if limit is None or len(text) <= limit:  # a token is a character at least
            return text
        places = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return text if len(places) <= limit else text[: places[limit - 1][1]]

    @cached_property
    def _longest(self) -> int | None:
        found = longest_of(self._model_dir)
        return None if found is None else found - self._tokenizer.num_special_tokens_to_add(is_pair=False)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        return open_tokenizer(self._model_dir, remedy=self._remedy)

    @property
    def _client(self) -> httpx.Client:
        with self._opening:
            if self._opened is None:
                key = self._served.api_key
                self._opened = httpx.Client(
                    base_url=self._served.base_url.rstrip("/") + "/",
                    headers={"Accept-Encoding": "identity"}
                    | ({} if key is None else {"Authorization": f"Bearer {key}"}),
                    limits=httpx.Limits(
                        max_connections=None, max_keepalive_connections=16, keepalive_expiry=KEEP_ALIVE_S
                    ),
                    trust_env=False,  # a proxy of the environment would be a way out of the house
                )
            return self._opened


def _decoded(embedding: object) -> Sequence[float] | FloatVector:
    """Return a vector as it was sent: base64 of little-endian float32, or a list where the server knows no other."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4")
    if not isinstance(embedding, list):
        raise TypeError("no vector")
    return embedding


def _away(what: str) -> EmbedderUnavailable:
    return EmbedderUnavailable(f"the embedding server {what}", remedy=CHECK)

"""Put single questions to a served model and read the replies, plainly and one after the other, each within a time."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from retrieval.errors import ModelUnavailable

MAX_REPLY_BYTES = 4_000_000  # a list of models is a few kB; a server that talks for ever is cut off
LOOK = "see whether vLLM runs and what its log says; `intramuros up` starts the trial model"

Messages = Sequence[Mapping[str, str]]


class Silent(ModelUnavailable):
    """The server takes requests and does not answer in time; asking on would only take longer."""


class Declined(ModelUnavailable):
    """The server is well and does not take this request (HTTP 400 or 422)."""


@dataclass(frozen=True, slots=True)
class Said:
    """Hold an answer: its text, the prompt's tokens (0 = not stated), for how many tokens it gives probabilities."""

    text: str
    prompt_tokens: int
    alternatives: int


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    kind: str
    content: bytes


class Asking:
    """Ask one server, each request within `within_s`. Use it in a `with` block; raises ModelUnavailable."""

    def __init__(self, *, base_url: str, name: str, api_key: str | None, within_s: float) -> None:
        self.base_url = base_url.rstrip("/")
        self._name = name
        self._within_s = within_s
        self._served: Mapping[str, int | None] | None = None
        # trust_env: a proxy in the environment is no way to a server within the house.
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=within_s,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def served(self) -> Mapping[str, int | None]:
        """Return the served names with the context of each in tokens, None where the server does not state it."""
        if self._served is None:
            entries = self._json("GET", f"{self.base_url}/models").get("data")
            if not isinstance(entries, list):
                raise self._strange("/models lists no models")
            self._served = {
                str(entry["id"]): _number(entry.get("max_model_len")) or None
                for entry in entries
                if isinstance(entry, dict) and "id" in entry
            }
        return self._served

    def chat(
        self, messages: Messages, *, max_tokens: int, further: Mapping[str, object] | None = None
    ) -> Said:
        """Return the whole answer of the model. Raises Declined where the request is not taken."""
        answer = self._json(
            "POST", f"{self.base_url}/chat/completions", self._body(messages, max_tokens, further)
        )
        try:
            choice = answer["choices"][0]
            tokens = (choice.get("logprobs") or {}).get("content") or [{}]
            return Said(
                text=str(choice["message"].get("content") or ""),
                prompt_tokens=_number((answer.get("usage") or {}).get("prompt_tokens")),
                alternatives=len(tokens[0].get("top_logprobs") or ()),
            )
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise self._strange("a completion is not of OpenAI's form") from error

    def tried(self, messages: Messages, *, further: Mapping[str, object] | None = None) -> Said | None:
        """Return the answer of one token, or None where the server declines such a request."""
        try:
            return self.chat(messages, max_tokens=1, further=further)
        except Declined:
            return None

    def stream(self, messages: Messages, *, max_tokens: int) -> int:
        """Return how many pieces of text arrived as events; 0 where the reply is no stream or does not end."""
        body = {
            **self._body(messages, max_tokens, None),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        reply = self._sent("POST", f"{self.base_url}/chat/completions", body)
        if not reply.kind.startswith("text/event-stream"):
            return 0
        events = [line[5:].strip() for line in reply.content.split(b"\n") if line.startswith(b"data:")]
        if not events or events[-1] != b"[DONE]":
            return 0
        try:
            choices = [(json.loads(event).get("choices") or [{}])[0] for event in events[:-1]]
            return sum(1 for choice in choices if (choice.get("delta") or {}).get("content"))
        except (ValueError, AttributeError, TypeError, IndexError) as error:
            raise self._strange("an event of the stream cannot be read") from error

    def count(self, messages: Messages) -> int:
        """Return the tokens of a prompt by /tokenize, 0 where the server has no such page."""
        url = f"{self.base_url.removesuffix('/v1')}/tokenize"
        try:
            return _number(self._json("POST", url, {"model": self._name, "messages": messages}).get("count"))
        except Silent:
            raise
        except ModelUnavailable:
            return 0

    def _body(
        self, messages: Messages, max_tokens: int, further: Mapping[str, object] | None
    ) -> dict[str, object]:
        fixed = {"model": self._name, "messages": messages, "max_tokens": max_tokens, "temperature": 0.0}
        return {**fixed, **(further or {})}

    def _json(self, method: str, url: str, body: object = None) -> dict[str, Any]:
        try:
            answer = json.loads(self._sent(method, url, body).content)
        except ValueError as error:
            raise self._strange(f"{url} does not answer in JSON") from error
        if isinstance(answer, dict):
            return answer
        raise self._strange(f"{url} answers with no JSON object")

    def _sent(self, method: str, url: str, body: object) -> _Reply:
        try:
            reply = self._received(method, url, body)
        except (httpx.TimeoutException, TimeoutError) as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise ModelUnavailable(f"nothing answers at {self.base_url}", remedy=LOOK) from error
            raise Silent(
                f"{url} takes a request and does not answer within {self._within_s:g} s", remedy=LOOK
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelUnavailable(
                f"{self.base_url} cannot be reached ({type(error).__name__})",
                remedy=f"check model.base_url; {LOOK}",
            ) from error
        if reply.status != httpx.codes.OK:
            raise _refusal(url, reply.status)
        return reply

    def _received(self, method: str, url: str, body: object) -> _Reply:
        """Read the reply within one limit for all of it: a drip of bytes would renew a limit per read for ever."""
        until = time.monotonic() + self._within_s
        content = b""
        with self._client.stream(method, url, json=body) as response:
            for chunk in response.iter_bytes():
                content += chunk
                if time.monotonic() > until or len(content) > MAX_REPLY_BYTES:
                    raise TimeoutError
            return _Reply(response.status_code, response.headers.get("content-type", ""), content)

    def _strange(self, fact: str) -> ModelUnavailable:
        remedy = "model.base_url must be the address of vLLM that ends in /v1, nothing in front that changes replies"
        return ModelUnavailable(fact, remedy=remedy)


def _refusal(url: str, status: int) -> ModelUnavailable:
    if status in (401, 403):
        return ModelUnavailable(
            f"the model server refuses the key (HTTP {status})", remedy="check model.api_key_file"
        )
    if status in (400, 422):
        return Declined(f"the model server declines the request (HTTP {status})", remedy=LOOK)
    if status == httpx.codes.NOT_FOUND:
        return ModelUnavailable(f"{url} is not there (HTTP 404)", remedy="model.base_url must end in /v1")
    return ModelUnavailable(f"the model server fails with HTTP {status}", remedy=LOOK)


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0

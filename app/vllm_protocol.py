"""Speak vLLM's HTTP protocol: requests, server-sent events, and what each failure means. Nothing else knows it."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx

from app.traceparent import TRACEPARENT
from app.types import ChatMessage
from retrieval.errors import ModelUnavailable

CHECK = "look at vllm.log in data_dir/run; `intramuros up` starts the model where it is not running"
UNTOLD = "`intramuros doctor` says what the served model tells; without it, set model.answers to written"
KEEP_ALIVE_S = 4.0  # vLLM's web server closes idle connections after five
LIKELIEST = 20  # first words told of, as many as vLLM tells unless it is started otherwise
PROBE_SALT = "0" * 32  # of requests that nobody asked for
YES_NO = ("yes", "no")
TEMPERATURE = 0.0  # the same question over the same passages gets the same answer
MAX_LINE_BYTES = 1_000_000  # a longer line is no event of ours; without a bound it would fill the memory


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Hold how long each stage of a generation may take, in seconds."""

    connect_s: float = 2.0
    first_token_s: float = 30.0
    between_tokens_s: float = 15.0
    total_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Hold how many tokens the server says it wrote."""

    completion_tokens: int


class BrokenOff(ModelUnavailable):
    """The connection or the server failed; the same request may succeed at once."""


class Refused(ModelUnavailable):
    """The server is well and declines this request; repeating it will not help."""


async def _name_trace(request: httpx.Request) -> None:
    """Tell the server to which trace its work belongs, where there is one."""
    if parent := TRACEPARENT.get():
        request.headers["traceparent"] = parent


class Protocol:
    """Send requests to one vLLM server. Use it inside one event loop."""

    def __init__(self, *, base_url: str, name: str, api_key: str | None, timeouts: Timeouts) -> None:
        self._base_url = base_url.rstrip("/")
        self._root = self._base_url.removesuffix("/v1")  # /health and /tokenize lie beside /v1
        self._name = name
        self._timeouts = timeouts
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=32, keepalive_expiry=KEEP_ALIVE_S
        )
        # Reads are timed by token, not by byte. trust_env: a proxy in the environment must not see questions.
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(None, connect=timeouts.connect_s),
            limits=limits,
            trust_env=False,
            event_hooks={"request": [_name_trace]},
        )

    def body(self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str) -> dict[str, object]:
        """Return a generation request. Its keys and those of `leaning` are all we ever send: no tools, templates, n."""
        return {
            "model": self._name,
            "messages": _wire(messages),
            "max_tokens": max_tokens,
            "temperature": TEMPERATURE,
            "stream": True,
            "stream_options": {"include_usage": True},  # the exact number of tokens written, in a last event
            "cache_salt": cache_salt,  # prompts of different readers never share cached prefixes
        }

    async def generate(self, body: dict[str, object]) -> AsyncIterator[str | Usage]:
        """Yield pieces of text, then the usage where the server tells it.

        Raises BrokenOff, Refused, or ModelUnavailable where a time limit is over.
        """
        limits, loop = self._timeouts, asyncio.get_running_loop()
        has_begun = False
        try:
            async with asyncio.timeout(limits.first_token_s) as limit:
                async for piece in self._events(body):
                    has_begun = True
                    limit.reschedule(loop.time() + limits.between_tokens_s)
                    yield piece
        except TimeoutError as error:
            stage = (
                f"for {limits.between_tokens_s:g} s" if has_begun else f"within {limits.first_token_s:g} s"
            )
            raise ModelUnavailable(
                f"the model sent no {'further' if has_begun else 'first'} token {stage}", remedy=CHECK
            ) from error

    async def leaning(self, messages: Sequence[ChatMessage], *, cache_salt: str) -> float:
        """Return by how much the answer is likelier to begin with yes than with no, in natural logarithms.

        A word that is not among the likeliest counts as the last of them. Raises BrokenOff, and Refused where it tells
        no probabilities, or none that is a number.
        """
        asked = {
            "model": self._name,
            "messages": _wire(messages),
            "max_tokens": 1,
            "temperature": TEMPERATURE,
            "logprobs": True,
            "top_logprobs": LIKELIEST,
            "cache_salt": cache_salt,
        }
        answer = await self._json("POST", f"{self._base_url}/chat/completions", asked)
        return _leaning(answer)

    async def count(self, messages: Sequence[ChatMessage]) -> int:
        """Return the number of prompt tokens with the server's own tokenizer and template."""
        request = {"model": self._name, "messages": _wire(messages), "add_generation_prompt": True}
        answer = await self._json("POST", f"{self._root}/tokenize", request)
        return _positive(answer.get("count"), "/tokenize")

    async def served_context(self) -> int:
        """Return max_model_len of our model as the server states it."""
        answer = await self._json("GET", f"{self._base_url}/models", None)
        entries = answer.get("data")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("id") == self._name:
                return _positive(entry.get("max_model_len"), "/v1/models")
        raise Refused(
            f"the server does not serve {self._name!r}", remedy="set model.name to a name it serves"
        )

    async def is_healthy(self) -> bool:
        """Return whether /health answers 200; a server that is not there is not healthy."""
        try:
            return (await self._client.get(f"{self._root}/health")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _events(self, body: dict[str, object]) -> AsyncIterator[str | Usage]:
        is_complete = False
        try:
            async with self._client.stream(
                "POST", f"{self._base_url}/chat/completions", json=body
            ) as response:
                await _check_status(response)
                async for data in _data_lines(response):
                    if data == "[DONE]":
                        return
                    said, is_last = _delta(data)
                    is_complete = is_complete or is_last
                    if said:
                        yield said
        except httpx.HTTPError as error:
            raise BrokenOff(_reason(error), remedy=CHECK) from error
        if not is_complete:
            raise BrokenOff("the model's answer broke off before its end", remedy=CHECK)

    async def _json(self, method: str, url: str, content: object) -> dict[str, object]:
        try:
            response = await self._client.request(method, url, json=content)
            await _check_status(response)
            answer = response.json()
        except httpx.HTTPError as error:
            raise BrokenOff(_reason(error), remedy=CHECK) from error
        except (ValueError, RecursionError) as error:  # the second of brackets within brackets without end
            raise BrokenOff(f"{url} did not answer in JSON", remedy=CHECK) from error
        return answer if isinstance(answer, dict) else {}


async def _data_lines(response: httpx.Response) -> AsyncIterator[str]:
    """Yield the data of each event. Splits at line feeds only: answers may contain other line separators raw."""
    waiting = b""
    async for chunk in response.aiter_bytes():
        *lines, waiting = (waiting + chunk).split(b"\n")
        if len(waiting) > MAX_LINE_BYTES:
            raise BrokenOff("the model server sent an endless line", remedy=CHECK)
        for line in lines:
            if line.startswith(b"data:"):  # comments, event names and blank lines carry nothing for us
                yield line[5:].strip().decode("utf-8", errors="replace")


def _leaning(answer: dict[str, object]) -> float:
    """Return log p(yes) - log p(no) of the first token, each in whatever way it is likeliest written."""
    try:
        choices = cast("list[dict[str, Any]]", answer["choices"])
        likeliest = choices[0]["logprobs"]["content"][0]["top_logprobs"]
        chances = [(str(one["token"]).strip().lower(), float(one["logprob"])) for one in likeliest]
        least = min(chance for _, chance in chances)
        if not math.isfinite(sum(chance for _, chance in chances)):
            raise ValueError
    except (ValueError, OverflowError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise Refused("the model server told no log-probabilities", remedy=UNTOLD) from error
    yes, no = (
        max((chance for word, chance in chances if word == wanted), default=least) for wanted in YES_NO
    )
    return yes - no


def _delta(data: str) -> tuple[str | Usage, bool]:
    """Return the text or the usage of one event, and whether the text ends with it."""
    try:
        event = json.loads(data)
        if "error" in event:
            raise BrokenOff(f"the model server reports: {_shown(event['error'])}", remedy=CHECK)
        written = (event.get("usage") or {}).get("completion_tokens")
        if not event.get("choices") and isinstance(written, int):
            return Usage(written), False
        choices = event.get("choices") or [{}]
        text = choices[0].get("delta", {}).get("content") or ""
        return str(text), choices[0].get("finish_reason") is not None
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise BrokenOff("the model server sent an event that cannot be read", remedy=CHECK) from error


async def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status in (401, 403):
        raise Refused(f"the model server refuses the key (HTTP {status})", remedy="check model.api_key_file")
    if status == httpx.codes.NOT_FOUND:
        raise Refused(
            "the model server does not know the model (HTTP 404)",
            remedy="check model.name and model.base_url",
        )
    if 400 <= status < 500 and status not in (408, 429):
        raise Refused(f"the model server declines the request (HTTP {status})", remedy=CHECK)
    raise BrokenOff(f"the model server fails with HTTP {status}", remedy=CHECK)


def _wire(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _positive(value: object, where: str) -> int:
    if isinstance(value, int) and value > 0:
        return value
    raise BrokenOff(f"{where} states no number", remedy=CHECK)


def _shown(error: object) -> str:
    kind = error.get("type", "an error") if isinstance(error, dict) else "an error"
    return str(kind)[:80]  # the type only: a message may quote the prompt


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
        return "the model server cannot be reached"
    return f"the connection to the model server failed ({type(error).__name__})"

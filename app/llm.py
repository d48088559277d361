"""Give the rest of the house a language model with plain blocking calls: time limits, one retry, a breaker, its state.

All traffic runs as tasks of one event loop in a background thread, because a task can be cancelled while it waits for
anything; that closes its connection, and vLLM stops generating.
"""

import asyncio
import contextlib
import math
import queue
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import CancelledError, wait
from functools import partial
from typing import Any, Literal, TypeVar

from app.background import Background
from app.types import ChatMessage
from app.vllm_protocol import CHECK, PROBE_SALT, BrokenOff, Protocol, Refused, Timeouts, Usage
from retrieval.breaker import Breaker
from retrieval.errors import ModelUnavailable

STATE_AGE_S = 2.5  # a check is reused this long; callers are promised no more than 3 s
STATE_TIMEOUT_S = 1.0  # a status page waits this long, not longer
COUNT_TIMEOUT_S = 3.0  # tokenizing takes milliseconds; past this the estimate serves better than waiting
PROBE_TIMEOUT_S = 10.0
STOP_POLL_S = 0.1  # how soon `stop` is seen while no token comes
RETRY_PAUSE_S = (0.1, 0.3)  # jitter, so that many streams cut off at once do not come back at once
COUNTS_KEPT = 64  # a prompt is counted while it is built and again when it is recorded
# Estimate on the safe side: Mixtral's tokenizer needs 3 to 4 characters in European languages.
CHARS_PER_TOKEN = 2.0
TOKENS_PER_MESSAGE = 8  # role and turn markers of the widest template we know

State = Literal["loading", "ready", "down"]
_T = TypeVar("_T")
_Piece = str | Usage | ModelUnavailable | None  # None: the end


class VllmModel:
    """Implement ChatModel for a vLLM server. Close it to end its thread and connections; `clock` is monotonic."""

    def __init__(
        self,
        *,
        base_url: str,
        name: str,
        api_key: str | None,
        context_tokens: int,
        timeouts: Timeouts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._clock = clock
        self._context_tokens = context_tokens
        self._timeouts = timeouts
        self._protocol: Callable[[], Protocol] = partial(
            Protocol, base_url=base_url, name=name, api_key=api_key, timeouts=timeouts
        )
        self._breaker = Breaker(clock)
        self._counts: OrderedDict[tuple[ChatMessage, ...], int] = OrderedDict()
        self._state: State = "loading"
        self._checked_at = float("-inf")
        self._checking = threading.Lock()
        self._starting = threading.Lock()
        self._background: Background | None = None

    @property
    def name(self) -> str:
        """Return the served model's name."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """Return the setting, or what the server states where that is less; known once it was seen ready."""
        return self._context_tokens

    @property
    def is_left_alone(self) -> bool:
        """Return whether it failed repeatedly and is not asked for some seconds."""
        return self._breaker.is_open

    def state(self) -> State:
        """Return "loading" until the server was healthy once, then "ready" or "down"; blocks a second or two."""
        if self._clock() - self._checked_at > STATE_AGE_S and self._checking.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._checked_at = self._clock()
                self._checking.release()
        return "down" if self._state == "ready" and self._breaker.is_open else self._state

    def probe(self) -> None:
        """Generate one real token. Raises ModelUnavailable: a server that is healthy and hangs is not ready."""
        message = [ChatMessage("user", "Say yes.")]
        is_over = threading.Event()
        timer = threading.Timer(PROBE_TIMEOUT_S, is_over.set)
        timer.start()
        try:
            tokens = list(self.stream(message, max_tokens=1, cache_salt=PROBE_SALT, stop=is_over))
        finally:
            timer.cancel()
        if not tokens:
            raise ModelUnavailable(f"the model generated nothing within {PROBE_TIMEOUT_S:g} s", remedy=CHECK)

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the exact number of prompt tokens, or `estimate_tokens` where the server cannot be asked."""
        key = tuple(messages)
        if (known := self._counts.get(key)) is not None:
            return known
        io = self._io()
        try:
            count = io.call(io.protocol.count(key), timeout_s=COUNT_TIMEOUT_S)
        except ModelUnavailable:
            return estimate_tokens(messages)
        self._counts[key] = count
        while len(self._counts) > COUNTS_KEPT:
            with contextlib.suppress(KeyError):  # another thread may have emptied it in between
                self._counts.popitem(last=False)
        return count

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: threading.Event
    ) -> Generator[str, None, int | None]:
        """Yield pieces of the answer. Closing the iterator or setting `stop` closes the connection at once.

        Returns how many tokens the server says it wrote, None where it was stopped or does not say.
        """
        self._require_admitted()
        io = self._io()
        pieces: queue.SimpleQueue[_Piece] = queue.SimpleQueue()
        written: int | None = None
        body = io.protocol.body(messages, max_tokens=max_tokens, cache_salt=cache_salt)
        task = io.submit(self._pump(io.protocol, body, pieces))
        try:
            while not stop.is_set():
                with contextlib.suppress(queue.Empty):
                    piece = pieces.get(timeout=STOP_POLL_S)
                    if piece is None:
                        return written
                    if isinstance(piece, ModelUnavailable):
                        raise piece
                    if isinstance(piece, Usage):
                        written = piece.completion_tokens
                    else:
                        yield piece
        finally:
            task.cancel()
        return None

    def leanings(
        self, prompts: Sequence[Sequence[ChatMessage]], *, cache_salt: str, stop: threading.Event
    ) -> list[float]:
        """Return how far each prompt's answer leans to yes. Setting `stop` closes the connections at once."""
        if not prompts:
            return []
        self._require_admitted()
        io = self._io()
        task = io.submit(self._leanings(io.protocol, prompts, cache_salt))
        try:
            while not stop.is_set():
                if wait([task], timeout=STOP_POLL_S).done:
                    return task.result()
        except CancelledError as error:
            raise ModelUnavailable("the connection to the model is being closed", remedy=CHECK) from error
        finally:
            task.cancel()
        return []

    def close(self) -> None:
        """Close connections and end the thread; open streams fail with ModelUnavailable."""
        with self._starting:
            background, self._background = self._background, None
        if background is not None:
            background.close()

    def _require_admitted(self) -> None:
        if not self._breaker.admits():
            raise ModelUnavailable(
                "the model failed repeatedly and is left alone for some seconds", remedy=CHECK
            )

    async def _leanings(
        self, protocol: Protocol, prompts: Sequence[Sequence[ChatMessage]], cache_salt: str
    ) -> list[float]:
        """Ask all at once; the slowest may take as long as a first token. Tells the breaker how it went."""
        limit_s = self._timeouts.first_token_s
        try:
            async with asyncio.timeout(limit_s):
                asked = (partial(protocol.leaning, one, cache_salt=cache_salt) for one in prompts)
                found = await _all_or_none([_retried(one) for one in asked])
        except TimeoutError as error:
            self._breaker.failed()
            raise ModelUnavailable(f"the model judged nothing within {limit_s:g} s", remedy=CHECK) from error
        except ModelUnavailable as error:
            if not isinstance(error, Refused):
                self._breaker.failed()
            raise
        self._breaker.succeeded()
        return found

    def _io(self) -> Background:
        with self._starting:
            if self._background is None:
                self._background = Background(self._protocol())
            return self._background

    def _refresh(self) -> None:
        io = self._io()
        try:
            is_healthy = io.call(io.protocol.is_healthy(), timeout_s=STATE_TIMEOUT_S)
            if is_healthy and self._state != "ready":
                served = io.call(io.protocol.served_context(), timeout_s=STATE_TIMEOUT_S)
                self._context_tokens = min(self._context_tokens, served)
        except ModelUnavailable:
            is_healthy = False
        if is_healthy:
            self._state = "ready"
        elif self._state == "ready":
            self._state = "down"

    async def _pump(
        self,
        protocol: Protocol,
        body: dict[str, object],
        pieces: "queue.SimpleQueue[_Piece]",
    ) -> None:
        """Move pieces from the server to the waiting caller; end with None or with the error."""
        try:
            async with asyncio.timeout(self._timeouts.total_s):
                await _with_retry(protocol, body, pieces)
            self._breaker.succeeded()
            pieces.put(None)
        except TimeoutError:
            self._breaker.failed()
            limit = f"the answer took longer than {self._timeouts.total_s:g} s"
            pieces.put(ModelUnavailable(limit, remedy=CHECK))
        except ModelUnavailable as error:
            if not isinstance(error, Refused):
                self._breaker.failed()
            pieces.put(error)
        except BaseException as error:
            # Whatever it is, the caller must not wait for ever.
            pieces.put(ModelUnavailable(f"the request ended with {type(error).__name__}", remedy=CHECK))
            raise


def estimate_tokens(messages: Sequence[ChatMessage]) -> int:
    """Return an estimate that is too high rather than too low: one token per two bytes of UTF-8, and the template's."""
    size_bytes = sum(len(message.content.encode()) for message in messages)
    return math.ceil(size_bytes / CHARS_PER_TOKEN) + TOKENS_PER_MESSAGE * (len(messages) + 1)


async def _all_or_none(work: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Return the results in order; where one fails, the others are not left running for nobody."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _retried(ask: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    try:
        return await ask()
    except BrokenOff:
        await asyncio.sleep(random.uniform(*RETRY_PAUSE_S))  # noqa: S311  # as below
        return await ask()


async def _with_retry(
    protocol: Protocol, body: dict[str, object], pieces: "queue.SimpleQueue[_Piece]"
) -> None:
    for is_last_try in (False, True):
        has_begun = False
        try:
            async for piece in protocol.generate(body):
                has_begun = True
                pieces.put(piece)
        except BrokenOff:
            if has_begun or is_last_try:
                raise
        else:
            return
        await asyncio.sleep(random.uniform(*RETRY_PAUSE_S))  # noqa: S311  # spreads load, keeps no secret

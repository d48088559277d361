"""Run requests to the model's server as tasks of one event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from app.vllm_protocol import CHECK, Protocol
from retrieval.errors import ModelUnavailable

_T = TypeVar("_T")


class Background:
    """Own the event loop, its thread and the connections."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="model-io", daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        """Return the future of work that begins at once; cancelling it closes its connection."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, _T], *, timeout_s: float) -> _T:
        """Return the result of a short request. Raises ModelUnavailable, also when time is up."""
        future = self.submit(work)
        try:
            return future.result(timeout=timeout_s)
        except (TimeoutError, CancelledError) as error:
            raise ModelUnavailable(
                f"the model server did not answer within {timeout_s:g} s", remedy=CHECK
            ) from error
        finally:
            future.cancel()

    def close(self) -> None:
        """Cancel what is running, close the connections and end the thread."""

        async def end() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self.protocol.close()

        self.submit(end()).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

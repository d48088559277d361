"""Send an answer's events as they come, or the whole of it, and notice when whoever waits for it has gone."""

from collections.abc import Callable, Iterator

import anyio
import anyio.to_thread
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.problems import problem_of
from app.stream import Running
from retrieval.errors import TooManyRequests


class EventStream(StreamingResponse):
    """Stream server-sent events of `running`; for as long as somebody reads them, it has a follower."""

    def __init__(self, running: Running, lines: Iterator[str]) -> None:
        super().__init__(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the events or the connection end; refuse one more than may follow."""
        try:
            with self._running.followed():
                await super().__call__(scope, receive, send)
        except TooManyRequests as error:
            await problem_of(error)(scope, receive, send)


class WholeAnswer(Response):
    """Send what `compose` makes of `running` when it has ended, unless the client has hung up by then."""

    def __init__(self, running: Running, compose: Callable[[], Response]) -> None:
        super().__init__()
        self._running = running
        self._compose = compose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the end of the answer or of the connection."""
        made: list[Response] = []
        with self._running.followed():
            async with anyio.create_task_group() as group:

                async def compose() -> None:
                    made.append(await anyio.to_thread.run_sync(self._compose, abandon_on_cancel=True))
                    group.cancel_scope.cancel()

                group.start_soon(compose)
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()
        for response in made:
            await response(scope, receive, send)

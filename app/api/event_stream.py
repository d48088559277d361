"""Send the events of an answer as they come, and notice when their reader has gone."""

from collections.abc import Iterator

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.stream import Running


class EventStream(StreamingResponse):
    """Stream server-sent events of `running`; for as long as somebody reads them, it has a follower."""

    def __init__(self, running: Running, lines: Iterator[str]) -> None:
        super().__init__(
            lines,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the events or the connection end."""
        with self._running.followed():
            await super().__call__(scope, receive, send)

"""Answer at the door while the house behind it is still being opened, and wait for neighbours that are away.

The database, the index or a container of theirs may start later than we do. A process that died of it would be started
again and again with growing pauses; this one says that it lives, that it is not ready, and why.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ingest.events import event, logger
from retrieval.errors import IntramurosError, Unavailable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
ALIVE_PATH: Final = "/healthz"


class Front:
    """An ASGI application that becomes the one `build` returns, as soon as `build` no longer raises Unavailable.

    Any other error is kept in `refused`, for whoever runs it to end: waiting would not help.
    """

    def __init__(self, build: Callable[[], FastAPI], *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._build = build
        self._pause_s = first_pause_s
        self._reason = "it is being opened"
        self._stop = asyncio.Event()
        self.house: FastAPI | None = None
        self.refused: IntramurosError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the house, or say how far it is."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self.house is not None:
            await self.house(scope, receive, send)
        elif scope["type"] == "http":
            await self._meanwhile(scope["path"])(scope, receive, send)

    def _meanwhile(self, path: str) -> Response:
        if path == ALIVE_PATH:
            return JSONResponse({"status": "alive"})
        status = {"status": "not ready", "house": self._reason}
        return JSONResponse(status, status_code=503, headers={"Retry-After": "5"})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        opening = asyncio.create_task(self._open())
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        self._stop.set()
        if self.house is None:
            opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        """Open the house, keep it open until told to stop, and close it, all in one task."""
        built = await self._built()
        if built is None:
            return
        try:
            async with built.router.lifespan_context(built):
                self.house = built
                await self._stop.wait()
        except Exception as error:
            if self.house is not None:
                raise
            self._refuse(error)  # the process ends, and whoever runs it starts it again

    async def _built(self) -> FastAPI | None:
        pause_s, attempts = self._pause_s, 0
        while True:
            try:
                # Left behind when we are to stop meanwhile: a neighbour that hangs must not keep us.
                return await anyio.to_thread.run_sync(self._build, abandon_on_cancel=True)
            except Unavailable as error:
                attempts += 1
                self._reason = error.message
                if attempts == 1 or pause_s < LONGEST_PAUSE_S:  # a line for each longer pause
                    event(
                        logger("start"),
                        "neighbour_awaited",
                        level=logging.WARNING,
                        reason=type(error).__name__,
                        retries=attempts,
                    )
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            except Exception as error:  # noqa: BLE001  whatever it is, the process must not live on without a house
                self._refuse(error)
                return None

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, IntramurosError):
            event(logger("start"), "start_broke", level=logging.ERROR, exc_info=error)
            error = IntramurosError(
                f"the house did not open ({type(error).__name__})", remedy="the log says where it broke"
            )
        self.refused = error

"""Serve an application until the process is told to stop, and end without breaking off what can be finished.

uvicorn's own way closes the door first: who asks in the last seconds finds nobody. Here the house goes on answering
while it winds down, and says what is going on.
"""

import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from app.front import Front
from retrieval.errors import IntramurosError, SetupRefused

KEEP_ALIVE_S: Final = (
    30  # longer than clients keep an idle connection (httpx 5 s): who closes first loses no request
)
POLL_S: Final = 0.1
CONNECTIONS_S: Final = 2  # for replies that are on their way when everything else has ended
SHUTDOWN_S: Final = 3.0  # for the application's own end, after that of its connections

Hurried = Callable[[], bool]  # whether the process was told to stop a second time


def listen(host: str, port: int, *, setting: str) -> socket.socket:
    """Return a listening socket. Raises SetupRefused, naming the setting to change."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        variable = f"INTRAMUROS_{setting.replace('.', '__').upper()}"
        raise SetupRefused(
            f"nothing can listen on {host}:{port}: {error.strerror}",
            remedy=f"stop what listens there, or set {setting} ({variable}) to a free port",
        ) from error


def serve_until_told(
    app: ASGIApp,
    listener: socket.socket,
    *,
    wind_down: Callable[[Hurried], None] = lambda _hurried: None,
    ended: Callable[[], IntramurosError | None] = lambda: None,
) -> None:
    """Serve until SIGTERM or SIGINT, call `wind_down` while still serving, then end. Call it in the main thread.

    Raises what a `Front` was refused with, what `ended` says is over behind the door, and SetupRefused where the
    application ended by itself.
    """
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        # No lock may be taken in a handler: it may interrupt whoever holds it.
        signal.signal(number, lambda number, _frame: told.append(number))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=CONNECTIONS_S,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="http", daemon=True)
    thread.start()
    refused = None
    while thread.is_alive() and not told and refused is None:
        time.sleep(POLL_S)
        refused = _refusal(app) or ended()
    if told:
        wind_down(lambda: len(told) > 1)
    server.should_exit = True
    thread.join(CONNECTIONS_S + SHUTDOWN_S)
    if (refused := _refusal(app) or refused) is not None:
        raise refused
    if not told:
        raise SetupRefused("the server ended by itself", remedy="its log says why; `intramuros doctor`")


def _refusal(app: ASGIApp) -> IntramurosError | None:
    return app.refused if isinstance(app, Front) else None

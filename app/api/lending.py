"""Serve the API on a free port of this machine for as long as a command needs it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from app.api.server import build
from app.serving import KEEP_ALIVE_S
from app.wiring import Services
from retrieval.errors import Unavailable

START_S = 30.0
POLL_S = 0.05


@contextmanager
def lent(services: Services) -> Iterator[str]:
    """Give the address of an API over `services`, which it closes at the end. Raises Unavailable."""
    # With the protocol named, asyncio sends small replies at once; else each waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(
        build(services, with_worker=False), log_config=None, access_log=False, timeout_keep_alive=KEEP_ALIVE_S
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="lent-api")
    thread.start()
    try:
        _wait(server, thread)
        yield "http://{}:{}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    waiting = threading.Event()
    for _ in range(int(START_S / POLL_S)):
        if server.started:
            return
        if not thread.is_alive():
            break
        waiting.wait(POLL_S)
    raise Unavailable("the API did not start", remedy="run `intramuros doctor`")

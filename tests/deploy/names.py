"""Be the engine's name server and the containers it names: several servers, one port, an address each."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partialmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPE_A = 1
HEADER_BYTES = 12  # RFC 1035, 4.1.1


@contextmanager
def name_server(addresses: Sequence[str]) -> Iterator[int]:
    """Give the port of a name server that answers every name with these addresses; the list may change."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer_all, args=(door, addresses), daemon=True)
        thread.start()
        port = int(door.getsockname()[1])
        yield port
        door.sendto(b"", ("127.0.0.1", port))  # nothing asked: leave
        thread.join()


def _answer_all(door: socket.socket, addresses: Sequence[str]) -> None:
    while True:
        asked, client = door.recvfrom(512)
        if not asked:
            return
        end = asked.index(b"\0", HEADER_BYTES) + 5  # the name, its type and its class
        question = asked[HEADER_BYTES:end]
        (kind,) = struct.unpack("!H", question[-4:-2])
        found = list(addresses) if kind == TYPE_A else []
        header = asked[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0)
        records = [struct.pack("!HHHIH4s", 0xC00C, TYPE_A, 1, 1, 4, socket.inet_aton(one)) for one in found]
        door.sendto(header + question + b"".join(records), client)


PATIENCE_S = 30.0  # for what takes milliseconds on a machine that is not busy
Reply = Callable[[BaseHTTPRequestHandler], None]


def _call(request: BaseHTTPRequestHandler, reply: Reply) -> None:
    reply(request)


@contextmanager
def servers(
    reply: Reply, addresses: Sequence[str], *, port: int = 0
) -> Iterator[tuple[int, Mapping[str, ThreadingHTTPServer]]]:
    """Give the port, a free one for 0, on which a server listens at each address, and the servers; `reply` answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
            """Keep quiet."""

    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        setattr(Handler, f"do_{method}", partialmethod(_call, reply))
    first = ThreadingHTTPServer((addresses[0], port), Handler)
    port = first.server_port
    listening = {addresses[0]: first}
    listening |= {one: ThreadingHTTPServer((one, port), Handler) for one in addresses[1:]}
    threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in listening.values()]
    for thread in threads:
        thread.start()
    try:
        yield port, listening
    finally:
        for one in listening.values():
            one.shutdown()
            one.server_close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Return as soon as something holds; fail where it does not come to hold."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"

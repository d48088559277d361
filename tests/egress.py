"""Refuse and record every attempt of this process to leave the machine.

What it sees: Python's own sockets (connect, connect_ex, sendto, sendmsg) and name look-ups in the process that
installs it, in all its threads. What it does not see: child processes (vLLM, Chromium, parsers, PostgreSQL) and
sockets opened by compiled code, such as the gRPC of qdrant-client. `tests/test_air_gap.py` closes that gap by running
walks in a network namespace that has no way out; what runs neither here nor there is not covered.
"""

import os
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

from app.egress.addresses import is_local

LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
OUTSIDE = "example.com"  # RFC 2606 reserves it; the negative control asks for it


class EgressRefused(OSError):
    """Say which address the suite tried to reach. An OSError, so that code under test treats it as no network."""


@dataclass
class Guard:
    """Hold what was attempted: one line an attempt, oldest first."""

    attempts: list[str] = field(default_factory=list)

    def judge(self, event: str, address: object) -> None:
        """Record and refuse `address` unless it is loopback or a file of this machine. Raises EgressRefused."""
        host = _host(address)
        if host is None or is_local(host):
            return
        attempt = f"{event} {address!r} by process {os.getpid()}"
        self.attempts.append(attempt)
        raise EgressRefused(f"the suite may not leave this machine: {attempt}")


def _host(address: object) -> str | None:
    """Return the host of a socket address, or None for the addresses of local sockets (paths, netlink numbers)."""
    if isinstance(address, tuple) and address and isinstance(address[0], str):
        return address[0]
    return None


def install(guard: Guard) -> None:
    """Judge all further traffic of this interpreter by `guard`, for good: an audit hook cannot be taken back.

    Audit hooks (PEP 578) see every socket of the interpreter, also those of libraries that kept their own reference
    to `socket.socket` before, which replacing methods would miss.
    """

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
            guard.judge(event, arguments[1])
        elif event in LOOK_UPS and isinstance(arguments[0], str | bytes):
            name = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
            guard.judge(event, (name,))

    sys.addaudithook(listen)


def knock() -> None:
    """Try to leave the machine on purpose, as the negative control. Raises OSError when that is refused."""
    with socket.create_connection((OUTSIDE, 80), timeout=2):
        pass

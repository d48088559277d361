"""Wait for a document's process: take what it writes, and stop it where it runs over a limit."""

import os
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from time import monotonic
from typing import Self

from ingest.sandbox.launch import KILL_TIMEOUT_S
from ingest.sandbox.private import is_overfull
from ingest.sandbox.wire import json_bytes

POLL_S = 0.1  # how late a cancellation may be noticed
READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Bound what one document may use."""

    memory_bytes: int = 1536 * 1024 * 1024  # above what the loaded parsers take
    cpu_s: int = 120
    wall_s: float = 180.0
    max_result_bytes: int = 256 * 1024 * 1024  # five times the largest upload: attachments come out unpacked
    # The most text a document may have, 12 million characters in 500,000 blocks (ingest.pipeline), is 40 MB: two bytes
    # a character, and what stands around each block. One byte of JSON may become fourteen of memory here.
    max_json_bytes: int = 48 * 1024 * 1024

    @classmethod
    def of(cls, timeout_s: int) -> Self:
        """Return the limits for a document that may take `timeout_s`, two thirds of it computing."""
        return cls(cpu_s=max(timeout_s * 2 // 3, 1), wall_s=timeout_s)


class Stop(Enum):
    """Name why a process was stopped."""

    CANCELLED = auto()
    TIME = auto()
    OUTPUT = auto()
    TEXT = auto()
    DISK = auto()


@dataclass(frozen=True, slots=True)
class Ending:
    """Say how a process ended: its output so far, its exit code (negative = signal), and why it was stopped."""

    output: bytes
    code: int | None
    stopped: Stop | None
    is_unanswered: bool  # the process it was forked from does not say that it ended: it hangs


def why_stopped(ending: Ending) -> str | None:
    """Return in a word why a process gave no result of its own; None where it did, or somebody cancelled it."""
    if ending.is_unanswered:
        return "hung"
    if ending.stopped is not None:
        return None if ending.stopped is Stop.CANCELLED else ending.stopped.name.lower()
    if ending.code == -signal.SIGXCPU:
        return "cpu"
    if ending.code == -signal.SIGKILL:
        return "memory"
    return "crash" if ending.code else None


def wait(
    read: int,
    lifeline: socket.socket,
    limits: SandboxLimits,
    *,
    private: Path,
    cancelled: Callable[[], bool],
) -> Ending:
    """Return how the document's process ended; unless it is unanswered, it has ended then."""
    deadline = monotonic() + limits.wall_s
    output = bytearray()
    stopped: Stop | None = None
    os.set_blocking(read, False)
    with selectors.DefaultSelector() as selector:
        selector.register(read, selectors.EVENT_READ)
        selector.register(lifeline, selectors.EVENT_READ)
        while stopped is None:
            ready = [key.fileobj for key, _ in selector.select(POLL_S)]
            if read in ready and not _drain(read, output, limits.max_result_bytes):
                selector.unregister(read)
            if lifeline in ready:
                break
            stopped = _why_stop(output, limits, deadline, private=private, cancelled=cancelled)
    if stopped is not None:
        lifeline.shutdown(socket.SHUT_WR)
    code, is_unanswered = _exit_code(lifeline)
    if stopped is None:
        _drain(read, output, limits.max_result_bytes)
        stopped = Stop.OUTPUT if len(output) > limits.max_result_bytes else None
    return Ending(bytes(output), code, stopped, is_unanswered)


def _exit_code(lifeline: socket.socket) -> tuple[int | None, bool]:
    """Return the exit code, None where nobody knows it, and whether nobody answered."""
    lifeline.settimeout(KILL_TIMEOUT_S)
    try:
        code = lifeline.recv(32)
    except TimeoutError:
        return None, True
    except OSError:
        return None, False
    return (int(code) if code else None), False


def _why_stop(
    output: bytearray, limits: SandboxLimits, deadline: float, *, private: Path, cancelled: Callable[[], bool]
) -> Stop | None:
    if cancelled():
        return Stop.CANCELLED
    if monotonic() > deadline:
        return Stop.TIME
    if len(output) > limits.max_result_bytes:
        return Stop.OUTPUT
    if json_bytes(output) > limits.max_json_bytes:  # it says so before it sends any
        return Stop.TEXT
    return Stop.DISK if is_overfull(private) else None


def _drain(read: int, output: bytearray, limit: int) -> bool:
    """Add what the pipe holds to `output`; return False at its end."""
    while len(output) <= limit:
        try:
            block = os.read(read, READ_BYTES)
        except BlockingIOError:
            return True
        if not block:
            return False
        output += block
    return True

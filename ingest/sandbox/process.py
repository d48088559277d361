"""Parse each document in a process of its own that can be killed, is bounded, and sees neither network nor files.

The processes are forked from one that has the parsers loaded (ingest.sandbox.nursery): a document costs milliseconds
more than parsing it in place. What comes back is JSON, bounded in size and checked, whatever happened inside.
"""

import os
import selectors
import signal
import socket
from base64 import b64decode
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import Self

from ingest.sandbox.launch import KILL_TIMEOUT_S, ParsersProcess
from ingest.sandbox.wire import ERRORS, Order, Result, orders, results
from ingest.types import Accepted, Cancelled, Drawing, Look, ParsedDocument
from retrieval.errors import BrokenDocument, NotFound, ParserStopped, Unavailable
from retrieval.types import Box

POLL_S = 0.1  # how late a cancellation may be noticed
READ_BYTES = 1024 * 1024
SPLIT = "split it into parts, or convert it to PDF and ingest that"


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Bound what one document may use."""

    memory_bytes: int = 1536 * 1024 * 1024  # above what the loaded parsers take
    cpu_s: int = 120
    wall_s: float = 180.0
    max_result_bytes: int = 256 * 1024 * 1024  # five times the largest upload

    @classmethod
    def of(cls, timeout_s: int) -> Self:
        """Return the limits for a document that may take `timeout_s`, two thirds of it computing."""
        return cls(cpu_s=max(timeout_s * 2 // 3, 1), wall_s=timeout_s)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Say how a process ended: its output so far, and its exit code (negative = signal) or why it was stopped."""

    output: bytes
    code: int | None
    stopped: str  # "", "timeout", "cancelled", "output"


def _never() -> bool:
    return False


class Sandbox:
    """Parse documents, several at a time from several threads. Close it, or use it in a `with`."""

    def __init__(self, limits: SandboxLimits, *, nursery: str = "ingest.sandbox.nursery") -> None:
        """`nursery` names the module that documents are forked from; a test names one with hostile parsers."""
        self._limits = limits
        self._module = nursery
        self._lock = Lock()
        self._nursery: ParsersProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool] = _never
    ) -> ParsedDocument:
        """Return the parsed document. Raises DocumentRejected kinds, Unavailable, and Cancelled once asked to stop.

        A process that runs over a limit is a BrokenDocument, one that crashes or is killed a ParserStopped; the next
        document is unaffected.
        """
        with TemporaryDirectory(prefix="intramuros-") as private:
            order = self._order(path, private, media_type=accepted.media_type, file_name=file_name)
            result = self._result(order, cancelled)
        if result.document is None:
            raise BrokenDocument(f"'{file_name}' made its parser return nothing", remedy=SPLIT)
        return result.document

    def page_image(
        self, path: Path, media_type: str, page: int, *, boxes: tuple[Box, ...], width_px: int
    ) -> bytes:
        """Return the 1-based page of a PDF or a picture as PNG with the boxes marked.

        Raises DocumentRejected or NotFound.
        """
        with TemporaryDirectory(prefix="intramuros-") as private:
            order = self._order(path, private, media_type=media_type, file_name="the page")
            drawing = Drawing(page=page, boxes=boxes, width_px=width_px)
            result = self._result(replace(order, drawing=drawing), _never)
        if result.picture is None:
            raise NotFound("the page cannot be drawn", remedy="open the original file")
        return b64decode(result.picture, validate=True)

    def look(self, path: Path, file_name: str) -> Look:
        """Return what a PDF is without parsing it. Raises DocumentRejected kinds and Unavailable."""
        with TemporaryDirectory(prefix="intramuros-") as private:
            order = self._order(path, private, media_type="application/pdf", file_name=file_name)
            result = self._result(replace(order, is_look=True), _never)
        if result.look is None:
            raise BrokenDocument(f"'{file_name}' made its parser return nothing", remedy=SPLIT)
        return result.look

    def _order(self, path: Path, private: str, *, media_type: str, file_name: str) -> Order:
        return Order(
            path=str(path.resolve()),
            media_type=media_type,
            file_name=file_name,
            private=private,
            memory_bytes=self._limits.memory_bytes,
            cpu_s=self._limits.cpu_s,
        )

    def _result(self, order: Order, cancelled: Callable[[], bool]) -> Result:
        with ExitStack() as stack:
            read, write = os.pipe()
            stack.callback(os.close, read)
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            with theirs, os.fdopen(write, "wb"):
                self._send(orders().dump_json(order), [write, theirs.fileno()])
            ending = _watch(read, ours, self._limits, cancelled)
        return _checked(ending, order.file_name, self._limits)

    def close(self) -> None:
        """End the process the documents are forked from, and all of theirs."""
        with self._lock:
            if self._nursery is not None:
                self._nursery.close()
            self._nursery = None

    def _send(self, order: bytes, descriptors: list[int]) -> None:
        with self._lock:
            for _ in range(2):
                if self._nursery is not None and not self._nursery.is_ours():
                    self._nursery.close()
                    self._nursery = None
                if self._nursery is None:
                    self._nursery = ParsersProcess(self._module)
                try:
                    socket.send_fds(self._nursery.control, [order], descriptors)
                except OSError:  # it died since the last document, e.g. by the system's memory killer
                    self._nursery.close()
                    self._nursery = None
                else:
                    return
        raise Unavailable(
            "the parsing process does not stay up", remedy="check the memory left on this machine"
        )


def _watch(
    read: int, lifeline: socket.socket, limits: SandboxLimits, cancelled: Callable[[], bool]
) -> _Ending:
    """Return how the document's process ended; when this returns, it has ended."""
    deadline = monotonic() + limits.wall_s
    output = bytearray()
    stopped = ""
    os.set_blocking(read, False)
    with selectors.DefaultSelector() as selector:
        selector.register(read, selectors.EVENT_READ)
        selector.register(lifeline, selectors.EVENT_READ)
        while not stopped:
            ready = [key.fileobj for key, _ in selector.select(POLL_S)]
            if read in ready and not _drain(read, output, limits.max_result_bytes):
                selector.unregister(read)
            if lifeline in ready:
                break
            stopped = _why_stop(output, limits, deadline, cancelled)
    if stopped:
        lifeline.shutdown(socket.SHUT_WR)
    lifeline.settimeout(KILL_TIMEOUT_S)
    try:
        code = lifeline.recv(32)
    except OSError:
        code = b""
    if not stopped:
        _drain(read, output, limits.max_result_bytes)
        stopped = "output" if len(output) > limits.max_result_bytes else ""
    return _Ending(output=bytes(output), code=int(code) if code else None, stopped=stopped)


def _why_stop(
    output: bytearray, limits: SandboxLimits, deadline: float, cancelled: Callable[[], bool]
) -> str:
    if cancelled():
        return "cancelled"
    if monotonic() > deadline:
        return "timeout"
    return "output" if len(output) > limits.max_result_bytes else ""


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


def _checked(ending: _Ending, file_name: str, limits: SandboxLimits) -> Result:
    """Return what the process found out, or raise why it found nothing."""
    if ending.stopped == "cancelled":
        raise Cancelled
    if ending.stopped == "timeout":
        raise BrokenDocument(f"'{file_name}' takes more than {limits.wall_s:.0f} s to read", remedy=SPLIT)
    if ending.stopped == "output":
        size_mb = limits.max_result_bytes // (1024 * 1024)
        raise BrokenDocument(f"'{file_name}' holds more than {size_mb} MB of text", remedy=SPLIT)
    if ending.code == -signal.SIGXCPU:
        raise BrokenDocument(
            f"'{file_name}' takes more than {limits.cpu_s} s of computing to read", remedy=SPLIT
        )
    if ending.code != 0:
        raise ParserStopped(f"'{file_name}' {_cause(ending.code)}", remedy=SPLIT)
    try:
        result = results().validate_json(ending.output)
    except ValueError as error:
        raise BrokenDocument(f"'{file_name}' made its parser return nonsense", remedy=SPLIT) from error
    if result.failure is not None:
        kind = ERRORS.get(result.failure.kind, BrokenDocument)
        raise kind(result.failure.message, remedy=result.failure.remedy)
    return result


def _cause(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "made its parser run out of memory"
    if code is not None and code < 0:
        return f"crashed its parser ({signal.Signals(-code).name})"
    return "crashed its parser"

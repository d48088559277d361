"""Parse each document in a process of its own that can be killed, is bounded, and sees neither network nor files.

The processes are forked from one that has the parsers loaded (ingest.sandbox.nursery): a document costs milliseconds
more than parsing it in place. What comes back is JSON, bounded in size and checked, whatever happened inside.
"""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from ingest.events import event, logger
from ingest.sandbox.arrival import SPLIT, arrived
from ingest.sandbox.launch import ParsersProcess
from ingest.sandbox.private import private_folder
from ingest.sandbox.wait import Ending, SandboxLimits, wait, why_stopped
from ingest.sandbox.wire import ERRORS, Order, orders
from ingest.types import Accepted, Drawing, Look, ParsedDocument, Picture
from retrieval.errors import BrokenDocument, IntramurosError, NotFound, Unavailable

log = logger("ingest")
# Where a page is drawn instead of a document read, its process may also say that there is no such page.
DRAWING_ERRORS: Mapping[str, type[IntramurosError]] = {**ERRORS, NotFound.__name__: NotFound}


def _never() -> bool:
    return False


class Sandbox:
    """Parse documents, several at a time from several threads. Close it, or use it in a `with`."""

    def __init__(
        self,
        limits: SandboxLimits,
        *,
        nursery: str = "ingest.sandbox.nursery",
        on_stop: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        """`nursery` names the module that documents are forked from; a test names one with hostile parsers.

        `on_stop` is told why a process ended without a result.
        """
        self._limits = limits
        self._on_stop = on_stop
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
        with private_folder() as private:
            order = self._order(path, private, media_type=accepted.media_type, file_name=file_name)
            ending = self._ending(order, cancelled)
        result = arrived(ending, file_name, self._limits)
        if result.document is None:
            raise BrokenDocument(f"'{file_name}' made its parser return nothing", remedy=SPLIT)
        return result.document

    def page_image(self, path: Path, media_type: str, drawing: Drawing) -> Picture:
        """Return a page of a PDF or a picture as PNG with its marks. Raises DocumentRejected or NotFound."""
        with private_folder() as private:
            order = self._order(path, private, media_type=media_type, file_name="the page")
            ending = self._ending(replace(order, drawing=drawing), _never)
        result = arrived(ending, order.file_name, self._limits, said=DRAWING_ERRORS)
        if result.picture is None:
            raise NotFound("the page cannot be drawn", remedy="open the original file")
        if result.picture.page not in drawing.pages:
            raise BrokenDocument("the page's parser drew another page", remedy=SPLIT)
        return result.picture

    def look(self, path: Path, file_name: str) -> Look:
        """Return what a PDF is without parsing it. Raises DocumentRejected kinds and Unavailable."""
        with private_folder() as private:
            order = self._order(path, private, media_type="application/pdf", file_name=file_name)
            ending = self._ending(replace(order, is_look=True), _never)
        result = arrived(ending, file_name, self._limits)
        if result.look is None:
            raise BrokenDocument(f"'{file_name}' made its parser return nothing", remedy=SPLIT)
        return result.look

    def _order(self, path: Path, private: Path, *, media_type: str, file_name: str) -> Order:
        return Order(
            path=str(path.resolve()),
            media_type=media_type,
            file_name=file_name,
            private=str(private),
            memory_bytes=self._limits.memory_bytes,
            cpu_s=self._limits.cpu_s,
        )

    def _ending(self, order: Order, cancelled: Callable[[], bool]) -> Ending:
        with ExitStack() as stack:
            read, write = os.pipe()
            stack.callback(os.close, read)
            ours, theirs = socket.socketpair()
            stack.enter_context(ours)
            with theirs, os.fdopen(write, "wb"):
                nursery = self._send(orders().dump_json(order), [write, theirs.fileno()])
            ending = wait(read, ours, self._limits, private=Path(order.private), cancelled=cancelled)
        if ending.is_unanswered:
            self._give_up(nursery)
        if reason := why_stopped(ending):
            self._on_stop(reason)
        return ending

    def _give_up(self, nursery: ParsersProcess) -> None:
        """End a process that hangs; the next document starts another, and those it held try again."""
        event(log, "parsers_hung", level=logging.ERROR, pid=nursery.process.pid)
        with self._lock:
            nursery.kill()
            if self._nursery is nursery:
                self._nursery = None

    def close(self) -> None:
        """End the process the documents are forked from, and all of theirs."""
        with self._lock:
            if self._nursery is not None:
                self._nursery.close()
            self._nursery = None

    def _send(self, order: bytes, descriptors: list[int]) -> ParsersProcess:
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
                    return self._nursery
        raise Unavailable(
            "the parsing process does not stay up", remedy="check the memory left on this machine"
        )

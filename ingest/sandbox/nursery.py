"""Fork one process a document from a process that has every parser loaded. Run as `python -m ingest.sandbox.nursery`.

Python's own fork server would import the caller's main module again in each process and hand results over as
pickles; this one starts with an empty environment (no secrets), takes orders as JSON and ends what it started.

It speaks with ingest.sandbox: orders arrive on standard input, a socket that keeps message borders, each with two
descriptors: the pipe for the result and the document's lifeline. The lifeline brings back the exit status; when
the other side hangs it up, the process and all it started are killed.
"""

import gc
import os
import selectors
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.parse.dispatch import parse
from ingest.parse.draw import draw_page
from ingest.parse.pdf.look import look_at
from ingest.sandbox.confine import Allowance, adopt_orphans, confine
from ingest.sandbox.huge_pages import fold
from ingest.sandbox.preload import preload
from ingest.sandbox.probe import probe
from ingest.sandbox.wire import Failure, Order, Result, orders, packed, results
from retrieval.errors import IntramurosError, Unavailable

MAX_ORDER_BYTES = 64 * 1024
MAX_GENERATIONS = 1_000  # of processes that start another before they end; the sandbox allows 64 at a time
MAX_ENDING_S = 2.0  # a killed process ends in microseconds; the sandbox waits for ten seconds at most
PAUSE_S = 0.001
# Of parsers, behind the service that answers and embeds on the same cores: 519 pages came in 6 % faster than as equals.
NICENESS = 10


@dataclass(frozen=True, slots=True)
class _Worker:
    pid: int
    ended: int  # descriptor that becomes readable when the process ends
    lifeline: socket.socket


def main() -> None:
    """Serve orders until the other side closes the socket, then end all processes."""
    adopt_orphans()
    preload()
    orders(), results()  # built once: a codec takes 8 ms to make
    gc.collect()
    fold()
    gc.freeze()  # keeps the collector from touching, and so copying, the pages shared with each process
    control = socket.socket(fileno=os.dup(0))
    control.send(probe())
    nursery = _Nursery(control)
    while nursery.serve():
        pass
    nursery.end_all()


class _Nursery:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)
        self.workers: dict[int, _Worker] = {}

    def serve(self) -> bool:
        """Handle what is due; return False once the other side is gone."""
        for key, _ in self.selector.select():
            worker = key.data
            if worker is None:
                if not self._take_order():
                    return False
            elif worker.pid not in self.workers:
                continue
            elif key.fd == worker.ended:
                self._bury(worker)
            else:
                self.selector.unregister(worker.lifeline)
                _kill(worker.pid)
        return True

    def _take_order(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, MAX_ORDER_BYTES, 2)
        except ConnectionError:
            return False
        if not message:
            return False
        result, lifeline = descriptors
        pid = os.fork()
        if pid == 0:
            _work(message, result)
        os.close(result)
        worker = _Worker(pid, os.pidfd_open(pid), socket.socket(fileno=lifeline))
        self.workers[pid] = worker
        self.selector.register(worker.ended, selectors.EVENT_READ, worker)
        self.selector.register(worker.lifeline, selectors.EVENT_READ, worker)
        return True

    def _bury(self, worker: _Worker) -> None:
        """Collect a process that ended, end what it left behind, and tell its exit status."""
        status = _collected([worker.pid]).get(worker.pid)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.pid, signal.SIGKILL)
        del self.workers[worker.pid]
        self._end_orphans()
        self.selector.unregister(worker.ended)
        os.close(worker.ended)
        with suppress(KeyError, ValueError):  # it was hung up before
            self.selector.unregister(worker.lifeline)
        with suppress(OSError):
            if status is not None:
                worker.lifeline.send(str(os.waitstatus_to_exitcode(status)).encode())
        worker.lifeline.close()

    def _end_orphans(self) -> None:
        """End what nobody waits for; each that ends may leave its own children to us."""
        deadline = time.monotonic() + MAX_ENDING_S
        for _ in range(MAX_GENERATIONS):
            orphans = [pid for pid in _children() if pid not in self.workers]
            if not orphans or time.monotonic() > deadline:
                return
            for pid in orphans:
                _kill(pid)
            _collected(orphans)

    def end_all(self) -> None:
        for worker in list(self.workers.values()):
            _kill(worker.pid)
            self._bury(worker)


def _children() -> list[int]:
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in listing.read_text().split()] if listing.exists() else []


def _collected(pids: list[int]) -> dict[int, int]:
    """Return the wait statuses of children that ended or were killed.

    One that another process traces stays, ended, until its tracer has ended too: nothing here waits for it.
    """
    found: dict[int, int] = {}
    waiting, deadline = set(pids), time.monotonic() + MAX_ENDING_S
    while waiting and time.monotonic() < deadline:
        for pid in list(waiting):
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                waiting.discard(pid)
                continue
            if ended:
                found[pid] = status
                waiting.discard(pid)
        if waiting:
            time.sleep(PAUSE_S)
    return found


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # the process may not have opened its own group yet
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _work(message: bytes, result: int) -> None:
    """Parse one document, write the result and end the process without running anybody's exit handlers."""
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 2)  # parsers complain there with pieces of the text
        os.closerange(3, result)
        os.closerange(result + 1, 65_536)
        order = orders().validate_json(message)
        allowance = Allowance(memory_bytes=order.memory_bytes, cpu_s=order.cpu_s)
        if order.drawing is None:  # somebody waits for a picture
            os.nice(NICENESS)
        confine(allowance, private=Path(order.private), document=Path(order.path))
        with os.fdopen(result, "wb") as pipe:
            pipe.writelines(packed(_result(order)))
        code = 0
    finally:
        os._exit(code)


def _result(order: Order) -> Result:
    try:
        if order.drawing is not None:
            return Result(picture=draw_page(Path(order.path), order.media_type, order.drawing))
        if order.is_look:
            return Result(look=look_at(Path(order.path)))
        return Result(document=parse(Path(order.path), order.media_type, order.file_name))
    except Unavailable as error:  # a program that this one document needs, and the others need not
        remedy = f"{error.remedy}; then `intramuros ingest retry`"
        return Result(failure=Failure("DocumentRejected", error.message, remedy))
    except IntramurosError as error:
        return Result(failure=Failure(type(error).__name__, error.message, error.remedy))
    except MemoryError:
        limit_mb = order.memory_bytes // (1024 * 1024)
        return Result(
            failure=Failure(
                "BrokenDocument",
                f"'{order.file_name}' needs more than {limit_mb} MB of memory to read",
                "split it into parts, or leave out large pictures",
            )
        )


if __name__ == "__main__":
    main()

"""Run a command and write down every attempt of it, and of all it starts, to reach another machine."""

import os
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from app.egress.addresses import Address, address_of, is_local, is_own
from app.egress.listener import Notice, let_go_on, listen, next_notice
from app.egress.names import LONGEST_QUERY_BYTES, RESOLVER_PORT, name_asked
from retrieval.errors import SetupRefused

LOOKUP, CONNECTION, DATAGRAM = "lookup", "connection", "datagram"
UNREADABLE: Final = Address("(an address that could not be read)", 0)
CONTROL: Final = Address("203.0.113.1", 9)  # RFC 5737: nobody's; RFC 863: whatever arrives is dropped
UNKNOWN: Final = "(a name that could not be read)"
ADDRESS_BYTES, HEADER_BYTES, VECTOR_BYTES = 28, 56, 64  # sockaddr_in6, msghdr, mmsghdr
UNSIGNED = 0xFFFFFFFF  # an unsigned int, of an argument of 64 bits
MOST_MESSAGES = 16  # of one call that are looked at; resolvers send two
OUTPUT = 2  # what a command prints goes to standard error: the report is the result
POLL_MS = 200
WORDS = 4  # of a command line: enough to tell the processes of a house apart


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold one attempt: a name that was looked up, or an address that was to be reached."""

    at: datetime
    pid: int
    process: str
    kind: str
    target: Address


@dataclass(slots=True)
class Watched:
    """Hold what was seen. `inside` counts calls to this machine itself: more than 0 shows that it was looked at."""

    exit_code: int = 0
    inside: int = 0
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class _Watch:
    """Judge the calls of one command, one after the other."""

    clock: Callable[[], datetime]
    seen: Watched = field(default_factory=Watched)
    # Sockets that lead to a resolver and have asked it for nothing that could be read.
    resolvers: dict[tuple[int, int], Attempt] = field(default_factory=dict)
    asking: set[tuple[int, int]] = field(default_factory=set)  # those that have

    def look(self, notice: Notice) -> None:
        """Write down what the call attempts."""
        first, second = notice.arguments[:2]
        match notice.call:
            case "connect":
                self._connect(notice, self._address(notice, second, notice.arguments[2]))
            case "sendto":
                payload = (second, notice.arguments[2])
                self._send(notice, first, (notice.arguments[4], notice.arguments[5]), payload)
            case "sendmsg":
                self._message(notice, first, second)
            case _:
                count = notice.arguments[2] & UNSIGNED  # as the kernel reads it
                for number in range(min(count, MOST_MESSAGES)):
                    self._message(notice, first, second + number * VECTOR_BYTES)
                if count > MOST_MESSAGES:  # what is not looked at is not taken for harmless
                    self._note(notice, DATAGRAM, UNREADABLE)

    def finish(self) -> None:
        """Count what was asked of resolvers in a way that nobody could read."""
        self.seen.attempts += self.resolvers.values()
        self.resolvers.clear()

    def _message(self, notice: Notice, descriptor: int, at: int) -> None:
        head = _memory(notice.thread, at, HEADER_BYTES)
        if head is None:
            self._note(notice, DATAGRAM, UNREADABLE)
            return
        name, length, _, vector, count = struct.unpack_from("=QIIQQ", head)
        part = _memory(notice.thread, vector, 16) if count else None
        self._send(notice, descriptor, (name, length), struct.unpack("=QQ", part) if part else (0, 0))

    def _connect(self, notice: Notice, target: Address | None) -> None:
        if target is None:
            return
        socket = (_process_of(notice.thread), notice.arguments[0])
        if unanswered := self.resolvers.pop(socket, None):
            self.seen.attempts.append(unanswered)
        self.asking.discard(socket)
        if target.port == RESOLVER_PORT:  # on this machine too: from there it goes on to others
            secret = (
                (LOOKUP, Address(UNKNOWN, RESOLVER_PORT)) if is_local(target.host) else (CONNECTION, target)
            )
            self.resolvers[socket] = self._attempt(notice, *secret)
        else:
            self._note(notice, CONNECTION, target)

    def _send(self, notice: Notice, descriptor: int, name: tuple[int, int], payload: tuple[int, int]) -> None:
        target = self._address(notice, *name) if name[0] else None
        if target is None and not (self.resolvers or self.asking):
            return
        socket = (_process_of(notice.thread), descriptor)
        leads_to_resolver = target is None and (socket in self.resolvers or socket in self.asking)
        if leads_to_resolver or (target is not None and target.port == RESOLVER_PORT):
            asked = name_asked(
                _memory(notice.thread, payload[0], min(payload[1], LONGEST_QUERY_BYTES)) or b""
            )
            if asked is not None and self.resolvers.pop(socket, None) is not None:
                self.asking.add(socket)
            if asked is not None or target is not None:
                self._note(notice, LOOKUP, Address(asked or UNKNOWN, RESOLVER_PORT))
        elif target is not None:
            self._note(notice, DATAGRAM, target)

    def _address(self, notice: Notice, at: int, length: int) -> Address | None:
        raw = _memory(notice.thread, at, min(length, ADDRESS_BYTES))
        return UNREADABLE if raw is None else address_of(raw)

    def _note(self, notice: Notice, kind: str, target: Address) -> None:
        if is_local(target.host) or is_own(target.host):
            self.seen.inside += 1
        else:
            self.seen.attempts.append(self._attempt(notice, kind, target))

    def _attempt(self, notice: Notice, kind: str, target: Address) -> Attempt:
        return Attempt(self.clock(), _process_of(notice.thread), _command_of(notice.thread), kind, target)


def watch(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    clock: Callable[[], datetime],
    meanwhile: Callable[["subprocess.Popen[bytes]"], None] = lambda _process: None,
) -> Watched:
    """Return what `command` attempted until it ended; `meanwhile` runs beside it, unobserved.

    Raises SetupRefused where the machine permits no observation, or the command cannot be started.
    """
    began: Future[tuple[int, subprocess.Popen[bytes]]] = Future()
    thread = threading.Thread(target=_start, args=(command, environment, began), name="observed", daemon=True)
    thread.start()
    listener, process = began.result()
    over = threading.Event()
    judge = _Watch(clock)
    judging = threading.Thread(target=_judge, args=(judge, listener, over), name="observer")
    judging.start()
    try:
        meanwhile(process)
        judge.seen.exit_code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            judge.seen.exit_code = process.wait()
        over.set()
        judging.join()
        os.close(listener)
    judge.finish()
    return judge.seen


def require_sight(clock: Callable[[], datetime]) -> None:
    """Have a child do what must be seen, and raise SetupRefused where it was not: the negative control of each report.

    No packet leaves: a datagram socket that is connected sends nothing by itself.
    """
    code = f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect({tuple(CONTROL)!r})"
    command = [sys.executable, "-I", "-c", f"import socket\ntry: {code}\nexcept OSError: pass"]
    seen = watch(command, environment=os.environ, clock=clock)
    if CONTROL not in [attempt.target for attempt in seen.attempts]:
        raise SetupRefused(
            "a connection made on purpose was not seen, so the report would say nothing",
            remedy="run it on the machine itself, or in a container whose profile permits seccomp",
        )


def _start(
    command: Sequence[str],
    environment: Mapping[str, str],
    began: "Future[tuple[int, subprocess.Popen[bytes]]]",
) -> None:
    """Start the command from a thread that is observed: what it starts inherits that, the other threads do not."""
    try:
        listener = listen()
    except SetupRefused as error:
        began.set_exception(error)
        return
    try:
        began.set_result((listener, subprocess.Popen(list(command), env=dict(environment), stdout=OUTPUT)))
    except OSError as error:
        os.close(listener)
        why = f"'{command[0]}' cannot be started: {error.strerror}"
        began.set_exception(SetupRefused(why, remedy="name a program that is there"))


def _judge(judge: _Watch, listener: int, over: threading.Event) -> None:
    """Look at each call and let it go on, until the command has ended and no call waits."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while True:
        events = poll.poll(POLL_MS)
        if not events and over.is_set():
            return
        for _descriptor, kind in events:
            if not kind & select.POLLIN:  # nobody is left who could call
                return
            notice = next_notice(listener)
            if notice is None:
                continue
            try:
                judge.look(notice)
            finally:
                let_go_on(listener, notice)


def _memory(thread: int, at: int, length: int) -> bytes | None:
    """Return bytes of a thread's memory; None where this account may not read it."""
    try:
        with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
            memory.seek(at)
            return memory.read(length)
    except (OSError, OverflowError, ValueError):
        return None


def _process_of(thread: int) -> int:
    try:
        status = Path(f"/proc/{thread}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return thread
    return int(status.partition("\nTgid:")[2].split(maxsplit=1)[0])


def _command_of(thread: int) -> str:
    """Return the beginning of a command line, without the folder of the program."""
    try:
        words = Path(f"/proc/{thread}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return "(ended)"
    shown = [Path(words[0]).name, *words[1:WORDS]]
    return " ".join(word if len(word) <= 40 else f"{word[:39]}…" for word in shown if word)

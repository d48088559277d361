"""Start the servers of one house as children, watch them, start them again, and stop every one of them.

Each child has a process group of its own, so that its workers stop with it and Ctrl-C reaches only the supervisor,
and is told by the kernel to end when the supervisor dies without a word.
"""

import ctypes
import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from retrieval.errors import SetupRefused

PR_SET_PDEATHSIG = 1  # prctl(2)
STOP_WITHIN_S = 19.0  # SIGTERM first; the API lets answers end meanwhile. What is left after that is killed
POLL_S = 0.25
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
STEADY_AFTER_S = 120.0  # a child that ran this long starts its backoff from the beginning
LAST_LINES = 8

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Child:
    """Describe a server: how to start it, how to tell that it works, and what to do if it does not."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_healthy: Callable[[], bool]
    remedy: str
    folder: Path | None = None


@dataclass(slots=True)
class _Running:
    """Hold a started child."""

    child: Child
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None
    is_awaited: bool = False  # it was started again and has not answered since


def backoff_s(failures: int) -> float:
    """Return how long to wait before start number `failures` + 1: doubling, never more than a minute."""
    return float(min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** max(0, failures - 1)))


@contextmanager
def only_one(run_dir: Path) -> Iterator[None]:
    """Hold the data directory for one supervisor. Raises SetupRefused that names the process holding it."""
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / "up.pid"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise SetupRefused(
                f"Intramuros already runs on {run_dir.parent} (process {holder})",
                remedy=f"use the one that runs, stop it with Ctrl-C or `kill {holder}`, "
                "or set INTRAMUROS_SITE__DATA_DIR to another directory",
            ) from problem
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


@dataclass(slots=True)
class Supervisor:
    """Own the children of one house. Leave it through `stop_all`, which `with` does."""

    run_dir: Path
    say: Say
    stop_within_s: float = STOP_WITHIN_S
    stopping: Event = field(default_factory=Event)
    _running: dict[str, _Running] = field(default_factory=dict)

    def __enter__(self) -> "Supervisor":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every child, whatever happened."""
        self.stop_all()

    def start(self, child: Child) -> None:
        """Start `child`; its output goes to `<run_dir>/<name>.log`."""
        self._running[child.name] = _Running(child, _spawn(child, self.log_of(child.name)), monotonic())

    def log_of(self, name: str) -> Path:
        """Return where the output of the child called `name` goes."""
        return self.run_dir / f"{name}.log"

    def wait_healthy(self, name: str, *, within_s: float, on_wait: Callable[[float], None]) -> bool:
        """Return True once the child works, False if asked to stop; `on_wait` gets the seconds waited.

        Raises SetupRefused with the end of its log if it ends or takes longer.
        """
        running = self._running[name]
        while not self.stopping.wait(POLL_S):
            waited = monotonic() - running.started
            code = running.process.poll()
            if code is not None:
                raise self._failed(running.child, f"ended with code {code} while starting")
            if running.child.is_healthy():
                return True
            if waited > within_s:
                raise self._failed(running.child, f"did not answer within {within_s:.0f} s")
            on_wait(waited)
        return False

    def watch(self, on_tick: Callable[[], None]) -> None:
        """Start again what ends, with growing pauses and a word about it, until asked to stop."""
        while not self.stopping.wait(POLL_S):
            for running in self._running.values():
                self._look_after(running)
            on_tick()

    def has_ended(self, name: str) -> bool:
        """Return whether the child is not running at this moment."""
        return self._running[name].process.poll() is not None

    def stop_all(self) -> None:
        """End every child and all that it started: politely, then, after `stop_within_s`, not."""
        self.stopping.set()
        for running in self._running.values():
            _signal_group(running.process, signal.SIGTERM)
        deadline = monotonic() + self.stop_within_s
        for running in self._running.values():
            try:
                running.process.wait(max(0.0, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{running.child.name} does not stop; killing it")
        for running in self._running.values():
            _signal_group(running.process, signal.SIGKILL)  # also workers that outlived their parent
            running.process.wait()
        self._running.clear()

    def _look_after(self, running: _Running) -> None:
        code = running.process.poll()
        if code is None:
            if running.is_awaited and running.child.is_healthy():
                running.is_awaited = False
                self.say(f"{running.child.name} answers again")
        elif running.restart_at is None:
            lived = monotonic() - running.started
            running.failures = 1 if lived > STEADY_AFTER_S else running.failures + 1
            pause = backoff_s(running.failures)
            running.restart_at = monotonic() + pause
            # Workers without a parent hold memory and the port.
            _signal_group(running.process, signal.SIGKILL)
            log = self.log_of(running.child.name)
            self.say(
                f"{running.child.name} ended (code {code}); starting it again in {pause:.0f} s. Its log: {log}"
            )
        elif monotonic() >= running.restart_at:
            running.process = _spawn(running.child, self.log_of(running.child.name))
            running.started, running.restart_at, running.is_awaited = monotonic(), None, True

    def _failed(self, child: Child, what: str) -> SetupRefused:
        log = self.log_of(child.name)
        last = "\n".join(f"    {line}" for line in last_lines(log))
        return SetupRefused(f"{child.name} {what}. The end of {log}:\n{last}", remedy=child.remedy)


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """Return the last lines of a log that are not empty, oldest first."""
    with log.open("rb") as source:
        source.seek(max(0, log.stat().st_size - 16_384))
        text = source.read().decode("utf-8", errors="replace")
    return [line for line in text.splitlines() if line.strip()][-count:]


def _spawn(child: Child, log: Path) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None)  # before the fork: between fork and exec nothing may be loaded
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        try:
            return subprocess.Popen(
                list(child.command),
                env=dict(child.environment),
                cwd=child.folder,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509 - one system call
            )
        except OSError as problem:
            raise SetupRefused(
                f"{child.name} cannot be started: '{child.command[0]}' {problem.strerror}",
                remedy=child.remedy,
            ) from problem


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it and all it started are gone
        os.killpg(process.pid, number)  # the group's number is its first process's

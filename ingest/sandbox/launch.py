"""Start and hold the process that documents are forked from (ingest.sandbox.nursery), with nothing of the caller's.

Its environment is empty but for a few harmless names; it ends when the caller closes the socket or goes away.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ingest.events import event, logger
from ingest.sandbox.confine import Confinement
from ingest.sandbox.probe import report_of
from retrieval.errors import Unavailable

log = logger("ingest")
START_TIMEOUT_S = 120.0  # importing the parsers takes 3 s, on a machine under load ten times that
KILL_TIMEOUT_S = 10.0  # a killed process ends at once unless the kernel holds it
PROBE_BYTES = 1024
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX", "TZ")  # nothing that could hold a secret


def confinement() -> Confinement:
    """Return how this machine lets parsers be confined. Raises Unavailable where it cannot be tried out."""
    try:
        done = _python("ingest.sandbox.probe", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return report_of(done.communicate(timeout=START_TIMEOUT_S)[0])
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Unavailable(
            "no process could be started to try it", remedy="check the memory left on this machine"
        ) from error


class ParsersProcess:
    """Hold the process that documents are forked from."""

    def __init__(self, module: str) -> None:
        self.owner = os.getpid()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = _python(module, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        self.control.settimeout(START_TIMEOUT_S)
        try:
            answer = self.control.recv(PROBE_BYTES)
        except OSError:
            answer = b""
        self.control.settimeout(KILL_TIMEOUT_S)
        if not answer:
            self.close()
            raise Unavailable(
                "the parsing process did not start",
                remedy="run `intramuros doctor`; the reason is in the log above",
            )
        _log(self.process.pid, report_of(answer))

    def is_ours(self) -> bool:
        """Say whether the process lives and was started by this process, not by one that forked it."""
        return self.owner == os.getpid() and self.process.poll() is None

    def kill(self) -> None:
        """End a process that does not answer any more, and all that it started."""
        if self.is_ours():
            self.process.send_signal(signal.SIGSTOP)  # what it does not collect keeps its id
            listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            for child in listing.read_text().split() if listing.exists() else ():
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(int(child), signal.SIGKILL)
            self.process.kill()
        self.close()

    def close(self) -> None:
        """End the process; in a fork of the caller, only let go of it."""
        self.control.close()  # the nursery ends its children and itself when it sees this
        if self.owner != os.getpid():
            return
        try:
            self.process.wait(timeout=KILL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _python(module: str, *, stdin: int, stdout: int) -> "subprocess.Popen[bytes]":
    """Start a module of the project with an environment that holds no secret."""
    root = Path(__file__).resolve().parent.parent.parent
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=stdin,
        stdout=stdout,
        cwd=root,
        start_new_session=True,  # Ctrl-C is for the caller, which closes the socket when it is done
        env={**environment, "PYTHONPATH": str(root), "DO_NOT_TRACK": "1", "OMP_THREAD_LIMIT": "1"},
    )


def _log(pid: int, found: Confinement) -> None:
    event(
        log,
        "parsers_ready",
        pid=pid,
        landlock=found.landlock,
        has_network_namespace=found.has_network_namespace,
        has_socket_filter=found.has_socket_filter,
        account=found.account,
    )
    if not found.is_without_network:
        event(log, "parsers_without_network_isolation", level=logging.WARNING, pid=pid)
    if not found.landlock:
        event(log, "parsers_can_read_what_the_service_can", level=logging.WARNING, pid=pid)

"""Take away from the present process what a parser does not need: memory, time, files, the network."""

import ctypes
import os
import resource
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CLONE_NEWUSER = 0x10000000  # linux/sched.h
CLONE_NEWNET = 0x40000000
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
MAX_OPEN_FILES = 256  # an OOXML package with many parts stays below 50
CPU_GRACE_S = 5  # between the signal that names the reason and the one that nothing survives
MAX_WRITTEN_BYTES = (
    256 * 1024 * 1024
)  # the largest file a parser may write: one page rendered for OCR is 50 MB

Network = Literal["namespace", "refused"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Say what one document may use."""

    memory_bytes: int  # above what the process has when it starts
    cpu_s: int


def confine(allowance: Allowance, private: Path) -> Network:
    """Return how the network was taken away; afterwards the limits cannot be raised again."""
    os.chdir(private)
    os.environ["TMPDIR"] = str(private)
    tempfile.tempdir = str(private)
    network = take_network_away()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, used + allowance.memory_bytes)
    _limit(resource.RLIMIT_CPU, allowance.cpu_s, grace=CPU_GRACE_S)
    _limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    return network


def take_network_away() -> Network:
    """Move into a network namespace without devices; where the kernel refuses, refuse connections in the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWNET) == 0:
        return "namespace"
    sys.addaudithook(_refuse)
    return "refused"


def adopt_orphans() -> None:
    """Become the parent of whatever processes one's children leave behind, so that they can be found and ended."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        raise PermissionError("a parser may not use the network")


def _limit(kind: int, value: int, *, grace: int = 0) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound + grace if hard == resource.RLIM_INFINITY else bound))

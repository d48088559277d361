"""Attack, as a parser would, the processes, the rights and the kernel's keepings around it."""

import ctypes
import os
import platform
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingest.types import ParsedDocument
from retrieval.errors import Unavailable
from tests.attempts import asked, told, tried

NEW_USER = 0x10000000  # CLONE_NEWUSER of linux/sched.h
CLONE = {"x86_64": 56, "aarch64": 220}  # numbers of system calls
ADD_KEY = {"x86_64": 248, "aarch64": 217}
PRLIMIT = {"x86_64": 302, "aarch64": 261}
PTRACE_SEIZE, PR_SET_DUMPABLE, PR_SET_PTRACER = 0x4206, 4, 0x59616D61


def cloned(libc: ctypes.CDLL) -> int:
    """Start a process that is root of a namespace of its own; raise what the kernel answers."""
    child = asked(libc.syscall, CLONE[platform.machine()], NEW_USER | signal.SIGCHLD, None, None, None, None)
    if child == 0:
        os._exit(0)
    return child


def sockets(path: Path) -> ParsedDocument:
    """Open sockets of each kind, and connect through a program."""
    kinds = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)
    return told([tried(socket.socket, kind) for kind in kinds])


def strike(path: Path) -> ParsedDocument:
    """Send a signal to the process that documents are forked from, and to the one the document names."""
    aims = [os.getppid(), int(path.read_text(encoding="utf-8"))]
    return told([tried(os.kill, pid, signal.SIGTERM) for pid in aims])


def who(path: Path) -> ParsedDocument:
    """Tell the account, the capabilities and whether programs may gain any."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return told([line for line in status if line.split(":")[0] in ("Uid", "Groups", "CapEff", "NoNewPrivs")])


def rank(path: Path) -> ParsedDocument:
    """Tell the niceness, and try to come before the service."""
    del path
    return told(
        [
            str(os.getpriority(os.PRIO_PROCESS, 0)),
            tried(os.setpriority, os.PRIO_PROCESS, 0, 0),
        ]
    )


def fork(path: Path) -> ParsedDocument:
    """Start processes without end, each in a session of its own; none ends by itself."""
    started = 0
    with suppress(OSError):
        while started < 5_000:
            if os.fork() == 0:
                os.setsid()
                with suppress(OSError):
                    os.fork()
                time.sleep(600)
                os._exit(0)
            started += 1
    return told([f"started: {started}"])


def sleep(path: Path) -> ParsedDocument:
    """Do nothing for ten minutes."""
    time.sleep(600)
    return told(["slept"])


def leave(path: Path) -> ParsedDocument:
    """Make shared memory, a queue, semaphores and a key, which would outlive the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    key = (b"user", b"intramuros", b"left", 4, -4)  # keyctl(2): for the account's every session
    deeds: list[tuple[Callable[..., int], tuple[object, ...]]] = [
        (libc.shmget, (0, 1 << 20, 0o1600)),
        (libc.msgget, (0, 0o1600)),
        (libc.semget, (0, 1, 0o1600)),
        (libc.syscall, (ADD_KEY[platform.machine()], *key)),
    ]
    return told([tried(asked, call, *arguments) for call, arguments in deeds])


def namespace(path: Path) -> ParsedDocument:
    """Become root of a user namespace; say whether threads can still be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    done = [
        f"unshare {tried(asked, libc.unshare, NEW_USER)}",
        f"clone {tried(cloned, libc)}",
    ]
    thread = threading.Thread(target=lambda: done.append("thread ran"))
    thread.start()
    thread.join()
    return told([*done, str(Path("/proc/self/ns/ipc").readlink())])


def meddle(path: Path) -> ParsedDocument:
    """Take processor, limits and memory from the process that the document names."""
    pid = int(path.read_text(encoding="utf-8"))
    libc = ctypes.CDLL(None, use_errno=True)
    call = PRLIMIT[platform.machine()]
    bound = (ctypes.c_uint64 * 2)(1, 1)
    return told(
        [
            tried(resource.prlimit, pid, resource.RLIMIT_CPU, (1, 1)),
            tried(asked, libc.syscall, call, ctypes.c_long(pid), resource.RLIMIT_CPU, bound, None),
            tried(asked, libc.syscall, call, ctypes.c_long(pid | 1 << 32), resource.RLIMIT_CPU, bound, None),
            tried(os.setpriority, os.PRIO_PROCESS, pid, 19),
            tried(os.setpriority, os.PRIO_USER, 0, 19),
            tried(os.sched_setaffinity, pid, {0}),
            tried(os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0)),
            tried(os.pidfd_open, pid),
            tried(asked, libc.ptrace, PTRACE_SEIZE, pid, None, None),
            tried(asked, libc.process_vm_readv, pid, None, 0, None, 0, 0),
            tried(asked, libc.process_vm_writev, pid, None, 0, None, 0, 0),
        ]
    )


def own(path: Path) -> ParsedDocument:
    """Do what a parser may: bound itself and a program it starts, and write into its folder."""
    resource.setrlimit(resource.RLIMIT_CPU, (50, 50))
    done = subprocess.run(["/bin/sh", "-c", "ulimit -c 0 && echo ran"], capture_output=True, check=False)
    return told([done.stdout.decode().strip(), str(Path("kept").write_text("text"))])


def trace(path: Path) -> ParsedDocument:
    """Leave a process, and another that traces it and so keeps everybody else from collecting it."""
    libc = ctypes.CDLL(None, use_errno=True)
    read_end, write_end = os.pipe()
    traced = os.fork()
    if traced == 0:
        os.setsid()
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        libc.prctl(PR_SET_PTRACER, ctypes.c_ulong(2**64 - 1), 0, 0, 0)
        os.write(write_end, b"ready")
        time.sleep(600)
    os.read(read_end, 5)
    if os.fork() == 0:
        os.setsid()
        os.write(write_end, tried(asked, libc.ptrace, PTRACE_SEIZE, traced, None, None).encode())
        time.sleep(600)
    return told([os.read(read_end, 100).decode()])


def accuse(path: Path) -> ParsedDocument:
    """Say that a neighbour of the service is away."""
    raise Unavailable("the database is away", remedy="wait")

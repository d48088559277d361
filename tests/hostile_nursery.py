"""Fork documents as the sandbox does, with parsers that attack. Run as `python -m tests.hostile_nursery`.

Each media type `application/x-<name>` is read by the function of that name. A document's lines are what the attack
aims at; the parsed document's blocks tell what came of it, one a line, "refused" where nothing did.
"""

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

from ingest.parse.dispatch import PARSERS
from ingest.sandbox import nursery
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import Unavailable

GIGABYTE = 1024**3
NEW_USER = 0x10000000  # CLONE_NEWUSER of linux/sched.h
CLONE = {"x86_64": 56, "aarch64": 220}  # numbers of system calls
ADD_KEY = {"x86_64": 248, "aarch64": 217}
PRLIMIT = {"x86_64": 302, "aarch64": 261}
PTRACE_SEIZE, PR_SET_DUMPABLE, PR_SET_PTRACER = 0x4206, 4, 0x59616D61


def told(lines: list[str]) -> ParsedDocument:
    """Return a document that says what came of the attack."""
    blocks = tuple(Block(kind=Kind.PARAGRAPH, text=line) for line in lines)
    return ParsedDocument(title="attack", blocks=blocks, pages=None, parser="hostile")


def tried(deed: Callable[..., object], *arguments: object) -> str:
    """Return "refused" where the kernel said no, else what the deed brought."""
    try:
        return f"done: {deed(*arguments)}"
    except OSError as error:
        return f"refused: {error.strerror}"


def asked(call: Callable[..., int], *arguments: object) -> int:
    """Make a system call; raise what the kernel answers."""
    found = call(*arguments)
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def cloned(libc: ctypes.CDLL) -> int:
    """Start a process that is root of a namespace of its own; raise what the kernel answers."""
    child = asked(libc.syscall, CLONE[platform.machine()], NEW_USER | signal.SIGCHLD, None, None, None, None)
    if child == 0:
        os._exit(0)
    return child


def read(path: Path) -> ParsedDocument:
    """Read the files that the document names, in Python and through another program."""
    names = path.read_text(encoding="utf-8").splitlines()
    done = [tried(Path(name).read_bytes) for name in names]
    shown = [subprocess.run(["/bin/cat", name], capture_output=True, check=False) for name in names]
    return told([*done, *(f"done: {one.stdout!r}" if one.stdout else "refused: cat" for one in shown)])


def listing(path: Path) -> ParsedDocument:
    """List the folders that the document names."""
    names = path.read_text(encoding="utf-8").splitlines()
    return told([tried(os.scandir, name) for name in names])


def write(path: Path) -> ParsedDocument:
    """Write, make folders, links and devices below the folders that the document names."""
    deeds: list[str] = []
    for name in path.read_text(encoding="utf-8").splitlines():
        folder = Path(name)
        deeds += [
            tried((folder / "intramuros-evil").write_text, "evil"),
            tried((folder / "intramuros-evil-folder").mkdir),
            tried((folder / "intramuros-evil-link").symlink_to, "/etc/passwd"),
        ]
    return told(deeds)


def overwrite(path: Path) -> ParsedDocument:
    """Change, empty and delete the document itself."""
    return told(
        [
            tried(path.write_text, "evil"),
            tried(os.truncate, path, 0),
            tried(path.unlink),
            tried(path.chmod, 0o777),
        ]
    )


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


def allocate(path: Path) -> ParsedDocument:
    """Take eight gigabytes."""
    return told([str(len(bytearray(8 * GIGABYTE)))])


def fill(path: Path) -> ParsedDocument:
    """Write a gigabyte into the private directory, where writing is allowed."""

    def pour() -> int:
        with Path("filling").open("wb") as stream:
            return sum(stream.write(bytes(1024**2)) for _ in range(1024))

    return told([tried(pour)])


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


def change(path: Path) -> ParsedDocument:
    """Change the mode, the owner, the dates and the attributes of the files that the document names."""
    deeds: list[str] = []
    for name in path.read_text(encoding="utf-8").splitlines():
        deeds += [
            tried(os.chmod, name, 0o666),
            tried(os.chown, name, os.getuid(), os.getgid()),
            tried(os.utime, name, (1, 1)),
            tried(os.setxattr, name, "user.evil", b"x"),
            tried(os.removexattr, name, "user.evil"),
        ]
    with path.open("rb") as opened:
        deeds += [tried(os.fchmod, opened.fileno(), 0o666), tried(os.utime, opened.fileno(), (1, 1))]
    return told(deeds)


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


def hoard(path: Path) -> ParsedDocument:
    """Keep a gigabyte in files that lie in memory."""
    libc = ctypes.CDLL(None, use_errno=True)

    def pour() -> int:
        return sum(os.write(os.memfd_create(f"{n}"), bytes(1024**2)) for n in range(200))

    return told([tried(pour), tried(asked, libc.syscall, 447, 0)])  # memfd_secret


def pile(path: Path) -> ParsedDocument:
    """Write gigabytes into the private directory, in files that are each small enough."""
    block = bytes(1024**2)
    for number in range(60):
        with Path(f"{number}").open("wb") as stream:
            stream.writelines(block for _ in range(100))
    return told(["written"])


def accuse(path: Path) -> ParsedDocument:
    """Say that a neighbour of the service is away."""
    raise Unavailable("the database is away", remedy="wait")


ATTACKS = (
    rank,
    change,
    meddle,
    own,
    trace,
    hoard,
    pile,
    accuse,
    read,
    listing,
    write,
    overwrite,
    sockets,
    strike,
    who,
    fork,
    sleep,
    allocate,
    fill,
    leave,
    namespace,
)
for attack in ATTACKS:
    PARSERS[f"application/x-{attack.__name__}"] = attack

if __name__ == "__main__":
    nursery.main()

"""Take away from the present process what a parser does not need: files, network, account, memory, time.

Whatever a kernel or a container refuses is left out and told (`Confinement`), so that `intramuros doctor` can say it.
"""

import ctypes
import os
import resource
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ingest.sandbox.calls import CLONE_NEWUSER, filter_calls
from ingest.sandbox.landlock import close_files
from ingest.sandbox.landlock import version as landlock_version
from ingest.sandbox.privilege import NOBODY, become_nobody, forbid_new_privileges, keep_capabilities

CLONE_NEWNET, CLONE_NEWIPC = 0x40000000, 0x08000000  # linux/sched.h
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
MAX_OPEN_FILES = 256  # an OOXML package with many parts stays below 50
MAX_PROCESSES = 64  # with their threads; a parser starts one program at a time
CPU_GRACE_S = 5  # between the signal that names the reason and the one that nothing survives
MAX_WRITTEN_BYTES = (
    256 * 1024 * 1024
)  # the largest file a parser may write: one page rendered for OCR is 50 MB
OWN_PACKAGES = ("ingest", "retrieval")  # the project's folder may hold data next to them
NEEDED = (  # programs and their libraries, fonts, time zones, types of files, devices
    *("/usr", "/bin", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf"),
    *("/etc/ld.so.conf.d", "/etc/localtime", "/etc/mime.types", "/proc/self"),
    *("/proc/meminfo", "/proc/cpuinfo", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Say what one document may use."""

    memory_bytes: int  # above what the process has when it starts
    cpu_s: int


@dataclass(frozen=True, slots=True)
class Confinement:
    """Say how a document's process was confined."""

    landlock: int  # version of the kernel's interface that closes the file system, 0 = open
    has_network_namespace: bool  # without devices
    has_socket_filter: bool  # the kernel refuses sockets and the other calls of ingest.sandbox.calls
    account: str  # "nobody", or "own" where it stayed that of the service

    @property
    def is_without_network(self) -> bool:
        """Return whether the kernel keeps it from the network; otherwise only Python does."""
        return self.has_network_namespace or self.has_socket_filter


def confine(allowance: Allowance, *, private: Path, document: Path) -> Confinement:
    """Leave the process its private directory and the document to read; none of it can be taken back."""
    os.chdir(private)
    os.environ["TMPDIR"] = str(private)
    tempfile.tempdir = str(private)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    isolation = _isolate(private)
    forbid_new_privileges()
    has_filter = _refuse_sockets(is_namespace=isolation.has_network_namespace)
    _limit(resource.RLIMIT_AS, used + allowance.memory_bytes)
    _limit(resource.RLIMIT_CPU, allowance.cpu_s, grace=CPU_GRACE_S)
    _limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, MAX_WRITTEN_BYTES)
    _limit(resource.RLIMIT_NPROC, isolation.tasks_of_others + MAX_PROCESSES)
    _limit(resource.RLIMIT_CORE, 0)
    _end_with_parent()
    landlock = close_files(readable=[document, *_needed()], writable=[private, Path(os.devnull)])
    return Confinement(landlock, isolation.has_network_namespace, has_filter, isolation.account)


def adopt_orphans() -> None:
    """Become the parent of whatever processes one's children leave behind, so that they can be found and ended."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_parent() -> None:
    """Have the kernel end this process with the one it was forked from; a change of account would take that back."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Isolation:
    has_network_namespace: bool
    account: str
    tasks_of_others: int  # that the kernel counts together with this process's own


def _isolate(private: Path) -> _Isolation:
    """Take network devices and privileges away.

    root becomes nobody where Landlock is there to bound what its right to read reaches; that right would be lost
    in a user namespace. Everybody else gets a user namespace and gives up the rights that come with it.
    """
    if os.geteuid() == 0 and landlock_version():
        is_namespace = _unshare(CLONE_NEWNET)
        _unshare(CLONE_NEWIPC)  # no shared memory or queue of another process; a kernel may lack it
        if _is_given_away(private):
            if become_nobody():
                return _Isolation(is_namespace, "nobody", 0)
            os.chown(private, 0, 0)
    others = _tasks_of_account()
    if _unshare(CLONE_NEWUSER | CLONE_NEWNET):
        is_namespace, others = True, 0
    else:
        is_namespace = _unshare(CLONE_NEWNET)
    _unshare(CLONE_NEWIPC)
    keep_capabilities()
    return _Isolation(is_namespace, "own", others)


def _is_given_away(private: Path) -> bool:
    try:
        os.chown(private, NOBODY, NOBODY)
    except OSError:  # root of a namespace that knows no other account
        return False
    return True


def _refuse_sockets(*, is_namespace: bool) -> bool:
    has_filter = filter_calls()
    if not (has_filter or is_namespace):
        sys.addaudithook(_refuse)
    return has_filter


def _unshare(flags: int) -> bool:
    return bool(ctypes.CDLL(None, use_errno=True).unshare(flags) == 0)


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        raise PermissionError("a parser may not use the network")


def _needed() -> list[Path]:
    """Return where Python, the project's packages, the system's programs and tesseract's languages lie."""
    root = Path(__file__).resolve().parent.parent.parent
    places = [Path(place) for place in (*NEEDED, sys.prefix, sys.base_prefix)]
    places += [root / package for package in OWN_PACKAGES]
    places += [Path(entry) for entry in sys.path if entry and Path(entry).name.endswith("-packages")]
    if "TESSDATA_PREFIX" in os.environ:
        places.append(Path(os.environ["TESSDATA_PREFIX"]))
    return places


def _tasks_of_account() -> int:
    """Return how many processes and threads the account has: the kernel bounds them all together."""
    account, count = os.geteuid(), 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == account:
                count += sum(1 for _ in (folder / "task").iterdir())
        except OSError:  # it ended meanwhile
            continue
    return count


def _limit(kind: int, value: int, *, grace: int = 0) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound + grace if hard == resource.RLIM_INFINITY else bound))

"""Name the system calls that a document's process does without, and have the kernel refuse them (man 2 seccomp).

Landlock closes what is inside files. This closes the rest: sockets, what outlives a process, a file's mode, dates and
attributes, and another process's memory, limits and turn on the processor. The kernel asks for the same account there
and no more, and that is shared with the documents read meanwhile and, unless root started it, with the service.
"""

import ctypes
import platform
from dataclasses import dataclass
from errno import ENOSYS, EPERM

from ingest.sandbox.program import (
    ALLOW,
    ANSWER,
    ARCHITECTURE,
    CALL,
    FIRST_HIGH,
    FIRST_LOW,
    JUMP_EQUAL,
    JUMP_SET,
    LOAD,
    RETURN,
    Step,
    program,
)

PR_SET_SECCOMP, FILTER_MODE = 22, 2  # linux/prctl.h, SECCOMP_MODE_FILTER
CLONE_NEWUSER = 0x10000000  # linux/sched.h: a namespace of accounts, in which anybody is root


@dataclass(frozen=True, slots=True)
class Machine:
    """Hold the numbers of one kind of processor: asm/unistd_64.h, asm-generic/unistd.h."""

    architecture: int  # AUDIT_ARCH
    foreign_bit: int  # marks the other calling convention of x86 (x32)
    refused: dict[str, int]
    clone: int
    unshare: int
    prlimit64: int
    memfd_create: int


X86_64 = Machine(
    architecture=0xC000003E,
    foreign_bit=0x40000000,
    refused={
        "socket": 41,
        # what outlives a process
        "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240, "add_key": 248, "request_key": 249, "keyctl": 250,
        # another process: its memory, its descriptors, its turn
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "migrate_pages": 256,
        "move_pages": 279, "setpriority": 141, "ioprio_set": 251, "sched_setparam": 142, "sched_setscheduler": 144,
        "sched_setaffinity": 203, "sched_setattr": 314,
        # a file's mode, owner, dates and attributes
        "chmod": 90, "fchmod": 91, "fchmodat": 268, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260,
        "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189,
        "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199,
        # parts of the kernel that no parser needs and many an attack begins with
        "perf_event_open": 298, "bpf": 321, "userfaultfd": 323,
    },
    clone=56,
    unshare=272,
    prlimit64=302,
    memfd_create=319,
)  # fmt: skip
AARCH64 = Machine(
    architecture=0xC00000B7,
    foreign_bit=0,
    refused={
        "socket": 198,
        "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180, "add_key": 217, "request_key": 218, "keyctl": 219,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "migrate_pages": 238,
        "move_pages": 239, "setpriority": 140, "ioprio_set": 30, "sched_setparam": 118, "sched_setscheduler": 119,
        "sched_setaffinity": 122, "sched_setattr": 274,
        # chmod, chown, lchown, utime, utimes and futimesat do not exist: libc takes those that end in "at"
        "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5, "lsetxattr": 6,
        "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
        "perf_event_open": 241, "bpf": 280, "userfaultfd": 282,
    },
    clone=220,
    unshare=97,
    prlimit64=261,
    memfd_create=279,
)  # fmt: skip
MACHINES = {"x86_64": X86_64, "aarch64": AARCH64}
REFUSED_EVERYWHERE = {  # since 424 calls have the same number on every machine
    "io_uring_setup": 425,  # its rings open sockets without the system call
    "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440, "process_mrelease": 448,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "file_setattr": 469,
}  # fmt: skip
MISSING_EVERYWHERE = {
    "clone3": 435,  # hides its flags in memory, where no filter looks; told that it is missing, libc takes clone
    "memfd_secret": 447,  # as memfd_create: a file in memory counts neither as memory nor as disk
}


def filter_calls() -> bool:
    """Return whether the kernel from here on refuses what is named above, to this process and all it starts.

    Needs no_new_privs. What has to enter a user namespace or set a file's owner does so before.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    steps = program(_steps(machine))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(steps), 0, 0) == 0)


def _steps(machine: Machine) -> list[Step]:
    refused = (*machine.refused.values(), *REFUSED_EVERYWHERE.values())
    missing = (machine.memfd_create, *MISSING_EVERYWHERE.values())
    return [
        Step(LOAD, ARCHITECTURE),
        Step(JUMP_EQUAL, machine.architecture, if_not="refuse"),
        Step(LOAD, CALL),
        Step(JUMP_SET, machine.foreign_bit, if_so="refuse"),
        *(Step(JUMP_EQUAL, call, if_so="refuse") for call in refused),
        *(Step(JUMP_EQUAL, call, if_so="miss") for call in missing),
        Step(JUMP_EQUAL, machine.prlimit64, if_so="whose"),
        Step(JUMP_EQUAL, machine.clone, if_so="flags"),
        Step(JUMP_EQUAL, machine.unshare, if_so="flags", if_not="allow"),
        Step(LOAD, FIRST_LOW, label="flags"),
        Step(JUMP_SET, CLONE_NEWUSER, if_so="refuse", if_not="allow"),
        Step(LOAD, FIRST_LOW, label="whose"),  # 0 = one's own limits, which setrlimit(2) sets in this way
        Step(JUMP_EQUAL, 0, if_not="refuse"),
        Step(LOAD, FIRST_HIGH),
        Step(JUMP_EQUAL, 0, if_so="allow", if_not="refuse"),
        Step(RETURN, ALLOW, label="allow"),
        Step(RETURN, ANSWER | ENOSYS, label="miss"),
        Step(RETURN, ANSWER | EPERM, label="refuse"),
    ]

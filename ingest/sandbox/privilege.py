"""Take away what the kernel grants the present process and its children: sockets, capabilities, the root account."""

import ctypes
import os
import platform
import struct
from dataclasses import dataclass
from errno import ENOSYS, EPERM

PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 8, 38, 22  # linux/prctl.h
FILTER_MODE = 2  # SECCOMP_MODE_FILTER
NOBODY = 65534
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2  # linux/capability.h
CAPABILITY_VERSION = 0x20080522
IO_URING_SETUP = 425  # its rings open sockets without the system call; the same number everywhere
CLONE3 = 435  # hides its flags in memory, where no filter looks; told that it is missing, libc takes clone
CLONE_NEWUSER = 0x10000000  # linux/sched.h: a namespace of accounts, in which anybody is root
LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06  # classic BPF
ALLOW, ANSWER = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO, to which the error is added
# Where struct seccomp_data holds them; of an argument the lower half comes first on both machines.
CALL, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16


@dataclass(frozen=True, slots=True)
class _Machine:
    architecture: int  # AUDIT_ARCH
    foreign_bit: int  # marks the other calling convention of x86 (x32)
    # socket(2), and what outlives a process: shmget, semget, msgget, mq_open, add_key, request_key, keyctl
    refused: tuple[int, ...]
    flagged: tuple[int, int]  # clone and unshare: refused with CLONE_NEWUSER in their first argument


MACHINES = {
    "x86_64": _Machine(0xC000003E, 0x40000000, (41, 29, 64, 68, 240, 248, 249, 250), (56, 272)),
    "aarch64": _Machine(0xC00000B7, 0, (198, 194, 190, 186, 180, 217, 218, 219), (220, 97)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def forbid_new_privileges() -> None:
    """Make programs that run with their owner's rights (setuid) run without; Landlock and filters need it."""
    _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def filter_calls() -> bool:
    """Return whether the kernel now refuses new sockets, what outlives a process, and user namespaces.

    Needs no_new_privs. What has to enter a user namespace does so before.
    """
    if platform.machine() not in MACHINES:
        return False
    packed = b"".join(struct.pack("HBBI", *step) for step in _steps(MACHINES[platform.machine()]))
    program = _Program(len(packed) // 8, packed)
    return bool(_libc().prctl(PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _steps(machine: _Machine) -> list[tuple[int, int, int, int]]:
    """Return the filter's steps: code, steps to skip if true and if false, operand."""
    refused = (*machine.refused, IO_URING_SETUP)
    clone, unshare = machine.flagged
    flags = len(refused) + 7  # where the flags are looked at
    allowed, missing, last = flags + 2, flags + 3, flags + 4
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 0, last - 2, machine.architecture),
        (LOAD, 0, 0, CALL),
        (JUMP_SET, last - 4, 0, machine.foreign_bit),
        *((JUMP_EQUAL, last - place - 1, 0, call) for place, call in enumerate(refused, 4)),
        (JUMP_EQUAL, missing - flags + 2, 0, CLONE3),
        (JUMP_EQUAL, 1, 0, clone),
        (JUMP_EQUAL, 0, allowed - flags, unshare),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_SET, last - flags - 2, 0, CLONE_NEWUSER),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ANSWER | ENOSYS),
        (RETURN, 0, 0, ANSWER | EPERM),
    ]


def become_nobody() -> bool:
    """Change from root to `nobody`, keeping the right to read what Landlock leaves open; return whether that worked.

    Without that right a service that root runs could hand over neither a document that only root may read nor a
    Python that lies in root's home.
    """
    libc = _libc()
    kept = _permitted(libc) & CAP_DAC_READ_SEARCH or _permitted(libc) & CAP_DAC_OVERRIDE
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:  # a container that took even root's right to become another, or knows no other
        return False
    keep_capabilities(kept)
    return True


def keep_capabilities(kept: int = 0) -> None:
    """Give up all capabilities but these (a bit mask of the first 32)."""
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    _libc().capset(header, struct.pack("6I", kept, kept, 0, 0, 0, 0))


def _permitted(libc: ctypes.CDLL) -> int:
    header = ctypes.create_string_buffer(struct.pack("Ii", CAPABILITY_VERSION, 0))
    sets = ctypes.create_string_buffer(24)
    libc.capget(header, sets)
    return int(struct.unpack("6I", sets.raw)[1])


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

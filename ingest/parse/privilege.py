"""Take away what the kernel grants the present process and its children: sockets, capabilities, the root account."""

import ctypes
import os
import platform
import struct

PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 8, 38, 22  # linux/prctl.h
FILTER_MODE = 2  # SECCOMP_MODE_FILTER
NOBODY = 65534
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2  # linux/capability.h
CAPABILITY_VERSION = 0x20080522
IO_URING_SETUP = 425  # its rings open sockets without the system call; the same number everywhere
# machine: AUDIT_ARCH, the bit that marks the other calling convention of x86 (x32), and the numbers of socket(2) and of
# what outlives a process: shmget, semget, msgget, mq_open, add_key, request_key, keyctl
MACHINES = {
    "x86_64": (0xC000003E, 0x40000000, (41, 29, 64, 68, 240, 248, 249, 250)),
    "aarch64": (0xC00000B7, 0, (198, 194, 190, 186, 180, 217, 218, 219)),
}
LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06  # classic BPF
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def forbid_new_privileges() -> None:
    """Make programs that run with their owner's rights (setuid) run without; Landlock and filters need it."""
    _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def forbid_sockets() -> bool:
    """Return whether the kernel now refuses every new socket, and what outlives a process; needs no_new_privs."""
    if platform.machine() not in MACHINES:
        return False
    architecture, foreign_bit, calls = MACHINES[platform.machine()]
    refused = (*calls, IO_URING_SETUP)
    last = len(refused) + 5  # where the refusal stands
    steps = [  # code, steps to skip if true, if false, operand; the call's number stands at 0, its architecture at 4
        (LOAD, 0, 0, 4),
        (JUMP_EQUAL, 0, last - 2, architecture),
        (LOAD, 0, 0, 0),
        (JUMP_SET, last - 4, 0, foreign_bit),
        *((JUMP_EQUAL, last - place - 1, 0, call) for place, call in enumerate(refused, 4)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), packed)
    return bool(_libc().prctl(PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


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

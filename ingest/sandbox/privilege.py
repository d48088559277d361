"""Take away what an account grants the present process and its children: capabilities, the root account."""

import ctypes
import os
import struct

PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS = 8, 38  # linux/prctl.h
NOBODY = 65534
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2  # linux/capability.h
CAPABILITY_VERSION = 0x20080522


def forbid_new_privileges() -> None:
    """Make programs that run with their owner's rights (setuid) run without; Landlock and filters need it."""
    _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


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

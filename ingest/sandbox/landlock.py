"""Close the file system to the present process and its children, but for what is named. Linux >= 5.13.

Landlock needs no privilege and no library: three system calls (man 7 landlock), the same numbers on every
architecture. Each version of the kernel's interface (ABI) handles more; what a kernel does not know is left out.
"""

import ctypes
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH

# linux/landlock.h
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1  # of ABI 1: the four above, and making and removing entries of nine kinds
NEWER_RIGHTS = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEVICE))
READING = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE  # what a rule on a file may grant
NO_TCP = 0b11  # bind and connect; ABI 4
OWN_KIND_ONLY = 0b11  # neither signals nor abstract sockets reach a process outside; ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("place", ctypes.c_int32))


def version() -> int:
    """Return the kernel's ABI version, 0 where it has no Landlock or refuses it."""
    return max(int(_libc().syscall(CREATE_RULESET, None, 0, ASK_VERSION)), 0)


def close_files(*, readable: Sequence[Path], writable: Sequence[Path]) -> int:
    """Allow reading below `readable` and everything below `writable`, and nothing else, for good.

    Needs no_new_privs. Returns the ABI version in force, 0 where nothing was closed. Places that do not exist are
    passed over; files that are open stay open.
    """
    abi = version()
    if not abi:
        return 0
    rights = FIRST_RIGHTS | sum(right for since, right in NEWER_RIGHTS if abi >= since)
    ruleset = _Ruleset(
        files=rights, network=NO_TCP if abi >= 4 else 0, scoped=OWN_KIND_ONLY if abi >= 6 else 0
    )
    # An older kernel takes the first field, or the first two.
    size_bytes = 24 if abi >= 6 else 16 if abi >= 4 else 8
    libc = _libc()
    handle = libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), size_bytes, 0)
    if handle < 0:
        return 0
    try:
        for places, granted in ((readable, READING), (writable, rights)):
            for place in places:
                _allow(libc, handle, place, granted & rights)
        return abi if libc.syscall(RESTRICT_SELF, handle, 0) == 0 else 0
    finally:
        os.close(handle)


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, rights: int) -> None:
    with suppress(OSError):
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
            rule = _Beneath(allowed=rights if is_folder else rights & OF_A_FILE, place=handle)
            libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(handle)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

"""Have the kernel tell of each call with which a process, or one it started, could reach another machine.

A filter of system calls asks instead of deciding (man 2 seccomp, "user notification"): it needs no rights, so it works
in a container too, and sees every program, whatever it is written in. Each call goes on once it was looked at: this
observes and does not stop anybody. An address that a thread overwrites in the moment between would be told wrongly.
"""

import ctypes
import fcntl
import os
import platform
import struct
from contextlib import suppress
from dataclasses import dataclass
from errno import EINTR, ENOENT, ENOSYS

from app.egress.names import LONGEST_QUERY_BYTES
from ingest.sandbox.calls import MACHINES, REFUSED_EVERYWHERE
from ingest.sandbox.privilege import forbid_new_privileges
from ingest.sandbox.program import (
    ALLOW,
    ANSWER,
    ARCHITECTURE,
    ASK,
    CALL,
    FIFTH_HIGH,
    FIFTH_LOW,
    JUMP_EQUAL,
    JUMP_MORE,
    JUMP_SET,
    LOAD,
    RETURN,
    THIRD_LOW,
    Step,
    program,
)
from retrieval.errors import SetupRefused

SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
SET_FILTER, NEW_LISTENER = 1, 8  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER
GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
NOTICE = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif: id, pid, flags, then struct seccomp_data
ANSWERED = struct.Struct("=QqiI")  # struct seccomp_notif_resp
CALLS = {
    "x86_64": {"connect": 42, "sendto": 44, "sendmsg": 46, "sendmmsg": 307},
    "aarch64": {"connect": 203, "sendto": 206, "sendmsg": 211, "sendmmsg": 269},
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold a call that waits: which thread made it, and with what."""

    id: int
    thread: int
    call: str
    arguments: tuple[int, ...]


def listen() -> int:
    """Observe this thread, and what it starts, from here on; return the descriptor that tells.

    For good: call it in a thread made for it. Raises SetupRefused where the machine does not permit it.
    """
    kind = platform.machine()
    number = -1
    if kind in CALLS:
        forbid_new_privileges()
        libc = ctypes.CDLL(None, use_errno=True)
        steps = program(_steps(kind))
        number = libc.syscall(SECCOMP_CALL[kind], SET_FILTER, NEW_LISTENER, ctypes.byref(steps))
    if number < 0:
        raise SetupRefused(
            f"this machine does not tell of system calls: {os.strerror(ctypes.get_errno() or ENOSYS)}",
            remedy="run the report on Linux 5.5 or newer (x86-64 or ARM64), in a container whose profile permits"
            " seccomp and outside of another observation",
        )
    return int(number)


def next_notice(listener: int) -> Notice | None:
    """Return the next call that waits; None where its process is gone already."""
    room = bytearray(NOTICE.size)
    try:
        fcntl.ioctl(listener, RECEIVE, room)
    except OSError as error:
        if error.errno in (ENOENT, EINTR):
            return None
        raise
    identity, thread, _flags, number, _machine, _pointer, *arguments = NOTICE.unpack(room)
    names = {code: name for name, code in CALLS[platform.machine()].items()}
    return Notice(identity, thread, names[number], tuple(arguments))


def let_go_on(listener: int, notice: Notice) -> None:
    """Let the call take place."""
    with suppress(FileNotFoundError):  # its process was killed meanwhile
        fcntl.ioctl(listener, SEND, bytearray(ANSWERED.pack(notice.id, 0, 0, GO_ON)))


def _steps(kind: str) -> list[Step]:
    machine, calls = MACHINES[kind], CALLS[kind]
    return [
        Step(LOAD, ARCHITECTURE),
        Step(JUMP_EQUAL, machine.architecture, if_not="miss"),
        Step(LOAD, CALL),
        Step(JUMP_SET, machine.foreign_bit, if_so="miss"),
        # Its rings open connections without a system call; told that it is missing, libraries do without.
        Step(JUMP_EQUAL, REFUSED_EVERYWHERE["io_uring_setup"], if_so="miss"),
        *(Step(JUMP_EQUAL, calls[name], if_so="ask") for name in ("connect", "sendmsg", "sendmmsg")),
        Step(JUMP_EQUAL, calls["sendto"], if_not="allow"),
        Step(LOAD, FIFTH_LOW),  # the address; what goes to nobody in particular goes where connect led
        Step(JUMP_EQUAL, 0, if_not="ask"),
        Step(LOAD, FIFTH_HIGH),
        Step(JUMP_EQUAL, 0, if_not="ask"),
        Step(LOAD, THIRD_LOW),  # bytes: a query to a resolver is short, and most of what is sent is not
        Step(JUMP_MORE, LONGEST_QUERY_BYTES, if_so="allow", if_not="ask"),
        Step(RETURN, ALLOW, label="allow"),
        Step(RETURN, ANSWER | ENOSYS, label="miss"),
        Step(RETURN, ASK, label="ask"),
    ]

"""Write down a filter of system calls as the kernel reads it: classic BPF over struct seccomp_data."""

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass

LOAD, JUMP_EQUAL, JUMP_MORE, JUMP_SET, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, ANSWER = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO, to which the error is added
ASK = 0x7FC00000  # SECCOMP_RET_USER_NOTIF: whoever holds the listener is told, and decides
# Where struct seccomp_data holds them; of an argument the lower half comes first on both machines.
CALL, ARCHITECTURE, FIRST_LOW, FIRST_HIGH = 0, 4, 16, 20
THIRD_LOW, FIFTH_LOW, FIFTH_HIGH = 32, 48, 52


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step of the filter; a jump names the label it goes to, "" = the next step."""

    code: int
    operand: int
    if_so: str = ""
    if_not: str = ""
    label: str = ""  # of this step


class Program(ctypes.Structure):
    """Be struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def program(steps: Sequence[Step]) -> Program:
    """Return the steps as the kernel takes them; keep it until the kernel has read it."""
    packed = _packed(steps)
    return Program(len(packed) // 8, packed)


def _packed(steps: Sequence[Step]) -> bytes:
    """Return the steps as struct sock_filter holds them; a jump counts the steps it passes over."""
    places = {step.label: place for place, step in enumerate(steps) if step.label}
    return b"".join(
        struct.pack(
            "HBBI",
            step.code,
            places[step.if_so] - place - 1 if step.if_so else 0,
            places[step.if_not] - place - 1 if step.if_not else 0,
            step.operand,
        )
        for place, step in enumerate(steps)
    )

"""Say what a term is: a store, how long it keeps a row, how many are past it, and how they go."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a store with its term. `due` counts rows past it at a moment; `drop` returns how many went."""

    store: str
    setting: str  # that says how long
    days: int | None  # None = each collection its own
    due: Callable[[datetime], int]
    drop: Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class Hands:
    """Hold what is beside the database: how a document goes, and how the audit trail is cut."""

    forget: Callable[[str], bool]  # with index and original; False where it is on hold
    purge: Callable[[datetime], int]
    finish: Callable[[datetime], int] = lambda _now: 0  # erasures that were broken off
    wipe: Callable[[datetime], None] = lambda _now: None  # what the disk still holds of what was erased


IDLE = Hands(forget=lambda _document: False, purge=lambda _now: 0)  # of whoever only counts

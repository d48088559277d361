"""Let somebody watch the documents come in: what became of each, how long it took, and what stopped a parser."""

from collections.abc import Mapping
from typing import Protocol

from ingest.draft import Result


class Onlooker(Protocol):
    """Be told, from several threads. What it is told is never content; it must not raise, and not take long."""

    def shown(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Take note of a document that became visible: milliseconds by stage, and seconds since 1970 at its start."""

    def ended(self, result: Result) -> None:
        """Take note of how a document ended; one that was left as it is, too."""

    def stopped(self, reason: str) -> None:
        """Take note of a parsing process that ended without a result: hung, time, cpu, memory, disk, ..."""


class Nobody:
    """Be an Onlooker that looks away."""

    def shown(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Do nothing."""

    def ended(self, result: Result) -> None:
        """Do nothing."""

    def stopped(self, reason: str) -> None:
        """Do nothing."""

"""Let a question and a document be followed as traces, where the settings name a collector; off by default.

Spans are made of the times that the house measures anyway, when a question or document has come to its end: nothing is
measured twice, and what is off costs nothing. A span carries ids, names of models and figures, never content.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

from pydantic import Field

from app.sections import SecretFile, Section, ServerAddress
from app.types import Answer

# A question's stages, which follow each other from its arrival to its end.
QUESTION_STAGES: Final = (
    "restate", "rewrite", "search", "queue", "prompt", "first_token", "generation", "quoting", "check", "ledger",
)  # fmt: skip
SEARCH_STAGES: Final = (
    "embed",
    "dense",
    "sparse",
    "fuse",
    "fetch",
    "expand",
    "rank",
    "rerank",
)  # within the search


class TracingSettings(Section):
    """Say where traces go."""

    endpoint: ServerAddress = Field(
        "", description="OTLP address of a collector inside the walls; empty is off."
    )
    ca_file: SecretFile = Field(None, description="Certificates that the collector's is checked with.")


class Traced(Protocol):
    """Be one question that is being followed."""

    @property
    def trace_id(self) -> str:
        """Return the id of the trace, 32 hexadecimal digits; empty where nothing is traced."""

    def ended(self, answer: Answer, *, ledger_ms: float) -> None:
        """Take note of its stages, and of how long it took to put it on record."""


class Tracing(Protocol):
    """Follow questions and documents. Nothing here raises: a collector that is away must not be noticed."""

    def question(self, answer_id: str, *, parent: str) -> AbstractContextManager[Traced]:
        """Follow a question while the block runs; `parent` is the header of whoever asked, or empty."""

    def document(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Tell of a document that became visible: milliseconds by stage, and seconds since 1970 at its start."""

    def close(self) -> None:
        """Send what has not been sent, for a few seconds at most."""


class Untraced:
    """Be a Traced that nobody follows."""

    trace_id = ""

    def ended(self, answer: Answer, *, ledger_ms: float) -> None:
        """Do nothing."""


class NoTracing:
    """Be a Tracing that is off."""

    def question(self, answer_id: str, *, parent: str) -> AbstractContextManager[Traced]:
        """Follow nothing."""
        del answer_id, parent
        return nullcontext(Untraced())

    def document(self, document: str, timings_ms: Mapping[str, float], *, began: float) -> None:
        """Tell nobody."""

    def close(self) -> None:
        """Hold nothing, send nothing."""

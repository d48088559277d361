"""Take a document apart on this machine, and hold what comes of it on any."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.chunk import chunks_of
from ingest.draft import Stopwatch
from ingest.gate import Limits, inspect
from ingest.types import Accepted, Cancelled, Chunk, ParsedDocument
from retrieval.errors import EmptyDocument, TooLarge
from retrieval.language import detect

MAX_TEXT_CHARS = 12_000_000  # 2,000 pages, the most a PDF may have, of 6,000 characters
MAX_BLOCKS = 500_000


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold a document that was taken apart."""

    accepted: Accepted
    parsed: ParsedDocument
    chunks: tuple[Chunk, ...]
    timings_ms: dict[str, float]


class Parser(Protocol):
    """Turn an accepted file into blocks; `ingest.sandbox.process.Sandbox` in production."""

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Return the parsed document. Raises DocumentRejected."""


class Engine(Protocol):
    """Take files apart; the same bytes give the same chunks, wherever that is."""

    def take_apart(self, path: Path, file_name: str, *, cancelled: Callable[[], bool]) -> Parts:
        """Return what is in the file. Raises DocumentRejected, Cancelled, Unavailable."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Take files apart in this process and in the sandbox it starts."""

    parser: Parser
    limits: Limits
    chunk_tokens: int
    count_tokens: Callable[[str], int]  # the embedder's

    def take_apart(self, path: Path, file_name: str, *, cancelled: Callable[[], bool]) -> Parts:
        """Return what is in the file. Raises DocumentRejected, Cancelled."""
        clock = Stopwatch()
        accepted = inspect(path, file_name, limits=self.limits)
        clock.lap("gate")
        parsed = self.parser.parse(path, accepted, file_name, cancelled=cancelled)
        clock.lap("parse")
        pieces = chunks_of(
            _bounded(parsed, file_name),
            count_tokens=_until_cancelled(self.count_tokens, cancelled),
            budget=self.chunk_tokens,
            detect=detect,
        )
        clock.lap("chunk")
        if not pieces:
            raise EmptyDocument(
                f"'{file_name}' holds no readable text",
                remedy="check that it opens; a photo needs a sharper scan",
            )
        return Parts(accepted, parsed, tuple(pieces), clock.laps)


def _bounded(parsed: ParsedDocument, file_name: str) -> ParsedDocument:
    """Return the document. Raises TooLarge where it holds more text than anybody wrote into one."""
    chars = sum(len(block.text) for block in parsed.blocks)
    if chars > MAX_TEXT_CHARS or len(parsed.blocks) > MAX_BLOCKS:
        raise TooLarge(
            f"'{file_name}' holds {chars:,} characters in {len(parsed.blocks):,} blocks of text",
            remedy=f"split it into parts of less than {MAX_TEXT_CHARS:,} characters",
        )
    return parsed


def _until_cancelled(
    count_tokens: Callable[[str], int], cancelled: Callable[[], bool]
) -> Callable[[str], int]:
    """Return the counter, which stops a document that is cancelled while it is cut: counting is what takes time."""

    def count(text: str) -> int:
        if cancelled():
            raise Cancelled
        return count_tokens(text)

    return count

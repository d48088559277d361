"""Hold what travels through "one document": who follows it, the draft between its halves, and how it ended."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.types import Attachment, SourceFile, State
from ingest.versions import NewVersion


@dataclass(frozen=True, slots=True)
class Progress:
    """Let the caller follow a document, and cancel it; `owner` is who holds its lease meanwhile."""

    report: Callable[[State], None] = lambda _state: None
    cancelled: Callable[[], bool] = lambda: False
    owner: str = "direct"


NOBODY = Progress()  # nobody follows, nobody cancels


@dataclass(frozen=True, slots=True)
class Result:
    """Say how it ended: visible, or quarantined with a reason and a remedy."""

    state: State
    is_unchanged: bool = False
    reason: str | None = None
    remedy: str | None = None
    pages: int | None = None
    document_id: str | None = None  # None where the file was settled without a look at its document


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a document that was read and is not visible yet."""

    document: str
    collection_id: str
    file: SourceFile
    version: NewVersion
    staged: Path  # the very bytes that were read
    progress: Progress
    began: float = field(default_factory=time.time)  # seconds since 1970, when its reading began
    read_at: float = field(default_factory=time.perf_counter)  # when it was read, by the clock of the stages

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Return the files that were found inside."""
        return self.version.parsed.attachments


@dataclass
class Stopwatch:
    """Measure the stages of a document, in milliseconds."""

    laps: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """Write down the time since the last lap."""
        now = time.perf_counter()
        self.laps[stage] = round((now - self._since) * 1000, 2)
        self._since = now


def shares_of(batch: Stopwatch, drafts: Sequence[Draft]) -> list[dict[str, float]]:
    """Return for each draft the milliseconds of its own stages, of its wait, and its share of the batch's by chunks."""
    chunks = max(sum(len(draft.version.chunks) for draft in drafts), 1)
    return [
        {
            **{stage: ms for stage, ms in draft.version.timings_ms.items() if stage not in batch.laps},
            "wait": round(max(batch.began - draft.read_at, 0.0) * 1000, 2),
            **{stage: round(ms * len(draft.version.chunks) / chunks, 2) for stage, ms in batch.laps.items()},
        }
        for draft in drafts
    ]

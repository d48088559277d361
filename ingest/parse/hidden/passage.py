"""Say what counts as hidden text, in every format alike, and what is told of it. Pure."""

from dataclasses import dataclass, field

from ingest.types import Finding, FindingKind

MIN_LETTERS = 2  # letters or digits; a hidden bullet, counter or space says nothing


def is_text(passage: str) -> bool:
    """Say whether a passage that is not shown says anything."""
    return sum(map(str.isalnum, passage)) >= MIN_LETTERS


def hidden_text(count: int) -> tuple[Finding, ...]:
    """Return what is told of so many passages that were taken out."""
    return (Finding(FindingKind.HIDDEN_TEXT, count, "text that is not shown"),) if count else ()


@dataclass(slots=True)
class Passages:
    """Gather what is not shown where it comes piece by piece, a letter at a time at worst, and count it."""

    ended: int = 0
    open: list[str] = field(default_factory=list)

    def hide(self, piece: str) -> None:
        """Take a piece that is not shown."""
        self.open.append(piece)

    def show(self, piece: str) -> None:
        """Take a piece that is shown: words between them part two passages."""
        if self.open and piece.strip():
            self.ended, self.open = self.count, []

    @property
    def count(self) -> int:
        """Return the passages so far that are text."""
        return self.ended + is_text("".join(self.open))

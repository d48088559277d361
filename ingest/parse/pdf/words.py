"""Hold words with their places, and put them into the lines that the eye sees. Pure.

Places are points from the top left of the page, as the page is read.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Place = tuple[float, float, float, float]  # x0, y0, x1, y1


class Word(NamedTuple):
    """Hold a word, its [start, end) among the page's characters and its cell."""

    text: str
    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


class Row(NamedTuple):
    """Hold the words of one visual line from left to right."""

    words: tuple[Word, ...]
    y0: float
    y1: float

    @property
    def height(self) -> float:
        """Return the height in points."""
        return self.y1 - self.y0


def rows_of(words: Iterable[Word]) -> list[Row]:
    """Return the visual lines from top to bottom: words belong together where they overlap by half."""
    rows: list[list[Word]] = []
    top = bottom = 0.0
    for word in sorted(words, key=lambda word: word.y0 + word.y1):
        overlap = min(bottom, word.y1) - max(top, word.y0)
        if rows and overlap > 0.5 * min(bottom - top, word.y1 - word.y0):
            rows[-1].append(word)
        else:
            rows.append([word])
            top, bottom = word.y0, word.y1
    return [_row(row) for row in rows]


def _row(words: list[Word]) -> Row:
    words.sort(key=lambda word: word.x0)
    # The usual word sets the line's height, not a sign set larger among them.
    heights = sorted((word.y1 - word.y0, word.y0, word.y1) for word in words)
    _, top, bottom = heights[len(heights) // 2]
    return Row(tuple(words), top, bottom)


def split_at_gaps(words: Sequence[Word], gap: float) -> list[tuple[Word, ...]]:
    """Return the words of a line, parted where more than `gap` points are between two of them."""
    parts: list[list[Word]] = []
    for word in words:
        if not parts or word.x0 - max(other.x1 for other in parts[-1][-3:]) > gap:
            parts.append([])
        parts[-1].append(word)
    return [tuple(part) for part in parts]


def place_of(words: Sequence[Word]) -> Place:
    """Return the box around the words."""
    return (
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
    )


def text_of(words: Sequence[Word]) -> str:
    """Return the words of one line as text."""
    return " ".join(word.text for word in words)

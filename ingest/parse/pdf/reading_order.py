"""Put the lines of a page into the order a person reads them, where the file holds them in another. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf.columns import GUTTER, gutter
from ingest.parse.pdf.layout import Line
from ingest.parse.pdf.text import Piece, part_of
from ingest.parse.pdf.words import rows_of

# Of the lines of the shorter column: files that hold columns one by one change side once or twice.
INTERLEAVED = 0.5
SAME_LINE = 3.0  # points; cells of one line may be set a little higher or lower
DISORDERED = 0.4  # of the lines stand above the one before them; columns and tables make some


def in_reading_order(pieces: Sequence[Piece], width: float) -> list[Piece]:
    """Return the pieces by column where the file mixes columns, from the top where it mixes lines, else as held."""
    upright = [piece for piece in pieces if not piece.line.is_turned]
    if len(upright) < 4:
        return list(pieces)
    at = gutter(rows_of(word for piece in upright for word in piece.words), width)
    if at is None:
        return _from_the_top(pieces) if _is_disordered(pieces) else list(pieces)
    cut = [part for piece in pieces for part in _cut(piece, at)]
    sides = [_side(piece, at) for piece in cut]
    parted = [side for side in sides if side]
    changes = sum(1 for before, after in pairwise(parted) if before != after)
    if changes <= INTERLEAVED * min(parted.count(-1), parted.count(1)):
        return list(pieces)
    across = sorted(piece.line.y0 for piece, side in zip(cut, sides, strict=True) if not side)

    def key(item: tuple[Piece, int]) -> tuple[int, int, float, float]:
        piece, side = item
        line = piece.line
        band = sum(1 for y in across if y <= line.y0)
        return band, 0 if side == 0 else 1 + (side > 0), round(line.y0), line.x0

    return [piece for piece, _ in sorted(zip(cut, sides, strict=True), key=key)]


def _cut(piece: Piece, at: float) -> list[Piece]:
    """Return the two parts of a line that stand on either side of the gutter, or the line that runs over it."""
    if piece.line.is_turned or _side(piece, at):
        return [piece]
    left = tuple(word for word in piece.words if word.x1 <= at)
    right = tuple(word for word in piece.words if word.x0 >= at)
    if not left or not right or len(left) + len(right) < len(piece.words):
        return [piece]
    if min(word.x0 for word in right) - max(word.x1 for word in left) < GUTTER:
        return [piece]
    return [part_of(piece, left), part_of(piece, right)]


def _side(piece: Piece, at: float) -> int:
    """Return -1 for a line left of the gutter, 1 for one right of it, 0 for one across."""
    if piece.line.x1 <= at:
        return -1
    return 1 if piece.line.x0 >= at else 0


def _is_disordered(pieces: Sequence[Piece]) -> bool:
    lines = [piece.line for piece in pieces]
    climbs = sum(1 for before, after in pairwise(lines) if _middle(after) < _middle(before) - SAME_LINE)
    return climbs > DISORDERED * len(pieces)


def _from_the_top(pieces: Sequence[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (round(piece.line.y0 / 3), piece.line.x0))


def _middle(line: Line) -> float:
    return (line.y0 + line.y1) / 2

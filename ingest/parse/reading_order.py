"""Put the lines of a page into the order a person reads them, where the file holds them in another. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.columns import gutter
from ingest.parse.pdf_text import Piece
from ingest.parse.words import rows_of

INTERLEAVED = (
    0.5  # of the lines of the shorter column: files that hold columns one by one change side once or twice
)
DISORDERED = 0.4  # of the lines stand above the one before them; columns and tables make some


def in_reading_order(pieces: Sequence[Piece], width: float) -> list[Piece]:
    """Return the pieces by column where the file mixes columns, from the top where it mixes lines, else as held."""
    upright = [piece for piece in pieces if not piece.line.is_turned]
    if len(upright) < 4:
        return list(pieces)
    at = gutter(rows_of(word for piece in upright for word in piece.words), width)
    if at is None:
        return _from_the_top(pieces) if _is_disordered(pieces) else list(pieces)
    sides = [_side(piece, at) for piece in pieces]
    parted = [side for side in sides if side]
    changes = sum(1 for before, after in pairwise(parted) if before != after)
    if changes <= INTERLEAVED * min(parted.count(-1), parted.count(1)):
        return list(pieces)
    across = sorted(piece.line.y0 for piece, side in zip(pieces, sides, strict=True) if not side)

    def key(item: tuple[Piece, int]) -> tuple[int, int, float, float]:
        piece, side = item
        line = piece.line
        band = sum(1 for y in across if y <= line.y0)
        return band, 0 if side == 0 else 1 + (side > 0), round(line.y0), line.x0

    return [piece for piece, _ in sorted(zip(pieces, sides, strict=True), key=key)]


def _side(piece: Piece, at: float) -> int:
    """Return -1 for a line left of the gutter, 1 for one right of it, 0 for one across."""
    if piece.line.x1 <= at:
        return -1
    return 1 if piece.line.x0 >= at else 0


def _is_disordered(pieces: Sequence[Piece]) -> bool:
    climbs = sum(1 for before, after in pairwise(pieces) if after.line.y1 < before.line.y0)
    return climbs > DISORDERED * len(pieces)


def _from_the_top(pieces: Sequence[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (round(piece.line.y0 / 3), piece.line.x0))

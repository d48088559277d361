"""Lay out the cells of an AsciiDoc table: specifiers, spans, repeats, CSV and DSV. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.errors import TooLarge

# <repeat or span><alignment><style> directly before a cell's separator, e.g. 2+|, .3+^.^h|, 3*|
SPECIFIER = re.compile(
    r"(?:^|(?<=\s))(?:(\d{0,3})(?:\.(\d{1,3}))?([*+]))?(?:[<^>]?(?:\.[<^>])?)?[adehlmsv]?$"
)
CELL = re.compile(r"(?<!\\)\|")
COLUMN = re.compile(r"(?:(\d{1,3})\*)?")
MAX_SPAN = 100  # columns or rows that one cell may cover
MAX_CELLS = 200_000  # of one table; repeats and spans count, with which a few bytes claim millions
DELIMITERS = {",": ",", ":": ":"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold one cell as written."""

    text: str
    columns: int = 1
    rows: int = 1


def rows_of(lines: Sequence[str], *, separator: str, columns: str) -> list[list[str]]:
    """Return a table's rows. `separator` is that of its fence ("|", "!", "," or ":"), `columns` its attribute or "".

    Raises TooLarge.
    """
    if separator in DELIMITERS:
        return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=DELIMITERS[separator]))
    cells = _bounded(_cells("\n".join(lines), separator))
    by_line = [list(_cells(line, separator)) for line in lines]
    width = column_count(columns) or next((_width(cells) for cells in by_line if cells), 0)
    if not cells or not width:
        return []
    is_ragged = not columns and sum(cell.columns * cell.rows for cell in cells) % width
    if is_ragged and all(CELL.search(line) for line in lines if line.strip()):
        return [[cell.text for cell in line] for line in by_line if line]  # one row a line, as it was meant
    return _grid(cells, width)


def column_count(columns: str) -> int:
    """Return how many columns the attribute `cols` names: "1,2,3", "3*" or "2*,a"; 0 where there is none."""
    count = 0
    for part in columns.replace(";", ",").split(",") if columns.strip() else ():
        found = COLUMN.match(part.strip())
        count += int(found.group(1)) if found and found.group(1) else 1
    return min(count, 1_000)


def _bounded(cells: Iterator[Cell]) -> list[Cell]:
    """Return the cells. Raises TooLarge where they cover more than any real table."""
    found: list[Cell] = []
    covered = 0
    for cell in cells:
        covered += cell.columns * cell.rows
        if covered > MAX_CELLS:
            raise TooLarge(
                f"the file holds a table of more than {MAX_CELLS:,} cells", remedy="split it into parts"
            )
        found.append(cell)
    return found


def _width(cells: Sequence[Cell]) -> int:
    return sum(cell.columns for cell in cells)


def _cells(text: str, separator: str) -> Iterator[Cell]:
    """Yield cells in order; what follows a text directly before the next separator specifies the next cell."""
    parts = (CELL if separator == "|" else re.compile(rf"(?<!\\){re.escape(separator)}")).split(text)
    columns, rows, times = _specified(parts[0])[1:]
    for place, part in enumerate(parts[1:], 1):
        shown, *following = _specified(part) if place < len(parts) - 1 else (part, 1, 1, 1)
        cell = Cell(shown.strip().replace(f"\\{separator}", separator), columns, rows)
        yield from [cell] * times
        columns, rows, times = following


def _specified(part: str) -> tuple[str, int, int, int]:
    """Return the text without a trailing specifier, and the next cell's columns, rows and repeats."""
    found = SPECIFIER.search(part[-20:])
    if found is None or not found.group():
        return part, 1, 1, 1
    text = part[: len(part) - len(found.group())]
    across, down, sign = found.groups()
    count = min(max(int(across or 1), 1), MAX_SPAN)
    if sign == "*":
        return text, 1, 1, count
    return text, count, min(max(int(down or 1), 1), MAX_SPAN), 1


def _grid(cells: Sequence[Cell], width: int) -> list[list[str]]:
    """Return rows of `width` texts; what a span covers is empty."""
    rows: list[list[str]] = []
    taken: set[tuple[int, int]] = set()
    row = column = 0
    for cell in cells:
        while (row, column) in taken or column >= width:
            row, column = (row, column + 1) if column < width else (row + 1, 0)
        while len(rows) <= row:
            rows.append([""] * width)
        rows[row][column] = cell.text
        if cell.columns > 1 or cell.rows > 1:
            taken |= {
                (row + down, column + across) for down in range(cell.rows) for across in range(cell.columns)
            }
        column += cell.columns if cell.rows == 1 else 1
    return rows

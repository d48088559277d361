"""Turn rows of cells into the two forms of a table: Markdown for the model, HTML for the reader. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ingest.types import Block, Kind

Row = Sequence[str]
ALPHABET = 26  # letters that count a spreadsheet's columns: A to Z, then AA


def table_block(
    rows: Sequence[Row], *, page: int | None = None, origin: tuple[int, int] | None = None
) -> Block | None:
    """Return the table as a block whose first row is the header, or None where no cell holds text.

    `origin` is where a spreadsheet keeps the first cell of `rows` (0-based row and column). The block's range then
    spans the cells that hold text, although the empty rows and columns among them are left out of the table.
    """
    width = max((len(row) for row in rows), default=0)
    filled = [[_one_line(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    lines = [line for line, row in enumerate(filled) if any(row)]
    used = [column for column in range(width) if any(row[column] for row in filled)]
    if not used:
        return None
    kept = [[filled[line][column] for column in used] for line in lines]
    cells = None
    if origin is not None:
        top, left = origin
        cells = cell_range((top + lines[0], left + used[0]), (top + lines[-1], left + used[-1]))
    return Block(kind=Kind.TABLE, text=_markdown(kept), page=page, html=_html(kept), cells=cells)


def regions(rows: Iterable[tuple[int, Row | None]], *, page: int) -> Iterator[Block]:
    """Yield the regions of a sheet whose rows come with their 0-based number. Empty rows part them.

    Leading rows of one cell are paragraphs (a table's title), the rest is a table. Rows must ascend. None is a row
    that is left out: the table goes on after it.
    """
    region: list[Row] = []
    top = 0
    for number, row in rows:
        if row is None:
            region += [[""]] if region and number == top + len(region) else []
            continue
        is_apart = not any(row) or number != top + len(region)
        if region and is_apart:
            yield from _region(region, page=page, top=top)
            region = []
        if any(row):
            top = number if not region else top
            region.append(row)
    yield from _region(region, page=page, top=top)


def _region(rows: Sequence[Row], *, page: int, top: int) -> Iterator[Block]:
    start = 0
    while start < len(rows) and sum(1 for cell in rows[start] if cell) == 1:
        column = next(place for place, cell in enumerate(rows[start]) if cell)
        place = (top + start, column)
        yield Block(kind=Kind.PARAGRAPH, text=rows[start][column], page=page, cells=cell_range(place, place))
        start += 1
    table = table_block(rows[start:], page=page, origin=(top + start, 0))
    if table:
        yield table


def cell_range(first: tuple[int, int], last: tuple[int, int]) -> str:
    """Return a range as spreadsheets write it, "B4:F20", of 0-based rows and columns; one cell is "B4"."""
    names = [f"{_column(column)}{row + 1}" for row, column in (first, last)]
    return names[0] if first == last else ":".join(names)


def _column(number: int) -> str:
    name = ""
    while number >= 0:
        number, letter = divmod(number, ALPHABET)
        name = chr(ord("A") + letter) + name
        number -= 1
    return name


def number_text(value: float) -> str:
    """Return a number as a person writes it: whole floats as integers, no trailing noise of binary fractions."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    rule = "| " + " | ".join("---" for _ in rows[0]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _html(rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

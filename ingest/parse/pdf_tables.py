"""Take the tables out of a page's lines: ruled ones from the drawn grid, others from aligned columns. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.parse.columns import aligned_tables
from ingest.parse.hyphens import joined
from ingest.parse.layout import Line, Page, Table
from ingest.parse.pdf_text import Piece
from ingest.parse.ruling import Cell, Grid, Rules, grids
from ingest.parse.table_rows import body_rows
from ingest.parse.words import Place, Row, Word, rows_of, text_of

MIN_CELLS = 4  # with text; fewer are a box
MIN_FILLED = 0.25  # of a grid's cells; charts and forms to fill in have less
INSIDE = 1.5  # points that a word may stand out of its cell


@dataclass(frozen=True, slots=True)
class _Found:
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]
    place: Place
    words: frozenset[int]  # where they start


def page_of(number: int, size: tuple[float, float], pieces: Sequence[Piece], rules: Rules) -> Page:
    """Return the page with its tables apart from its lines, both in reading order."""
    words = [word for piece in pieces if not piece.line.is_turned for word in piece.words]
    found = [table for grid in grids(rules) if (table := _ruled(grid, words)) is not None]
    taken = frozenset().union(*(table.words for table in found))
    code = _code_words(pieces)
    free = [word for word in words if word.start not in taken and word.start not in code]
    found += [
        _Found(table.rows, table.columns, table.place, frozenset(word.start for word in table.words))
        for table in aligned_tables(free, size[0])
    ]
    lines: list[Line] = []
    owners = {start: index for index, table in enumerate(found) for start in table.words}
    first_at: dict[int, int] = {}
    replaced: dict[int, list[Line]] = {}
    for piece in pieces:
        owner = next((owners[word.start] for word in piece.words if word.start in owners), None)
        if owner is None:
            lines.append(piece.line)
        else:
            first_at.setdefault(owner, len(lines))
            replaced.setdefault(owner, []).append(piece.line)
    tables = [
        Table(table.rows, table.columns, table.place, first_at[index], tuple(replaced[index]))
        for index, table in enumerate(found)
        if index in first_at
    ]
    return Page(number, *size, tuple(lines), tuple(sorted(tables, key=lambda table: table.at)))


def _code_words(pieces: Sequence[Piece]) -> set[int]:
    """Return where the words of equally wide letters start, where they are not what the page is set in."""
    mono = [piece for piece in pieces if piece.line.is_mono]
    if len(mono) > 0.8 * len(pieces):
        return set()
    return {word.start for piece in mono for word in piece.words}


def _ruled(grid: Grid, words: Iterable[Word]) -> _Found | None:
    """Return the table in a grid, None where it holds too little text to be one."""
    left, top, right, bottom = grid.place
    inside = [
        word
        for word in words
        if left - INSIDE <= (word.x0 + word.x1) / 2 <= right + INSIDE
        and top - INSIDE <= (word.y0 + word.y1) / 2 <= bottom + INSIDE
    ]
    by_cell = _by_cell(grid, inside)
    start = _title_rows(grid, by_cell)
    cells = [cell for cell in grid.cells if cell.rows[0] >= start]
    filled = sum(1 for cell in cells if by_cell[cell])
    if filled < MIN_CELLS or filled < MIN_FILLED * len(cells):
        return None
    columns, rows = len(grid.xs) - 1, len(grid.ys) - 1 - start
    used = frozenset(word.start for cell in cells for word in by_cell[cell])
    if rows < 2:
        return None
    head = _header_rows(cells, start, columns)
    texts = _texts(cells, by_cell, start, (rows, columns))
    header = [joined(_unlike(row[at] for row in texts[:head])) for at in range(columns)]
    body = [
        row
        for index in range(head, rows)
        for row in _split(grid, cells, by_cell, index + start) or [texts[index]]
    ]
    place = (left, grid.ys[start], right, bottom)
    return _Found(tuple(map(tuple, [header, *body])), grid.xs[:-1], place, used)


def _by_cell(grid: Grid, words: Iterable[Word]) -> dict[Cell, list[Word]]:
    square: dict[tuple[int, int], Cell] = {
        (row, column): cell
        for cell in grid.cells
        for row in range(*cell.rows)
        for column in range(*cell.columns)
    }
    found: dict[Cell, list[Word]] = {cell: [] for cell in grid.cells}
    for word in words:
        row = _stretch(grid.ys, (word.y0 + word.y1) / 2)
        column = _stretch(grid.xs, (word.x0 + word.x1) / 2)
        found[square[row, column]].append(word)
    return found


def _stretch(ends: Sequence[float], at: float) -> int:
    """Return which of the stretches between `ends` holds `at`; outside, the nearest."""
    return min(sum(1 for end in ends[1:-1] if end <= at), len(ends) - 2)


def _title_rows(grid: Grid, by_cell: dict[Cell, list[Word]]) -> int:
    """Return how many rows at the top are one cell over the whole width: the table's title, not its header."""
    columns = len(grid.xs) - 1
    start = 0
    for cell in sorted(grid.cells, key=lambda cell: cell.rows):
        if cell.rows[0] != start or cell.columns != (0, columns) or not by_cell[cell]:
            break
        start = cell.rows[1]
    return start


def _header_rows(cells: Sequence[Cell], start: int, columns: int) -> int:
    """Return the rows of the header: more than one where a cell of the first spans columns."""
    first = [cell for cell in cells if cell.rows[0] == start]
    spanning = [cell for cell in first if 1 < cell.columns[1] - cell.columns[0] < columns]
    deepest = max((cell.rows[1] for cell in first), default=start + 1) - start
    if spanning and len(first) > 1:
        deepest = max(deepest, max(cell.rows[1] for cell in spanning) - start + 1)
    return min(deepest, 4) if spanning else 1


def _texts(
    cells: Sequence[Cell], by_cell: dict[Cell, list[Word]], start: int, shape: tuple[int, int]
) -> list[list[str]]:
    """Return the text of each square; a joined cell says it in each of its own, a heading of a section once."""
    rows, columns = shape
    texts = [[""] * columns for _ in range(rows)]
    for cell in cells:
        text = joined([text_of(row.words) for row in rows_of(by_cell[cell])])
        across = range(*cell.columns)
        is_section = len(across) == columns > 1
        for row in range(cell.rows[0] - start, cell.rows[1] - start):
            for column in across[:1] if is_section else across:
                texts[row][column] = text
    return texts


def _unlike(texts: Iterable[str]) -> list[str]:
    """Return the texts without empty ones and repetitions."""
    return list(dict.fromkeys(text for text in texts if text))


def _split(
    grid: Grid, cells: Sequence[Cell], by_cell: dict[Cell, list[Word]], row: int
) -> list[list[str]] | None:
    """Return the rows in a row of the grid that holds several without lines between them, else None."""
    own = sorted((cell for cell in cells if row in range(*cell.rows)), key=lambda cell: cell.columns)
    if any(cell.rows != (row, row + 1) or cell.columns[1] - cell.columns[0] > 1 for cell in own):
        return None
    rows = rows_of(word for cell in own for word in by_cell[cell])
    if len(rows) < 3:
        return None
    lines = [_in_columns(line, grid.xs) for line in rows]
    filled = [sum(1 for line in lines if line[at]) for at in range(len(own))]
    if filled[0] < 0.6 * len(rows) or sum(1 for count in filled if count >= 0.6 * len(rows)) < 2:
        return None
    if sum(len(cell) for line in lines for cell in line) > 4 * sum(filled):  # words a cell: running text
        return None
    return body_rows([[text_of(cell) for cell in line] for line in lines], rows)


def _in_columns(row: Row, xs: Sequence[float]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in xs[1:]]
    for word in row.words:
        cells[_stretch(xs, (word.x0 + word.x1) / 2)].append(word)
    return cells

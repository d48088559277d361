"""Take the tables out of a page's lines: ruled ones from the drawn grid, others from aligned columns. Pure.

Measured on the PDFs of six labelled sets (`tests.labelled`, seeds 100 to 105; 2,357 cells, a value counts in the
row of its key and under its header), one core of a shared two-core machine:

this module    2,357 cells (ruled 1,851 of 1,851, unruled 506 of 506), 200 pages/s as blocks
pdfplumber     1,851 (ruled all, unruled none) by drawn lines, 28 pages/s; 314 by its text strategy, 14 pages/s
liteparse      985 from its Markdown (627 and 358), 527 pages/s; it does not repeat a header on the next page
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ingest.parse.pdf.columns import aligned_tables
from ingest.parse.pdf.hyphens import HYPHENS, joined
from ingest.parse.pdf.layout import Line, Page, Table
from ingest.parse.pdf.ruling import Cell, Grid, Rules, grids
from ingest.parse.pdf.table_rows import body_rows, is_amount
from ingest.parse.pdf.text import Piece, part_of
from ingest.parse.pdf.words import Place, Row, Word, rows_of, text_of

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
    owners = {start: index for index, table in enumerate(found) for start in table.words}
    lines: list[Line] = []
    first_at: dict[int, int] = {}
    replaced: dict[int, list[Line]] = {}
    for owner, line in (part for piece in pieces for part in _cut(piece, owners)):
        if owner is None:
            lines.append(line)
        else:
            first_at.setdefault(owner, len(lines))
            replaced.setdefault(owner, []).append(line)
    tables = [
        Table(table.rows, table.columns, table.place, first_at[index], tuple(replaced[index]))
        for index, table in enumerate(found)
        if index in first_at
    ]
    return Page(number, *size, tuple(lines), tuple(sorted(tables, key=lambda table: table.at)))


def _cut(piece: Piece, owners: Mapping[int, int]) -> Iterator[tuple[int | None, Line]]:
    """Yield the parts of a piece with the index of the table each belongs to, None for text beside tables."""
    if not any(word.start in owners for word in piece.words):
        yield None, piece.line
        return
    for owner, words in groupby(piece.words, key=lambda word: owners.get(word.start)):
        yield owner, part_of(piece, tuple(words)).line


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
    texts = _texts(cells, by_cell, start, (rows, columns))
    head = _header_rows(cells, texts, start)
    header = [joined(_unlike(row[at] for row in texts[:head])) for at in range(columns)]
    split = _split_rows(grid, cells, by_cell, range(start + head, start + rows))
    body = [row for index in range(head, rows) for row in split.get(index + start) or [texts[index]]]
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


def _header_rows(cells: Sequence[Cell], texts: Sequence[Sequence[str]], start: int) -> int:
    """Return the rows of the header: more than one where a cell of the first spans columns that are named below."""
    columns = len(texts[0])
    first = [cell for cell in cells if cell.rows[0] == start]
    spanning = [cell for cell in first if 1 < cell.columns[1] - cell.columns[0] < columns]
    if not spanning:
        return 1
    deepest = max(cell.rows[1] for cell in first) - start
    below = max(cell.rows[1] for cell in spanning) - start
    if deepest == below < len(texts) - 1:
        own = [cell.columns[0] for cell in first if cell not in spanning]
        deepest += _names_columns(texts, below, own)
    return min(deepest, 4)


def _names_columns(texts: Sequence[Sequence[str]], index: int, own: Sequence[int]) -> bool:
    """Say whether a row names the columns below merged headers; `own` are the columns with a header to themselves."""
    row = texts[index]
    if any(map(is_amount, row)):
        return False
    if not any(texts[index - 1][at] and row[at] for at in own):
        return True
    # The first row of data stands below a header of its own, too; only amounts in the next one tell them apart.
    following = [text for at, text in enumerate(texts[index + 1]) if at not in own and text]
    return bool(following) and all(map(is_amount, following))


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


def _split_rows(
    grid: Grid, cells: Sequence[Cell], by_cell: dict[Cell, list[Word]], indices: Iterable[int]
) -> dict[int, list[list[str]]]:
    """Return the rows in those rows of the grid that hold several without lines between them."""
    found: dict[int, list[list[str]]] = {}
    lines: dict[int, list[Row]] = {}
    for index in indices:
        own = [cell for cell in cells if index in range(*cell.rows)]
        lines[index] = rows_of(word for cell in own for word in by_cell[cell])
        is_plain = all(
            cell.rows == (index, index + 1) and cell.columns[1] - cell.columns[0] == 1 for cell in own
        )
        if is_plain and len(lines[index]) >= 3:
            found[index] = []
    single = sum(1 for rows in lines.values() if len(rows) == 1)
    several = sum(1 for rows in lines.values() if len(rows) > 1)
    for index in found:
        found[index] = _split(grid.xs, lines[index], single=single, several=several)
    return found


def _split(xs: Sequence[float], rows: Sequence[Row], *, single: int, several: int) -> list[list[str]]:
    """Return the rows that the lines of one ruled row make, none where they are one row with wrapped cells."""
    lines = [[text_of(cell) for cell in _in_columns(line, xs)] for line in rows]
    filled = [sum(1 for line in lines if line[at]) for at in range(len(xs) - 1)]
    if filled[0] < 0.6 * len(rows) or sum(1 for count in filled if count >= 0.6 * len(rows)) < 2:
        return []
    if sum(len(row.words) for row in rows) > 4 * sum(filled):  # words a cell: running text
        return []
    amounts = max(sum(1 for line in lines if is_amount(line[at])) for at in range(len(filled)))
    has_amounts = amounts >= 0.6 * len(rows)  # as no wrapped text has
    # Where other rows have lines between them, so have all; but a sum is often parted from the rows it adds up.
    if single > (several if has_amounts else 0):
        return []
    columns = [[line[at] for line in lines if line[at]] for at in range(len(filled))]
    if not has_amounts and any(_is_wrapped(column, at) for at, column in enumerate(columns)):
        return []
    return body_rows(lines, rows)


def _is_wrapped(lines: Sequence[str], column: int) -> bool:
    """Say whether the lines of a column are one text: words cut at line ends, sentences that go on."""
    going_on = sum(1 for line in lines[1:] if line[0].islower())
    is_cut = any(before[-1] in HYPHENS and after[0].islower() for before, after in pairwise(lines))
    names_go_on = column == 0 and going_on > 0
    return is_cut or names_go_on or (going_on * 2 >= len(lines) > 1 and not lines[0][0].islower())


def _in_columns(row: Row, xs: Sequence[float]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in xs[1:]]
    for word in row.words:
        cells[_stretch(xs, (word.x0 + word.x1) / 2)].append(word)
    return cells

"""Find tables without drawn lines: rows whose words stand in aligned columns. Pure.

What looks alike and is not a table is refused: columns of prose, tables of contents, dotted lines of forms, lists.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.parse.pdf.lookalikes import EDGE, MIN_ROWS, PROSE_CHARS, PROSE_FILL, Cells, looks_else
from ingest.parse.pdf.table_rows import is_amount, logical_rows
from ingest.parse.pdf.words import Place, Row, Word, place_of, rows_of, split_at_gaps, text_of

GAP = 1.0  # line heights between two cells; word spaces of justified text stay below
WORD_SPACE = 0.5  # line heights; a space between words of a name is about half as wide
MAX_LEADING = 2.2  # line heights between two rows; more is a break
MAX_SINGLES = 5  # lines with words in one column only, one after another: wrapped cells, headings of sections
MAX_COLUMNS = 25  # a page has no room for more; what looks so is spaced letters
CROSSING = 0.12  # of the rows may have words across a gutter: headers over several columns
MIN_GUTTER = 0.45  # line heights
GUTTER = 8.0  # points at least between two columns of prose
MIN_LETTERS = 0.6  # of the characters of prose, spaces counted; text with many figures has 0.7
MIN_WHOLE = 0.6  # of the lines of a column of prose have no wide gap; a line beside a heading's number has
MIN_PARTED = 0.6  # of a page's lines are set in the columns; the others run over them: titles, abstracts
MIN_FILLED = 0.25  # of the rows, in each column that has no name; one that has may be empty
BLANK = re.compile(r"^[._\s…·]{2,}$")  # to be written on, or a leader


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a table's rows of text, where it stands and the words it is made of."""

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]  # where each begins
    words: tuple[Word, ...]

    @property
    def place(self) -> Place:
        """Return the box around the words."""
        return place_of(self.words)


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    parts: tuple[tuple[Word, ...], ...]

    @property
    def is_multiple(self) -> bool:
        return len(self.parts) > 1


def aligned_tables(words: Sequence[Word], width: float) -> list[Found]:
    """Return the tables among the words of a page that is `width` points wide, from top to bottom."""
    found: list[Found] = []
    for rows in parted(words, width):
        lines = [line for row in rows if (line := _line(row)) is not None]
        for run in _runs(lines):
            found += _tables(run, 0)
    return sorted(found, key=lambda table: table.place[1])


def parted(words: Sequence[Word], width: float) -> list[list[Row]]:
    """Return the visual lines of a page by the columns its prose is set in."""
    rows = rows_of(words)
    at = gutter(rows, width)
    if at is None:
        return [rows]
    left = [word for word in words if (word.x0 + word.x1) / 2 < at]
    right = [word for word in words if (word.x0 + word.x1) / 2 >= at]
    return [rows_of(left), rows_of(right)]


def gutter(rows: Sequence[Row], width: float) -> float | None:
    """Return where the page is parted into two columns of prose, None where it is not."""
    set_in_columns = [row for row in rows if not _is_across(row, width)]
    if len(set_in_columns) < max(2 * MIN_ROWS, MIN_PARTED * len(rows)):
        return None
    rows = set_in_columns
    spans = [(word.x0, word.x1) for row in rows for word in row.words]
    free = _free(spans, width * 0.3, width * 0.7, crossing=int(CROSSING * len(rows)), least=GUTTER)
    for start, end in free:
        at = (start + end) / 2
        sides = (
            [[word for word in row.words if word.x1 <= end] for row in rows],
            [[word for word in row.words if word.x0 >= start] for row in rows],
        )
        if all(_is_prose([side for side in some if side], len(rows)) for some in sides):
            return at
    return None


def _is_across(row: Row, width: float) -> bool:
    """Say whether a line runs over the middle of the page without a gap as wide as a gutter."""
    words = row.words
    if words[0].x0 > 0.3 * width or words[-1].x1 < 0.7 * width:
        return False
    return all(after.x0 - before.x1 < GUTTER for before, after in pairwise(words))


def _is_prose(sides: Sequence[Sequence[Word]], rows: int) -> bool:
    if len(sides) < 0.4 * rows:
        return False
    left = min(side[0].x0 for side in sides)
    right = max(side[-1].x1 for side in sides)
    fill = sum(side[-1].x1 - side[0].x0 for side in sides) / len(sides) / max(right - left, 1.0)
    text = "".join(text_of(side) for side in sides)
    if fill < PROSE_FILL or len(text) < PROSE_CHARS * len(sides):
        return False
    # Half of a table of amounts fills its width, too, and so does one of addresses.
    whole = sum(1 for side in sides if len(split_at_gaps(side, 2 * GUTTER)) == 1)
    return whole >= MIN_WHOLE * len(sides) and sum(map(str.isalpha, text)) >= MIN_LETTERS * len(text)


def _free(
    spans: Sequence[tuple[float, float]], start: float, end: float, *, crossing: int, least: float
) -> list[tuple[float, float]]:
    """Return the stretches of [start, end] that at most `crossing` spans cover and that are `least` wide."""
    events = sorted([(x0, 1) for x0, _ in spans] + [(x1, -1) for _, x1 in spans])
    found: list[tuple[float, float]] = []
    depth, since = 0, start
    for x, step in events:
        if depth <= crossing < depth + step or (depth <= crossing and x > end):
            low, high = max(since, start), min(x, end)
            if high - low >= least:
                found.append((low, high))
        depth += step
        if depth <= crossing < depth - step:
            since = x
    if depth <= crossing and end - max(since, start) >= least and since < end and not found:
        found.append((max(since, start), end))
    return found


def _line(row: Row) -> _Line | None:
    words = [word for word in row.words if not BLANK.match(word.text)]
    if not words:
        return None
    return _Line(row, tuple(split_at_gaps(words, GAP * max(row.height, 5.0))))


def _runs(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield lines that may be the rows of one table."""
    run: list[_Line] = []
    singles = 0
    for line in lines:
        if run and not _joins(run, line, singles):
            yield _trimmed(run)
            run, singles = [], 0
        if run or line.is_multiple:
            run.append(line)
            singles = 0 if line.is_multiple else singles + 1
    yield _trimmed(run)


def _joins(run: Sequence[_Line], line: _Line, singles: int) -> bool:
    last = run[-1].row
    height = max(min(last.height, line.row.height), 5.0)
    if line.row.y0 - last.y1 > MAX_LEADING * height:
        return False
    if line.is_multiple or _wraps_a_cell(run, line):
        return True
    left = min(part[0].x0 for other in run for part in other.parts)
    right = max(part[-1].x1 for other in run for part in other.parts)
    (part,) = line.parts
    return singles < MAX_SINGLES and part[-1].x1 - part[0].x0 < 0.6 * (right - left)


def _wraps_a_cell(run: Sequence[_Line], line: _Line) -> bool:
    """Say whether a line of one part stands below a cell, not the first, of one of the lines before, and within it."""
    (part,) = line.parts
    end = max(word.x1 for word in part)
    return any(
        abs(cell[0].x0 - part[0].x0) <= EDGE and end <= following[0].x0
        for before in run[-MAX_SINGLES - 1 :]
        if before.is_multiple
        for cell, following in zip(before.parts[1:], [*before.parts[2:], _BEYOND], strict=True)
    )


_BEYOND: Sequence[Word] = (
    Word("", 0, 0, float("inf"), 0, float("inf"), 0),
)  # what follows a line's last cell


def _trimmed(run: list[_Line]) -> list[_Line]:
    """Return the run without lines of one part at its end, unless they go on below another column than the first."""
    end = len(run)
    while end and not run[end - 1].is_multiple and not _wraps_a_cell(run[: end - 1], run[end - 1]):
        end -= 1
    return run[:end]


def _tables(run: Sequence[_Line], depth: int) -> list[Found]:
    """Return the tables in a run; where it is none as a whole, it may be two with a wider gap between them."""
    if sum(1 for line in run if line.is_multiple) < MIN_ROWS:
        return []
    table = _table(run)
    if table is not None:
        return [table]
    if depth >= 4:
        return []
    gaps = [after.row.y0 - before.row.y1 for before, after in pairwise(run)]
    at = max(range(len(gaps)), key=gaps.__getitem__) + 1
    if gaps[at - 1] < 1.3 * sorted(gaps)[len(gaps) // 2] + 1:
        return []
    return [table for part in (run[:at], run[at:]) for table in _tables(_trimmed(_led(part)), depth + 1)]


def _led(run: Sequence[_Line]) -> list[_Line]:
    start = next((index for index, line in enumerate(run) if line.is_multiple), len(run))
    return list(run[start:])


def _table(run: Sequence[_Line]) -> Found | None:
    """Return the table that a run is; its columns are those of the rows with amounts, else those of all rows."""
    multiple = [line for line in run if line.is_multiple]
    amounts = _with_amounts(multiple)
    found = _in_columns(run, _columns(amounts)) if amounts else None
    return found or _in_columns(run, _columns(multiple))


def _in_columns(run: Sequence[_Line], columns: Sequence[tuple[float, float]]) -> Found | None:
    if not 2 <= len(columns) <= MAX_COLUMNS:
        return None
    lines = [_by_column([word for part in line.parts for word in part], columns) for line in run]
    if looks_else([cells for cells, line in zip(lines, run, strict=True) if line.is_multiple], columns):
        return None
    rows = logical_rows(lines, [line.row for line in run], [_cut(line, columns) for line in run], columns)
    if len(rows) < MIN_ROWS or any(
        not rows[0][column] and sum(1 for row in rows if row[column]) < MIN_FILLED * len(rows)
        for column in range(len(rows[0]))
    ):
        return None
    words = tuple(word for line in run for word in line.row.words)
    return Found(tuple(map(tuple, rows)), tuple(start for start, _ in columns), words)


def _with_amounts(lines: Sequence[_Line]) -> list[_Line]:
    """Return the lines with amounts behind their names, where most are such: only headers reach across gutters."""
    found = [line for line in lines if any(_is_figure(text_of(part)) for part in line.parts[1:])]
    return found if len(found) >= max(MIN_ROWS, len(lines) / 2) else []


def _is_figure(text: str) -> bool:
    return is_amount(text) and any(map(str.isdigit, text))  # a dash says nothing about where columns are


def _cut(line: _Line, columns: Sequence[tuple[float, float]]) -> list[tuple[Word, ...]]:
    """Return the parts of a line, cut also where a gap wider than a word space lies between two columns."""
    wide = WORD_SPACE * max(line.row.height, 5.0)
    edges = [(before[1], after[0]) for before, after in pairwise(columns)]
    cut: list[tuple[Word, ...]] = []
    for part in line.parts:
        start = 0
        for at, (before, after) in enumerate(pairwise(part), 1):
            is_between = any(before.x1 <= end + EDGE and after.x0 >= begin - EDGE for end, begin in edges)
            if after.x0 - before.x1 > wide and is_between:
                cut.append(part[start:at])
                start = at
        cut.append(part[start:])
    return cut


def _columns(lines: Sequence[_Line]) -> list[tuple[float, float]]:
    """Return where columns start and end: between stretches that next to no row has words in."""
    spans = [(part[0].x0, max(word.x1 for word in part)) for line in lines for part in line.parts]
    left, right = min(start for start, _ in spans), max(end for _, end in spans)
    heights = sorted(line.row.height for line in lines)
    least = MIN_GUTTER * heights[len(heights) // 2]
    free = _free(spans, left, right, crossing=int(CROSSING * len(lines)), least=least)
    inner = [(start, end) for start, end in free if start > left + 1 and end < right - 1]
    edges = [left, *(edge for stretch in inner for edge in stretch), right]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _by_column(words: Sequence[Word], columns: Sequence[tuple[float, float]]) -> Cells:
    """Return the words of a line by the column that their middle is nearest to."""
    cells: Cells = [[] for _ in columns]
    for word in words:
        middle = (word.x0 + word.x1) / 2
        nearest = min(
            range(len(columns)),
            key=lambda at: max(columns[at][0] - middle, middle - columns[at][1], 0.0),
        )
        cells[nearest].append(word)
    return cells

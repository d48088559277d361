"""Tell from a table what only stands in columns: prose, lists, tables of contents, words in line by chance. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf.table_rows import is_amount
from ingest.parse.pdf.words import Word, text_of

MIN_ROWS = 3  # two lines side by side are no table yet
PROSE_FILL = 0.7  # of a column's width: lines of prose reach further on average
PROSE_CHARS = 18  # three words; shorter cells fill a narrow column without being prose
LONG_CHARS = 40  # of a line within a column, on average: running text, wherever it ends
ALIGNED = 0.6  # of the cells of a column share an edge or the middle
EDGE = 3.0  # points
LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|(?:·\s?){4,}")
MARK = re.compile(r"^(?:[•‣▪●○◦–—\-*\uf000-\uf8ff☐☒✓✔]|\(?\w{1,3}[.)]|\d+(?:\.\d+)*\.?|\[\d+\])$")
PAGE = re.compile(r"^(?:\d{1,4}|[ivxlc]+|[A-Z]-\d+)$")

Cells = list[list[Word]]  # of one visual line, by column


def looks_else(lines: Sequence[Cells], columns: Sequence[tuple[float, float]]) -> bool:
    """Say whether lines in columns are prose, a list, a table of contents or in line by chance."""
    texts = [[text_of(cell) for cell in cells] for cells in lines]
    count = len(columns)
    prose = 0
    for at, (start, end) in enumerate(columns):
        filled = [cells[at] for cells in lines if cells[at]]
        if len(filled) < MIN_ROWS - 1:
            continue
        fill = sum(cell[-1].x1 - cell[0].x0 for cell in filled) / len(filled) / max(end - start, 1.0)
        chars = sum(len(row[at]) for row in texts) / len(filled)
        prose += chars >= LONG_CHARS or (fill >= PROSE_FILL and chars >= PROSE_CHARS)
    if prose >= 2 and prose >= count / 2:
        return True
    first = [row[0] for row in texts if row[0]]
    if count == 2 and first and sum(1 for text in first if MARK.match(text)) >= 0.6 * len(first):
        return True
    return _is_contents(texts) or not _is_aligned(lines, count)


def _is_contents(texts: Sequence[Sequence[str]]) -> bool:
    led = sum(1 for row in texts if any(LEADER.search(cell) for cell in row))
    if led >= 0.4 * len(texts):
        return True
    last = [row[-1] for row in texts if row[-1]]
    pages = [text for text in last if PAGE.match(text)]
    if (
        len(texts[0]) > 4
        or len(pages) < MIN_ROWS
        or len(pages) < len(last) - 2
        or len(pages) < 0.8 * len(last)
    ):
        return False
    numbers = [int(text) for text in pages if text.isdigit()]
    amounts = sum(1 for row in texts for cell in row[1:-1] if is_amount(cell))
    rises = all(before <= after for before, after in pairwise(numbers)) and len(set(numbers)) > 1
    # A header that names the last column says that it is a table, unless it names pages.
    head = texts[0][-1].lower()
    return (
        rises and amounts == 0 and (head.isdigit() or not head or head.startswith(("page", "seite", "pag")))
    )


def _is_aligned(lines: Sequence[Cells], count: int) -> bool:
    aligned = 0
    for at in range(count):
        filled = [cells[at] for cells in lines if cells[at]]
        edges = (
            [cell[0].x0 for cell in filled],
            [cell[-1].x1 for cell in filled],
            [(cell[0].x0 + cell[-1].x1) / 2 for cell in filled],
        )
        aligned += any(_share_one_place(edge) for edge in edges)
    return aligned >= 0.75 * count


def _share_one_place(edges: Sequence[float]) -> bool:
    """Say whether most edges lie within `EDGE` of one of them."""
    ordered = sorted(edges)
    most = low = 0
    for high, edge in enumerate(ordered):
        while edge - ordered[low] > EDGE:
            low += 1
        most = max(most, high - low + 1)
    return most >= ALIGNED * len(ordered)

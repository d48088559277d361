"""Make the rows of a table out of visual lines: wrapped cells joined, headers of several lines made one. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.parse.pdf.hyphens import joined
from ingest.parse.pdf.words import Row, Word, text_of

AMOUNT = re.compile(r"^[($€£¥+~<>\-–—−]*\s?\d[\d.,'\u2019\u00a0 ]*\s?(?:[%)€$]|EUR|USD|CHF)*$|^[-–—−]$")
YEAR = re.compile(r"^(?:19|20)\d\d\)?$")
UNIT_BEFORE = re.compile(r"^[($€£¥]+$")
UNIT_AFTER = re.compile(r"^[%)]+$")
TIGHT = 0.45  # line heights between lines of one cell, at most
CENTRED = 3.0  # points that a name may stand beside the middle of the only column it is set over
# Of a column's width; a name half a column beside the middle of its group is set over another one.
UNNAMED = 0.4
WIDER = 0.3  # line heights more between rows than within them

Cells = Sequence[Sequence[Word]]  # of one visual line, by column
Parts = Sequence[Sequence[Word]]
Column = tuple[float, float]


def logical_rows(
    lines: Sequence[Cells], places: Sequence[Row], parts: Sequence[Parts], columns: Sequence[Column]
) -> list[list[str]]:
    """Return the rows of text, the header first, of visual lines whose words are told apart by column."""
    texts = [[text_of(cell) for cell in cells] for cells in lines]
    head = _header_lines(texts, places)
    named = _widened(columns, lines[head - 1]) if head > 1 else columns
    for index in range(head):
        texts[index] = _spread(parts[index], named) if head > 1 else texts[index]
    body = body_rows(texts[head:], places[head:])
    header = [joined([line[at] for line in texts[:head] if line[at]]) for at in range(len(columns))]
    rows = [header, *body] if head else body
    return _without_unit_columns(rows)


def is_amount(text: str) -> bool:
    """Say whether a cell holds a number, and not just a year."""
    return bool(AMOUNT.match(text)) and not YEAR.match(text)


def _header_lines(texts: Sequence[Sequence[str]], places: Sequence[Row]) -> int:
    """Return how many lines at the top are the header."""
    count = 0
    while count < min(4, len(texts) - 1) and not texts[count][0] and not _has_amounts(texts[count]):
        count += 1
    if count == len(texts) - 1 or (count == 4 and not texts[4][0]):
        return 1
    following = texts[count]
    is_named = sum(map(bool, following)) >= 2 and not _has_amounts(following)
    is_close = _gap(places, count) <= TIGHT
    # Names of groups stand as far above the names of all columns as those above the first amounts.
    is_grouped = (
        all(following)
        and _has_amounts(texts[count + 1])
        and _gap(places, count) <= _gap(places, count + 1) + 0.1
    )
    if count == 0 or (is_named and (is_close or is_grouped)):
        count += 1
    # A name may be wrapped: lines that only go on below names of the line above, closer than the rows are.
    while (
        0 < count < min(4, len(texts) - 1)
        and not texts[count][0]
        and not _has_amounts(texts[count])
        and _gap(places, count) <= min(TIGHT, _gap(places, count + 1) + 0.05)
    ):
        count += 1
    return count


def _has_amounts(texts: Sequence[str]) -> bool:
    return any(is_amount(text) for text in texts)


def _gap(places: Sequence[Row], index: int) -> float:
    """Return the space above a line in line heights."""
    if not 0 < index < len(places):
        return 9.0
    height = max(min(places[index].height, places[index - 1].height), 4.0)
    return (places[index].y0 - places[index - 1].y1) / height


def _widened(columns: Sequence[Column], names: Cells) -> list[Column]:
    """Return the columns as far as their own names reach, which may be wider than what stands below them."""
    return [
        (min([start, *(word.x0 for word in cell)]), max([end, *(word.x1 for word in cell)]))
        for (start, end), cell in zip(columns, names, strict=True)
    ]


def _spread(parts: Parts, columns: Sequence[Column]) -> list[str]:
    """Return the cells of a header line; what stands over several columns is said in each."""
    cells = [""] * len(columns)
    lead = 1 if len(parts) > 1 and _extent(parts[0])[1] < columns[1][0] else 0  # the name of the first column
    grouped = _groups(parts[lead:], columns)
    below = [_below(part, columns) for part in parts]
    for part, over in zip(parts, [*below[:lead], *(grouped or below[lead:])], strict=True):
        for at in over:
            cells[at] = f"{cells[at]} {text_of(part)}".strip()
    return cells


def _below(part: Sequence[Word], columns: Sequence[Column]) -> list[int]:
    """Return the columns that a name stands over, else the one nearest to it."""
    start, end = _extent(part)
    over = [
        at
        for at, column in enumerate(columns)
        if min(end, column[1]) - max(start, column[0]) > 0.3 * min(end - start, column[1] - column[0])
    ]
    middle = (start + end) / 2
    return over or [min(range(len(columns)), key=lambda at: abs(sum(columns[at]) / 2 - middle))]


def _groups(parts: Parts, columns: Sequence[Column]) -> list[list[int]]:
    """Return the columns of each name where the names stand over groups of them, [] where they do not.

    Of all ways to give neighbouring columns to the names in order, the first column to none, the one is taken that has
    each name nearest to the middle of its columns. How far the words in a column reach says little about its middle,
    so a column without a name costs as much as a name that stands apart by a part of a column's width.
    """
    count, names = len(columns), [sum(_extent(part)) / 2 for part in parts]
    middles = [sum(column) / 2 for column in columns]
    is_single = any(abs(name - middle) <= CENTRED for name in names for middle in middles)
    if is_single or not 0 < len(names) < count - 1:
        return []
    unnamed = UNNAMED * (middles[-1] - middles[0]) / (count - 1)
    # best[n] = (cost, columns of each of the first names) of columns 1..at
    best: list[list[tuple[float, list[list[int]]] | None]] = [[(0.0, [])] + [None] * len(names)]
    for at in range(1, count):
        ways: list[tuple[float, list[list[int]]] | None] = []
        for named in range(len(names) + 1):
            before = best[at - 1][named]
            options = [(before[0] + unnamed, before[1])] if before else []
            for first in range(1, at + 1) if named else ():
                before = best[first - 1][named - 1]
                if before:
                    apart = abs((columns[first][0] + columns[at][1]) / 2 - names[named - 1])
                    options.append((before[0] + apart, [*before[1], list(range(first, at + 1))]))
            ways.append(min(options, key=lambda option: option[0], default=None))
        best.append(ways)
    found = best[-1][len(names)]
    return found[1] if found else []


def _extent(part: Sequence[Word]) -> Column:
    return part[0].x0, max(word.x1 for word in part)


def body_rows(texts: Sequence[Sequence[str]], places: Sequence[Row]) -> list[list[str]]:
    """Return lines joined to rows: by the space between them where it tells, else by what they hold."""
    spaces = [_gap(places, index) for index in range(1, len(texts))]
    limit = _row_space(spaces)
    rows: list[list[list[str]]] = []
    for index, line in enumerate(texts):
        space = _gap(places, index)
        goes_on = bool(rows) and _goes_on(line, texts[index - 1], space, limit)
        if goes_on:
            for at, text in enumerate(line):
                if text:
                    rows[-1][at].append(text)
        else:
            rows.append([[text] if text else [] for text in line])
    return [[joined(cell) for cell in row] for row in rows]


def _row_space(spaces: Sequence[float]) -> float | None:
    """Return the space that parts rows, where spaces fall into two kinds: within cells and between rows."""
    ordered = sorted(space for space in spaces if space < 2)
    if len(ordered) < 2 or ordered[0] > TIGHT:
        return None
    step, at = max((after - before, index) for index, (before, after) in enumerate(pairwise(ordered)))
    return (ordered[at] + ordered[at + 1]) / 2 if step >= WIDER else None


def _goes_on(line: Sequence[str], before: Sequence[str], space: float, limit: float | None) -> bool:
    amounts = sum(1 for text in line if is_amount(text))
    filled = sum(map(bool, line))
    if limit is not None and space > limit:
        return False
    if line[0] and any(
        is_amount(text) and is_amount(above) for text, above in zip(line, before, strict=True)
    ):
        return False  # amounts under one another are of two rows
    if space > TIGHT + 0.3 or amounts * 2 > filled:
        # The last line of a wrapped name carries the amounts of its row.
        is_wrapped = line[0][:1].islower() and bool(before[0]) and not any(before[1:])
        return is_wrapped and space <= TIGHT + 0.3
    if not line[0]:
        return True
    if limit is not None:
        return filled <= sum(map(bool, before))
    return line[0][:1].islower() and (filled == 1 or (bool(before[0]) and not any(before[1:])))


def _without_unit_columns(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with columns of currency signs joined to the amounts they belong to."""
    at = 0
    while rows and at < len(rows[0]):
        body = [row[at] for row in rows[1:] if row[at]]
        if body and all(UNIT_BEFORE.match(text) for text in body) and at + 1 < len(rows[0]):
            rows = _merged(rows, at)
        elif body and all(UNIT_AFTER.match(text) for text in body) and at:
            rows = _merged(rows, at - 1)
        else:
            at += 1
    return rows


def _merged(rows: Sequence[list[str]], at: int) -> list[list[str]]:
    """Return the rows, the header first, with the column and the one after it made one."""
    left, right = rows[0][at : at + 2]
    # A name over both stands in each; what one adds to the other is said once.
    if UNIT_BEFORE.match(left) or UNIT_AFTER.match(right):  # there is no header, the first row holds amounts
        name = left + right
    else:
        name = right if left in right else left if right in left else f"{left} {right}"
    cells = [name, *(row[at] + row[at + 1] for row in rows[1:])]
    return [[*row[:at], cell, *row[at + 2 :]] for row, cell in zip(rows, cells, strict=True)]

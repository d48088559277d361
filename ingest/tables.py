"""Cut a table in Markdown into smaller ones, each with the header row, and say which cells each holds. Pure.

A table too wide for its header to be repeated is cut into narrower ones first, each with the first column: the key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

HEADER_SHARE = 0.5  # of a piece that the repeated header may take; a wider table is cut into narrower ones
_RULE = re.compile(r"\|(?: ?:?-+:? ?\|)+")
_BAR = re.compile(r"(?<!\\)\|")  # a bar inside a cell is escaped
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")

Split = Callable[[str, int], list[str]]  # a text into parts of at most so many tokens


@dataclass(frozen=True, slots=True)
class Part:
    """Hold a piece of a table, and the range of a spreadsheet that its rows fill, without the repeated header."""

    text: str
    cells: str | None


def parts_of(
    table: str, cells: str | None, *, room: int, count: Callable[[str], int], split: Split
) -> list[Part]:
    """Return the table in parts of at most `room` tokens; a cell that is too long alone is cut as text."""
    lines = table.split("\n")
    if not _has_header(lines):
        return [Part(text, cells) for text in split(table, room)]
    header = "\n".join(lines[:2])
    header_tokens = count(header)
    again = partial(parts_of, room=room, count=count, split=split)
    if header_tokens > HEADER_SHARE * room:
        narrower = [part for one in _narrower(lines, room, count) for part in again(one, cells)]
        return narrower or [Part(text, cells) for text in split(table, room)]
    parts: list[Part] = []
    start, used = 2, header_tokens
    for place, row in enumerate(lines[2:], start=2):
        tokens = count(row) + 1
        if used + tokens > room:
            if place > start:
                parts.append(_part(lines, cells, start, place))
            start, used = place, header_tokens
        used += tokens
        if header_tokens + tokens > room:
            inside = _narrowed(cells, len(lines), place, place + 1)
            fewer = _narrower([*lines[:2], row], room, count)
            parts += [part for one in fewer for part in again(one, inside)] or [
                Part(f"{header}\n{piece}", inside) for piece in split(row, room - header_tokens - 1)
            ]
            start, used = place + 1, header_tokens
    if start < len(lines):
        parts.append(_part(lines, cells, start, len(lines)))
    return parts


def halved(table: str, cells: str | None) -> list[Part]:
    """Return the table as two of half its rows, each with the header; empty where it has no two rows."""
    lines = table.split("\n")
    middle = (len(lines) + 2) // 2
    if not _has_header(lines) or len(lines) < 4:
        return []
    return [_part(lines, cells, 2, middle), _part(lines, cells, middle, len(lines))]


def spanned(ranges: list[str]) -> str | None:
    """Return the smallest range that holds all `ranges`; the first where one is not understood, None for none."""
    if not ranges:
        return None
    corners = [_corners(one) for one in ranges]
    known = [one for one in corners if one is not None]
    if len(known) < len(corners) or len(ranges) == 1:
        return ranges[0]
    left, top = min(one[0] for one in known), min(one[1] for one in known)
    right, bottom = max(one[2] for one in known), max(one[3] for one in known)
    return f"{_letters(left)}{top}:{_letters(right)}{bottom}"


def _narrower(lines: list[str], room: int, count: Callable[[str], int]) -> list[str]:
    """Return the table as several of fewer columns, whose headers can be repeated; empty where that does not help.

    Of a table of one row, that row fits as well, unless a cell alone is too long.
    """
    rows = [[cell.strip() for cell in _BAR.split(line.strip())[1:-1]] for line in lines]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        return []

    def drawn(columns: list[int], until: int | None = None) -> str:
        return "\n".join("| " + " | ".join(row[n] for n in columns) + " |" for row in rows[:until])

    def fits(columns: list[int]) -> bool:
        return count(drawn(columns, 2)) <= HEADER_SHARE * room and (
            len(rows) > 3 or count(drawn(columns)) < room
        )

    groups: list[list[int]] = []
    for column in range(1, width):
        if groups and fits([*groups[-1], column]):
            groups[-1].append(column)
        else:
            groups.append([0, column])
    is_repeatable = all(count(drawn(group, 2)) <= HEADER_SHARE * room for group in groups)
    return [drawn(group) for group in groups] if len(groups) > 1 and is_repeatable else []


def _has_header(lines: list[str]) -> bool:
    return len(lines) > 2 and _RULE.fullmatch(lines[1].strip()) is not None


def _part(lines: list[str], cells: str | None, start: int, end: int) -> Part:
    text = "\n".join([*lines[:2], *lines[start:end]])
    return Part(text, _narrowed(cells, len(lines), start, end))


def _narrowed(cells: str | None, line_count: int, start: int, end: int) -> str | None:
    """Return the range of the lines from `start` to before `end`, or the whole where rows and lines do not match up."""
    corners = None if cells is None else _corners(cells)
    if corners is None:
        return cells
    left, top, right, bottom = corners
    height = bottom - top + 1
    if height == line_count - 1:  # the header is the first row of the range
        top += 1
    elif height != line_count - 2:  # empty rows were left out, or a row stands on several lines
        return cells
    return f"{_letters(left)}{top + start - 2}:{_letters(right)}{top + end - 3}"


def _corners(cells: str) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom, 1-based."""
    found = _RANGE.fullmatch(cells)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return _number(left), int(top), _number(right or left), int(bottom or top)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

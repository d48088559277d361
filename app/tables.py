"""Read tables in Markdown, as parsing writes them: which lines are rows, what their cells hold, which row is the head.

Whatever begins and ends with a bar is a row; below a head stands a rule of dashes. A bar in a cell is escaped. Pure.
"""

import re
from collections.abc import Sequence
from typing import Final

_ROW: Final = re.compile(r"\s*\|.*(?<!\\)\|\s*")
_NOTHING: Final = re.compile(r"[\s|:-]*")  # a rule, or a row whose cells are empty
_BAR: Final = re.compile(r"(?<!\\)\|")


def is_row(line: str) -> bool:
    """Return whether a line is a row of a table, or the rule below its head."""
    return _ROW.fullmatch(line) is not None


def says_nothing(row: str) -> bool:
    """Return whether a row is a rule, or empty."""
    return _NOTHING.fullmatch(row) is not None


def has_head(rows: Sequence[str]) -> bool:
    """Return whether the first of the rows that stand together is the head of the others."""
    is_ruled = len(rows) > 1 and is_row(rows[1]) and "-" in rows[1] and says_nothing(rows[1])
    return is_ruled and not says_nothing(rows[0])


def cells(row: str) -> list[str]:
    """Return what the cells of a row hold, in their order; "" for an empty one."""
    return [cell.replace("\\|", "|").strip() for cell in _BAR.split(row.strip()[1:-1])]

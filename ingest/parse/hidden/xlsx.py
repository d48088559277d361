"""Say which rows, columns and cells of a sheet a person does not see. Pure but for the parts of the package it reads.

Hidden rows, columns, collapsed groups and sheets are ordinary: they hold helpers, sources of lists, last year. They are
left out, as nobody sees them, and told without asking for review. Rows that a filter hides (18.3.2.7) are read: the
filter shows that it is on, changes by the day, and says nothing of what the table is. Text in the colour of its cell,
below two points or under the number format `;;;` is no habit of honest tables, and is reported for review.

Source: ECMA-376 part 1, 18.3.1.73 (rows), 18.3.1.13 (columns), 18.8 (styles), 18.5.1 (tables). What a conditional
format with a fill, a table's style, a pivot table or a picture may paint is taken as seen.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import ZipFile

from lxml import etree

from ingest.parse.hidden.sight import TINY_POINTS
from ingest.parse.ooxml import child, children, is_on, local, relations, tree, walk

if TYPE_CHECKING:
    from openpyxl.cell.rich_text import CellRichText

Range = tuple[int, int, int, int]  # top, left, bottom, right, 0-based and inclusive

CELL = re.compile(r"\$?([A-Z]{1,3})?\$?(\d{1,7})?")
LAST = 1 << 20  # rows that a sheet has at most; more than its columns
MARKS = ("is", "row", "col", "sheetFormatPr", "autoFilter", "conditionalFormatting", "picture", "tablePart")
PAINTING = ("colorScale", "dataBar")  # conditional formats that fill by themselves
PLAIN_TABLES = re.compile(r"TableStyle(Light|Medium)\d+")  # whose rows of data are as light as the sheet


@dataclass(slots=True)
class Sight:
    """Say what of one sheet is not seen, and where something unknown may stand behind the cells."""

    rows: set[int] = field(default_factory=set)  # 0-based
    columns: list[tuple[int, int]] = field(default_factory=list)  # 0-based, inclusive
    shown_columns: list[tuple[int, int]] = field(default_factory=list)
    is_wide: bool = True  # whether columns that are not listed have a width
    painted: list[Range] = field(default_factory=list)
    filtered: list[Range] = field(default_factory=list)
    away: dict[int, bool] = field(default_factory=dict)  # columns asked for so far
    rich: dict[tuple[int, int], "CellRichText"] = field(
        default_factory=dict
    )  # runs that stand in their cells

    def hides_row(self, row: int) -> bool:
        """Say whether a row is hidden by somebody, not by a filter."""
        return row in self.rows and not any(top < row <= bottom for top, _, bottom, _ in self.filtered)

    def hides_column(self, column: int) -> bool:
        """Say whether a column is hidden, or of no width."""
        if column not in self.away:
            is_listed = any(first <= column <= last for first, last in self.shown_columns)
            is_hidden = any(first <= column <= last for first, last in self.columns)
            self.away[column] = is_hidden or not (self.is_wide or is_listed)
        return self.away[column]

    def is_painted(self, row: int, column: int) -> bool:
        """Say whether something other than the cell's own fill may stand behind it."""
        return any(
            top <= row <= bottom and left <= column <= right for top, left, bottom, right in self.painted
        )


def sight_of(package: ZipFile, part: str) -> Sight:
    """Return what a sheet says of its rows and columns. Raises XMLSyntaxError."""
    sight = Sight()
    known = relations(package, part)
    filling = _filling(package)
    number = 0
    for mark in walk(package, part, *MARKS):
        name = local(mark)
        if name == "is":
            _runs(sight, mark)
        elif name == "row":
            number = _count(mark.get("r"), number + 1)
            if (is_on(mark, "hidden") and mark.get("hidden")) or _is_below(mark.get("ht"), TINY_POINTS):
                sight.rows.add(number - 1)
        elif name == "conditionalFormatting":
            sight.painted += _ranges(mark.get("sqref")) if _paints(mark, filling) else []
        elif name == "picture":
            sight.painted.append((0, 0, LAST, LAST))
        elif name == "autoFilter":
            sight.filtered += _ranges(mark.get("ref")) if len(children(mark, "filterColumn")) else []
        else:
            _column(sight, mark)
    for relation in known.values():
        root = tree(package, relation.target) if relation.kind in ("table", "pivotTable") else None
        if root is not None:
            _table(sight, root)
    return sight


def _runs(sight: Sight, mark: etree._Element) -> None:
    """Keep the runs of a text in its cell (18.3.1.53); openpyxl joins those of a sheet that it reads in a stream."""
    from openpyxl.cell.rich_text import CellRichText  # heavy: keeps --help under 0.3 s

    cell = mark.getparent()
    if cell is not None and any(child(run, "rPr") is not None for run in children(mark, "r")):
        for top, left, _, _ in _ranges(cell.get("r")):
            sight.rich[top, left] = CellRichText.from_tree(mark)


def _column(sight: Sight, mark: etree._Element) -> None:
    if local(mark) == "sheetFormatPr":
        sight.is_wide = not _is_below(mark.get("defaultColWidth"), 1e-9)
    elif local(mark) == "col":
        place = (_count(mark.get("min"), 1) - 1, _count(mark.get("max"), 1) - 1)
        is_hidden = (is_on(mark, "hidden") and mark.get("hidden")) or _is_below(mark.get("width"), 1e-9)
        (sight.columns if is_hidden else sight.shown_columns).append(place)


def _table(sight: Sight, root: etree._Element) -> None:
    """Take what a table filters, and where its style paints: head and foot, all of it where it may be dark."""
    if local(root) == "pivotTableDefinition":
        location = child(root, "location")
        sight.painted += _ranges(location.get("ref")) if location is not None else []
        return
    chosen = child(root, "autoFilter")
    if chosen is not None and len(children(chosen, "filterColumn")):
        sight.filtered += _ranges(chosen.get("ref"))
    style = child(root, "tableStyleInfo")
    name = style.get("name") if style is not None else None
    for top, left, bottom, right in _ranges(root.get("ref")) if style is not None and name else []:
        if not PLAIN_TABLES.fullmatch(name or ""):
            sight.painted.append((top, left, bottom, right))
            continue
        if root.get("headerRowCount", "1") != "0":
            sight.painted.append((top, left, top, right))
        if root.get("totalsRowCount", "0") != "0":
            sight.painted.append((bottom, left, bottom, right))
        for switch, column in (("showFirstColumn", left), ("showLastColumn", right)):
            if style is not None and style.get(switch) in ("1", "true"):
                sight.painted.append((top, column, bottom, column))


def _filling(package: ZipFile) -> frozenset[int]:
    """Return the numbers of the formats that conditional formats refer to and that have a fill (18.8.14)."""
    styles = tree(package, "xl/styles.xml")
    held = None if styles is None else child(styles, "dxfs")
    formats = [] if held is None else children(held, "dxf")
    return frozenset(number for number, one in enumerate(formats) if child(one, "fill") is not None)


def _paints(mark: etree._Element, filling: frozenset[int]) -> bool:
    """Say whether a conditional format fills its cells, by itself or by the format it refers to."""
    rules = children(mark, "cfRule")
    is_filled = any(child(rule, name) is not None for rule in rules for name in PAINTING)
    return is_filled or any(_count(rule.get("dxfId"), -1) in filling for rule in rules)


def _ranges(text: str | None) -> list[Range]:
    """Return the ranges that a reference names: "B2:C9 F3", whole rows and columns too (18.18.62)."""
    return [found for part in (text or "").upper().split() if (found := _range(part)) is not None]


def _range(text: str) -> Range | None:
    start, _, end = text.partition(":")
    first, last = CELL.fullmatch(start), CELL.fullmatch(end or start)
    if first is None or last is None:
        return None
    top, left = int(first[2] or 1) - 1, _letters(first[1]) if first[1] else 0
    bottom = int(last[2]) - 1 if last[2] else LAST
    return (top, left, bottom, _letters(last[1]) if last[1] else LAST)


def _letters(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _count(text: str | None, otherwise: int) -> int:
    return int(text[:7]) if text and text.isdecimal() else otherwise


def _is_below(text: str | None, limit: float) -> bool:
    try:
        return text is not None and float(text) < limit
    except ValueError:
        return False

"""Say which rows and columns of an OpenDocument sheet a person does not see. Pure.

As in workbooks of Excel: what somebody hid or folded away is left out and told, what a filter hides is read.
Source: OpenDocument 1.3 part 3, 19.750 (table:visibility), 9.1.7 and 9.1.10 (groups), 20.334 (row height).
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.hidden.odf import Looks, points
from ingest.parse.hidden.sight import TINY_POINTS
from ingest.parse.ooxml import attribute, descendants, local

CELLS = frozenset({"table-cell", "covered-table-cell"})
MAX_TIMES = 1 << 24  # beyond the rows of any sheet
GROUPS = ("table-row-group", "table-column-group")


@dataclass(slots=True)
class Spans:
    """Hold stretches of 0-based numbers that ascend."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)  # exclusive

    def add(self, start: int, end: int) -> None:
        """Add a stretch behind those that are held."""
        self.starts.append(start)
        self.ends.append(end)

    def holds(self, number: int) -> bool:
        """Say whether a number lies in one of the stretches."""
        place = bisect_right(self.starts, number) - 1
        return place >= 0 and number < self.ends[place]


def hidden_rows(sheet: etree._Element, looks: Looks) -> Spans:
    """Return the rows that somebody hid, folded away or made too low to be seen."""
    return _hidden(sheet, "table-row", "number-rows-repeated", looks)


def hidden_columns(sheet: etree._Element, looks: Looks) -> Spans:
    """Return the columns that somebody hid or folded away."""
    return _hidden(sheet, "table-column", "number-columns-repeated", looks)


def _hidden(sheet: etree._Element, name: str, repeated: str, looks: Looks) -> Spans:
    spans = Spans()
    place = 0
    for item in descendants(sheet, name, skip=CELLS):
        value = (attribute(item, repeated) or "1")[:8]
        times = min(max(int(value), 1), MAX_TIMES) if value.isdecimal() else 1
        if attribute(item, "visibility") == "collapse" or _is_folded(item) or _is_low(item, looks):
            spans.add(place, place + times)
        place += times
    return spans


def _is_folded(item: etree._Element) -> bool:
    above = (place for place in item.iterancestors() if local(place) in GROUPS)
    return attribute(item, "visibility") != "filter" and any(
        attribute(g, "display") == "false" for g in above
    )


def _is_low(item: etree._Element, looks: Looks) -> bool:
    if local(item) != "table-row":
        return False
    kinds = looks.properties("table-row", attribute(item, "style-name") or "")
    words = kinds.get("table-row-properties", {})
    height = points(words.get("row-height"))
    return height is not None and height < TINY_POINTS and words.get("use-optimal-row-height") != "true"

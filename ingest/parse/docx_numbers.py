"""Count what Word numbers by itself: list items and headings, whose "1.", "b)" or "2.1" stands nowhere in the text.

Contracts and policies are cited by these numbers, so a reader will ask for them.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from ingest.parse.ooxml import attribute, child, children

MAX_LEVELS = 9  # of a list (ECMA-376 17.9.6)
LETTERS = 26
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
         (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
MAX_ROMAN = 4_000  # larger ones have no common form
NO_LIST = "0"  # the number of the list that takes a paragraph out of its style's
UNCOUNTED = ("bullet", "none")
PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """Say how one level of a list looks."""

    form: str  # "decimal", "lowerLetter", ...
    text: str  # "%1.%2"
    start: int


@dataclass(frozen=True, slots=True)
class _List:
    abstract: str  # lists of the same abstract one count on from each other
    levels: dict[int, Level]
    restarts: dict[int, int]  # level: where this list begins anew


@dataclass(slots=True)
class Numbers:
    """Give each numbered paragraph its number, in the order of the document."""

    lists: dict[str, _List]
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, number: str, level: int) -> str:
        """Return what stands before the next paragraph of this list and level, "" before a bullet."""
        known = self.lists.get(number)
        look = known.levels.get(level) if known else None
        if known is None or look is None:
            return ""
        counts = self.counts.setdefault(known.abstract, {})
        if level in known.restarts and (number, level) not in self.begun:
            counts[level] = known.restarts[level] - 1
        self.begun.add((number, level))
        counts[level] = counts.get(level, look.start - 1) + 1
        for deeper in range(level + 1, MAX_LEVELS):
            counts.pop(deeper, None)
        if look.form in UNCOUNTED:
            return ""

        def shown(place: re.Match[str]) -> str:
            at = int(place.group(1)) - 1
            other = known.levels.get(at, look)
            return _numeral(counts.get(at, other.start), other.form)

        return PLACE.sub(shown, look.text).strip()


def numbers(root: etree._Element | None) -> Numbers:
    """Return the numbers of a document by its part word/numbering.xml."""
    if root is None:
        return Numbers({})
    abstracts = {
        attribute(item, "abstractNumId") or "": _levels(item) for item in children(root, "abstractNum")
    }
    lists: dict[str, _List] = {}
    for item in children(root, "num"):
        abstract = _value(child(item, "abstractNumId"))
        levels, restarts = dict(abstracts.get(abstract, {})), {}
        for override in children(item, "lvlOverride"):
            levels |= _levels(override)
            start = _value(child(override, "startOverride"))
            if start.isdecimal():
                restarts[_count(attribute(override, "ilvl"))] = _count(start)
        lists[attribute(item, "numId") or ""] = _List(abstract, levels, restarts)
    return Numbers(lists)


def numbered(properties: etree._Element | None) -> tuple[str, int] | None:
    """Return the list and level that paragraph properties name, None where they name none. NO_LIST is one."""
    found = child(properties, "numPr")
    if found is None or child(found, "numId") is None:
        return None
    return _value(child(found, "numId")), _count(_value(child(found, "ilvl")))


def _levels(parent: etree._Element) -> dict[int, Level]:
    return {
        _count(attribute(item, "ilvl")): Level(
            form=_value(child(item, "numFmt")) or "decimal",
            text=_value(child(item, "lvlText")),
            start=_count(_value(child(item, "start")) or "1"),
        )
        for item in children(parent, "lvl")
    }


def _value(element: etree._Element | None) -> str:
    return "" if element is None else attribute(element, "val") or ""


def _count(text: str | None) -> int:
    return int(text[:6]) if text and text.isdecimal() else 0


def _numeral(count: int, form: str) -> str:
    """Return a count in the form of its level; forms that are words of one language are written as digits."""
    if form in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % LETTERS) * ((count - 1) // LETTERS + 1)  # z, aa, bb
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and count < MAX_ROMAN:
        roman = ""
        for value, letters in ROMAN:
            roman += letters * (count // value)
            count %= value
        return roman if form == "lowerRoman" else roman.upper()
    return f"{count:02d}" if form == "decimalZero" else str(count)

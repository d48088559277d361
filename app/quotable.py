"""Split a passage into what may be quoted of it: its sentences, the points of its lists, the rows of its tables. Pure.

A quotation says where in the passage's text it stands, so that a reader finds it there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app import sentences, tables

_POINT = re.compile(r"\s*(?:[-*•–]|\(?\d{1,2}[.)])\s+(?=\S)")  # begins a point of a list
_ENDED = re.compile(r"[.!?:;…|][\"'”»)]*\s*$")
_WORD = re.compile(r"\w")
_FIGURE = re.compile(r"\d")

IMPRINT_DOTS = 2  # between pieces of a line
HEADING_WORDS = 8  # of a line over a paragraph; a longer one is a sentence that lost its full stop


@dataclass(frozen=True, slots=True)
class Quotable:
    """Hold what may be quoted: as it is shown, and where it stands in the passage's text (end exclusive)."""

    text: str  # on one line; a row of a table with the head of each cell, a point of a list with what leads to it
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def quotable(text: str) -> tuple[Quotable, ...]:
    """Return what may be quoted of a passage's text, in its order; what stands over a paragraph is quoted with it."""
    found: list[Quotable] = []
    lead = heading = ""
    for block in _blocks(text):
        first = block[0].text
        if tables.is_row(first):
            found += _rows(block)
            lead = heading = ""  # what stood above is the table's, not that of what follows it
            continue
        if _is_imprint(block):
            continue
        if _is_heading(block):
            lead, heading = "", " ".join(first.split())
            continue
        is_point = bool(_POINT.match(first))
        lead = lead if is_point else ""
        found += _prose(text, block, lead or (f"{heading}:" if heading else ""))
        if not is_point:
            heading = ""
            lead = found[-1].text if found and found[-1].text.endswith(":") else ""
    return tuple(found)


def _is_heading(block: list[_Line]) -> bool:
    """Return whether a line stands over what follows: a few words, no full stop, no figure."""
    line = block[0].text
    few = len(line.split()) <= HEADING_WORDS
    return len(block) == 1 and few and not (_ENDED.search(line) or _FIGURE.search(line) or _POINT.match(line))


def _is_imprint(block: list[_Line]) -> bool:
    """Return whether a line speaks of its document, as at the top and foot of pages: "Rules · Version 2 · Page 3"."""
    return len(block) == 1 and block[0].text.count(" · ") >= IMPRINT_DOTS


def _blocks(text: str) -> Iterator[list[_Line]]:
    """Yield runs of lines that belong together: a table, a point of a list, a paragraph."""
    block: list[_Line] = []
    is_apart = False  # a blank line stands between
    start = 0
    for raw in text.split("\n"):
        line = _Line(raw, start)
        start = line.end + 1
        if not raw.strip():
            is_apart = True
            continue
        if block and (_begins(block[-1].text, raw) or (is_apart and not _goes_on(block[-1].text, raw))):
            yield block
            block = []
        block.append(line)
        is_apart = False
    if block:
        yield block


def _begins(before: str, line: str) -> bool:
    """Return whether a line begins something else than the line before it."""
    return bool(_POINT.match(line)) or tables.is_row(line) is not tables.is_row(before)


def _goes_on(before: str, line: str) -> bool:
    """Return whether a line finishes the sentence before the blank line, as where a page ends within it."""
    return line.lstrip()[0].islower() and not _ENDED.search(before)


def _rows(block: list[_Line]) -> Iterator[Quotable]:
    """Yield each row of a table below its head; each row alone where it has none."""
    rows = [(line, tables.cells(line.text)) for line in block]
    has_head = tables.has_head([line.text for line in block[:2]])
    head = rows[0][1] if has_head else []
    for line, cells in rows[2:] if has_head else rows:
        named = len(cells) == len(head)
        said = [
            f"{head[place]}: {cell}" if named and head[place] else cell
            for place, cell in enumerate(cells)
            if cell
        ]
        if _WORD.search(line.text):
            yield Quotable("; ".join(said), line.start, line.end)


def _prose(text: str, block: list[_Line], lead: str) -> Iterator[Quotable]:
    """Yield the sentences of a paragraph, whose lines may be broken anywhere, or of a point of a list."""
    first, last = block[0].start, block[-1].end
    if mark := _POINT.match(block[0].text):
        first += mark.end()
    paragraph = text[first:last].replace("\n", " ")  # of the same length: places stay what they are
    for start, end in sentences.bounds(paragraph):
        said = paragraph[start:end]
        if _WORD.search(said):
            line = " ".join(said.split())
            blanks = len(said) - len(said.lstrip())
            yield Quotable(
                f"{lead} {line}" if lead and start == 0 else line, first + start + blanks, first + end
            )

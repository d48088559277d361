"""Turn the lines of pages into blocks: furniture out, headings, paragraphs and lists told apart. Pure.

Sizes are relative to the document's body size, so the same rules hold for digital pages and for OCR.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.types import Block, Kind
from retrieval.types import Box

HEADING_RATIO = 1.15  # of the body size; below it, differences are footnotes' and fonts' noise
HEADING_MAX_CHARS = 200  # longer "headings" are quotations set large
BOLD_HEADING_MAX_CHARS = 90
MAX_LEVELS = 4
PARAGRAPH_GAP = 0.65  # of the line's height; set text has leading of 0.1 to 0.5
MARGIN_SHARE = 0.12  # of the page's height at the top and at the bottom is where furniture stands
FURNITURE_MIN_PAGES = 3  # a line on two pages may be a table's repeated header
FURNITURE_PAGE_SHARE = 0.4  # left and right pages alternate, so half is the most one of them reaches
PAGE_NUMBER = re.compile(
    r"^[\W_]*(?:(?:page|seite|pagina|página|p\.|s\.)\s*)?(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:/|of|von|sur|di|de|\|)\s*\d{1,4})?[\W_]*$",
    re.IGNORECASE,
)
BULLET = re.compile(r"^(?:[•‣▪●○◦–−-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
SENTENCE_END = re.compile(r"[.!?:;]['\"”»)]?$")
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of text with its place (points from the top left corner) and the height of its letters."""

    text: str
    page: int  # 1-based
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page's lines in reading order."""

    number: int  # 1-based
    width: float
    height: float
    lines: tuple[Line, ...]


def blocks_of(pages: Sequence[Page]) -> list[Block]:
    """Return the blocks of a document in reading order, without furniture, words joined across line ends."""
    kept = [line for page in _without_furniture(pages) for line in page.lines]
    if not kept:
        return []
    body = _body_size(kept)
    levels = _levels(kept, body)
    blocks: list[Block] = []
    group: list[Line] = []
    for line in kept:
        if group and not _continues(group, line, body):
            blocks.append(_block(group, body, levels))
            group = []
        group.append(line)
    blocks.append(_block(group, body, levels))
    return blocks


def _without_furniture(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without running headers and footers (alike on many pages) and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_signature(line) for line in page.lines if _in_margin(line, page)})
    needed = max(FURNITURE_MIN_PAGES, FURNITURE_PAGE_SHARE * len(pages))

    def is_furniture(line: Line, page: Page) -> bool:
        if not _in_margin(line, page):
            return False
        is_number = len(pages) > 1 and bool(PAGE_NUMBER.match(line.text))
        return is_number or seen[_signature(line)] >= needed

    return [
        Page(
            page.number,
            page.width,
            page.height,
            tuple(line for line in page.lines if not is_furniture(line, page)),
        )
        for page in pages
    ]


def _signature(line: Line) -> tuple[str, int]:
    return DIGITS.sub("#", line.text.strip()), round(line.y0 / 12)  # a line's height apart is another place


def _in_margin(line: Line, page: Page) -> bool:
    return line.y1 < page.height * MARGIN_SHARE or line.y0 > page.height * (1 - MARGIN_SHARE)


def _body_size(lines: Iterable[Line]) -> float:
    """Return the size most characters are set in, to half a point."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[_rounded(line.size)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], size))


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _levels(lines: Sequence[Line], body: float) -> dict[float, int]:
    """Return the heading level of each size above the body's: the largest size is level 1."""
    sizes = {_rounded(line.size) for line in lines if _is_large(line, body)}
    return {size: min(rank, MAX_LEVELS) for rank, size in enumerate(sorted(sizes, reverse=True), 1)}


def _is_large(line: Line, body: float) -> bool:
    if _rounded(line.size) < body * HEADING_RATIO or len(line.text) > HEADING_MAX_CHARS:
        return False
    return sum(map(str.isalpha, line.text)) >= 2


def _is_bold_heading(group: Sequence[Line]) -> bool:
    text = " ".join(line.text for line in group)
    is_short = len(text) <= BOLD_HEADING_MAX_CHARS and not SENTENCE_END.search(text)
    return len(group) <= 2 and is_short and all(line.is_bold for line in group) and text[:1].isalnum()


def _continues(group: Sequence[Line], line: Line, body: float) -> bool:
    """Say whether `line` belongs to the same paragraph, heading or list item as the lines before it."""
    last = group[-1]
    is_same_size = abs(_rounded(last.size) - _rounded(line.size)) <= 0.1 * body
    if line.page != last.page:
        return is_same_size and not _is_large(last, body) and _runs_on(group, line)
    height = max(last.y1 - last.y0, line.y1 - line.y0, 1.0)
    if not is_same_size or BULLET.match(line.text) or (last.is_bold != line.is_bold and last.is_bold):
        return False
    if abs(line.y0 - last.y0) < height * 0.3:  # further cells of the same row
        return True
    gap = line.y0 - last.y1
    is_below = -0.6 * height < gap < PARAGRAPH_GAP * height
    overlaps = min(last.x1, line.x1) - max(last.x0, line.x0) > 0
    return (is_below and overlaps) or (gap < -3 * height and _runs_on(group, line))


def _runs_on(group: Sequence[Line], line: Line) -> bool:
    """Say whether a sentence goes on across a column or page break: no full stop before, lower case after."""
    return line.text[:1].islower() and not SENTENCE_END.search(group[-1].text) and len(group[-1].text) > 20


def _block(group: Sequence[Line], body: float, levels: dict[float, int]) -> Block:
    text = joined([line.text for line in group])
    boxes = _boxes(group)
    page = group[0].page
    if all(_is_large(line, body) for line in group) and len(text) <= HEADING_MAX_CHARS:
        return Block(
            kind=Kind.HEADING, text=text, level=levels[_rounded(group[0].size)], page=page, boxes=boxes
        )
    if _is_bold_heading(group):
        level = min(max(levels.values(), default=0) + 1, MAX_LEVELS)
        return Block(kind=Kind.HEADING, text=text, level=level, page=page, boxes=boxes)
    kind = Kind.LIST_ITEM if BULLET.match(text) else Kind.PARAGRAPH
    return Block(kind=kind, text=text, page=page, boxes=boxes)


def joined(lines: Sequence[str]) -> str:
    """Return lines as running text: a word hyphenated at a line's end becomes whole again."""
    text = ""
    for line in map(str.strip, lines):
        if not text:
            text = line
        elif text[-1] in "-\u00ad\u2010" and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}"
    return text


def _boxes(group: Sequence[Line]) -> tuple[Box, ...]:
    """Return one box a column or page that the lines cover."""
    runs: list[list[Line]] = []
    for line in group:
        last = runs[-1][-1] if runs else None
        if last is None or last.page != line.page or line.y0 < last.y0 - 2 * (last.y1 - last.y0):
            runs.append([])
        runs[-1].append(line)
    return tuple(
        Box(
            page=run[0].page,
            x0=round(min(line.x0 for line in run), 1),
            y0=round(min(line.y0 for line in run), 1),
            x1=round(max(line.x1 for line in run), 1),
            y1=round(max(line.y1 for line in run), 1),
        )
        for run in runs
    )

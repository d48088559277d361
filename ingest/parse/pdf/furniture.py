"""Take running headers, running footers and page numbers out of pages. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.parse.pdf.layout import Line, Page

MARGIN_SHARE = 0.12  # of the page's height at the top and at the bottom is where furniture stands
MIN_PAGES = 3  # of a longer document: a line on two of many pages may be a heading that comes twice
PAGE_SHARE = 0.4  # left and right pages alternate, so half is the most one of them reaches
SHORT = 3  # pages; in so short a document furniture is on every page, to the point in the same place
SHORT_MARGIN_SHARE = 0.09  # 2.7 cm of A4: with so few pages to compare, text must not be near
PAGE_NUMBER = re.compile(
    r"^[\W_]*(?:(?:page|seite|pagina|página|p\.|s\.)\s*)?(?:\d{1,4}|"
    r"(?=[ivxl])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3}))"  # front matter has no hundred pages
    r"(?:\s*(?:/|of|von|sur|di|de|\|)\s*\d{1,4})?[\W_]*$",
    re.IGNORECASE,
)
NAMED_NUMBER = re.compile(
    r"^(?:page|seite|pagina|página)\s*\d{1,4}\s*(?:/|of|von|sur|di|de)\s*\d{1,4}$", re.IGNORECASE
)
DIGITS = re.compile(r"\d+")
Signature = tuple[str, int, int]


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """Return the pages without what is alike on many of them at their edges, and without page numbers."""
    seen: Counter[Signature] = Counter()
    is_short = len(pages) <= SHORT
    margin = SHORT_MARGIN_SHARE if is_short else MARGIN_SHARE
    for page in pages:
        lines = [*page.lines, *(line for table in page.tables for line in table.lines)]
        seen.update({_signature(line, is_short=is_short) for line in lines if _in_margin(line, page, margin)})
    needed = len(pages) if is_short else max(MIN_PAGES, PAGE_SHARE * len(pages))

    def is_furniture(line: Line, page: Page) -> bool:
        if _in_margin(line, page, MARGIN_SHARE):
            number = PAGE_NUMBER if len(pages) > 1 else NAMED_NUMBER
            if number.match(line.text):
                return True
        repeats = len(pages) > 1 and seen[_signature(line, is_short=is_short)] >= needed
        return repeats and _in_margin(line, page, margin)

    return [_cleared(page, [is_furniture(line, page) for line in page.lines], is_furniture) for page in pages]


def _cleared(page: Page, is_out: Sequence[bool], is_furniture: Callable[[Line, Page], bool]) -> Page:
    before = [0]  # lines kept before each line
    for out in is_out:
        before.append(before[-1] + (not out))
    tables = (
        replace(table, at=before[min(table.at, len(is_out))])
        for table in page.tables
        if not table.lines or not all(is_furniture(line, page) for line in table.lines)
    )
    lines = (line for line, out in zip(page.lines, is_out, strict=True) if not out)
    return Page(page.number, page.width, page.height, tuple(lines), tuple(tables))


def _signature(line: Line, *, is_short: bool) -> Signature:
    text = DIGITS.sub("#", line.text.strip())
    if is_short:
        return (
            text,
            round(line.y0),
            0 if "#" in text else round(line.x0),
        )  # a number moves what is set to the right
    return text, round(line.y0 / 12), 0  # a line's height apart is another place


def _in_margin(line: Line, page: Page, share: float) -> bool:
    return line.y1 < page.height * share or line.y0 > page.height * (1 - share)

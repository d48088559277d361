"""Write the tables of a page out square by square: spans repeated, a header of several rows made one. Pure.

The partitioner forgets spans and tells header cells from others no more; a value below a header over two columns would
stand below the wrong one.
"""

from collections.abc import Iterator

from lxml import etree

MAX_SPAN = 1_000  # columns or rows; HTML allows 65,534, which no reader looks at
MAX_SQUARES = 200_000  # of a table; a larger one is left as it is
SPANNED = ".//*[(self::td or self::th) and (@colspan or @rowspan)]"


def square(root: etree._Element) -> None:
    """Rewrite every innermost table that has spans, or more than one row of header."""
    for table in list(root.iter("table")):
        if table.find(".//table") is not None:
            continue
        rows = list(table.iter("tr"))
        header = _header_rows(rows)
        if header > 1 or table.xpath(SPANNED):
            grid = _grid(rows)
            if grid is not None:
                _rewrite(table, grid, header)


def _header_rows(rows: list[etree._Element]) -> int:
    """Return how many rows at the top hold header cells only."""
    count = 0
    for row in rows:
        cells = [cell.tag for cell in row if cell.tag in ("td", "th")]
        if not cells or "td" in cells:
            break
        count += 1
    return count if count < len(rows) else min(count, 1)


def _grid(rows: list[etree._Element]) -> list[list[str]] | None:
    """Return the text of each square, a spanning cell's in all of its own; None where there are too many."""
    squares: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while (y, x) in squares:
                x += 1
            text = " ".join(" ".join(cell.itertext()).split())
            for place in _places(cell, y, x, len(rows)):
                squares[place] = text
            if len(squares) > MAX_SQUARES:
                return None
            x += 1
    if not squares:
        return None
    width = 1 + max(x for _, x in squares)
    if width * len(rows) > MAX_SQUARES:
        return None
    return [[squares.get((y, x), "") for x in range(width)] for y in range(len(rows))]


def _places(cell: etree._Element, y: int, x: int, rows: int) -> Iterator[tuple[int, int]]:
    for below in range(min(_span(cell, "rowspan"), rows - y)):
        for beside in range(_span(cell, "colspan")):
            yield y + below, x + beside


def _span(cell: etree._Element, name: str) -> int:
    value = str(cell.get(name) or "1").strip()
    return min(int(value), MAX_SPAN) if value.isdecimal() and int(value) > 0 else 1


def _rewrite(table: etree._Element, grid: list[list[str]], header: int) -> None:
    caption = table.find("caption")
    table.attrib.clear()
    for child in list(table):
        table.remove(child)
    if caption is not None:
        table.append(caption)
    if header:
        names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:header], strict=True)]
        _append(table, names, "th")
    for row in grid[header:]:
        _append(table, row, "td")


def _append(table: etree._Element, texts: list[str], tag: str) -> None:
    row = etree.SubElement(table, "tr")
    for text in texts:
        etree.SubElement(row, tag).text = text

"""Keep of a foreign table its rows and cells, as inert text; of HTML and of Markdown."""

import re
from html.parser import HTMLParser
from itertools import groupby

from ui.render import Safe, fill, join, prose_html

MAX_CELLS = 5_000  # a larger table stalls the browser; the original is one click away


_BAR = re.compile(r"(?<!\\)\|")  # a bar inside a cell is escaped
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")  # stands below the header row


def passage_html(text: str) -> Safe:
    """Return a passage's text with its Markdown tables as tables, and everything else as lines of inert text."""
    parts = []
    for is_table, lines in groupby(text.split("\n"), key=lambda line: line.startswith("|")):
        rows = list(lines)
        is_whole = is_table and len(rows) > 1 and _RULE.fullmatch(rows[1].strip()) is not None
        parts.append(_drawn(rows) if is_whole else prose_html("\n".join(rows)))
    return join(parts)


def _drawn(lines: list[str]) -> Safe:
    header, _, *body = [_cells_of(line) for line in lines]
    most = MAX_CELLS // max(1, len(header))
    rows = [_cells_html([("th", cell) for cell in header])]
    rows += [_cells_html([("td", cell) for cell in row]) for row in body[:most]]
    return fill(_TABLE, rows=join([fill(_ROW, cells=row) for row in rows]))


def _cells_of(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(inner)]


def table_html(blocks_html: str) -> Safe:
    """Return the tables of `blocks_html` with nothing kept but rows, cells and their text; other text as paragraphs."""
    reader = _Reader()
    reader.feed(blocks_html)
    reader.close()
    return reader.result()


class _Reader(HTMLParser):
    """Collect text by cell. Tags that are not part of a table only separate words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Safe] = []
        self._rows: list[list[tuple[str, str]]] | None = None
        self._text: list[str] = []
        self._cell = ""
        self._silent = 0  # inside script and style, whose text is not for reading
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - no attribute is kept
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "table" and self._rows is None:
            self._end_paragraph()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._end_cell()
            self._rows.append([])
        elif tag in ("td", "th") and self._rows is not None:
            self._end_cell()
            self._cell = tag
        elif tag in ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_paragraph()
        else:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag == "table":
            self._end_table()
        elif tag in ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_paragraph()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def result(self) -> Safe:
        self._end_table()
        self._end_paragraph()
        return join(self._blocks)

    def _take_text(self) -> str:
        text, self._text = " ".join("".join(self._text).split()), []
        return text

    def _end_paragraph(self) -> None:
        if self._rows is not None:
            self._text.append(" ")
            return
        text = self._take_text()
        if text:
            self._blocks.append(fill(_PARAGRAPH, text=text))

    def _end_cell(self) -> None:
        if self._rows is None or not self._cell:
            return
        self._cells += 1
        text = self._take_text()
        if self._cells <= MAX_CELLS:
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append((self._cell, text))
        self._cell = ""

    def _end_table(self) -> None:
        if self._rows is None:
            return
        self._end_cell()
        rows = join([fill(_ROW, cells=_cells_html(row)) for row in self._rows if row])
        self._blocks.append(fill(_TABLE, rows=rows))
        self._rows = None


def _cells_html(row: list[tuple[str, str]]) -> Safe:
    return join([fill(_HEAD if tag == "th" else _CELL, text=text) for tag, text in row])


_PARAGRAPH = '<p class="im-line">{text}</p>'
_TABLE = '<div class="im-table" tabindex="0"><table>{rows}</table></div>'
_ROW = "<tr>{cells}</tr>"
_HEAD = "<th>{text}</th>"
_CELL = "<td>{text}</td>"

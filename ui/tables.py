"""Keep of a foreign table its rows and cells, as inert text; of HTML and of Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby

from ui.render import Safe, fill, inert, join, prose_html

MAX_CELLS = 5_000  # a larger table stalls the browser; the original is one click away


_BAR = re.compile(r"(?<!\\)\|")  # a bar inside a cell is escaped
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")  # stands below the header row


Phrases = Sequence[tuple[int, int]]  # where in a passage's text, end exclusive


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    def inside(self, phrases: Phrases) -> list[tuple[int, int]]:
        """Return the parts of phrases that stand in this line, counted from its start."""
        cut = ((max(start - self.start, 0), min(end - self.start, len(self.text))) for start, end in phrases)
        return sorted((start, end) for start, end in cut if start < end)


def passage_html(text: str, phrases: Phrases = ()) -> Safe:
    """Return a passage's text with its Markdown tables as tables, all else as lines of inert text; `phrases` marked."""
    parts = []
    for is_table, lines in groupby(_lines(text), key=lambda line: line.text.startswith("|")):
        rows = list(lines)
        is_whole = is_table and len(rows) > 1 and _RULE.fullmatch(rows[1].text.strip()) is not None
        parts.append(_drawn(rows, phrases) if is_whole else join([_marked(row, phrases) for row in rows]))
    return join(parts)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(line, start)
        start += len(line) + 1


def _marked(line: _Line, phrases: Phrases) -> Safe:
    """Return a line of prose with what is in a phrase marked."""
    inside = line.inside(phrases)
    if not inside:
        return prose_html(line.text)
    parts, cursor = [], 0
    for start, end in inside:
        if start >= cursor:
            parts += [inert(line.text[cursor:start]), fill(_MARK, text=line.text[start:end])]
            cursor = end
    return fill(_PARAGRAPH, text=join([*parts, inert(line.text[cursor:])]))


def _drawn(lines: Sequence[_Line], phrases: Phrases) -> Safe:
    header, _, *body = lines
    most = MAX_CELLS // max(1, len(_cells_of(header.text)))
    rows = [fill(_ROW, cells=_cells_html([("th", cell) for cell in _cells_of(header.text)]))]
    for line in body[:most]:
        cells = _cells_html([("td", cell) for cell in _cells_of(line.text)])
        rows.append(fill(_MARKED_ROW if line.inside(phrases) else _ROW, cells=cells))
    return fill(_TABLE, rows=join(rows))


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
_MARKED_ROW = '<tr class="im-phrase">{cells}</tr>'
_MARK = '<mark class="im-phrase">{text}</mark>'
_HEAD = "<th>{text}</th>"
_CELL = "<td>{text}</td>"

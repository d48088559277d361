"""Draw a passage of a document as inert text: paragraphs, lists, and its tables as tables, with what is cited marked.

The API sends text, never HTML: tables come in Markdown. Nothing of a document is markup here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ui.render import Safe, fill, inert, join, prose_html

MAX_CELLS = 5_000  # a larger table stalls the browser; the original is one click away

_BAR = re.compile(r"(?<!\\)\|")  # a bar inside a cell is escaped
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")  # stands below the header row
_POINT = re.compile(r"\s*(?:[-*•–▪◦]|\(?\d{1,2}[.)]|[a-z]\))\s+\S")
_INDENTED = re.compile(r"\s{2,}\S")  # a listing
_WORD = re.compile(r"\w+(?:[.,:]\d+)*")

Phrases = Sequence[tuple[int, int]]  # where in a passage's text, end exclusive


@dataclass(frozen=True, slots=True)
class Cited:
    """Hold what an answer rests on in a passage: where, and the words of the answer."""

    phrases: Phrases = ()
    said: str = ""  # tells the cells of a row apart: those that say the same are marked more strongly


NOTHING = Cited()


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    def inside(self, phrases: Phrases) -> list[tuple[int, int]]:
        """Return the parts of phrases that stand in this line, counted from its start."""
        cut = ((max(start - self.start, 0), min(end - self.start, len(self.text))) for start, end in phrases)
        return sorted((start, end) for start, end in cut if start < end)


def passage_html(text: str, cited: Cited = NOTHING, *, is_flowing: bool = False) -> Safe:
    """Return a passage's text as paragraphs, lists and tables of inert text, with what is cited marked.

    In a flowing text, which breaks no line by itself, lines that follow one another are the points of a list.
    """
    parts = []
    for _, group in groupby(_lines(text), key=lambda line: bool(line.text.strip())):
        for is_table, lines in groupby(group, key=lambda line: line.text.startswith("|")):
            rows = list(lines)
            is_whole = is_table and len(rows) > 1 and _RULE.fullmatch(rows[1].text.strip()) is not None
            parts.append(
                _table(rows, cited) if is_whole else _prose(rows, cited.phrases, is_flowing=is_flowing)
            )
    return join(parts)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(line, start)
        start += len(line) + 1


def _prose(lines: Sequence[_Line], phrases: Phrases, *, is_flowing: bool) -> Safe:
    """Return lines with nothing between them: points where they look like it, else paragraphs."""
    is_list = is_flowing and len(lines) > 1 and not any(_INDENTED.match(line.text) for line in lines)
    parts = []
    for is_point, some in groupby(lines, key=lambda line: is_list or bool(_POINT.match(line.text))):
        if is_point:
            items = [fill(_ITEM, text=_marked(line, phrases)) for line in some]
            parts.append(fill(_LIST, items=join(items)))
        else:
            parts += [_paragraph(line, phrases) for line in some]
    return join(parts)


def _paragraph(line: _Line, phrases: Phrases) -> Safe:
    if not line.inside(phrases):
        return prose_html(line.text)
    return fill(_PARAGRAPH, text=_marked(line, phrases))


def _marked(line: _Line, phrases: Phrases) -> Safe:
    """Return a line's text with what is in a phrase marked."""
    parts, cursor = [], 0
    for start, end in line.inside(phrases):
        if start >= cursor:
            parts += [inert(line.text[cursor:start]), fill(_MARK, text=line.text[start:end])]
            cursor = end
    return join([*parts, inert(line.text[cursor:])])


def _table(lines: Sequence[_Line], cited: Cited) -> Safe:
    header, _, *body = lines
    most = MAX_CELLS // max(1, len(_cells_of(header.text)))
    rows = [fill(_ROW, cells=join([fill(_HEAD, text=cell) for cell in _cells_of(header.text)]))]
    for line in body[:most]:
        cells = _cells_of(line.text)
        if line.inside(cited.phrases):
            said = set(_WORD.findall(cited.said.casefold()))
            drawn = [fill(_CITED if _says(cell, said) else _CELL, text=cell) for cell in cells]
            rows.append(fill(_MARKED_ROW, cells=join(drawn)))
        else:
            rows.append(fill(_ROW, cells=join([fill(_CELL, text=cell) for cell in cells])))
    return fill(_TABLE, rows=join(rows))


def _says(cell: str, said: set[str]) -> bool:
    """Return whether all words and figures of a cell are among those said."""
    words = set(_WORD.findall(cell.casefold()))
    return bool(words) and words <= said


def _cells_of(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(inner)]


_PARAGRAPH = '<p class="im-line">{text}</p>'
_LIST = '<ul class="im-points">{items}</ul>'
_ITEM = "<li>{text}</li>"
_TABLE = '<div class="im-table" tabindex="0"><table>{rows}</table></div>'
_ROW = "<tr>{cells}</tr>"
_MARKED_ROW = '<tr class="im-phrase">{cells}</tr>'
_MARK = '<mark class="im-phrase">{text}</mark>'
_HEAD = '<th scope="col">{text}</th>'
_CELL = "<td>{text}</td>"
_CITED = '<td class="im-cited"><strong>{text}</strong></td>'

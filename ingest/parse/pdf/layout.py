"""Turn the lines and tables of pages into blocks: headings, paragraphs, lists, captions and code told apart. Pure.

Sizes are relative to the document's body size, so the same rules hold for digital pages and for OCR.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.parse.pdf.hyphens import joined
from ingest.parse.table import table_block
from ingest.types import Block, Kind
from retrieval.types import Box

HEADING_RATIO = 1.15  # of the body size; below it, differences are footnotes' and fonts' noise
HEADING_MAX_CHARS = 200  # longer "headings" are quotations set large
BOLD_HEADING_MAX_CHARS = 90  # a line of a page; a longer one is an emphasised sentence
MAX_LEVELS = 4  # finer differences of size are seldom meant as levels
PARAGRAPH_GAP = 0.65  # of the line's height; set text has leading of 0.1 to 0.5
CODE_GAP = 1.6  # of the line's height; code has empty lines
MONO_SHARE = 0.6  # of the characters; a document typed on a typewriter has no code
CAPTION_MAX_CHARS = 400  # some lines; longer text only begins with a figure's name
SAME_COLUMN = 8.0  # points that a column may move from page to page
BULLET = re.compile(r"^(?:[•‣▪●○◦–−-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
CAPTION = re.compile(
    r"^(?:figure|fig\.|table|tab\.|abbildung|abb\.|tabelle|tableau|figura|tabella|tabla|chart|diagram|listing|bild)"
    r"\s*(?:[A-Z]\.?-?)?\d+(?:[.-]\d+)*[a-z]?(?:\s*[:.–—|-]\s*\S|\s+[A-ZÄÖÜÉÈ][^.]{2,118}$)",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"[.!?:;]['\"”»)]?$")
LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}")
Titles = Mapping[tuple[int, str], int]  # heading level by page and text as `plain` makes it


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
    is_mono: bool = False  # letters are equally wide
    is_turned: bool = False  # runs up or down the page


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table's rows, the header first, and its place among a page's lines."""

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[float, ...]  # where each begins
    place: tuple[float, float, float, float]
    at: int  # how many of the page's lines stand before it
    lines: tuple[Line, ...] = ()  # those it is made of


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page's lines and tables in reading order."""

    number: int  # 1-based
    width: float
    height: float
    lines: tuple[Line, ...]
    tables: tuple[Table, ...] = ()

    def items(self) -> Iterator[Line | Table]:
        """Yield lines and tables as they follow one another."""
        tables = list(self.tables)
        for index, line in enumerate(self.lines):
            while tables and tables[0].at <= index:
                yield tables.pop(0)
            yield line
        yield from tables


def plain(text: str) -> str:
    """Return what titles are compared by: letters and digits in lower case."""
    return "".join(filter(str.isalnum, text.casefold()))


@dataclass(frozen=True, slots=True)
class _Style:
    """Hold what a document is set in, and its known headings."""

    body: float  # size
    levels: Mapping[float, int]  # heading level by size
    titles: Titles
    has_code: bool


def blocks_of(pages: Sequence[Page], titles: Titles | None = None) -> list[Block]:
    """Return the blocks of a document in reading order, words joined across line ends.

    `titles` are known headings, as the document's outline names them.
    """
    style = _style([line for page in pages for line in page.lines], titles or {})
    blocks: list[Block] = []
    group: list[Line] = []
    above: tuple[Table, int] | None = None  # a table that nothing has followed yet, with its page
    for page in pages:
        for item in page.items():
            if group and (isinstance(item, Table) or not _continues(group, item, style)):
                blocks.append(_block(group, style))
                group = []
            if isinstance(item, Table):
                is_next = above is not None and above[1] + 1 == page.number
                table = with_header_of(above[0], item) if above is not None and is_next else item
                blocks += _table(table, page.number)
                above = table, page.number
            else:
                group.append(item)
                above = None
    return [*blocks, _block(group, style)] if group else blocks


def with_header_of(above: Table, table: Table) -> Table:
    """Return a table that goes on from the page before with the header it has there, or as it is."""
    is_same = len(above.columns) == len(table.columns) and all(
        abs(before - after) <= SAME_COLUMN for before, after in zip(above.columns, table.columns, strict=True)
    )
    if not is_same or list(map(plain, above.rows[0])) == list(map(plain, table.rows[0])):
        return table
    return replace(table, rows=(above.rows[0], *table.rows))


def _table(table: Table, page: int) -> list[Block]:
    block = table_block(table.rows, page=page)
    return [replace(block, boxes=(_box(page, table.place),))] if block else []


def _style(lines: Sequence[Line], titles: Titles) -> _Style:
    if not lines:
        return _Style(body=10, levels={}, titles=titles, has_code=False)
    body = _body_size(lines)
    mono = sum(len(line.text) for line in lines if line.is_mono)
    has_code = 0 < mono < MONO_SHARE * sum(len(line.text) for line in lines)
    return _Style(body=body, levels=_levels(lines, body), titles=titles, has_code=has_code)


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
    if line.is_turned or _rounded(line.size) < body * HEADING_RATIO or len(line.text) > HEADING_MAX_CHARS:
        return False
    return sum(map(str.isalpha, line.text)) >= 2


def _is_bold_heading(group: Sequence[Line]) -> bool:
    text = " ".join(line.text for line in group)
    is_short = len(text) <= BOLD_HEADING_MAX_CHARS and not SENTENCE_END.search(text)
    return len(group) <= 2 and is_short and all(line.is_bold for line in group) and text[:1].isalnum()


def _is_code(line: Line, style: _Style) -> bool:
    return style.has_code and line.is_mono and not line.is_turned


def _continues(group: Sequence[Line], line: Line, style: _Style) -> bool:
    """Say whether `line` belongs to the same paragraph, heading, list item or listing as the lines before it."""
    last = group[-1]
    is_same_size = abs(_rounded(last.size) - _rounded(line.size)) <= 0.1 * style.body
    is_named = _is_named(last, style) or _is_named(line, style)
    if is_named or _is_code(last, style) != _is_code(line, style) or CAPTION.match(line.text):
        return False
    if line.page != last.page:
        return is_same_size and not _is_large(last, style.body) and _runs_on(group, line)
    height = max(last.y1 - last.y0, line.y1 - line.y0, 1.0)
    gap = line.y0 - last.y1
    if _is_code(line, style):
        return -1.2 * height < gap < CODE_GAP * height
    if not is_same_size or BULLET.match(line.text) or (last.is_bold != line.is_bold and last.is_bold):
        return False
    if abs(line.y0 - last.y0) < height * 0.3:  # further cells of the same row
        return True
    is_below = -0.6 * height < gap < PARAGRAPH_GAP * height
    overlaps = min(last.x1, line.x1) - max(last.x0, line.x0) > 0
    return (is_below and overlaps) or (gap < -3 * height and _runs_on(group, line))


def _runs_on(group: Sequence[Line], line: Line) -> bool:
    """Say whether a sentence goes on across a column or page break: no full stop before, lower case after."""
    return line.text[:1].islower() and not SENTENCE_END.search(group[-1].text) and len(group[-1].text) > 20


def _block(group: Sequence[Line], style: _Style) -> Block:
    page, boxes = group[0].page, _boxes(group)
    if all(_is_code(line, style) for line in group):
        return Block(kind=Kind.CODE, text=_code(group), page=page, boxes=boxes)
    text = joined([line.text for line in group])
    if CAPTION.match(text) and len(text) <= CAPTION_MAX_CHARS and not LEADER.search(text):
        return Block(kind=Kind.CAPTION, text=text, page=page, boxes=boxes)
    level = _level(group, text, style)
    if level:
        return Block(kind=Kind.HEADING, text=text, level=level, page=page, boxes=boxes)
    kind = Kind.LIST_ITEM if BULLET.match(text) else Kind.PARAGRAPH
    return Block(kind=kind, text=text, page=page, boxes=boxes)


def _is_named(line: Line, style: _Style) -> bool:
    """Say whether the outline names this line as a heading."""
    return bool(style.titles) and (line.page, plain(line.text)) in style.titles


def _level(group: Sequence[Line], text: str, style: _Style) -> int:
    """Return the level of a heading, 0 where the lines are none."""
    known = style.titles.get((group[0].page, plain(text))) if style.titles else None
    if known and len(text) <= HEADING_MAX_CHARS:
        return min(known, MAX_LEVELS)
    if all(_is_large(line, style.body) for line in group) and len(text) <= HEADING_MAX_CHARS:
        return style.levels[_rounded(group[0].size)]
    if _is_bold_heading(group):
        return min(max(style.levels.values(), default=0) + 1, MAX_LEVELS)
    return 0


def _code(group: Sequence[Line]) -> str:
    """Return a listing line by line, indented as it is set."""
    left = min(line.x0 for line in group)
    rows: list[str] = []
    for index, line in enumerate(group):
        letter = max((line.x1 - line.x0) / len(line.text), 1.0)
        indent = " " * round((line.x0 - left) / letter)
        if (
            index and abs(line.y0 - group[index - 1].y0) < (line.y1 - line.y0) * 0.3
        ):  # same row, further right
            rows[-1] = f"{rows[-1]} ".ljust(len(indent)) + line.text
        else:
            rows.append(indent + line.text)
    return "\n".join(rows)


def _boxes(group: Sequence[Line]) -> tuple[Box, ...]:
    """Return one box a column or page that the lines cover."""
    runs: list[list[Line]] = []
    for line in group:
        last = runs[-1][-1] if runs else None
        if last is None or last.page != line.page or line.y0 < last.y0 - 2 * (last.y1 - last.y0):
            runs.append([])
        runs[-1].append(line)
    return tuple(
        _box(
            run[0].page,
            (
                min(line.x0 for line in run),
                min(line.y0 for line in run),
                max(line.x1 for line in run),
                max(line.y1 for line in run),
            ),
        )
        for run in runs
    )


def _box(page: int, place: tuple[float, float, float, float]) -> Box:
    x0, y0, x1, y1 = (round(value, 1) for value in place)
    return Box(page=page, x0=x0, y0=y0, x1=x1, y1=y1)

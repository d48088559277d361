"""Judge tables: whether a value stands in the row of its key and under its header. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lxml import html as lxml_html

from ingest.types import Block, Kind, ParsedDocument

BAR = re.compile(r"(?<!\\)\|")  # between two cells of Markdown; a bar within a cell is escaped
MAX_SPAN = 1_000  # columns or rows that a cell may claim; the widest table that the parsers keep

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a parsed table: for each column the headers that it stands under, and the rows below them."""

    headers: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(document: ParsedDocument) -> tuple[Table, ...]:
    """Return the tables of a document in order."""
    return tuple(_table(*_grid(block)) for block in document.blocks if block.kind is Kind.TABLE)


def missing_cells(expected: Iterable[Mapping[str, str]], tables: Sequence[Table]) -> tuple[str, ...]:
    """Return which `column`, `row` and `value` stand together in no table, as "row / column: value"."""
    return tuple(
        f"{cell['row']} / {cell['column']}: {cell['value']}"
        for cell in expected
        if not any(_holds(table, cell) for table in tables)
    )


def normalised(text: str) -> str:
    """Return the letters and digits of `text`, in lower case and NFKC."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).lower() if letter.isalnum())


def _holds(table: Table, cell: Mapping[str, str]) -> bool:
    under = {
        at for at, names in enumerate(table.headers) if any(_names(name, cell["column"]) for name in names)
    }
    return any(
        _same(row[at], cell["value"]) and any(_same(key, cell["row"]) for key in (*row[:at], *row[at + 1 :]))
        for row in table.rows
        for at in under
    )


def _same(found: str, wanted: str) -> bool:
    """Say whether two cells say the same; those without letters and digits, as a dash, are compared as they are."""
    return normalised(found) == normalised(wanted) and bool(
        normalised(wanted) or found.strip() == wanted.strip()
    )


def _names(header: str, wanted: str) -> bool:
    """Say whether a header is the wanted one, or holds its words in a row as "2025 Turnover" holds "2025"."""
    words, sought = ([word for word in map(normalised, text.split()) if word] for text in (header, wanted))
    is_within = any(words[at : at + len(sought)] == sought for at in range(len(words) - len(sought) + 1))
    return _same(header, wanted) or (bool(sought) and is_within)


def _table(rows: Sequence[Row], head: int) -> Table:
    """Return the table of a grid whose first `head` rows are headers.

    A header goes on over the empty ones to its right. The names of the single columns may then follow in lines of
    their own, up to the one that names the column of the keys; such a line may also be a row.
    """
    width = max((len(row) for row in rows), default=0)
    filled = [tuple(row) + ("",) * (width - len(row)) for row in rows]
    is_spanning = any(not name for row in filled[:head] for name in row[1:])
    last = head
    while (
        is_spanning and last < len(filled) and not (filled[last][0] and any(row[0] for row in filled[:last]))
    ):
        last += 1
    spread = [_spread(row) for row in filled[:last]]
    headers = tuple(tuple(dict.fromkeys(row[at] for row in spread if row[at])) for at in range(width))
    return Table(headers, tuple(filled[head:]))


def _spread(row: Row) -> list[str]:
    names: list[str] = []
    for name in row:
        names.append(name or (names[-1] if names else ""))
    return names


def _grid(block: Block) -> tuple[list[list[str]], int]:
    """Return the rows of a block and how many of them are its header: of its HTML, else of its Markdown."""
    if block.html is None:
        lines = [line.strip() for line in block.text.splitlines() if line.strip().startswith("|")]
        rows = [[cell.replace("\\|", "|").strip() for cell in BAR.split(line)[1:-1]] for line in lines]
        return rows[:1] + rows[2:], 1  # the second line is a rule
    root = lxml_html.fragment_fromstring(block.html, create_parent="div")
    lines_of = list(root.iter("tr"))
    named = sum(1 for line in lines_of if any(True for _ in line.iterancestors("thead")))
    return _squares(lines_of), max(named, 1)


def _squares(lines: Sequence[lxml_html.HtmlElement]) -> list[list[str]]:
    """Return the text of each square; a cell over several columns or rows says it in each."""
    squares: dict[tuple[int, int], str] = {}
    for row, line in enumerate(lines):
        column = 0
        for cell in line.iterchildren("td", "th"):
            while (row, column) in squares:
                column += 1
            text = " ".join("".join(cell.itertext()).split())
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            squares.update({(row + y, column + x): text for y in range(down) for x in range(across)})
            column += across
    width = max((column for _, column in squares), default=-1) + 1
    return [[squares.get((row, column), "") for column in range(width)] for row in range(len(lines))]


def _span(cell: lxml_html.HtmlElement, name: str) -> int:
    value = cell.get(name, "1")
    return min(max(int(value), 1), MAX_SPAN) if value.isdecimal() else 1

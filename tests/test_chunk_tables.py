"""Hold that tables are cut between rows, and that each piece keeps its header, its caption and its range of cells."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.parse.table import table_block
from ingest.tables import halved
from ingest.types import Block, Kind
from tests.cutting import WORDS, cut, paragraph

COLUMNS = [a + b for a in ("", "A") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def rows_of(cells: str) -> tuple[int, int]:
    """Return first and last row of a range."""
    first, last = (int(re.sub(r"[A-Z]+", "", corner)) for corner in cells.split(":"))
    return first, last


@given(
    rows=some.lists(some.lists(WORDS, min_size=3, max_size=3), min_size=2, max_size=60),
    budget=some.integers(60, 120),
)
def test_table_repeats_its_header(rows: list[list[str]], budget: int) -> None:
    """Each piece of a table starts with its header row; every other row is there once, in order."""
    table = table_block(rows)
    assert table is not None
    lines = table.text.split("\n")

    chunks = cut(table, budget=budget)

    assert all(chunk.text.split("\n")[:2] == lines[:2] for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.text.split("\n")[2:]] == lines[2:]
    assert all(chunk.tokens <= budget for chunk in chunks)


@given(
    rows=some.lists(some.lists(WORDS, min_size=2, max_size=4), min_size=2, max_size=40),
    left=some.integers(1, 30),
    top=some.integers(1, 90),
    budget=some.integers(70, 120),
)
def test_cells_of_a_split_table_follow_its_rows(
    rows: list[list[str]], left: int, top: int, budget: int
) -> None:
    """The ranges of the pieces lie below each other without gap or overlap; a whole table keeps its whole range."""
    rows = [(row + ["x"] * 4)[:4] for row in rows]
    table = table_block(rows)
    assert table is not None
    whole = f"{COLUMNS[left]}{top}:{COLUMNS[left + 3]}{top + len(rows) - 1}"

    chunks = cut(replace(table, cells=whole, page=2), budget=budget)

    if len(chunks) == 1:
        assert chunks[0].cells == whole
        return
    told = [rows_of(chunk.cells or "") for chunk in chunks]
    assert told[0][0] == top + 1  # the first row is the header, which each piece repeats
    assert told[-1][1] == top + len(rows) - 1
    assert all(after[0] == before[1] + 1 for before, after in pairwise(told))
    assert [last - first + 1 for first, last in told] == [len(chunk.text.split("\n")) - 2 for chunk in chunks]
    assert {chunk.page for chunk in chunks} == {2}


@settings(max_examples=60)
@given(width=some.integers(8, 20), height=some.integers(1, 12), budget=some.integers(40, 90))
def test_wide_table_keeps_header_and_key_of_every_cell(width: int, height: int, budget: int) -> None:
    """Where the header is too wide to be repeated, each cell still stands below its header and beside its row's key."""
    rows = [[f"head{column}" for column in range(width)]]
    rows += [
        [f"r{row}c{column} a\\|b"[: None if row else 6] for column in range(width)] for row in range(height)
    ]
    table = table_block(rows)
    assert table is not None

    chunks = cut(table, budget=budget)

    found = set()
    for piece in (piece for chunk in chunks for piece in chunk.text.split("\n\n")):
        lines = [line.strip("| ").split(" | ") for line in piece.split("\n")]
        assert lines[0][0] == "head0"
        found |= {(lines[0][n], line[0], cell) for line in lines[2:] for n, cell in enumerate(line)}
    shown = [line.strip("| ").split(" | ") for line in table.text.split("\n")]
    assert found == {(shown[0][n], line[0], cell) for line in shown[2:] for n, cell in enumerate(line)}
    assert all(chunk.tokens <= budget for chunk in chunks)


def test_cells_that_do_not_match_the_rows_stay_whole() -> None:
    """Where empty rows were left out, nobody can say which rows a piece holds: the range of the table is told."""
    table = table_block([["a", "b"], *([f"word {n}", "value"] for n in range(40))])
    assert table is not None

    chunks = cut(replace(table, cells="B4:C90"))

    assert len(chunks) > 1
    assert {chunk.cells for chunk in chunks} == {"B4:C90"}
    assert {chunk.cells for chunk in cut(replace(table, cells="Budget"))} == {"Budget"}


def test_two_tables_of_a_sheet_span_both() -> None:
    """A chunk that holds two small tables names the range that holds both; prose has none."""
    small = table_block([["a", "b"], ["1", "2"]])
    assert small is not None
    (chunk,) = cut(replace(small, cells="B4:C5", page=1), replace(small, cells="AA8:AB9", page=1))
    assert chunk.cells == "B4:AB9"
    assert cut(paragraph("No table."))[0].cells is None


@pytest.mark.parametrize("is_above", [True, False])
def test_caption_stays_with_its_table(is_above: bool) -> None:  # noqa: FBT001 - a case of the test
    """Whichever side it stands on, the caption is in the chunk of its table where both fit one."""
    table = table_block([["Site", "Days"], *([f"place {n}", str(n)] for n in range(4))])
    assert table is not None
    caption = Block(kind=Kind.CAPTION, text="Days of leave by site")
    pair = (caption, table) if is_above else (table, caption)

    chunks = cut(paragraph("word " * 40), *pair, paragraph("word " * 40))

    (holding,) = (chunk for chunk in chunks if "Days of leave" in chunk.text)
    assert table.text in holding.text


def test_halved_table_keeps_its_header() -> None:
    """Each half starts with the header; what is no table, or has one row, is not halved."""
    table = table_block([["a", "b"], *([str(n), "x"] for n in range(5))])
    assert table is not None
    first, second = halved(table.text, "B2:C7")
    assert first.text.split("\n")[:2] == second.text.split("\n")[:2] == table.text.split("\n")[:2]
    assert (first.cells, second.cells) == ("B3:C4", "B5:C7")
    assert halved("no table\nat all\nin four\nlines", None) == []
    assert halved("| a |\n| --- |\n| 1 |", None) == []

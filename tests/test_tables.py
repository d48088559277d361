"""Read Markdown tables once for quoting and for the check of citations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import tables
from app.places import read_places
from app.quotable import quotable


@pytest.mark.parametrize(
    ("rows", "has_head"),
    [
        (["| a | b |", "| --- | :-: |"], True),
        (["| a | b |", "|---|---|"], True),
        (["| a | b |", "| | |"], False),  # an empty row is no rule
        (["| - | - |", "| --- | --- |"], False),  # nothing is no head
        (["| a | b |", "| c | d |"], False),
        (["| a | b |"], False),
        (["| a | b |", "-"], False),
        ([], False),
    ],
)
def test_a_rule_of_dashes_makes_a_head(rows: list[str], *, has_head: bool) -> None:
    """The row above it is the head, where it says anything."""
    assert tables.has_head(rows) is has_head


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ["a", "b"]),
        ("  |a||b|", ["a", "", "b"]),
        ("| a \\| b | c |", ["a | b", "c"]),
        ("| a | b\\|", None),
        ("| a | b", None),
        ("a | b |", None),
        ("|", None),
        ("", None),
    ],
)
def test_a_row_begins_and_ends_with_a_bar(line: str, cells: list[str] | None) -> None:
    """A bar inside a cell is escaped; what only holds bars is a sentence."""
    assert (tables.cells(line) if tables.is_row(line) else None) == cells


@given(st.lists(st.text(alphabet="ab1 -|:\\", max_size=12), max_size=6))
def test_quoting_and_checking_see_the_same_rows(lines: list[str]) -> None:
    """Whatever a table holds, each row that is quoted is a place with the same cells."""
    text = "\n".join(lines)
    places = [
        [cell.text for cell in place.cells if cell.text] for place in read_places(text, "en") if place.cells
    ]
    for one in quotable(text):
        line = text[one.start : one.end]
        if tables.is_row(line):
            assert [cell for cell in tables.cells(line) if cell] in places


def test_an_empty_row_below_the_first_is_no_head() -> None:
    """The rows are quoted each alone, not one as the heads of the others."""
    assert [one.text for one in quotable("| a | b |\n| | |\n| c | d |")] == ["a; b", "c; d"]
    assert [place.headers for place in read_places("| a | b |\n| | |\n| c | d |", "en")] == [(), ()]

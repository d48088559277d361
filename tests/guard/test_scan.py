"""A whole text: nothing overlaps, nothing leaks into a reason, and hostile input ends."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.guard.scan import scan, without_overlaps
from ingest.guard.types import Finding, Kind

LETTER = """Dr. Anna Keller
Lindenstraße 12a
50667 Köln
Tel. 0221 / 47 11 08 15

Sehr geehrter Herr Yilmaz, bitte überweisen Sie an DE89370400440532013000.
"""
PIECES = [
    "Anna",
    "Keller",
    "12a",
    "Straße",
    "+49 221 4711",
    "\n",
    ", ",
    "@",
    "x@y.example",
    "DE89",
    "3704",
    "Frau",
    "'s",
]


def test_a_letter_is_read_as_a_whole() -> None:
    """Every kind in it is found once, in order."""
    found = scan(LETTER, "de")
    assert [one.kind for one in found] == [Kind.PERSON, Kind.ADDRESS, Kind.PHONE, Kind.PERSON, Kind.IBAN]
    assert LETTER[found[1].start : found[1].end] == "Lindenstraße 12a\n50667 Köln"


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=30).map(" ".join))
def test_findings_lie_inside_the_text_and_never_overlap(text: str) -> None:
    """Whatever the text, findings are in order, apart, and as sure as is asked for."""
    found = scan(text, "de")
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0.5 <= one.confidence <= 1 for one in found)


def test_of_two_that_overlap_the_surer_stays_and_a_name_in_an_address_goes() -> None:
    """The name of a street is not a person's, however sure it looks."""
    street = Finding(Kind.ADDRESS, 0, 20, 0.7, "")
    name = Finding(Kind.PERSON, 0, 10, 0.9, "")
    card = Finding(Kind.CARD, 30, 50, 0.6, "")
    iban = Finding(Kind.IBAN, 28, 50, 0.95, "")
    assert without_overlaps([name, card, iban, street]) == (street, iban)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 20_000,
        "A" * 40_000,
        "Anna " * 8_000,
        "12-" * 15_000,
        "a@" * 20_000,
        ":" * 40_000,
        "\n, " * 15_000,
    ],
    ids=["digits", "one word", "names", "dashes", "at signs", "colons", "lines"],
)
def test_hostile_texts_are_read_to_the_end(text: str) -> None:
    """Forty thousand characters of one sort end before the suite's limit for a test, and nothing lies outside."""
    assert all(one.end <= len(text) for one in scan(text, "en"))

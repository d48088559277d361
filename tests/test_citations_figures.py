"""Check the check of figures: a number holds in its own row, and counts the same thing in the same measure."""

import pytest

from app.citations import check
from app.types import Verdict
from tests.cited_passages import passage

TABLE = passage(
    "Caps hold per night.\n\n| Country | Hotel cap | At a fair |\n| --- | --- | --- |\n| Germany | 135 EUR "
    "| 190 EUR |\n| France | 145 EUR | 200 EUR |\n| Spain | 125 EUR | 175 EUR |\n\nClass A suppliers are "
    "paid within 10 days. Class B suppliers are paid within 20 days. Every third delivery is examined.",
    title="Travel",
)
TIED = [
    "The hotel cap in France is 145 EUR [1].",
    "The hotel cap is 135 EUR in Germany and 125 EUR in Spain [1].",
    "In Spain the hotel cap is 125 EUR, and at a fair 175 EUR [1].",
    "145 EUR is the hotel cap in France [1].",
    "Suppliers of class B are paid within 20 days [1].",
    "Every 3rd delivery is examined [1].",
]
UNTIED = [
    "The hotel cap in Spain is 145 EUR [1].",
    "145 EUR is the hotel cap in Spain [1].",
    "The hotel cap in France is 200 EUR [1].",
    "At a fair, 145 EUR are paid in France [1].",
    "The hotel cap in Norway is 145 EUR in Spain [1].",
    "Suppliers of class A are paid within 20 days [1].",
    "Every fourth delivery is examined [1].",
]


@pytest.mark.parametrize("answer", TIED)
def test_a_number_of_its_row_holds(answer: str) -> None:
    """A number holds in the row and column, or the sentence, that the answer names; two rows may be named at once."""
    (sentence,) = check(answer, {1: TABLE}, language="en")
    assert sentence.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("answer", UNTIED)
def test_a_number_of_another_row_falls(answer: str) -> None:
    """A number that the passage holds in another row, column or sentence than the one named does not support it."""
    (sentence,) = check(answer, {1: TABLE}, language="en")
    assert sentence.verdict is Verdict.UNSUPPORTED


MEASURED = passage(
    "Thousand EUR, approved on 12 December 2025.\n\n| Site | Energy |\n| --- | --- |\n| Dijon | 1880 |\n\n"
    "Orders are delivered within 15 working days. The fee of 38 EUR is due per month. Files are kept six months. "
    "The fine of 320,000 EUR stays. A glass costs 3 EUR.",
    title="Figures",
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("The energy of Dijon is 1,880 thousand EUR.", "The energy of Dijon is 1,880 EUR."),
        ("Orders are delivered within 15 working days.", "Orders are delivered within 15 days."),
        ("Orders are delivered within 15 business days.", "Orders are delivered within 15 weeks."),
        ("The fee of 38 EUR is due monthly.", "The fee of 38 EUR is due per year."),
        ("Files are kept 6 months.", "Files are kept six weeks."),
        ("The fine of 320,000 EUR stays.", "The fine of 320,000 thousand EUR stays."),
        ("A glass costs 3 EUR.", "A glass costs 3 EUR per person."),
        ("A glass costs 3 EUR.", "A glass costs 3 francs."),
    ],
)
def test_a_number_counts_the_same(right: str, wrong: str) -> None:
    """Months are no weeks, working days no days, thousands no units, "per month" not "per year"; other words hold."""
    checked = check(f"{right} [1] {wrong} [1]", {1: MEASURED}, language="en")
    assert [sentence.verdict for sentence in checked] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]


def test_units_and_codes_are_no_names() -> None:
    """A currency that only a column's heading gives, and the letter of a code, need no name in the passage."""
    table = passage("| Band | Minimum |\n| --- | --- |\n| B3 | 48900 |", title="Salary bands 2026")
    codes = passage(
        "| Code | Meaning |\n| --- | --- |\n| E21 | No stroke signal for 3 seconds |", title="Error codes"
    )

    (band,) = check("The minimum salary of band B3 is 48900 EUR [1].", {1: table}, language="en")
    (code,) = check("Error code E21 means no stroke signal for 3 seconds [1].", {1: codes}, language="en")

    assert (band.verdict, code.verdict) == (Verdict.SUPPORTED, Verdict.SUPPORTED)

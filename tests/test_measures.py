"""Tie figures to what they count, however the amount is written, and to their row, however the table is drawn."""

import pytest

from app.citations import check
from app.types import Verdict
from tests.cited_passages import passage


def verdict(text: str, claim: str, language: str = "en") -> Verdict:
    """Return what the check says of a claim that cites this passage."""
    (sentence,) = check(f"{claim} [1].", {1: passage(text, language=language)}, language=language)
    return sentence.verdict


@pytest.mark.parametrize(
    "amount",
    ["€2 million", "EUR 2 million", "2 million euros", "2 million EUR", "EUR 2 Mio.", "2 million of euros"],
)
def test_millions_count_wherever_the_currency_stands(amount: str) -> None:
    """An amount of two millions is neither one of two, nor other than itself in other words."""
    text = f"The annual budget of Dijon is {amount}."
    assert verdict(text, "The annual budget of Dijon is 2 EUR") is Verdict.UNSUPPORTED
    assert verdict(text, "The annual budget of Dijon is €2 million") is Verdict.SUPPORTED
    assert verdict(text, "The annual budget of Dijon is 2 million euros") is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("language", "sentence", "amount", "other"),
    [
        ("fr", "Le budget de Dijon est de {}", "2 millions d'euros", "2 euros"),
        ("es", "El presupuesto es de {}", "2 millones de euros", "2 euros"),
        ("it", "Il budget è di {}", "2 milioni di euro", "2 euro"),
    ],
)
def test_millions_in_other_languages(language: str, sentence: str, amount: str, other: str) -> None:
    """A word between the scale and the currency changes neither."""
    text = f"{sentence.format(amount)}."
    assert verdict(text, sentence.format(amount), language) is Verdict.SUPPORTED
    assert verdict(text, sentence.format(other), language) is Verdict.UNSUPPORTED


def test_each_amount_has_a_scale_of_its_own() -> None:
    """A sentence that states two amounts gives each what its own words say."""
    text = "The project costs 2 million EUR. The fee of the project is 500 EUR."
    assert verdict(text, "The project costs 2 million EUR and the fee is 500 EUR") is Verdict.SUPPORTED
    assert verdict(text, "The project costs 2 EUR and the fee is 500 EUR") is Verdict.UNSUPPORTED
    assert (
        verdict(text, "The project costs 2 million EUR and the fee is 500 million EUR") is Verdict.UNSUPPORTED
    )


def test_a_table_in_thousands_says_so_above_it() -> None:
    """Its figures alone say nothing; "EUR thousand" and "thousand EUR" are the same."""
    for unit in ("thousand EUR", "EUR thousand"):
        text = f"All figures in {unit}.\n\n| Item | 2026 |\n| --- | --- |\n| EBIT | 5890 |"
        assert verdict(text, "EBIT in 2026 was 5890 thousand EUR") is Verdict.SUPPORTED
        assert verdict(text, "EBIT in 2026 was 5890 EUR") is Verdict.UNSUPPORTED


def test_a_row_of_dashes_is_no_head_of_a_table() -> None:
    """Only the second line of a table rules off its head; later rows stay rows."""
    text = "| City | Cap |\n| --- | --- |\n| France | 145 |\n| - | - |\n| Spain | 125 |"
    assert verdict(text, "The cap in Spain is 145 EUR") is Verdict.UNSUPPORTED
    assert verdict(text, "The cap in France is 145") is Verdict.SUPPORTED


def test_the_row_that_says_it_is_marked() -> None:
    """Words count without the stops and colons behind them."""
    text = "| City | Cap | Meals |\n| --- | --- | --- |\n| Bonn | 120 | 30 |\n| Rome | 145 | 40 |"
    (sentence,) = check("The cap in Rome is 145 EUR without meals [1].", {1: passage(text)}, language="en")
    ((start, end),) = sentence.phrases
    assert text[start:end] == "| Rome | 145 | 40 |"

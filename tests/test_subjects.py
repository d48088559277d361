"""Say what a question names that a passage does not speak of."""

import pytest

from app.claims import Source
from app.subjects import quarters, unspoken, years
from tests.cited_passages import passage


@pytest.mark.parametrize(
    ("question", "language", "text", "missing"),
    [
        ("What is the hotel cap in Portugal?", "en", "In Spain the cap is 125 EUR.", {"portugal"}),
        ("What is the hotel cap in Spain?", "en", "In Spain the cap is 125 EUR.", set()),
        ("What does error E27 mean?", "en", "E21: no stroke signal", {"e27"}),
        ("What does error E21 mean?", "en", "Code E 21: no stroke signal", set()),
        ("Which torque has the QD 160?", "en", "The QD 80 takes 14 Nm.", {"qd160"}),
        ("Which torque has the QD 80?", "en", "QD-80: 14 Nm.", set()),
        ("Was kostet das Essen in Dijon?", "de", "In Kassel kostet es 4,20 Euro.", {"dijon"}),
        ("Wie hoch ist der Zuschlag am Samstag?", "de", "Am Sonntag sind es 75 Prozent.", set()),
        ("Welche Rufbereitschaft gilt?", "de", "Die Bereitschaft ist geregelt.", set()),
        ("What were sales in the fourth quarter?", "en", "Sales in Q3 rose.", {"q4"}),
        ("Wie hoch war das EBIT im dritten Quartal?", "de", "EBIT Q3: 5890", set()),
        ("Quel bénéfice au quatrième trimestre ?", "fr", "Au T3 rien.", {"q4"}),
        ("What were sales in Q4?", "en", "Sales in the fourth quarter rose.", set()),
        ("What were sales in Q4?", "en", "Sales in Q3 rose.", {"q4"}),
        ("Who approves orders over EUR 500?", "en", "Orders over 500 EUR: the head.", set()),
        ("Which torque has the QD 160?", "en", "The QD 1600 takes 14 Nm.", {"qd160"}),
        ("Which torque has the QD 160?", "en", "The AQD 160 takes 14 Nm.", {"qd160"}),
        ("Who may travel to Rome?", "en", "Nobody travels from Europe.", {"rome"}),
        ("What says BR-26-014?", "en", "BR 26 014 is the engineer.", set()),
        ("Was gilt für Königin Wesleys Haus?", "de", "Wesley hat ein Haus.", set()),
        ("Welche Vereinigten Staaten gibt es?", "de", "Die Länder.", set()),
        ("Which QuellLinks are old?", "en", "Old QuellLink gateways.", set()),
        ("Wie viele Autos gibt es in Rostock?", "de", "In Kassel stehen sieben Autos.", {"rostock"}),
        ("Wie viele Autos gibt es in Kassel?", "de", "In Kassel stehen sieben Autos.", set()),
        ("Wie viele Autos hat der Standort Leipzig?", "de", "Es gibt sieben Autos.", {"leipzig"}),
        ("Was kostet es in Euro?", "de", "Es kostet sieben.", set()),
        ("Was gilt in Teilzeit?", "de", "Teilzeitbeschäftigte haben frei.", set()),
        ("What were sales in Q4?", "de", "Quartalszahlen 3/2026: Umsatz", {"q4"}),
        ("", "en", "", set()),
    ],
)
def test_what_a_passage_does_not_speak_of(question: str, language: str, text: str, missing: set[str]) -> None:
    """Names, designations and quarters; not nouns, which German writes like names, nor what is spelt otherwise."""
    assert unspoken(question, language, Source(passage(text, language=language))) == missing


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("Wie hoch ist die Obergrenze in Polen?", "In Spain the cap is 125 EUR.", set()),  # Poland, there
        ("Wie hoch ist die Obergrenze in Leipzig?", "In Spain the cap is 125 EUR.", {"leipzig"}),
        ("Wie hoch war das EBIT?", "Sales rose.", {"ebit"}),
    ],
)
def test_a_name_may_have_another_form_in_another_language(
    question: str, text: str, missing: set[str]
) -> None:
    """Where the other language does not have the German word; an acronym is the same everywhere."""
    assert unspoken(question, "de", Source(passage(text, language="en"))) == missing


def test_a_name_may_stand_elsewhere_in_the_document() -> None:
    """For whom an agreement holds is said once; which of its products a row is of is said in the row."""
    row, scope = (
        Source(passage("Twelve days.", language="de")),
        Source(passage("Kassel, QD 80", language="de")),
    )
    assert unspoken("Wie viele Tage gibt es in Kassel?", "de", row, [scope]) == set()
    assert unspoken("Wie viele Tage hält die QD 80?", "de", row, [scope]) == {"qd80"}


def test_years_are_no_dates_in_figures_and_no_amounts() -> None:
    """A year is named with a quarter, alone, behind a month, or in a file's name."""
    assert years("Q3 2026, 4. Mai 2025, budget-2027 since 2019.") == {"2026", "2025", "2027", "2019"}
    assert years("31.12.2025, 2024-01-05, 2000 Stunden, 2,012 h, 2013 EUR, 12023") == set()


def test_quarters_are_read_in_five_languages() -> None:
    """In words, in figures and as Q3."""
    text = "first quarter, zweites Quartal, troisième trimestre, quarto trimestre; Q1 2026, 2. Quartal, T3"
    assert quarters(text) == {"q1", "q2", "q3", "q4"}
    assert quarters("a quarter of the staff") == set()

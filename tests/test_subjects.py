"""Say what a question names that a passage does not speak of."""

import pytest

from app.claims import Source
from app.subjects import quarters, unspoken
from tests.test_citations import passage


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
        ("", "en", "", set()),
    ],
)
def test_what_a_passage_does_not_speak_of(question: str, language: str, text: str, missing: set[str]) -> None:
    """Names, designations and quarters; not nouns, which German writes like names, nor what is spelt otherwise."""
    assert unspoken(question, language, Source(passage(text, language=language))) == missing


def test_quarters_are_read_in_five_languages() -> None:
    """In words, in figures and as Q3."""
    text = "first quarter, zweites Quartal, troisième trimestre, quarto trimestre; Q1 2026, 2. Quartal, T3"
    assert quarters(text) == {"q1", "q2", "q3", "q4"}
    assert quarters("a quarter of the staff") == set()

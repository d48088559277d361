"""Read the sentences of a text, and the facts and names in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import facts, sentences
from app.claims import names

SPLITS = [
    ("One. Two [1]. Three? Four!", 4),
    ("Dr. Weber, z. B., hilft am 3. Mai um 8.30 Uhr. Das kostet 1.234,50 Euro [1]. [2]", 2),
    ("Mme. Duval répond, p. ex. par M. Petit. Le 1er mai est férié.", 2),
    ("Il termine è di 30 gg. lavorativi, cfr. pag. 3. Fine.", 2),
    ("La Sra. García aprueba 2.500 EUR. Véase el art. 4.", 2),
    ("Gültig im 3. Quartal und ab 31.12.2025. Ende.", 2),
    ("See https://intra.example/a.b. It is 3.5 km away.", 2),
    ("- First item\n- Second item\n1. Third", 3),
    ("", 0),
    ("[1] [2]", 0),
]


@pytest.mark.parametrize(("text", "count"), SPLITS)
def test_sentences_are_split(text: str, count: int) -> None:
    """Abbreviations, ordinals, decimals, dates and addresses do not end a sentence; line breaks do."""
    assert len(sentences.split(text)) == count, sentences.split(text)


@given(st.text(alphabet="ab Z.!?1[]\n-,€ä", max_size=200))
def test_splitting_loses_no_word(text: str) -> None:
    """Every letter outside citation marks and bullets comes out again, in order."""
    plain = re.sub(r"[^a-zA-Zä]", "", text)
    assert re.sub(r"[^a-zA-Zä]", "", "".join(piece.text for piece in sentences.split(text))) == plain


def test_facts_of_a_text() -> None:
    """Numbers, dates, times and codes come out in one form whatever the language they are written in."""
    german = facts.read("Am 3. März 2024 um 17.00 Uhr: 1.234,50 € für HR-12, 5 Prozent")
    english = facts.read("On March 3, 2024 at 5 pm: € 1,234.50 for HR-12, 5 percent")
    assert german == english


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Please ask Anna Keller in the HR office on Monday.", {"anna", "keller", "hr"}),
        ("de", "Bitte fragen Sie Anna Keller nach 30 Tage Urlaub im Büro.", {"anna", "keller"}),
        ("fr", "Demandez à Claire d'Orsay avant mardi.", {"claire", "orsay"}),
    ],
)
def test_names(language: str, text: str, expected: set[str]) -> None:
    """Names are capitalised words within a sentence; of German nouns only two in a row count."""
    assert names(text, language) == expected

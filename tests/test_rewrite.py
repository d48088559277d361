"""Check how follow-up questions are made to stand alone for the search."""

import pytest

from app.rewrite import standalone
from app.types import Turn

HISTORY = (
    Turn("user", "How many days of parental leave do fathers get in France?"),
    Turn("assistant", "28 [1]."),
)


@pytest.mark.parametrize(
    ("text", "language", "carried"),
    [
        ("And in Spain?", "en", ["parental", "leave", "fathers"]),
        ("Why?", "en", ["parental"]),
        ("Is it paid?", "en", ["parental", "leave"]),
        ("Und in Spanien?", "de", ["parental"]),
        ("Et en Espagne ?", "fr", ["parental"]),
    ],
)
def test_a_follow_up_is_searched_with_its_subject(text: str, language: str, carried: list[str]) -> None:
    """An elliptic question is searched together with the content words of the question before it."""
    wanted = standalone(text, HISTORY, language)
    assert wanted.startswith(text)
    assert all(word in wanted for word in carried)


@pytest.mark.parametrize(
    "text", ["How much may a client dinner cost per person?", "Which form starts a purchase above 5,000 EUR?"]
)
def test_a_whole_question_is_searched_as_it_is(text: str) -> None:
    """A question that names its subject is left alone; so is the first of a conversation."""
    assert standalone(text, HISTORY, "en") == text
    assert standalone("Why?", (), "en") == "Why?"


def test_a_chain_of_follow_ups_reaches_its_subject() -> None:
    """Of "A?", "and B?", "and C?" the third is still searched with the words of the first."""
    chain = (*HISTORY, Turn("user", "And in Spain?"), Turn("assistant", "16 weeks [2]."))
    assert "parental" in standalone("And in Italy?", chain, "en")


def test_question_in_another_language_is_one_of_its_own() -> None:
    """Who turns to another language seldom goes on with the subject, unless the question says so."""
    history = (Turn("user", "What is the hotel cap in France?"), Turn("assistant", "145 EUR."))
    assert standalone("Wer leitet den Einkauf?", history, "de") == "Wer leitet den Einkauf?"
    assert "France" in standalone("Und in Spanien?", history, "de")


def test_compound_says_as_much_as_its_parts() -> None:
    """A German question of one long word names its subject."""
    history = (Turn("user", "Wie hoch ist das Hotelbudget in Frankreich?"), Turn("assistant", "145 EUR."))
    assert standalone("Wie viele Urlaubstage habe ich?", history, "de") == "Wie viele Urlaubstage habe ich?"


def test_of_a_question_for_documents_only_the_subject_is_carried() -> None:
    """That documents mention something is no subject; what they mention is one."""
    history = (Turn("user", "Which documents mention travel expenses?"), Turn("assistant", "2 documents."))
    assert standalone("Who approves them?", history, "en") == "Who approves them? travel expenses"

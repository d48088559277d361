"""Taking a question apart: what is one thing stays whole, what is two is searched twice."""

import pytest

from app.parts import parts_of
from retrieval.language import detect


@pytest.mark.parametrize(
    "question",
    [
        "How many days of annual leave do I have?",
        "What is the difference between part-time and full-time contracts?",
        "Who approves travel to France and Portugal?",
        "Was gilt für Teilzeit und wie?",
        "What applies to Kassel, and why?",
        "How do I book? And where? And when? And who pays the hotel?",
        "What may a hotel cost? I mean in Dijon.",
        "annual leave Kassel",
        "How many days do employees get who work in Kassel and who have children?",
        "What happens when I am ill and when I travel?",
        "Que se passe-t-il si je suis malade et que je suis à Dijon ?",
        "Quels droits ont les salariés qui travaillent à Dijon et qui ont des enfants ?",
        "¿Qué pasa si estoy enfermo y que dice la empresa?",
        "Che cosa succede se sono malato e che cosa devo dire?",
    ],
)
def test_one_thing_stays_whole(question: str) -> None:
    """Neither lists of things, nor clauses, nor a bare question word, nor too many questions are taken apart."""
    assert parts_of(question, detect(question)) == ((question, question),)


@pytest.mark.parametrize(
    ("question", "language", "parts"),
    [
        (
            "When are salaries paid and who approves overtime?",
            "en",
            ("When are salaries paid", "who approves overtime?"),
        ),
        (
            "Wann wird das Gehalt gezahlt, und wie viele Urlaubstage gibt es in Kassel?",
            "de",
            ("Wann wird das Gehalt gezahlt", "wie viele Urlaubstage gibt es in Kassel?"),
        ),
        (
            "Qui signe les contrats et combien coûte le parking de Dijon ?",
            "fr",
            ("Qui signe les contrats", "combien coûte le parking de Dijon ?"),
        ),
        (
            "I work in Lyon. When are salaries paid? Who approves overtime?",
            "en",
            ("I work in Lyon. When are salaries paid?", "Who approves overtime?"),
        ),
    ],
)
def test_two_things_are_two_parts(question: str, language: str, parts: tuple[str, ...]) -> None:
    """A question word behind an "and", and a second question mark, begin another part."""
    assert tuple(text for text, _ in parts_of(question, language)) == parts


def test_second_part_is_searched_with_the_subject_of_the_first() -> None:
    """Asked when they expire, the search finds nothing without the days of leave before it."""
    (_, first), (text, wanted) = parts_of("How many days of leave are there and when do they expire?", "en")

    assert first == "How many days of leave are there"
    assert text == "when do they expire?"
    assert "leave" in wanted

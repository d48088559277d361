"""Hold the reading of dates and kinds of documents in questions, and what it does to the order."""

from dataclasses import replace

import pytest

from ingest.formats import FORMATS
from retrieval.kinds import Kind, kind_of
from retrieval.types import Passage
from retrieval.wanted import BONUS, OTHER_MONTH, Wanted, wanted

PASSAGE = Passage(
    "c", "d", "v", "handbook", "Travel policy", "travel.pdf", "application/pdf", "en",
    (), "Hotels are paid.", 0, None, (), "2025-03-01",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "years", "months"),
    [
        ("What does the 2025 travel policy say?", {"2025"}, set()),
        ("Was steht in der Reiserichtlinie von 2024?", {"2024"}, set()),
        ("laut Präsentation vom Mai 2026", {"2026"}, {"2026-05"}),
        ("dans le PDF de février 2024", {"2024"}, {"2024-02"}),
        ("según la presentación de agosto de 2025", {"2025"}, {"2025-08"}),
        ("nel verbale di dicembre 2023", {"2023"}, {"2023-12"}),
        ("the report of 05/2026", {"2026"}, {"2026-05"}),
        ("between 2023 and 2025?", {"2023", "2025"}, set()),
        ("Regulation (EU) 2016/679", set(), set()),
        ("error E-2024 on model 2024x", set(), set()),
        ("2024.5 litres", set(), set()),
        ("a purchase above 2000.00 EUR", set(), set()),
        ("May I spend 2000 euros?", set(), set()),
        ("Darf ich 2000€ ausgeben?", set(), set()),
        ("Is $2000 too much?", set(), set()),
        ("Are we certified by ISO 9001:2015?", set(), set()),
    ],
)
def test_years_and_months_are_read(question: str, years: set[str], months: set[str]) -> None:
    """A year that stands by itself is one; a code, an amount and the number of a law are none."""
    found = wanted(question)
    assert (set(found.years), set(found.months)) == (years, months)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is the budget in the spreadsheet?", Kind.SPREADSHEET),
        ("according to the 2025 sales presentation, who leads?", Kind.PRESENTATION),
        ("What did Anna write in that e-mail?", Kind.MAIL),
        ("laut Präsentation vom Mai 2026", Kind.PRESENTATION),
        ("Was steht im PDF?", Kind.PDF),
        ("Wer steht in der Excel-Tabelle?", Kind.SPREADSHEET),
        ("Was stand in der E-Mail von Jonas?", Kind.MAIL),
        ("dans le PDF de 2024", Kind.PDF),
        ("d'après la présentation, qui décide ?", Kind.PRESENTATION),
        ("Quel montant figure dans la feuille de calcul ?", Kind.SPREADSHEET),
        ("¿Qué dice en la hoja de cálculo?", Kind.SPREADSHEET),
        ("según la presentación de agosto", Kind.PRESENTATION),
        ("Cosa c'è scritto nel foglio di calcolo?", Kind.SPREADSHEET),
        ("secondo la presentazione di maggio", Kind.PRESENTATION),
        ("Wat staat er in de presentatie?", Kind.PRESENTATION),
        ("on the web page of the canteen", Kind.WEB_PAGE),
        ("Was steht im Word-Dokument?", Kind.LETTER),
        ("What does it say in the text file?", Kind.TEXT),
        ("Was sieht man auf dem Scan?", Kind.IMAGE),
    ],
)
def test_kind_is_read_where_the_question_says_where_to_look(question: str, kind: Kind) -> None:
    """The words for kinds of documents in five languages and more are known, behind a word of place."""
    assert wanted(question).kinds == {kind}


@pytest.mark.parametrize(
    "question",
    [
        "May I send salaries by e-mail?",
        "How do I convert a PDF?",
        "Wie erstelle ich eine Präsentation?",
        "Puis-je envoyer un courriel ?",
        "Dois-je avertir la direction de la création d'un site web ?",
        "What is in the attachment of an e-mail?",
        "What does the contract say?",
        "Kann ich den Antrag per E-Mail einreichen?",
        "Can I apply per e-mail?",
        "Is there no PDF?",
        "Why is there no spreadsheet?",
        "",
    ],
)
def test_kind_that_is_talked_about_is_not_asked_for(question: str) -> None:
    """What the question is about is no wish for where to look."""
    assert not wanted(question)


def test_every_format_taken_in_has_a_kind() -> None:
    """Whatever a house can hold can be asked for; books in EPUB are called books, which says no kind."""
    types = {one.media_type for one in FORMATS}
    assert {one for one in types if kind_of(one) is None} <= {"application/epub+zip"}


@pytest.mark.parametrize(
    ("changed", "bonus"),
    [
        ({}, BONUS),
        ({"dated": "2024-03-01"}, 0.0),
        ({"dated": "2024-03-01", "file_name": "travel_2025_final.pdf"}, BONUS),
        ({"dated": "2024-03-01", "heading_path": ("Rules for 2025",)}, BONUS),
        ({"title": "Travel policy 2024"}, 0.0),  # its file was only touched in 2025
        ({"dated": ""}, 0.0),
    ],
)
def test_name_goes_before_the_date_of_the_file(changed: dict[str, str], bonus: float) -> None:
    """A document that is called by a year is of that year; of the others, the file's date speaks."""
    passage = replace(PASSAGE, **changed)  # type: ignore[arg-type]  # replace checks the names
    assert Wanted(years=frozenset({"2025"})).bonus(passage) == bonus


def test_wishes_are_met_in_part() -> None:
    """The right year in the wrong kind, and the right year in another month, count for less."""
    both = Wanted(frozenset({"2025"}), frozenset(), frozenset({Kind.PRESENTATION}))
    assert both.bonus(PASSAGE) == BONUS / 2
    may = Wanted(frozenset({"2025"}), frozenset({"2025-05"}))
    assert may.bonus(PASSAGE) == BONUS * OTHER_MONTH
    assert may.bonus(replace(PASSAGE, title="Minutes of May 2025")) == BONUS
    assert Wanted().bonus(PASSAGE) == 0.0


@pytest.mark.parametrize(
    ("changed", "share"),
    [
        ({"file_name": "travel_march_2025.pdf", "dated": "2026-01-01"}, 1.0),
        ({"file_name": "travel_may_2025.pdf"}, OTHER_MONTH),
        ({"title": "Travel policy 2025"}, 1.0),  # its file is of March 2025
        ({"title": "Travel policy 2025", "dated": "2025-08-01"}, OTHER_MONTH),
        ({"title": "Travel policy 2025", "dated": "2026-03-01"}, OTHER_MONTH),
    ],
)
def test_month_is_read_in_names_too(changed: dict[str, str], share: float) -> None:
    """A month stands between underscores as between blanks; a name without one is of its file's month in that year."""
    march = Wanted(frozenset({"2025"}), frozenset({"2025-03"}))
    assert march.bonus(replace(PASSAGE, **changed)) == BONUS * share  # type: ignore[arg-type]  # replace checks the names


def test_long_words_take_no_time() -> None:
    """The longest question allowed, made to be tried from every start, is read like any other."""
    hostile = "in the " + "a" * 3900 + " pdf " + "in the a a a " * 30
    assert not wanted(hostile[:4000]).years
    assert not wanted("dans l'" + "-a" * 1990)

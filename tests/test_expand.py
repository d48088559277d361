"""Hold the reading of misspelt words and short forms to what the asker's own passages say."""

from dataclasses import replace

import pytest

from retrieval.expand import FEW_PASSAGES, Reading, read
from retrieval.types import Passage


def passages(*texts: str, language: str = "en") -> list[Passage]:
    """Return one passage a text."""
    return [
        Passage(
            f"c{number}", f"d{number}", "v", "handbook", "Policy", "p.txt", "text/plain", language,
            (), text, 0, None, (), "2026-01-01",
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip


LEAVE = passages("Parental leave is reimbursed by the insurance.", "Employees apply for leave in writing.")


@pytest.mark.parametrize(
    ("question", "read_as"),
    [
        ("Who pays parentl leave?", "Who pays parental leave?"),
        ("Who pays parnetal leave?", "Who pays parental leave?"),
        ("Who is riembursedd?", "Who is reimbursed?"),
        ("Insurrance for an employee?", "Insurance for an employee?"),  # another form of a word that is held
        ("Parental leave?", "Parental leave?"),
        ("Laeve?", "Leave?"),
    ],
)
def test_a_slip_is_read_as_the_word_that_is_held(question: str, read_as: str) -> None:
    """One slip is put right, two from eight letters on; a word in another form is no slip."""
    assert read(question, "en", LEAVE).correct(question) == read_as


@pytest.mark.parametrize(
    "question",
    [
        "Who pays leeve-2026?",
        "What does leawe.pdf say?",
        "Ask parentl@example.com",
        "Who pays the lave?",  # too short: half a dictionary is one slip away
        "What is a reibmrusemnet?",  # more slips than two
    ],
)
def test_what_may_be_meant_as_it_stands_is_left(question: str) -> None:
    """Codes, addresses, file names, short words and strangers are searched as they were typed."""
    assert not read(question, "en", LEAVE)


def test_nearest_word_wins_then_its_first_letter_then_how_many_hold_it() -> None:
    """Of words equally near, one with the same first letter is meant, and of these the one in more passages."""
    found = passages("a table", "a cable", "a cabin", "a fable", "a fable")
    assert read("tabel", "en", found).corrections == {"tabel": "table"}
    assert read("xable", "en", found).corrections == {"xable": "fable"}


def test_word_of_the_dictionary_is_right() -> None:
    """A word that the passages lack is not misspelt when the language has it, in any of its forms."""
    assert not read("Whom do I contact?", "en", passages("The contract ends in May."))
    german = passages("Wer Zuschläge bekommt", language="de")
    assert not read("Wann bekomme ich Zuschläge?", "de", german)
    assert not read("contact", "und", passages("The contract ends in May."))
    assert read("contrct", "en", passages("The contract ends.")).corrections == {"contrct": "contract"}


def test_a_word_is_no_long_form_of_half_its_letters() -> None:
    """Whoever writes "hotel (HTL)" into a shared file does not have every question about hotels ask for it."""
    assert not read("What is paid for a hotel?", "en", passages("The hotel (HTL) is paid.")).added


def test_unknown_language_asks_few_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes up to a second to unpack; of passages in ten languages only the commonest two are looked up."""
    asked: list[str] = []

    def noted(word: str, language: str) -> bool:
        asked.append(language)
        return bool(word) and False

    monkeypatch.setattr("retrieval.expand.has_word", noted)
    languages = ["en", "en", "de", "de", "fr", "es", "it", "pl", "cs", "pt"]
    found = [replace(passages("zolavtrix quarter")[0], language=one) for one in languages]
    assert read("zolavtrxi", "und", found).corrections == {"zolavtrxi": "zolavtrix"}
    assert set(asked) == {"en", "de"}


def test_words_of_another_language_correct_nothing() -> None:
    """A German word is not misspelt English because only English passages were found."""
    english = passages("How to handle returns.")
    assert read("gilt das im handel?", "en", english).corrections == {"handel": "handle"}
    assert not read("gilt das im handel?", "de", english)


DEFINED = "A data protection impact assessment (DPIA) comes first."


@pytest.mark.parametrize(
    ("text", "question", "language", "added"),
    [
        (DEFINED, "When is a DPIA due?", "en", ("data protection impact assessment",)),
        (DEFINED, "when is a dpia due?", "en", ("data protection impact assessment",)),
        (DEFINED, "Who signs the data protection impact assessment?", "en", ("DPIA",)),
        (DEFINED, "Who assesses the impact of data protection?", "en", ()),
        (DEFINED, "Is the DPIA a data protection impact assessment?", "en", ()),
        ("The KPI (key performance indicator) falls.", "Which KPI?", "en", ("key performance indicator",)),
        (
            "DSFA – Datenschutz-Folgenabschätzung",
            "Wer macht die DSFA?",
            "de",
            ("Datenschutz-Folgenabschätzung",),
        ),
        ("Betriebsvereinbarung (BV) gilt.", "Gilt die BV?", "de", ("Betriebsvereinbarung",)),
        ("Send it to the office (IT).", "Is it paid?", "en", ()),
        ("Ask your manager (HR).", "Who is HR?", "en", ()),
        (f"See below (DPIA). {DEFINED}", "When is a DPIA due?", "en", ("data protection impact assessment",)),
        (
            f"The DPIA (see below) matters. {DEFINED}",
            "Who does a DPIA?",
            "en",
            ("data protection impact assessment",),
        ),
    ],
)
def test_short_and_long_forms_bring_each_other(
    text: str, question: str, language: str, added: tuple[str, ...]
) -> None:
    """A form that a passage defines brings the other one, whole, and only where the question lacks it."""
    assert read(question, language, passages(text, language=language)).added == added


def test_a_form_that_many_passages_hold_brings_nothing() -> None:
    """Where the form asked for is common, the other one would only add its everyday words."""
    common = passages(DEFINED, *["Another DPIA."] * (FEW_PASSAGES - 1))
    assert read("When is a DPIA due?", "en", common[:-1])
    assert not read("When is a DPIA due?", "en", common)


def test_a_form_is_held_only_as_a_word_of_its_own() -> None:
    """Letters inside other words do not make a form common, and a form in another case or number does."""
    defined = "The user interface (UI) is new."
    inside = passages(defined, *["SQUIRREL, GUIDE AND BUILDING"] * FEW_PASSAGES)
    assert read("Who draws the UI?", "en", inside).added == ("user interface",)
    inflected = passages(defined, *["User interfaces vary."] * (FEW_PASSAGES - 1))
    assert not read("Who draws the user interface?", "en", inflected).added


def test_a_dash_that_defines_nothing_does_not_hide_the_definition() -> None:
    """What only looks like a definition leaves the short form to the next passage that spells it out."""
    found = passages("DPIA – ask the officer.", DEFINED)
    assert read("Who does a DPIA?", "en", found).added == ("data protection impact assessment",)


@pytest.mark.parametrize(
    ("question", "language", "corrections"),
    [
        ("What does Meier earn?", "en", {}),
        ("Was verdient Meier?", "de", {}),
        ("Was verdient Zimmermenm?", "de", {}),
        ("Wer zahlt die Reisekostne?", "de", {"Reisekostne": "Reisekosten"}),
        ("Meier earns what?", "en", {"Meier": "Maier"}),  # the first word is capitalised anyway
    ],
)
def test_a_name_is_left(question: str, language: str, corrections: dict[str, str]) -> None:
    """A capital inside a question means a name; in German long nouns too, so there one slip in a long word is none."""
    people = passages("Maier earns 4,000 euros.") + passages(
        "Maier und Zimmermann bekommen Reisekosten.", language="de"
    )
    assert read(question, language, people).corrections == corrections


def test_nothing_known_nothing_read() -> None:
    """Without passages, or of a question without words, there is nothing to be put right."""
    assert read("Parentl leave?", "en", []) == Reading()
    assert read("", "en", LEAVE) == Reading()


def test_text_in_another_tongue_is_not_put_right_word_by_word() -> None:
    """Of many words that nobody wrote only the first few are looked up; a megabyte in a passage is not read."""
    slips = " ".join(f"reimburzement{letter}" for letter in "abcdefghijklmnop")
    found = read(slips, "en", passages("Reimbursement takes ten days." + " x" * 500_000))
    assert len(found.corrections) <= 8
    assert read("reimburzement", "en", passages("x " * 5_000 + "reimbursement")).corrections == {}

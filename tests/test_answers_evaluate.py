"""Check the measure of answers: what counts as right, cited, refused and shown."""

import json
from pathlib import Path

import pytest

from app.cli.asking import Answered
from app.cli.evaluating import patiently
from app.evaluate import contains, evaluate_answers, read_questions
from app.sample import read_company
from app.types import Answer, Outcome, Sentence, Verdict
from retrieval.errors import InvalidRequest, TooManyRequests

NEAR_MISSES = Path(__file__).parent / "labelled" / "near_misses.jsonl"
LINES = (
    {"id": "q1", "question": "Limit?", "language": "en", "as": "anna", "expected": "answered",
     "answer": [["55 EUR", "55 euros"]], "source": ["limits.xlsx"], "may_know": ["everyone"]},
    {"id": "q2", "question": "Budget?", "language": "de", "as": "bob", "expected": "answered",
     "answer": [["1.250.000"], ["2026"]], "source": ["budget.pdf"]},
    {"id": "q3", "question": "Phone?", "language": "fr", "as": "anna", "expected": "not_in_documents"},
    {"id": "q4", "question": "Dog?", "language": "en", "as": "anna", "expected": "not_in_documents"},
)  # fmt: skip


def answer(text: str, *sentences: Sentence, outcome: Outcome = Outcome.ANSWERED) -> Answer:
    """Return an answer that took a second."""
    return Answer(outcome, text, sentences, "en", "scripted", None, {"total": 1000.0}, 10, ())


def test_evaluation_waits_for_room_in_the_minute() -> None:
    """A fast model is asked more than ten questions a minute; who is never let in is told so."""
    answered, told, waited = Answered({}, []), iter([True, True, False]), list[float]()

    def ask() -> Answered:
        if next(told, True):
            raise TooManyRequests("10 questions a minute are allowed", remedy="try again in 5 seconds")
        return answered

    assert patiently(ask, wait=waited.append) is answered
    assert len(waited) == 2
    with pytest.raises(TooManyRequests):
        patiently(ask, wait=waited.append)
    assert sum(waited[2:]) >= 60


def test_figures_of_a_run(tmp_path: Path) -> None:
    """Right, rightly cited, refused, and shown without support are counted apart; the report is JSON-able."""
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES), encoding="utf-8")
    said = {
        "Limit?": answer("55 EUR [2].", Sentence("55 EUR.", (2,), Verdict.SUPPORTED)),
        "Budget?": answer(
            "1,250,000 EUR in 2026 [1]. More.",
            Sentence("1,250,000 EUR in 2026.", (1,), Verdict.SUPPORTED),
            Sentence("More.", (), Verdict.UNSUPPORTED),
        ),
        "Phone?": answer("Nothing found.", outcome=Outcome.NOT_IN_DOCUMENTS),
        "Dog?": answer("12 EUR [1].", Sentence("12 EUR.", (1,), Verdict.SUPPORTED)),
    }
    asked: list[tuple[str, str]] = []

    def ask(question: str, user: str) -> tuple[Answer, tuple[str, ...]]:
        asked.append((question, user))
        return said[question], ("budget-2024.pdf", "limits.xlsx")

    report = evaluate_answers(file, ask)
    assert asked == [("Limit?", "anna"), ("Budget?", "bob"), ("Phone?", "anna"), ("Dog?", "anna")]
    assert (report.answerable, report.answered_right, report.answered_right_and_cited) == (2, 2, 1)
    assert (report.unanswerable, report.refused, report.refused_wrongly) == (2, 1, 0)
    assert (report.unsupported_shown, report.unsupported_withheld) == (1, 0)
    assert (report.p50_ms, report.p95_ms) == (1000.0, 1000.0)
    assert [case.is_right for case in report.cases] == [True, True, True, False]


@pytest.mark.parametrize(
    ("text", "groups", "expected"),
    [
        ("It is 1,250,000 EUR [1].", [["1.250.000"]], True),
        ("It is 1 250 000 €.", [["1,250,000"]], True),
        ("It takes 30  Days.", [["30 days"]], True),
        ("It costs 0,34 EUR.", [["0.34"]], True),
        ("It takes 130 days.", [["30 days"]], False),
        ("See passage [30] days", [["30"]], False),
        ("Anna or Bob", [["Bob", "Carl"], ["Anna"]], True),
        ("Bob", [["Bob"], ["Anna"]], False),
        ("anything", [], True),
    ],
)
def test_containment(text: str, groups: list[list[str]], *, expected: bool) -> None:
    """Every group needs one of its words; case, spaces and separators do not matter, neighbouring digits do."""
    assert contains(text, groups) is expected


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "the line"),
        ('{"id": "q1"}', "question, as, expected"),
        ('{"id": "1", "question": "x", "as": "a", "expected": "maybe"}', "expected"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, wrong: str) -> None:
    """The message names file and line, and all that is wrong there at once."""
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(LINES[0]) + "\n" + line, encoding="utf-8")
    with pytest.raises(InvalidRequest, match=f"line 2: missing or wrong: {wrong}$"):
        read_questions(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file without questions measures nothing, and says so."""
    file = tmp_path / "questions.jsonl"
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="no questions"):
        read_questions(file)


def test_near_misses_are_questions_to_the_sample_company() -> None:
    """Those that can be answered say how; every question is asked once, by somebody who exists."""
    found = read_questions(NEAR_MISSES)
    people = {persona.id for persona in read_company().personas}
    assert {one.asker for one in found} <= people
    assert len({(one.question, one.asker) for one in found}) == len({one.id for one in found}) == len(found)
    assert all((one.expected == "answered") is bool(one.answer) for one in found)
    assert sum(not one.answer for one in found) > len(found) / 2

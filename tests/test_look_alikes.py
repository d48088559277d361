"""Measure how quoting tells passages that answer from those that only look like it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import committed
from app.cli.quotations import quotations_table, thresholds_table
from app.look_alikes import NONE_FOUND, NOTHING, Report, Row, Scored, compare, rows_of, scored, tasks_below
from app.quoting import ENOUGH, VERSION
from retrieval.abstention import half_of
from retrieval.errors import InvalidRequest
from retrieval.types import Passage
from tests.conftest import ROOT

FOUND = (
    Scored("a", "dev", is_answerable=True, score=2.0),
    Scored("a", "dev", is_answerable=True, score=0.2),
    Scored("a", "dev", is_answerable=False, score=0.4),
    Scored("a", "dev", is_answerable=False, score=-1.0),
    Scored("a", "dev", is_answerable=False, score=3.0),
    Scored("a", "held out", is_answerable=True, score=1.0),
)
DEV = Row("a", "dev", 0.5, 2, 3, 0.5, 0.6667, 0.6667, 0.5)


def write(folder: Path, answerable: str) -> Path:
    """Write a set of questions, each with a passage, "y" for one that answers; return the folder of sets."""
    (folder / "unanswerable" / "pets").mkdir(parents=True)
    lines = [
        json.dumps(
            {
                "id": f"q{number}",
                "lang": "en",
                "question": f"May cats come on day {number}?",
                "contexts": [{"id": f"c{number}", "title": "Pets", "text": f"Cats, day {number}."}],
                "answerable": one == "y",
            }
        )
        for number, one in enumerate(answerable)
    ]
    (folder / "unanswerable" / "pets" / "tasks.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_figures_are_of_what_stays_below_the_threshold() -> None:
    """Precision: of what is refused; recall: of what cannot be answered; both halves, at any threshold."""
    dev, held = sorted(rows_of(FOUND), key=lambda row: row.half)
    assert dev == DEV
    assert (held.auroc, held.precision, held.recall, held.answered) == (None, None, None, 1.0)
    (all_refused,) = (row for row in rows_of(FOUND, 9.0) if row.half == "dev")
    assert (all_refused.precision, all_refused.recall, all_refused.answered) == (0.6, 1.0, 0.0)


def test_each_question_is_asked_of_its_own_passage(tmp_path: Path) -> None:
    """Language, title and half come along; a passage with nothing to quote scores below all others."""
    asked: list[tuple[str, str, str, str]] = []

    def score(question: str, language: str, passage: Passage) -> float | None:
        asked.append((question, language, passage.title, passage.text))
        return 1.0 if "day 0" in question else None

    steps: list[float] = []
    found = list(scored(tasks_below(write(tmp_path, "yn"), 0), score, lambda _, share: steps.append(share)))
    assert asked[1] == ("May cats come on day 1?", "en", "Pets", "Cats, day 1.")
    assert found == [
        Scored("pets", half_of("q0"), is_answerable=True, score=1.0),
        Scored("pets", half_of("q1"), is_answerable=False, score=NONE_FOUND),
    ]
    assert steps == [0.0, 0.5]


def test_a_part_is_spread_over_the_set(tmp_path: Path) -> None:
    """Sets are often sorted by what can be answered."""
    data = write(tmp_path, "yyyyyynnnnnn")
    (tasks,) = tasks_below(data, 4).values()
    assert [task.id for task in tasks] == ["q0", "q3", "q6", "q9"]
    assert len(tasks_below(data, 0)["pets"]) == 12


def test_a_folder_without_look_alikes_is_refused(tmp_path: Path) -> None:
    """The remedy says what is looked for."""
    with pytest.raises(InvalidRequest) as refused:
        tasks_below(tmp_path, 0)
    assert "unanswerable/SET" in refused.value.remedy


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (DEV, 0),
        (replace(DEV, auroc=0.481), 0),
        (replace(DEV, auroc=0.479), 1),
        (replace(DEV, recall=0.5, answered=0.4), 2),
        (replace(DEV, precision=None), 1),  # nothing was refused
        (replace(DEV, answerable=9, auroc=0.0), 1),  # other data: no figure compares
        (replace(DEV, set="new", auroc=0.0), 0),
    ],
)
def test_what_got_worse_is_told(row: Row, faults: int) -> None:
    """By more than chance, of a figure that was committed."""
    assert len(compare(Report("m", "e", "p", (row,)), Report("m", "e", "p", (DEV,)))) == faults


def test_another_model_is_not_compared() -> None:
    """Its figures say nothing of what changed here; where nothing is committed any model will do."""
    measured = Report("small", "e", "p", (DEV,))
    assert compare(measured, NOTHING) == []
    with pytest.raises(InvalidRequest, match="small and e"):
        compare(measured, Report("large", "e", "p", (DEV,)))


def test_tables_show_before_and_what_other_thresholds_would_do() -> None:
    """Thresholds are looked at on the dev half alone."""
    report = Report("m", "e", "p", rows_of(FOUND))
    _, headings, rows = quotations_table(report, Report("m", "e", "p", (replace(DEV, auroc=0.4),)))
    assert {len(row) for row in rows} == {len(headings)}
    (dev,) = (row for row in rows if row[1] == "dev")
    assert dev[4:6] == ["0.500", "0.400"]
    (held,) = (row for row in rows if row[1] == "held out")
    assert held[4:6] == ["", "new"]
    _, headings, rows = thresholds_table(FOUND)
    assert {len(row) for row in rows} == {len(headings)}
    assert ["a", "0.5", "66.7%", "66.7%", "50.0%"] in rows
    assert len(rows) == len({row[1] for row in rows})


def test_committed_figures_are_of_what_is_served() -> None:
    """At the threshold and by the prompt of today, and the held-out half is told apart well enough to quote by."""
    figures = committed.read(ROOT / "tests" / "eval" / "quotations.json", Report, NOTHING)
    held_out = [row for row in figures.rows if row.half == "held out"]
    assert held_out
    assert figures.prompt == VERSION
    assert {row.threshold for row in figures.rows} == {ENOUGH}
    assert all(row.auroc is not None and row.auroc >= 0.8 for row in held_out)

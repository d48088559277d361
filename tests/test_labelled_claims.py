"""Hold how the check of citations is measured: its sentences, people's judgments, and what is a loss."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.check_figures import NOTHING, Report, compare, merged, not_measured
from app.cli import committed
from app.cli.checking import citations_tables
from app.judgments import Agreement, Judged, agreement, read_judged, spearman, supported_share
from app.labelled import Labelled, is_kept, read_labelled, rows_of
from retrieval.errors import InvalidRequest
from tests.cited_passages import passage
from tests.conftest import ROOT
from tests.labelled import claims

LABELLED = ROOT / "tests" / "labelled" / "claims.jsonl"
FIGURES = ROOT / "tests" / "eval" / "citations.json"
SHOWN = (passage("The term is 30 days net. The office opens at 8:30."),)


def sentence(text: str, *, is_true: bool, kind: str = "written", language: str = "en") -> Labelled:
    """Return a labelled sentence on SHOWN."""
    return Labelled(kind, language, language != "en", is_true, "held out", text, (1,), SHOWN)


def test_labelled_file_is_what_its_script_writes(tmp_path: Path) -> None:
    """The committed sentences are those of claims.txt and the sources of the sample company."""
    made = tmp_path / "claims.jsonl"
    claims.write(made)
    assert made.read_bytes() == LABELLED.read_bytes(), "run python -m tests.labelled.claims"


def test_labelled_file_is_large_and_halved() -> None:
    """Over 200 sentences in five languages, of each kind as many held out as not, give or take one."""
    found = read_labelled(LABELLED)
    assert len(found) > 200
    assert {one.language for one in found} == {"en", "de", "fr", "it", "es"}
    kinds = {(one.kind, one.is_true) for one in found}
    assert {kind for kind, is_true in kinds if not is_true} >= {"amount", "unit", "date", "row", "negation"}
    for kind in kinds:
        halves = [one.half for one in found if (one.kind, one.is_true) == kind]
        assert abs(halves.count("dev") - halves.count("held out")) <= 1
    assert len({(one.text, one.shown[0].document_id) for one in found}) == len(found)


def test_figures_count_what_is_kept_and_caught() -> None:
    """Kept true ones and caught false ones make precision and recall of either verdict."""
    judged = [
        (sentence("The term is 30 days.", is_true=True), True),
        (sentence("The term runs 30 days.", is_true=True), False),
        (sentence("The term is 40 days.", is_true=False, kind="amount"), False),
        (sentence("The term is 30 years.", is_true=False, kind="unit"), True),
        (sentence("The term is 50 days.", is_true=False, kind="amount"), False),
    ]
    rows = {row.name: row for row in rows_of(judged)}
    whole = rows["all"]
    assert (whole.supported_precision, whole.supported_recall) == (0.5, 0.5)
    assert (whole.unsupported_precision, whole.unsupported_recall) == (0.6667, 0.6667)
    assert (rows["false: amount"].caught, rows["false: unit"].caught) == (2, 0)
    assert rows["false: amount"].unsupported_precision is None


def test_a_sentence_is_judged_as_an_answer_would_be() -> None:
    """What is repaired is kept; what nothing shown supports is not."""
    true = sentence("The term is 30 days net.", is_true=True)
    assert is_kept(true, None)
    assert is_kept(replace(true, cites=()), None)
    assert not is_kept(replace(true, text="The term is 45 days net."), None)


def test_bad_line_is_named(tmp_path: Path) -> None:
    """A labelled or judged file of another form is refused with the line."""
    file = tmp_path / "claims.jsonl"
    file.write_text('{"document": "a"}\n', encoding="utf-8")
    with pytest.raises(InvalidRequest, match="line 1"):
        read_labelled(file)
    (tmp_path / "tasks.jsonl").write_text('{"lang": "en"}\n', encoding="utf-8")
    with pytest.raises(InvalidRequest, match="line 1"):
        list(read_judged(tmp_path))


def test_ranks_correlate() -> None:
    """Spearman's correlation is 1 for the same order, -1 for the reverse, ties in the middle, 0 for no order."""
    assert spearman([1, 2, 9], [0, 5, 6]) == pytest.approx(1)
    assert spearman([1, 2, 9], [6, 5, 0]) == pytest.approx(-1)
    assert spearman([1, 1, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9487, abs=1e-4)
    assert spearman([1, 1], [1, 2]) == 0


def test_judged_answers_are_read_and_held_against_people(tmp_path: Path) -> None:
    """Answers whose sentences the passages hold rank above those they do not; one that nobody judged is counted."""
    responses = [
        {"response": "The term is 30 days net.", "human": {"faithfulness": ["4", "4"]}},
        {"response": "The term is 45 days net.", "human": {"faithfulness": ["1", "2"]}},
        {"response": "The term is 45 days net.", "human": {}},
    ]
    task = {
        "lang": "en",
        "conversation": [{"role": "user", "text": "What is the term?"}],
        "contexts": [{"id": "a", "title": "Terms", "text": SHOWN[0].text}],
        "judged_responses": responses,
    }
    (tmp_path / "tasks.jsonl").write_text(json.dumps(task) + "\n", encoding="utf-8")
    judged = list(read_judged(tmp_path))
    found = agreement("set", judged, None, lambda _what, _share: None)
    assert found == Agreement("set", 2, 1, 1, 1.0, 1.0, 0.5, 1.0)
    assert supported_share(Judged("en", "", "Is it?", SHOWN, 4.0), None) is None


def test_a_fall_is_told_and_other_figures_are_kept() -> None:
    """A figure that falls by more than .01 is a fault, one that falls less is none; unmeasured sets stay committed."""
    row = rows_of([(sentence("The term is 30 days.", is_true=True), True)])[0]
    people = Agreement("people", 2, 0, 1, 0.5, 0.7, 0.5, 1.0)
    before = Report("e5", (row,), (people,))
    less = replace(row, supported_recall=0.992)
    assert compare(replace(before, rows=(less,)), before) == []
    lost = Report("e5", (replace(row, supported_recall=0.98),), (replace(people, auroc=0.68),))
    assert compare(lost, before) == [
        "all, held out: supported recall lost 0.0200 (1.0 before)",
        "people: auroc lost 0.0200 (0.7 before)",
    ]
    assert "the data differ" in compare(replace(before, rows=(replace(row, true=3),)), before)[0]
    alone = Report("e5", (less,), ())
    assert not_measured(alone, before) == ("people",)
    assert merged(alone, before) == Report("e5", (less,), (people,))
    assert compare(alone, NOTHING) == []
    with pytest.raises(InvalidRequest, match="e5"):
        merged(Report("other", (), ()), before)


def test_committed_figures_are_of_the_labelled_file() -> None:
    """The committed figures have a row for each kind, language and half, and people's judgments."""
    known = committed.read(FIGURES, Report, NOTHING)
    measured = rows_of([(one, is_kept(one, None)) for one in read_labelled(LABELLED)])
    assert [(row.key, row.true, row.false) for row in known.rows] == [
        (row.key, row.true, row.false) for row in measured
    ]
    (labelled, judged) = citations_tables(known, NOTHING)
    assert len(labelled[2]) == len(known.rows)
    assert [row[0] for row in judged[2]] == ["mtrag_human_judgments"]

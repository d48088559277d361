"""Hold that invented documents of every common format are read with their tables, and without page furniture."""

import json
from pathlib import Path

import pytest

from app.cli.evaluating import parsing_report
from app.settings import Settings
from tests.labelled.files import FORMS, write
from tests.labelled.languages import LANGUAGES


def test_labels_follow_from_the_seed(tmp_path: Path) -> None:
    """The same seed gives the same labels, another seed others; every file of every form has something to find."""
    for folder, seed in (("a", 3), ("again", 3), ("b", 4)):
        write(tmp_path / folder, seed)
    once, again, other = (
        (tmp_path / folder / "manifest.jsonl").read_text("utf-8") for folder in ("a", "again", "b")
    )

    cases = [json.loads(line) for line in once.splitlines()]
    kept = ("file", "expected_snippets", "forbidden_snippets", "expected_cells")
    assert [[case[name] for name in kept] for case in cases] == [
        [json.loads(line)[name] for name in kept] for line in again.splitlines()
    ]
    assert once != other
    assert len(cases) == len(FORMS)
    assert {case["lang"] for case in cases} == {language.code for language in LANGUAGES}
    assert all(case["expected_snippets"] and case["expected_cells"] for case in cases)
    assert [case["format"] for case in cases if not case["forbidden_snippets"]] == ["csv"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 29, 101, 103])
def test_labelled_set_is_read(tmp_path: Path, seed: int) -> None:
    """Through gate and sandbox every value stands in its row under its header, and nearly nothing leaks."""
    write(tmp_path, seed)

    report = parsing_report(Settings(), tmp_path)

    assert {result.file: result.missing_cells[:3] for result in report.files if result.missing_cells} == {}
    assert report.cells == 1.0
    assert report.forbidden_share <= 0.02
    assert report.snippet_recall >= 0.97

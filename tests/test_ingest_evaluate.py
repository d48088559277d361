"""Hold that parsing is scored as its labelled sets say."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from ingest.evaluate import evaluate_parsing
from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import EmptyDocument, EncryptedDocument, NotFound, UnsupportedType


def case(file: str, **changes: object) -> Mapping[str, object]:
    """Return a line of a manifest."""
    common = {"file": file, "format": "txt", "category": "text", "expect": "text", "metric": "snippet_recall"}
    return {**common, "expected_snippets": [], "forbidden_snippets": [], **changes}


def written(folder: Path, *cases: Mapping[str, object]) -> Path:
    """Write a manifest and return its folder."""
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    return folder


def parsed_as(text: str) -> ParsedDocument:
    """Return a document of one paragraph."""
    return ParsedDocument(title="", blocks=(Block(Kind.PARAGRAPH, text),), pages=None, parser="test")


def test_scores(tmp_path: Path) -> None:
    """Snippets count by letters and digits, words of scans as a multiset, leaks as a share of the forbidden."""
    data = written(
        tmp_path,
        case("a", expected_snippets=["Straße 1 - A", "missing"], forbidden_snippets=["page 1", "menu"]),
        case("b", format="pdf", expected_snippets=["straße"]),
        case("c", format="pdf", metric="word_recall", expected_snippets=["page page one two"]),
    )

    report = evaluate_parsing(data, lambda path, name: parsed_as("STRASSE1A straße, 1: a Page 1 one"))

    assert [result.score for result in report.files] == [0.5, 1.0, 0.5]
    assert report.snippet_recall == 0.75
    assert report.forbidden_share == 0.5
    assert report.files[0].missing == ("missing",)
    assert {mean.name: mean.score for mean in report.by_format} == {"txt": 0.5, "pdf": 1.0}
    json.dumps(asdict(report))


def test_failures_count_as_zero(tmp_path: Path) -> None:
    """An unsupported file is a failure, not a skip; an error outside the tree is a crash and stops nothing."""

    def fail(path: Path, name: str) -> ParsedDocument:
        raise UnsupportedType("no", remedy="none") if name == "a" else ZeroDivisionError

    data = written(tmp_path, case("a", expected_snippets=["x"]), case("b", expected_snippets=["x"]))
    report = evaluate_parsing(data, fail)

    assert report.snippet_recall == 0
    assert report.crashes == 1
    assert [result.outcome for result in report.files] == ["UnsupportedType", "ZeroDivisionError"]


@pytest.mark.parametrize(
    ("expect", "error", "passed"),
    [
        ("encrypted", EncryptedDocument, 1),
        ("encrypted", EmptyDocument, 0),
        ("encrypted", None, 0),
        ("empty", EmptyDocument, 1),
        ("empty", None, 0),
        ("unsupported", UnsupportedType, 1),
        ("no_crash", EmptyDocument, 1),
        ("no_crash", None, 1),
        ("text", None, 1),
        ("text", EmptyDocument, 0),
    ],
)
def test_behaviour(tmp_path: Path, expect: str, error: type[EmptyDocument] | None, passed: int) -> None:
    """An awkward file passes when it is treated as expected, and the reason is told when it is not."""

    def treat(path: Path, name: str) -> ParsedDocument:
        if error:
            raise error("no", remedy="none")
        return parsed_as("text")

    report = evaluate_parsing(written(tmp_path, case("a", metric="behaviour", expect=expect)), treat)

    assert report.behaviour_passed == passed
    assert bool(report.files[0].reason) is not bool(passed)


def test_no_manifest(tmp_path: Path) -> None:
    """A directory without a manifest is named."""
    with pytest.raises(NotFound, match=r"manifest\.jsonl"):
        evaluate_parsing(tmp_path, lambda path, name: parsed_as(""))


@pytest.mark.slow
@pytest.mark.eval_data
def test_parsing_quality(eval_data: Path) -> None:
    """The formats taken so far keep their quality on the labelled set, without a crash."""

    def through_the_gate(path: Path, name: str) -> ParsedDocument:
        return parse(path, inspect(path, name, limits=Limits()).media_type, name)

    report = evaluate_parsing(eval_data / "parsing", through_the_gate)

    scores = {mean.name: mean.score for mean in report.by_format}
    floors = {"docx": 1.0, "pptx": 0.98, "xlsx": 1.0, "html": 0.97, "csv": 1.0, "pdf": 0.98, "eml": 0.9}
    floors |= dict.fromkeys(("doc", "xls", "xlsm", "odt", "odp"), 1.0) | {"asciidoc": 0.97}
    assert {name: score for name, score in scores.items() if score < floors.get(name, 0)} == {}
    assert report.crashes == 0
    assert report.behaviour_passed == report.behaviour_cases

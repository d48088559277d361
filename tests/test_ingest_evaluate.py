"""Hold that parsing is scored as its labelled sets say."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from app.cli.evaluating import parsing_rows
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


def table_of(markdown: str, html: str | None = None) -> ParsedDocument:
    """Return a document of one table."""
    return ParsedDocument(
        title="", blocks=(Block(Kind.TABLE, markdown, html=html),), pages=None, parser="test"
    )


def cell(column: str, row: str, value: str) -> Mapping[str, str]:
    """Return an expected value of a table."""
    return {"column": column, "row": row, "value": value}


PLAIN = "| Item | Price, EUR | Site |\n| --- | --- | --- |\n| Hub 1 | 12.50 | A \\| B |\n| Hub 2 | – |  |"
SPANNING = (
    "| | 2024 | | 2025 | |\n|---|---|---|---|---|\n"
    "| Item | Count | Sum | Count | Sum |\n| Hub 1 | 1 | 2 | 3 | 4 |"
)
SPANNING_HTML = (
    "<table><thead><tr><th rowspan=2>Item</th><th colspan=2>2024</th><th>2025</th></tr>"
    "<tr><th>Count</th><th>Sum</th><th>Sum</th></tr></thead>"
    "<tbody><tr><td>Hub 1</td><td>1</td><td>2</td><td>4</td></tr></tbody></table>"
)
JOINED = "| Item | 2024 Count | 2024 Sum |\n| --- | --- | --- |\n| Hub 1 | 1 | 2 |"


@pytest.mark.parametrize(
    ("markdown", "html", "wanted", "is_found"),
    [
        (PLAIN, None, cell("price EUR", "hub-1", "12,50"), True),
        (PLAIN, None, cell("Site", "Hub 1", "A | B"), True),
        (PLAIN, None, cell("Item", "12.50", "Hub 1"), True),  # the key may stand in any other column
        (PLAIN, None, cell("Price, EUR", "Hub 2", "12.50"), False),  # another row's
        (PLAIN, None, cell("Site", "Hub 1", "12.50"), False),  # another column's
        (PLAIN, None, cell("Price", "Hub 1", "12.5"), False),  # a part of the value
        (PLAIN, None, cell("Price, EUR", "Hub 2", "–"), True),
        (PLAIN, None, cell("Site", "Hub 2", "–"), False),
        (PLAIN, None, cell("Item", "Hub 1", "Hub 1"), False),  # a key does not stand beside itself
        (SPANNING, None, cell("2024", "Hub 1", "1"), True),
        (SPANNING, None, cell("2024", "Hub 1", "2"), True),
        (SPANNING, None, cell("2024", "Hub 1", "3"), False),
        (SPANNING, None, cell("Sum", "Hub 1", "4"), True),
        (SPANNING, None, cell("Sum", "Hub 1", "3"), False),
        ("", SPANNING_HTML, cell("2024", "Hub 1", "2"), True),
        ("", SPANNING_HTML, cell("Sum", "Hub 1", "4"), True),
        ("", SPANNING_HTML, cell("2025", "Hub 1", "2"), False),
        (JOINED, None, cell("2024", "Hub 1", "2"), True),
        (JOINED, None, cell("Count", "Hub 1", "1"), True),
        (JOINED, None, cell("Cou", "Hub 1", "1"), False),
        ("", None, cell("Cou", "Hub 1", "1"), False),
        ("no table", "", cell("Cou", "Hub 1", "1"), False),
    ],
)
def test_cell(tmp_path: Path, markdown: str, html: str | None, wanted: object, *, is_found: bool) -> None:
    """A value counts in the row of its key and under its header; a header over several columns is that of each."""
    data = written(tmp_path, case("a", expected_cells=[wanted]))

    report = evaluate_parsing(data, lambda path, name: table_of(markdown, html))

    assert report.cells == (1.0 if is_found else 0.0)
    assert bool(report.files[0].missing_cells) is not is_found


def test_cells_of_another_table(tmp_path: Path) -> None:
    """Key, header and value count within one table; paragraphs that say the same do not count."""
    document = ParsedDocument(
        title="",
        blocks=(
            Block(Kind.TABLE, "| Item | Price |\n|---|---|\n| Hub | 1 |"),
            Block(Kind.TABLE, "| Item | Count |\n|---|---|\n| Hub | 2 |"),
            Block(Kind.PARAGRAPH, "| Item | Size |\n|---|---|\n| Hub | 3 |"),
        ),
        pages=None,
        parser="test",
    )
    wanted = [cell("Count", "Hub", "2"), cell("Price", "Hub", "2"), cell("Size", "Hub", "3")]
    report = evaluate_parsing(
        written(tmp_path, case("a", expected_cells=wanted)), lambda path, name: document
    )

    assert report.files[0].missing_cells == ("Hub / Price: 2", "Hub / Size: 3")


def test_shares_by_format(tmp_path: Path) -> None:
    """Values and leaks are counted by format; files that name none count nowhere, files that fail find none."""
    wanted = [cell("Price, EUR", "Hub 1", "12.50"), cell("Site", "Hub 1", "C")]
    data = written(
        tmp_path,
        case("a", format="pdf", expected_cells=wanted, forbidden_snippets=["Site", "menu", "page"]),
        case("b", format="pdf", expected_cells=wanted[:1]),
        case("fails", format="docx", expected_cells=wanted),
        case("c", format="txt"),
    )

    def read(path: Path, name: str) -> ParsedDocument:
        if name == "fails":
            raise EmptyDocument("no", remedy="none")
        return table_of(PLAIN)

    report = evaluate_parsing(data, read)

    assert report.cells == 0.4
    assert [(share.name, share.found, share.expected) for share in report.cells_by_format] == [
        ("docx", 0, 2),
        ("pdf", 2, 3),
    ]
    assert [(share.name, share.share) for share in report.forbidden_by_format] == [("pdf", 0.3333)]
    _, headings, rows = parsing_rows(report)
    assert {len(row) for row in rows} == {len(headings)}
    assert rows[1] == ["pdf", "2", "1.000", "0.667", "33.3%", rows[1][-1]]
    assert rows[2][3:5] == ["", ""]
    assert rows[3][3:5] == ["0.400", "33.3%"]
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

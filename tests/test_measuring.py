"""Hold what a measurement shows: its progress, its tables, its picture, and the figures that are committed."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.cli import committed
from app.cli.measuring import LINE_EVERY_S, evidence_table, lines_of, retrieval_table, summary
from app.cli.plotting import drawn
from retrieval import abstention
from retrieval.compare import NOTHING, Figures, compare
from retrieval.errors import InvalidRequest
from tests.conftest import ROOT
from tests.test_abstention import ROW
from tests.test_compare import group, made

FIGURES = ROOT / "tests" / "eval"
PICTURE = ROOT / "deploy" / "pictures" / "retrieval.svg"
SVG = "{http://www.w3.org/2000/svg}"


def test_log_gets_a_line_for_each_set_and_now_and_then() -> None:
    """A new set is told at once, the rest every LINE_EVERY_S; the time left is told once it is no guess."""
    now = 0.0
    told: list[str] = []
    step = lines_of(told.append, lambda: now)
    step("law", 0.0)
    step("law", 0.01)
    now = LINE_EVERY_S
    step("law", 0.25)
    step("help", 0.5)
    assert told == [
        "  law: 0% of the whole",
        "  law: 25% of the whole, 30 s left",
        "  help: 50% of the whole, 10 s left",
    ]


def test_table_shows_what_was_before_and_what_changed() -> None:
    """A measured group has both, a new one neither, one that was not measured says so and shows no new figure."""
    before = made(
        group("a", "de", 0.5, 0.5, 0.6), group("a", "fr", 0.5, 0.5, 0.6), group("gone", "en", 0.5, 0.5, 0.7)
    )
    after = made(
        group("a", "de", 0.5, 0.5, 0.65), group("a", "fr", 0.5, 0.5, 0.6), group("b", "en", 0.1, 0.2, 0.3)
    )
    compared = compare(after, before)
    _, headings, rows = retrieval_table("e5", compared)
    table = {(row[0], row[1]): dict(zip(headings, row, strict=True)) for row in rows}
    assert (table["a", "de"]["hybrid"], table["a", "de"]["before"], table["a", "de"]["±"]) == (
        "0.650",
        "0.600",
        "+0.050",
    )
    assert (table["a", "mean"]["hybrid"], table["a", "mean"]["±"]) == ("0.625", "+0.025")
    assert (table["b", "en"]["before"], table["b", "en"][""]) == ("", "new")
    assert (table["gone", "en"]["hybrid"], table["gone", "en"][""]) == ("", "not measured")
    assert summary(compared) == (
        "2 groups compared; 1 new, without committed figures; 1 not measured, of which nothing is said"
    )


def test_evidence_table_shows_the_half_that_nothing_was_fitted_to() -> None:
    """What is committed and was not measured is named as such."""
    known = abstention.Report("e5", (ROW, replace(ROW, set="gone")))
    _, _, rows = evidence_table(abstention.Report("e5", (ROW,)), known)
    assert [(row[1], row[5], row[-1]) for row in rows] == [
        ("all", "0.950", "0.100"),
        ("gone", "0.950", "not measured"),
    ]


def test_figures_come_back_as_they_were_written(tmp_path: Path) -> None:
    """What is saved is what the next run compares with; a file of something else is refused with a remedy."""
    figures = made(group("a", "de", 0.5, 0.5, 0.6))
    committed.write(tmp_path / "new" / "retrieval.json", figures)
    assert committed.read(tmp_path / "new" / "retrieval.json", Figures, NOTHING) == figures
    assert committed.read(tmp_path / "none.json", Figures, NOTHING) == NOTHING
    (tmp_path / "other.json").write_text('{"rows": []}', encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"other\.json does not hold figures") as refused:
        committed.read(tmp_path / "other.json", Figures, NOTHING)
    assert "--save" in refused.value.remedy


def test_picture_shows_every_set_and_leg_within_its_edges() -> None:
    """It is XML; each set and leg is named; no mark lies outside; it follows the page's light or dark."""
    figures = made(group("law & order", "en", 0.05, 0.6, 0.7), group("help", "fr", 0.5, 0.5, 1.0))
    root = ET.fromstring(drawn(figures))
    texts = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert all(name in texts for name in ("law & order", "help", "BM25", "dense", "hybrid 0.850"))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{SVG}circle")]
    assert len(circles) == 3 * (2 + 1 + 2 + 1)  # a leg: two sets and their mean, two sets, the legend
    assert all(0 < x < width and 0 < y < height for x, y in circles)
    assert "prefers-color-scheme:dark" in drawn(figures)


def test_nothing_cannot_be_drawn() -> None:
    """Without figures there is a remedy instead of an empty picture."""
    with pytest.raises(InvalidRequest, match="no committed figures"):
        drawn(NOTHING)


def test_readme_shows_the_committed_figures() -> None:
    """The picture in the README is drawn from what is committed: `make eval SAVE=1` writes both."""
    figures = committed.read(FIGURES / "retrieval.json", Figures, NOTHING)
    assert PICTURE.read_text(encoding="utf-8") == drawn(figures)
    assert "](deploy/pictures/retrieval.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["retrieval.json", "evidence.json"])
def test_committed_figures_are_whole(name: str) -> None:
    """They read back, were made with the product's default number of questions, and hold no date."""
    text = (FIGURES / name).read_text(encoding="utf-8")
    assert not re.search(r"\d{4}-\d{2}-\d{2}", text)
    if name == "retrieval.json":
        figures = committed.read(FIGURES / name, Figures, NOTHING)
        assert figures.max_queries == 300
        assert {one.set for one in figures.groups} >= {"scifact", "cacm", "xquad_7lang", "cnil_faq_fr"}
    else:
        report = committed.read(FIGURES / name, abstention.Report, abstention.NOTHING)
        assert {row.kind for row in report.rows} == set(abstention.KINDS)
    assert json.loads(text)["embedder"]

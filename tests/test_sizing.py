"""Check that the sizes follow from what was measured, and that the page for IT holds what the functions compute."""

import json
import re

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.models.catalogue import CATALOGUE
from app.models.serving import machines
from app.sizing import (
    Demand,
    disk_bytes,
    index_table,
    markdown,
    memory_bytes,
    model_table,
    needs,
    people_table,
)
from tests.conftest import ROOT

COUNTS = (100_000, 1_000_000, 10_000_000, 100_000_000)
PAGE = (ROOT / "deploy" / "sizing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
INDEX = ("passages", "dimensions", "memory, all cached", "memory, bytes only", "disk", "database", "known")
MODELS = ("model", "GPUs", "memory needed", "answers at a time", "tokens of context")
PEOPLE = ("people", "answers at once", "processes of the page", "processes of the API")


def test_measured_size_comes_out_again() -> None:
    """A million passages of 384 dimensions need what was measured, as the README gives it."""
    assert memory_bytes(1_000_000, 384) == pytest.approx(3.4e9)
    assert disk_bytes(1_000_000, 384) == pytest.approx(3.7e9)
    measured = next(line for line in README.splitlines() if line.startswith("| among 1,000,000 chunks"))
    assert "3.4 GB; 3.7 GB" in measured


def test_size_grows_with_passages_and_dimensions_alone_as_it_should() -> None:
    """Ten times the passages are ten times the bytes; a dimension more is five bytes, one where only bytes are kept."""
    assert memory_bytes(10_000_000, 384) == pytest.approx(10 * memory_bytes(1_000_000, 384))
    assert memory_bytes(1, 385) - memory_bytes(1, 384) == pytest.approx(5)
    less = memory_bytes(1, 385, a_dimension=1) - memory_bytes(1, 384, a_dimension=1)
    assert less == pytest.approx(1)


def test_people_are_divided_among_processes() -> None:
    """26 answers at once take two page processes and one API; the model's replicas by what each takes at a time."""
    found = {need.what: need.amount for need in needs(Demand(520, 1), CATALOGUE)}
    assert found["answers at once"] == "26"
    assert (found["processes of the page"], found["processes of the API"]) == ("2", "1")
    mixtral = [n.amount for n in needs(Demand(520, 1), CATALOGUE) if "mixtral-8x7b" in n.what]
    assert mixtral[:2] == ["2 x (2 x 80 GB, bf16)", "4 x (1 x 80 GB, fp8)"]
    assert Demand(1, 1, busy=0.0).at_once == 1


def test_every_figure_says_how_it_is_known() -> None:
    """Nothing is given without saying whether it was measured or computed."""
    for demand in (Demand(10, 1_000_000), Demand(10, 5_000_000, 1024)):
        assert all(re.match(r"measured$|computed: \S", need.known) for need in needs(demand, CATALOGUE))
    known = {need.what: need.known for need in needs(Demand(10, 1_000_000), [])}
    assert known["index, disk"] == "measured"
    assert {need.known.partition(":")[0] for need in needs(Demand(10, 999_999), [])} == {"computed"}


@pytest.mark.parametrize(
    "table",
    [
        markdown(INDEX, index_table(COUNTS, (384, 768, 1024))),
        markdown(MODELS, model_table(CATALOGUE)),
        markdown(PEOPLE, people_table((100, 500, 2_000, 10_000))),
    ],
    ids=("index", "models", "people"),
)
def test_page_holds_what_is_computed(table: str) -> None:
    """The tables of the page are the functions' own; after a change of these, put in what this test prints."""
    assert table in PAGE, f"\n{table}"


def test_every_model_on_gpus_is_in_the_table() -> None:
    """No layout of the catalogue is left out."""
    rows = model_table(CATALOGUE)
    expected = sum(len(model.serving.layouts) for model in CATALOGUE if model.serving)
    assert len(rows) == expected
    assert {row[1] for row in rows} <= {
        part for m in CATALOGUE if m.serving for part in machines(m.serving.layouts).split("; ")
    }


def test_command_prints_it() -> None:
    """`intramuros sizing` writes the same for machines as the functions return."""
    arguments = [
        "sizing",
        "--people",
        "500",
        "--chunks",
        "5000000",
        "--model",
        "mixtral-8x7b-instruct-v0.1",
        "--json",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    found = {row["what"]: row["amount"] for row in json.loads(done.stdout)}
    assert found["index, memory, all of it cached"] == "17.0 GB"
    assert found["answers at once"] == "25"
    table = CliRunner().invoke(app, arguments[:-1])
    assert "17.0 GB" in table.output

"""The figures of the guard: what counts as found, right and leaked, and when they are worse than before."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.guard.evaluate import ALL, EVERYTHING, NOTHING, Report, compare, evaluate, merged
from ingest.guard.scan import scan
from ingest.guard.types import Finding, Kind
from retrieval.errors import InvalidRequest

TEXT = "Anna Keller paid Acme in Bonn"


def spans(*labels: tuple[str, str]) -> list[dict[str, object]]:
    """Return labelled spans of TEXT."""
    return [
        {"start": TEXT.index(value), "end": TEXT.index(value) + len(value), "label": label}
        for value, label in labels
    ]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """One text with a person, an organisation and a place, and a table of two numbers."""
    folder = tmp_path / "texts"
    folder.mkdir()
    labels = spans(("Anna Keller", "PERSON"), ("Acme", "ORGANIZATION"), ("Bonn", "LOCATION"))
    (folder / "data.jsonl").write_text(json.dumps({"lang": "en", "text": TEXT, "spans": labels}) + "\n")
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    rows = (
        "label\tcountry\tvalue\tvalid",
        "IBAN\t*\tDE89370400440532013000\tTrue",
        "IBAN\t*\tDE89370400440532013001\tFalse",
    )
    (numbers / "numbers.tsv").write_text("\n".join(rows))
    return tmp_path


def finder(*found: tuple[str, Kind]) -> object:
    """Return a recogniser that finds these values of TEXT, and nothing elsewhere."""

    def look(text: str, _language: str) -> tuple[Finding, ...]:
        return tuple(
            Finding(kind, text.index(value), text.index(value) + len(value), 0.9, "")
            for value, kind in found
            if value in text
        )

    return look


def test_half_of_the_characters_decide(labelled: Path) -> None:
    """A finding over less than half of a name misses it; the same finding lies inside it and is right."""
    report = evaluate(labelled, finder(("Anna", Kind.PERSON)))  # type: ignore[arg-type]  # a recogniser by shape
    everybody = {row.kind: row for row in report.rows}
    assert (everybody["person"].precision, everybody["person"].recall) == (1.0, 0.0)
    assert report.leaks[0].rate == 1.0
    whole = evaluate(labelled, finder(("Anna Keller", Kind.PERSON)))  # type: ignore[arg-type]  # as above
    rows = {row.kind: row for row in whole.rows}
    assert (rows[ALL].f1, rows[ALL].labelled) == (1.0, 1)
    assert rows[EVERYTHING].labelled == 3
    assert round(rows[EVERYTHING].recall, 3) == 0.333
    assert whole.leaks[0].rate == 0.0


def test_what_is_found_as_something_else_does_not_leak_and_is_wrong(labelled: Path) -> None:
    """Masked under a wrong name it is masked; its precision suffers."""
    report = evaluate(labelled, finder(("Anna Keller", Kind.ADDRESS)))  # type: ignore[arg-type]  # as above
    rows = {row.kind: row for row in report.rows}
    assert rows[ALL].precision == rows[ALL].recall == 0.0
    assert report.leaks[0].missed == 0


def test_numbers_are_put_beside_their_name_and_alone(labelled: Path) -> None:
    """The real recognisers find the right IBAN in both sentences and believe the wrong one in neither."""
    report = evaluate(labelled, scan)
    assert [(one.carrier, one.found, one.valid, one.believed, one.invalid) for one in report.numbers] == [
        ("named", 1, 1, 0, 1),
        ("bare", 1, 1, 0, 1),
    ]


def test_worse_figures_are_faults_and_better_ones_are_none(labelled: Path) -> None:
    """F1, what leaks and the numbers are compared with the known ones; sets that were not measured are kept."""
    good = evaluate(labelled, scan)
    bad = evaluate(labelled, finder())  # type: ignore[arg-type]  # as above
    assert compare(good, good) == compare(good, bad) == compare(good, NOTHING) == []
    assert len(compare(bad, good)) == 4
    other = Report(leaks=(replace(good.leaks[0], set="another"),))
    assert merged(good, other).leaks == (*good.leaks, *other.leaks)
    assert merged(good, bad) == good


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    """A folder without a set, and a line that is no labelled text, are named."""
    with pytest.raises(InvalidRequest, match="holds no set"):
        evaluate(tmp_path, scan)
    (tmp_path / "data.jsonl").write_text('{"text": "x"}\n')
    with pytest.raises(InvalidRequest, match="line 1"):
        evaluate(tmp_path, scan)

"""Show how well personal data is recognised, beside the committed figures and those that Presidio's makers publish."""

from collections.abc import Iterator
from typing import Final

from app.cli.measuring import Table
from ingest.guard.evaluate import ALL, EVERYTHING, Report, Row

# microsoft/presidio-research, notebook 4: an unchanged analyser on its synthetic set, all labels, by span.
PRESIDIO: Final = ("Presidio, as published", "en", EVERYTHING, "", ".685", ".603", ".618", "")


def guard_tables(report: Report, known: Report) -> Iterator[Table]:
    """Yield the figures of texts, with the committed F1; then what leaks; then the numbers of tables."""
    before = {(row.set, row.language, row.kind): row.f1 for row in known.rows}
    rows = [_row(row, before.get((row.set, row.language, row.kind))) for row in report.rows]
    if rows:
        headings = ("set", "language", "kind", "labelled", "precision", "recall", "F1", "before")
        yield "Personal data, spans of the right kind", headings, [*rows, list(PRESIDIO)]
    leaked = {leak.set: leak.rate for leak in known.leaks}
    leaks = [
        [leak.set, str(leak.labelled), str(leak.missed), f"{leak.rate:.1%}", _percent(leaked.get(leak.set))]
        for leak in report.leaks
    ]
    if leaks:
        yield (
            "What leaks: spans of no kind over half of it",
            ("set", "to hide", "missed", "leaks", "before"),
            leaks,
        )
    numbers = [
        [one.set, one.carrier, f"{one.found}/{one.valid}", f"{one.believed}/{one.invalid}"]
        for one in report.numbers
    ]
    if numbers:
        yield "Numbers with check digits", ("set", "in front", "valid found", "wrong believed"), numbers


def _row(row: Row, before: float | None) -> list[str]:
    is_sum = row.kind in {ALL, EVERYTHING}
    return [
        row.set,
        row.language,
        row.kind if is_sum else f"  {row.kind}",
        str(row.labelled),
        _figure(row.precision) if row.predicted else "",
        _figure(row.recall) if row.labelled else "",
        _figure(row.f1) if row.labelled else "",
        "" if before is None else _figure(before),
    ]


def _figure(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"

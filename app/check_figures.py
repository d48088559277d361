"""Hold the figures of the citation check, and say what fell below the committed ones. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.judgments import Agreement
from app.labelled import DIGITS, FIGURES, Row
from retrieval.errors import InvalidRequest

MAX_LOSS: Final = 0.01  # of a precision or a recall, Spearman's correlation or AUROC
JUDGED_FIGURES: Final = ("spearman", "auroc")


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the rows of the labelled sentences, the agreement with people, and the model whose vectors were used."""

    embedder: str
    rows: tuple[Row, ...]
    agreements: tuple[Agreement, ...]


NOTHING: Final = Report("", (), ())  # where nothing is committed


def compare(measured: Report, committed: Report) -> list[str]:
    """Return in words what got worse. Raises InvalidRequest where the figures come from another embedder."""
    if committed.embedder and measured.embedder != committed.embedder:
        raise InvalidRequest(
            f"the committed figures are of {committed.embedder}, these of {measured.embedder}",
            remedy="name that embedder in the settings, or write new figures with --save",
        )
    rows = {row.key: row for row in committed.rows}
    sets = {one.set: one for one in committed.agreements}
    return [
        *(fault for row in measured.rows if row.key in rows for fault in _row_faults(row, rows[row.key])),
        *(
            fault
            for one in measured.agreements
            if one.set in sets
            for fault in _judged_faults(one, sets[one.set])
        ),
    ]


def not_measured(measured: Report, committed: Report) -> tuple[str, ...]:
    """Return the sets of people's judgments that were committed and are not in this run."""
    here = {one.set for one in measured.agreements}
    return tuple(one.set for one in committed.agreements if one.set not in here)


def merged(measured: Report, committed: Report) -> Report:
    """Return what to commit: the new figures, and the old ones of sets that were not measured."""
    absent = not_measured(measured, committed)
    if absent:
        compare(Report(measured.embedder, (), ()), committed)
    kept = (one for one in committed.agreements if one.set in absent)
    agreements = sorted((*measured.agreements, *kept), key=lambda one: one.set)
    return Report(measured.embedder, measured.rows, tuple(agreements))


def _row_faults(row: Row, before: Row) -> Iterable[str]:
    name = f"{row.name}, {row.half}"
    if (row.true, row.false) != (before.true, before.false):
        yield f"{name}: {row.true} true and {row.false} false sentences, others were committed: the data differ"
        return
    for figure in FIGURES:
        yield from _fault(name, figure, getattr(row, figure), getattr(before, figure))


def _judged_faults(one: Agreement, before: Agreement) -> Iterable[str]:
    for figure in JUDGED_FIGURES:
        yield from _fault(one.set, figure, getattr(one, figure), getattr(before, figure))


def _fault(name: str, figure: str, value: float | None, before: float | None) -> Iterable[str]:
    lost = round((before or 0.0) - (value or 0.0), DIGITS)
    if lost > MAX_LOSS:
        yield f"{name}: {figure.replace('_', ' ')} lost {lost:.4f} ({before} before)"

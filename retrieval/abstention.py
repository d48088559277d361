"""Measure whether the passages found are rightly judged enough: `intramuros eval evidence`. Pure.

Figures are of one kind of cases, one set and one half of its questions. Either outcome weighs half, however many cases
it has. Questions fall into halves by the hash of their ids: what is fitted is fitted to the dev half alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from retrieval.calibration import auroc, calibration_error
from retrieval.cases import Case, Kind
from retrieval.errors import InvalidRequest
from retrieval.evidence import Answerability
from retrieval.metrics import mean
from retrieval.types import SearchResult

Half = Literal["dev", "held out"]
KINDS: Final[tuple[Kind, ...]] = ("own language", "across languages", "look-alikes")
HALVES: Final[tuple[Half, ...]] = ("held out", "dev")
ALL: Final = "all"  # in place of a set: the mean of a kind's sets
SEED: Final = "evidence"
MAX_LOSS: Final = 0.01  # AUROC of a set
MAX_MORE_REFUSED: Final = 0.01  # more of what can be answered, mean of a kind's sets
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the figures of one half of one set's cases, or of all sets of a kind (ALL, weighing sets alike)."""

    kind: Kind
    set: str
    half: Half
    answerable: int
    unanswerable: int
    auroc: float
    refusal_recall: float
    false_refusals: float
    balanced_accuracy: float
    calibration_error: float

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what names the row."""
        return self.kind, self.set, self.half


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the rows of a run, and the model whose vectors it used."""

    embedder: str
    rows: tuple[Row, ...]


NOTHING: Final = Report("", ())  # where nothing is committed


def half_of(question_id: str) -> Half:
    """Return the half a question belongs to, wherever it is asked."""
    return "dev" if sha256(f"{SEED}:{question_id}".encode()).digest()[0] % 2 else "held out"


def report(
    found: Sequence[Case], judge: Callable[[str, SearchResult], Answerability], embedder: str
) -> Report:
    """Return the figures of every kind, set and half."""
    judged = [(case, judge(case.asked.question, case.found)) for case in found]
    rows: list[Row] = []
    for kind in KINDS:
        for half in HALVES:
            of_half = [pair for pair in judged if pair[0].kind == kind and half_of(pair[0].asked.id) == half]
            names = sorted({case.set for case, _ in of_half})
            of_kind = [
                row
                for name in names
                if (row := _row(kind, name, half, [pair for pair in of_half if pair[0].set == name]))
            ]
            rows += of_kind
            if len(of_kind) > 1:
                rows.append(_all(kind, half, of_kind))
    return Report(embedder, tuple(rows))


def compare(measured: Report, committed: Report) -> list[str]:
    """Return in words what got worse. Raises InvalidRequest where the figures come from another embedder."""
    if committed.rows and measured.embedder != committed.embedder:
        raise InvalidRequest(
            f"the committed figures are of {committed.embedder}, these of {measured.embedder}",
            remedy="name that embedder in the settings, or write new figures with --save",
        )
    before = {row.key: row for row in committed.rows}
    return [fault for row in measured.rows if row.key in before for fault in _faults(row, before[row.key])]


def merged(measured: Report, committed: Report) -> Report:
    """Return what to commit: the new figures, and the old ones of sets that were not measured."""
    new = {row.key for row in measured.rows}
    kept = [row for row in committed.rows if row.key not in new]
    if kept:
        compare(Report(measured.embedder, ()), committed)
    order = {kind: place for place, kind in enumerate(KINDS)}
    rows = sorted(
        (*measured.rows, *kept), key=lambda row: (order[row.kind], row.half, row.set == ALL, row.set)
    )
    return Report(measured.embedder, tuple(rows))


def _row(kind: Kind, name: str, half: Half, pairs: Sequence[tuple[Case, Answerability]]) -> Row | None:
    can = [verdict for case, verdict in pairs if case.asked.is_answerable]
    cannot = [verdict for case, verdict in pairs if not case.asked.is_answerable]
    area = auroc([one.score for one in can], [one.score for one in cannot])
    if area is None:
        return None  # there is nothing to tell apart
    refused = sum(not one.is_answerable for one in cannot) / len(cannot)
    wrongly = sum(not one.is_answerable for one in can) / len(can)
    return Row(
        kind,
        name,
        half,
        len(can),
        len(cannot),
        round(area, 4),
        round(refused, 4),
        round(wrongly, 4),
        round((refused + 1 - wrongly) / 2, 4),
        round(calibration_error([one.score for one in can], [one.score for one in cannot]), 4),
    )


def _faults(row: Row, before: Row) -> Iterable[str]:
    name = f"{row.kind}, {row.set}, {row.half}"
    if (row.answerable, row.unanswerable) != (before.answerable, before.unanswerable):
        counts = f"{row.answerable} and {row.unanswerable} questions, {before.answerable} and {before.unanswerable}"
        yield f"{name}: {counts} committed: the data differ"
        return
    if round(before.auroc - row.auroc, DIGITS) > MAX_LOSS:
        yield f"{name}: AUROC lost {before.auroc - row.auroc:.4f} ({before.auroc} before)"
    more = round(row.false_refusals - before.false_refusals, DIGITS)
    if row.set == ALL and more > MAX_MORE_REFUSED:
        yield f"{name}: {more:.1%} more of what can be answered is refused"


def _all(kind: Kind, half: Half, rows: Sequence[Row]) -> Row:
    """Return the sums and the means of a kind, every set weighing the same."""
    return Row(
        kind,
        ALL,
        half,
        sum(row.answerable for row in rows),
        sum(row.unanswerable for row in rows),
        *(
            round(mean([getattr(row, name) for row in rows]), 4)
            for name in (
                "auroc",
                "refusal_recall",
                "false_refusals",
                "balanced_accuracy",
                "calibration_error",
            )
        ),
    )

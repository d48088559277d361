"""Measure how well quoting tells a passage that answers from one that only looks like it: `intramuros eval quotations`.

Each question is asked of one passage. It counts as refused where the best quotation stays below what is enough. The
questions fall into the same halves as those of `intramuros eval evidence`: what is chosen is chosen on the dev half.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.quoting import ENOUGH
from retrieval.abstention import HALVES, Half, half_of
from retrieval.calibration import auroc
from retrieval.dataset import Item, Task, read_tasks
from retrieval.errors import InvalidRequest
from retrieval.evaluate import Step
from retrieval.types import Passage

MAX_LOSS: Final = (
    0.02  # of a share: the same model on another number of threads judges some 1 in 100 otherwise
)
FIGURES: Final = ("auroc", "precision", "recall", "answered")
THRESHOLDS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)  # looked at to choose ENOUGH
NONE_FOUND: Final = -100.0  # the score where a passage holds nothing that may be quoted: below any other
DIGITS: Final = 4

# The score of the best quotation of a passage for a question of this language, None where there is none.
Score = Callable[[str, str, Passage], float | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """Hold a question of a set, whether its passage answers it, and the score of the best quotation."""

    set: str
    half: Half
    is_answerable: bool
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the figures of one half of a set at one threshold. Shares are None where they are of nothing."""

    set: str
    half: Half
    threshold: float
    answerable: int
    unanswerable: int
    auroc: float | None
    precision: float | None  # share of what is refused that cannot be answered
    recall: float | None  # share of what cannot be answered that is refused
    answered: float | None  # share of what can be answered that is not refused

    @property
    def key(self) -> tuple[str, Half]:
        """Return what names the row."""
        return self.set, self.half


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the rows of a run at the threshold that is served, the models, and the version of the prompt."""

    model: str
    embedder: str
    prompt: str
    rows: tuple[Row, ...]


NOTHING: Final = Report("", "", "", ())  # where nothing is committed


def tasks_below(data: Path, max_questions: int) -> dict[str, list[Task]]:
    """Return the tasks of each set below `data`/unanswerable, at most so many of each, evenly spread; 0 is all.

    Raises InvalidRequest where there are none.
    """
    found = {file.parent.name: read_tasks(file) for file in sorted(data.glob("unanswerable/*/tasks.jsonl"))}
    if not found:
        raise InvalidRequest(
            f"{data} holds no questions with look-alikes",
            remedy="name the folder with unanswerable/SET/tasks.jsonl in it",
        )
    return {name: _evenly(tasks, max_questions) for name, tasks in found.items()}


def scored(sets: dict[str, list[Task]], score: Score, step: Step) -> Iterator[Scored]:
    """Yield each question with the score of what would be quoted."""
    whole, done = sum(map(len, sets.values())), 0
    for name, tasks in sets.items():
        for task in tasks:
            step(name, done / whole)
            best = score(task.question, task.language, passage_of(task.context))
            yield Scored(name, half_of(task.id), task.is_answerable, NONE_FOUND if best is None else best)
            done += 1


def rows_of(found: Sequence[Scored], threshold: float = ENOUGH) -> tuple[Row, ...]:
    """Return the figures of every set and half at a threshold."""
    return tuple(
        _row(name, half, threshold, of_half)
        for name in sorted({one.set for one in found})
        for half in HALVES
        if (of_half := [one for one in found if (one.set, one.half) == (name, half)])
    )


def compare(measured: Report, committed: Report) -> list[str]:
    """Return in words what got worse. Raises InvalidRequest where the figures come from another model."""
    here, there = ((one.model, one.embedder) for one in (measured, committed))
    if committed.rows and here != there:
        raise InvalidRequest(
            f"the committed figures are of {' and '.join(there)}, these of {' and '.join(here)}",
            remedy="name those models in the settings, or write new figures with --save",
        )
    before = {row.key: row for row in committed.rows}
    return [fault for row in measured.rows if row.key in before for fault in _faults(row, before[row.key])]


def passage_of(item: Item) -> Passage:
    """Return a document of a set as the passage that it is quoted from."""
    return Passage(
        chunk_id=item.place,
        document_id=item.document,
        version_id=item.document,
        collection_id="measured",
        title=item.title,
        file_name=item.file,
        media_type="text/plain",
        language=item.language,
        heading_path=(),
        text=item.text,
        position=0,
        page=None,
        boxes=(),
        dated="",
    )


def _evenly(tasks: list[Task], limit: int) -> list[Task]:
    if not limit or len(tasks) <= limit:
        return tasks
    return [tasks[at * len(tasks) // limit] for at in range(limit)]


def _row(name: str, half: Half, threshold: float, found: Sequence[Scored]) -> Row:
    can = [one.score for one in found if one.is_answerable]
    cannot = [one.score for one in found if not one.is_answerable]
    rightly = sum(score < threshold for score in cannot)
    wrongly = sum(score < threshold for score in can)
    area = auroc(can, cannot)
    return Row(
        name,
        half,
        threshold,
        len(can),
        len(cannot),
        None if area is None else round(area, DIGITS),
        _share(rightly, rightly + wrongly),
        _share(rightly, len(cannot)),
        _share(len(can) - wrongly, len(can)),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def _faults(row: Row, before: Row) -> Iterable[str]:
    name = f"{row.set}, {row.half}"
    if (row.answerable, row.unanswerable) != (before.answerable, before.unanswerable):
        yield (
            f"{name}: {row.answerable} questions that can be answered and {row.unanswerable} that cannot, "
            f"{before.answerable} and {before.unanswerable} committed: the data differ"
        )
        return
    for figure in FIGURES:
        lost = round((getattr(before, figure) or 0.0) - (getattr(row, figure) or 0.0), DIGITS)
        if lost > MAX_LOSS:
            yield f"{name}: {figure} lost {lost:.4f} ({getattr(before, figure)} before)"

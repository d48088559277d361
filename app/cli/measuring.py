"""Show how far a long measurement is, and its figures beside the committed ones."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.cli.shell import console
from ingest.progress import duration
from retrieval import abstention
from retrieval.compare import Comparison, Line, by_set
from retrieval.evaluate import LEGS, Step
from retrieval.metrics import mean

LINE_EVERY_S: Final = 10.0  # between two lines of progress in a log, which has no moving bar
MIN_SHARE: Final = 0.02  # before that a forecast is a guess
HEADINGS: Final = (
    "set", "questions", "n", "BM25", "dense", "hybrid", "before", "±", "R@10", "p50 ms", "own language", ""
)  # fmt: skip
EVIDENCE_HEADINGS: Final = (
    "questions", "against", "can", "cannot", "AUROC", "before", "rightly refused", "wrongly refused", "before",
    "balanced", "ECE",
)  # fmt: skip

Table = tuple[str, tuple[str, ...], list[list[str]]]


@contextmanager
def progress() -> Iterator[Step]:
    """Lend a function that draws a bar with the time left on standard error, or a line now and then in a log."""
    screen = console(is_error=True)
    if not screen.is_terminal:
        yield lines_of(screen.print, time.monotonic)
        return
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, description=what, completed=share)


def lines_of(write: Callable[[str], None], clock: Callable[[], float]) -> Step:
    """Return a Step that writes a line for each new subject, and one every LINE_EVERY_S."""
    began = clock()
    last = ("", began)

    def step(what: str, share: float) -> None:
        nonlocal last
        passed = clock() - began
        if what == last[0] and clock() - last[1] < LINE_EVERY_S:
            return
        last = (what, clock())
        left = f", {duration(passed * (1 - share) / share)} left" if share >= MIN_SHARE else ""
        write(f"  {what}: {share:.0%} of the whole{left}")

    return step


def retrieval_table(embedder: str, compared: Comparison) -> Table:
    """Return every group with its figures, the hybrid's committed nDCG@10 and the difference; then each set's mean."""
    rows: list[list[str]] = []
    of = {line.group.key: line for line in compared.lines}
    for name, groups in by_set(line.group for line in compared.lines).items():
        lines = [of[group.key] for group in groups]
        rows += [_row(line) for line in lines]
        if len(lines) > 1 and all(line.state != "not measured" for line in lines):
            rows.append(_mean(name, lines))
    return f"nDCG@10 with {embedder}", HEADINGS, rows


def evidence_table(report: abstention.Report, known: abstention.Report) -> Table:
    """Return the figures of the half that nothing was fitted to, and what was committed of it."""
    before = {row.key: row for row in known.rows}
    rows = [
        [
            row.kind,
            row.set,
            str(row.answerable),
            str(row.unanswerable),
            f"{row.auroc:.3f}",
            f"{before[row.key].auroc:.3f}" if row.key in before else "new",
            f"{row.refusal_recall:.1%}",
            f"{row.false_refusals:.1%}",
            f"{before[row.key].false_refusals:.1%}" if row.key in before else "new",
            f"{row.balanced_accuracy:.3f}",
            f"{row.calibration_error:.3f}",
        ]
        for row in report.rows
        if row.half == "held out"
    ]
    measured = {row.key for row in report.rows}
    rows += [
        [row.kind, row.set, "", "", "", f"{row.auroc:.3f}", "", "", "", "", "not measured"]
        for row in known.rows
        if row.half == "held out" and row.key not in measured
    ]
    return f"Enough evidence or not, with {report.embedder}", EVIDENCE_HEADINGS, rows


def summary(compared: Comparison) -> str:
    """Return in one line how many groups were measured, are new or were not measured."""
    parts = [f"{compared.count('measured')} groups compared"]
    if new := compared.count("new"):
        parts.append(f"{new} new, without committed figures")
    if absent := compared.count("not measured"):
        parts.append(f"{absent} not measured, of which nothing is said")
    return "; ".join(parts)


def _row(line: Line) -> list[str]:
    group = line.group
    asked = " ".join(part for part in (group.qrels.removeprefix("qrels").strip("_"), group.language) if part)
    before = "" if line.before is None else f"{line.before:.3f}"
    if line.state == "not measured":
        return [group.set, asked, "", "", "", "", before, "", "", "", "", line.state]
    own = "" if group.own_language_10 is None else f"{group.own_language_10:.0%}"
    change = "" if line.change is None else f"{line.change:+.3f}"
    return [
        group.set,
        asked,
        str(group.queries),
        *(f"{group.legs[leg].ndcg_10:.3f}" for leg in LEGS),
        before,
        change,
        f"{group.legs['hybrid'].recall_10:.3f}",
        " / ".join(f"{group.legs[leg].p50_ms:.2g}" for leg in LEGS),
        own,
        "new" if line.state == "new" else "",
    ]


def _mean(name: str, lines: list[Line]) -> list[str]:
    figures = [f"{mean([line.group.legs[leg].ndcg_10 for line in lines]):.3f}" for leg in LEGS]
    recall = f"{mean([line.group.legs['hybrid'].recall_10 for line in lines]):.3f}"
    changes = [line.change for line in lines if line.change is not None]
    before = [line.before for line in lines if line.before is not None]
    return [
        name,
        "mean",
        str(sum(line.group.queries for line in lines)),
        *figures,
        f"{mean(before):.3f}" if before else "",
        f"{mean(changes):+.3f}" if changes else "",
        recall,
        "",
        "",
        "",
    ]

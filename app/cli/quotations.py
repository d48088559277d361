"""Wire the evaluation of quoting to this installation, and lay out its figures."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Final

from app.adapters import open_encoder, open_model
from app.cli.measuring import Table, progress
from app.look_alikes import THRESHOLDS, Report, Row, Scored, rows_of, scored, tasks_below
from app.models import catalogue
from app.quoting import VERSION, Likeness, Quoter
from app.settings import Settings
from retrieval.level import is_calibrated
from retrieval.types import Embedder, Passage
from retrieval.vector_cache import CachingEmbedder

HEADINGS: Final = (
    "set", "half", "can", "cannot", "AUROC", "before", "refused that cannot", "before", "cannot that is refused",
    "before", "can that is answered", "before",
)  # fmt: skip
SWEEP_HEADINGS: Final = (
    "set",
    "threshold",
    "refused that cannot",
    "cannot that is refused",
    "can that is answered",
)
SALT: Final = "evaluation"  # of the model's cache: public questions, asked for nobody


def quotations_report(
    settings: Settings, data: Path, max_questions: int
) -> tuple[Report, tuple[Scored, ...]]:
    """Return how well the served model's quoting refuses look-alikes, and the scores behind it.

    Raises InvalidRequest where `data` holds no such questions, ModelUnavailable where the model is not served.
    """
    sets = tasks_below(data, max_questions)
    remembered = settings.site.models_dir.parent / "eval"
    with (
        closing(CachingEmbedder(open_encoder(settings), remembered)) as encoder,
        closing(open_model(settings)) as model,
        progress() as step,
    ):
        takes_system = catalogue.takes_system(settings.model.name)
        quoter = Quoter(model, likeness_by(encoder), takes_system=takes_system)
        stop = Event()

        def score(question: str, language: str, passage: Passage) -> float | None:
            judged = quoter.judged(question, language, {1: passage}, cache_salt=SALT, stop=stop)
            return judged[0].score if judged else None

        found = tuple(scored(sets, score, step))
        return Report(model.name, encoder.name, VERSION, rows_of(found)), found


def likeness_by(encoder: Embedder) -> Likeness | None:
    """Return cosines by this embedder, None where its scale is not the one that quoting counts by."""
    if not is_calibrated(encoder.name):
        return None

    def likeness(question: str, texts: Sequence[str]) -> list[float]:
        asked = encoder.embed_query(question)
        return [float(one @ asked) for one in encoder.embed_passages(list(texts))]

    return likeness


def quotations_table(report: Report, known: Report) -> Table:
    """Return the figures at the threshold that is served, each beside what was committed of it."""
    before = {row.key: row for row in known.rows}
    rows = [_row(row, before.get(row.key)) for row in report.rows]
    return f"Quotations of look-alikes, chosen by {report.model}", HEADINGS, rows


def thresholds_table(found: Sequence[Scored]) -> Table:
    """Return what other thresholds would do, on the half that may choose one."""
    rows = [
        [row.set, f"{row.threshold:g}", _share(row.precision), _share(row.recall), _share(row.answered)]
        for threshold in THRESHOLDS
        for row in rows_of(found, threshold)
        if row.half == "dev"
    ]
    return "Other thresholds, on the dev half", SWEEP_HEADINGS, rows


def _row(row: Row, before: Row | None) -> list[str]:
    figures = (
        [_share(getattr(one, figure)) if one else "new" for one in (row, before)]
        for figure in ("precision", "recall", "answered")
    )
    precision, recall, answered = figures
    area = [_area(row), _area(before) if before else "new"]
    return [
        row.set, row.half, str(row.answerable), str(row.unanswerable), *area, *precision, *recall, *answered
    ]  # fmt: skip


def _area(row: Row) -> str:
    return "" if row.auroc is None else f"{row.auroc:.3f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"

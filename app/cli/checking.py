"""Wire the evaluation of the citation check to this installation, and lay out its figures."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from app.adapters import open_encoder
from app.check_figures import Report
from app.claims import Similarity
from app.cli.measuring import Table, progress
from app.judgments import Agreement, agreement, read_judged
from app.labelled import Row, is_kept, read_labelled, rows_of
from app.settings import Settings
from retrieval.errors import InvalidRequest
from retrieval.types import Embedder, FloatVector
from retrieval.vector_cache import CachingEmbedder

HEADINGS: Final = (
    "half", "sentences", "true", "kept", "before", "false", "caught", "before",
    "kept that are true", "before", "withheld that are false", "before",
)  # fmt: skip
JUDGED_HEADINGS: Final = (
    "set",
    "answers",
    "skipped",
    "fully faithful",
    "Spearman",
    "before",
    "AUROC",
    "before",
)


def citations_report(settings: Settings, labelled: Path, data: Path | None) -> Report:
    """Return how well the check does on the labelled sentences, and on the judged answers below `data`.

    Raises InvalidRequest where a file is not of its kind, or `data` holds no judged answers.
    """
    remembered = settings.site.models_dir.parent / "eval"
    with closing(CachingEmbedder(open_encoder(settings), remembered)) as encoder, progress() as step:
        similarity = _similarity_of(encoder)
        judged = tuple((one, is_kept(one, similarity)) for one in read_labelled(labelled))
        agreements = [
            agreement(folder.name, tuple(read_judged(folder)), similarity, step)
            for folder in (_judged_sets(data) if data else ())
        ]
        return Report(encoder.name, rows_of(judged), tuple(one for one in agreements if one))


def citations_tables(report: Report, known: Report) -> Iterator[Table]:
    """Yield the table of the labelled sentences with what was committed of them, then that of the judged answers."""
    before = {row.key: row for row in known.rows}
    rows = [_row(row, before.get(row.key)) for row in report.rows]
    yield f"Check of citations, with {report.embedder}", HEADINGS, rows
    if report.agreements:
        sets = {one.set: one for one in known.agreements}
        lines = [_judged(one, sets.get(one.set)) for one in report.agreements]
        yield "Share of sentences found supported, beside people's judgment", JUDGED_HEADINGS, lines


def _similarity_of(encoder: Embedder) -> Similarity:
    vectors: dict[str, FloatVector] = {}

    def vector(text: str) -> FloatVector:
        if text not in vectors:
            vectors[text] = encoder.embed_passages([text])[0]
        return vectors[text]

    return lambda sentence, passage: float(vector(sentence) @ vector(passage))


def _judged_sets(data: Path) -> list[Path]:
    found = sorted(file.parent for file in data.glob("answer_quality/*/tasks.jsonl"))
    if not found:
        raise InvalidRequest(
            f"{data} holds no judged answers",
            remedy="name the folder with answer_quality/SET/tasks.jsonl in it, or leave --data out",
        )
    return found


def _row(row: Row, before: Row | None) -> list[str]:
    kept, caught, supported, unsupported = (
        [_share(getattr(one, figure)) if one else "" for one in (row, before)]
        for figure in (
            "supported_recall",
            "unsupported_recall",
            "supported_precision",
            "unsupported_precision",
        )
    )
    return [row.half, row.name, str(row.true), *kept, str(row.false), *caught, *supported, *unsupported]


def _judged(one: Agreement, before: Agreement | None) -> list[str]:
    return [
        one.set,
        str(one.answers),
        str(one.skipped),
        str(one.fully_faithful),
        f"{one.spearman:.3f}",
        f"{before.spearman:.3f}" if before else "new",
        f"{one.auroc:.3f}",
        f"{before.auroc:.3f}" if before else "new",
    ]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"

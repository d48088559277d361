"""Wire the evaluations to this installation: its parsers, its embedder, its model."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from app import evaluate as answering
from app.adapters import open_encoder, open_reranker
from app.cli.asking import Answered, asking
from app.cli.measuring import Table, progress
from app.sample import QUESTIONS
from app.settings import Settings
from app.types import Answer, Outcome, Sentence, Verdict
from ingest import evaluate as parsing
from ingest.gate import Limits, inspect
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import ParsedDocument
from retrieval import abstention
from retrieval import evaluate as ranking
from retrieval.cases import cases
from retrieval.compare import Figures, refuse_other_make
from retrieval.edge import EdgeIndex
from retrieval.errors import InvalidRequest, TooManyRequests
from retrieval.evidence import judge_for
from retrieval.level import as_indexed
from retrieval.vector_cache import CachingEmbedder

MINUTE_S: Final = 60.0  # over which a person's questions are counted
PAUSE_S: Final = 3.0  # before the next try


def retrieval_report(
    settings: Settings, data: Path, only: str, max_queries: int | None, known: Figures, *, is_saved: bool
) -> ranking.Report:
    """Return the figures of every set below `data`, each in an index of its own that is thrown away.

    Raises InvalidRequest before it measures what could not be compared with the `known` figures, where there are any,
    or not be put in their place.
    """
    if is_saved and settings.search.reranker:
        raise InvalidRequest(
            "the figures that are kept are those of the search without a reranker",
            remedy="leave --save out: what it brings is printed beside them",
        )
    with _workshop(settings) as tools, progress() as step:
        if known.groups and not is_saved:
            refuse_other_make(Figures(tools.embedder.name, max_queries, ()), known)
        measured = replace(tools, reranker=open_reranker(settings))
        return ranking.evaluate_directory(data, measured, max_queries=max_queries, only=only, step=step)


def evidence_report(settings: Settings, data: Path, only: str) -> abstention.Report:
    """Return how well it is told which of the questions below `data` the passages found can answer."""
    with _workshop(settings) as tools, progress() as step:
        found = list(cases(data, tools, only=only, step=step))
        return abstention.report(found, judge_for(tools.embedder.name), tools.embedder.name)


@contextmanager
def _workshop(settings: Settings) -> Iterator[ranking.Tools]:
    """Lend the embedder of the settings, which remembers what it embedded, and a maker of indexes to throw away."""
    remembered = settings.site.models_dir.parent / "eval"
    with (
        tempfile.TemporaryDirectory(prefix="intramuros-eval-") as folder,
        closing(CachingEmbedder(open_encoder(settings), remembered)) as encoder,
    ):
        yield ranking.Tools(
            as_indexed(encoder), lambda dimension: EdgeIndex(Path(folder) / uuid4().hex, dimension=dimension)
        )


def parsing_report(settings: Settings, data: Path) -> parsing.Report:
    """Return how well gate and sandbox read the labelled files in `data`."""
    limits = Limits(max_bytes=settings.api.max_upload_mb << 20)
    with Sandbox(SandboxLimits.of(settings.ingest.parse_timeout_s)) as sandbox:

        def parse(path: Path, file_name: str) -> ParsedDocument:
            return sandbox.parse(path, inspect(path, file_name, limits=limits), file_name)

        return parsing.evaluate_parsing(data, parse)


def parsing_rows(report: parsing.Report) -> Table:
    """Return the table people read: each format, then the set as a whole."""
    means = {mean.name: mean for mean in report.by_format}
    cells = {share.name: share for share in report.cells_by_format}
    leaks = {share.name: share for share in report.forbidden_by_format}
    rows = [
        [
            name,
            str(means[name].files) if name in means else "",
            f"{means[name].score:.3f}" if name in means else "",
            f"{cells[name].share:.3f}" if name in cells else "",
            f"{leaks[name].share:.1%}" if name in leaks else "",
            f"{means[name].seconds:.1f}" if name in means else "",
        ]
        for name in sorted({*means, *cells, *leaks})
    ]
    rows.append(
        [
            "all text",
            str(sum(mean.files for mean in report.by_format)),
            f"{report.snippet_recall:.3f}",
            f"{report.cells:.3f}" if cells else "",
            f"{report.forbidden_share:.1%}" if leaks else "",
            f"{report.seconds:.1f}",
        ]
    )
    rows.append(["scans (words)", "", f"{report.word_recall:.3f}", "", "", ""])
    passed = f"{report.behaviour_passed}/{report.behaviour_cases}"
    rows.append(["behaviour", str(report.behaviour_cases), passed, "", "", ""])
    return "Parsing", ("format", "files", "recall", "cells", "forbidden", "seconds"), rows


def answers_report(settings: Settings, questions: Path | None) -> answering.Report:
    """Return how the questions were answered, by the running API or in this process."""
    with _asked(settings) as ask:
        return answering.evaluate_answers(questions or QUESTIONS, ask)


def answers_rows(report: answering.Report) -> Iterator[Table]:
    """Yield the tables people read: the sums, then every question that went wrong."""
    yield (
        f"Answers by {report.model}",
        ("what", "count", "of"),
        [
            ["answered rightly", str(report.answered_right), str(report.answerable)],
            ["… with the right source cited", str(report.answered_right_and_cited), str(report.answerable)],
            ["refused though answerable", str(report.refused_wrongly), str(report.answerable)],
            ["refused as they should be", str(report.refused), str(report.unanswerable)],
            ["unsupported sentences shown as fact", str(report.unsupported_shown), ""],
            ["unsupported sentences withheld", str(report.unsupported_withheld), ""],
            ["seconds a question (p50)", f"{report.p50_ms / 1000:.1f}", ""],
            ["seconds a question (p95)", f"{report.p95_ms / 1000:.1f}", ""],
        ],
    )
    wrong = [case for case in report.cases if not (case.is_right and case.cites_source)]
    rows = [[case.id, case.expected, case.outcome, case.text[:160]] for case in wrong]
    yield "Went wrong", ("question", "expected", "outcome", "text"), rows


def patiently(ask: Callable[[], Answered], *, wait: Callable[[float], object] = time.sleep) -> Answered:
    """Return what `ask` does when the person's minute has room for it: the evaluation asks faster than people.

    Raises what `ask` raises, TooManyRequests when there is no room for longer than a minute.
    """
    for _ in range(int(MINUTE_S / PAUSE_S) + 1):
        with suppress(TooManyRequests):
            return ask()
        wait(PAUSE_S)
    return ask()


@contextmanager
def _asked(settings: Settings) -> Iterator[answering.Ask]:
    with asking(settings) as ask:

        def answer(question: str, user: str) -> tuple[Answer, tuple[str, ...]]:
            answered = patiently(lambda: ask(user, question))
            return _answer(answered.answer), tuple(s["file_name"] for s in answered.sources)

        yield answer


def _answer(data: dict[str, Any]) -> Answer:
    return Answer(
        outcome=Outcome(data["outcome"]),
        text=data["text"],
        sentences=tuple(
            Sentence(s["text"], tuple(s["citations"]), Verdict(s["verdict"])) for s in data["sentences"]
        ),
        language=data["language"],
        model=data["model"],
        notice=data["notice"],
        timings_ms=data["timings_ms"],
        prompt_tokens=0,
        dropped=(),
    )

"""Bench what needs this installation: its API with a model server that only keeps pace; its search beside others."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.adapters import open_encoder
from app.bench import BenchReport
from app.bench.api import Plan, run
from app.bench.rivals import compare, environment
from app.evaluate import read_questions
from app.sample import QUESTIONS
from app.settings import Settings
from retrieval.dataset import sets_in
from retrieval.errors import SetupRefused, Unavailable
from retrieval.vector_cache import CachingEmbedder


def api_reports(settings: Settings, plan: Plan, *, with_chain: bool) -> Iterator[BenchReport]:
    """Yield what was measured of the API. Raises Unavailable while it is running elsewhere, or without the trial."""
    if not settings.site.trial:
        raise Unavailable(
            "this bench asks as the sample company's people, who live in the trial only",
            remedy="set INTRAMUROS_SITE__TRIAL=true for the bench",
        )
    # What nothing answers never reaches the model, and has no first token.
    questions = [one for one in read_questions(QUESTIONS) if one.expected == "answered"]
    if with_chain:
        try:
            packages = environment.made_beside(settings.site.models_dir.parent / "chain")
            plan = replace(plan, packages=packages)
        except SetupRefused as refused:
            plan = replace(plan, skipped=f"LangChain's chain is not installed: {refused.message}")
    return run(settings, questions, plan)


def rivals_compared(settings: Settings, data: Path, sets: Sequence[str], chunks: int) -> compare.Comparison:
    """Return how this installation's search stands beside others. Raises InvalidRequest where a set is missing."""
    cache = settings.site.models_dir.parent
    work = compare.Work([folder for name in sets for folder in sets_in(data, name)], chunks)
    with closing(CachingEmbedder(open_encoder(settings), cache / "eval")) as encoder:
        return compare.run(work, encoder, lambda: environment.made(cache / "rivals"), _say)


def _say(line: str) -> None:
    sys.stderr.write(f"· {line}\n")

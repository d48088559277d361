"""Bench what needs this installation: its API with a model server that only keeps pace; its search beside others."""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from app.adapters import open_encoder
from app.api.lending import lent
from app.bench import BenchReport
from app.bench.api import run
from app.bench.paced_vllm import PacedVllm
from app.bench.rivals import compare, environment
from app.evaluate import read_questions
from app.sample import QUESTIONS
from app.settings import Settings
from app.wiring import Services, open_services
from ingest.database import utc_now
from retrieval.dataset import sets_in
from retrieval.errors import Unavailable
from retrieval.vector_cache import CachingEmbedder


def api_report(settings: Settings, users: int) -> BenchReport:
    """Return the times of `users` people asking at once. Raises Unavailable while the API is running elsewhere."""
    questions = [labelled.question for labelled in read_questions(QUESTIONS)]
    with PacedVllm() as model:
        unlimited = {"questions_per_minute": 600, "concurrent_per_person": 20}
        paced = settings.model_copy(
            update={
                "model": settings.model.model_copy(update={"base_url": model.base_url}),
                "limits": settings.limits.model_copy(update=unlimited),
            }
        )
        services = open_services(paced)
        asker = _asker(services)
        with lent(services) as base_url:
            tokens = [services.accounts.open_session(asker, now=utc_now()).token for _ in range(users)]
            return run(base_url, users=users, token_of=lambda number: tokens[number], questions=questions)


def rivals_compared(settings: Settings, data: Path, sets: Sequence[str], chunks: int) -> compare.Comparison:
    """Return how this installation's search stands beside others. Raises InvalidRequest where a set is missing."""
    cache = settings.site.models_dir.parent
    work = compare.Work([folder for name in sets for folder in sets_in(data, name)], chunks)
    with closing(CachingEmbedder(open_encoder(settings), cache / "eval")) as encoder:
        return compare.run(work, encoder, lambda: environment.made(cache / "rivals"), _say)


def _say(line: str) -> None:
    sys.stderr.write(f"· {line}\n")


def _asker(services: Services) -> str:
    if not services.personas:
        raise Unavailable(
            "this bench asks as the sample company's people, who live in the trial only",
            remedy="set INTRAMUROS_SITE__TRIAL=true for the bench",
        )
    return services.personas[0].id

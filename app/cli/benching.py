"""Bench the HTTP API: this installation's documents and embedder, a model server that only keeps pace."""

from app.api.lending import lent
from app.bench import BenchReport
from app.bench.api import run
from app.bench.paced_vllm import PacedVllm
from app.evaluate import read_questions
from app.sample import QUESTIONS
from app.settings import Settings
from app.wiring import Services, open_services
from ingest.database import utc_now
from retrieval.errors import Unavailable


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


def _asker(services: Services) -> str:
    if not services.personas:
        raise Unavailable(
            "this bench asks as the sample company's people, who live in the trial only",
            remedy="set INTRAMUROS_SITE__TRIAL=true for the bench",
        )
    return services.personas[0].id

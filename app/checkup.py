"""Examine the running house for the page: what the doctor looks at from outside, seen from within."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app import doctor, endpoint
from app.adapters import quotes
from app.doctor import Check, Severity
from app.endpoint_asking import Asking
from app.migrate import current_revision, newest_revision
from app.models import catalogue
from app.privacy.retention import check_retention, standing
from app.settings import Settings
from app.wiring import Services
from ingest.jobs import Job, JobState
from ingest.sandbox.launch import confinement
from ingest.stocktaking import Stocktaking

PATIENCE = timedelta(minutes=5)  # a worker takes up a job within seconds; a large one may keep it for longer


def check_up(services: Services, *, now: datetime) -> list[Check]:
    """Return the findings that take seconds: model, search, database, index, embedder, disk, queue, parsers."""
    stock, settings, embedder = Stocktaking(services.engine), services.settings, services.embedder
    named = doctor.Examination
    return doctor.diagnose(
        [
            named("version", lambda: Check("version", Severity.OK, f"Intramuros {services.version}")),
            named("model", lambda: check_model_state(services.model.name, services.model.state())),
            named("answers", lambda: check_answers(services.readiness.faults())),
            named(
                "database",
                lambda: doctor.check_database(lambda: current_revision(services.engine), newest_revision()),
            ),
            named("index", lambda: doctor.check_index(services.index.count, owner_pid=None)),
            named(
                "embedder", lambda: Check("embedder", Severity.OK, f"{embedder.name} embeds the questions")
            ),
            named("vectors", lambda: doctor.check_vectors(lambda: stock.embedded_otherwise(embedder.name))),
            named("queue", lambda: check_queue(services.jobs.recent(), now=now)),
            named("data directory", lambda: doctor.check_data_dir(settings.site.data_dir, services.room)),
            named(
                "retention",
                lambda: check_retention(standing(settings, services.engine, now=now), now=now),
            ),
            named("clock", lambda: doctor.check_clock(now, None)),
            named("OCR", lambda: doctor.check_ocr(doctor.tesseract_languages)),
            named("parsers", lambda: doctor.check_parsers(confinement())),
        ]
    )


def check_model_state(name: str, state: str) -> Check:
    """Return whether the language model is up."""
    if state == "ready":
        return Check("model", Severity.OK, f"{name} is ready")
    if state == "loading":
        remedy = "wait; meanwhile questions get the passages found"
        return Check("model", Severity.WARNING, f"{name} is loading", remedy=remedy)
    remedy = "start vLLM, or see its log in data_dir/run; meanwhile questions get the passages found"
    return Check("model", Severity.ERROR, f"{name} does not answer", remedy=remedy)


def check_answers(faults: dict[str, str]) -> list[Check]:
    """Return whether a question would be answered now, one finding for each probe that failed."""
    if not faults:
        return [Check("answers", Severity.OK, "a real word was generated and a filtered search made")]
    remedy = "see the findings below; `intramuros doctor` examines more"
    return [
        Check("answers", Severity.ERROR, f"{name}: {fault}", remedy=remedy) for name, fault in faults.items()
    ]


def check_queue(jobs: Sequence[Job], *, now: datetime) -> Check:
    """Return whether jobs are worked off; one that waits while nothing runs has nobody to take it up."""
    waiting = [job for job in jobs if job.state is JobState.QUEUED]
    running = [job for job in jobs if job.state is JobState.RUNNING]
    message = f"jobs running: {len(running)}, waiting: {len(waiting)}"
    oldest = min((datetime.fromisoformat(job.created_at) for job in waiting), default=now)
    if running or now - oldest < PATIENCE:
        return Check("queue", Severity.OK, message)
    remedy = "restart the server: its ingest worker ended; the log says why"
    return Check("queue", Severity.ERROR, f"{message}; nobody takes them up", remedy=remedy)


def examine_model(settings: Settings) -> list[Check]:
    """Return what the served model takes, against what the settings and the catalogue say of it."""
    chosen = settings.model
    key = None if chosen.api_key is None else chosen.api_key.get_secret_value()
    expected = endpoint.Expected(
        name=chosen.name,
        context_tokens=chosen.context_tokens,
        answer_tokens=chosen.max_answer_tokens,
        takes_system=catalogue.takes_system(chosen.name),
        trained_tokens=catalogue.trained_tokens(chosen.name),
        is_judge=quotes(settings),
    )
    asking = Asking(
        base_url=chosen.base_url, name=chosen.name, api_key=key, within_s=chosen.first_token_timeout_s
    )
    with asking:
        return endpoint.examine(asking, expected)

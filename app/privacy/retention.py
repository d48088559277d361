"""Keep the terms by the clock: every hour, in one of the processes of the house, and say when each was last kept."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.audit.events import Kind
from app.audit.keeper import purge
from app.audit.recorder import Recorder
from app.doctor import Check, Severity
from app.privacy import purging
from app.privacy.erasing import finish_begun
from app.privacy.term import IDLE, Hands, Term
from app.privacy.terms import terms
from app.schema import retention_runs
from app.settings import Settings
from app.wiring import Services
from ingest.database import reading, stamp, writing
from ingest.events import event, logger
from retrieval.errors import IntramurosError

ROUTINE: Final = "(retention)"  # in the schedule, beside the declared sources, whose ids have no brackets
EVERY: Final = timedelta(hours=1)
OVERDUE: Final = timedelta(
    days=1
)  # after which rows past their term are a fault and no pause between two runs

log = logger("retention")


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what the last run of a store came to."""

    tried_at: str
    done_at: str | None
    dropped: int
    failure: str | None  # class of the error


@dataclass(frozen=True, slots=True)
class Kept:
    """Say how a term is kept."""

    store: str
    setting: str
    days: int | None  # None = each collection its own
    due: int
    run: Run | None  # None where there was none yet


def keep(services: Services, *, now: datetime) -> dict[str, int]:
    """Drop what is past its term, store by store, and return how many rows went.

    A store that another process has just looked after is left to it; one that fails does not keep the others waiting.
    """
    settings, gone = services.settings, dict[str, int]()
    hands = Hands(
        forget=services.pipeline.forget,
        purge=partial(_purge, services.audit, settings.audit.days),
        finish=lambda now: finish_begun(services, now=now),
        wipe=lambda now: purging.purge(services, now=now),
    )
    for term in terms(settings, services.engine, hands):
        if _claim(services.engine, term.store, now):
            gone[term.store] = _keep(services, term, now)
    return gone


def standing(settings: Settings, engine: Engine, *, now: datetime) -> tuple[Kept, ...]:
    """Return how every term is kept; changes nothing. Raises DatabaseUnavailable."""
    runs = _runs(engine)
    return tuple(
        Kept(term.store, term.setting, term.days, term.due(now), runs.get(term.store))
        for term in terms(settings, engine, IDLE)
    )


def check_retention(found: tuple[Kept, ...], *, now: datetime) -> Check:
    """Return whether every term is kept; one that is not names its store."""
    failed = [one for one in found if one.run is not None and one.run.failure is not None]
    late = [one for one in found if one.due and _is_late(one, now)]
    details = {one.store: one.due for one in found}
    if failed:
        named = ", ".join(f"{one.store} ({one.run.failure})" for one in failed if one.run)
        remedy = "see the line retention_failed in the log; it is tried again every hour"
        return Check("retention", Severity.ERROR, f"could not be dropped: {named}", remedy, details)
    if late:
        named = ", ".join(f"{one.due} of {one.store}" for one in late)
        remedy = "start `intramuros serve`, which drops them, or look into its log"
        return Check(
            "retention", Severity.ERROR, f"kept for longer than the settings say: {named}", remedy, details
        )
    return Check("retention", Severity.OK, f"{len(found)} stores keep nothing past its term", details=details)


def _purge(audit: Recorder, days: int, now: datetime) -> int:
    return purge(audit, days=days, now=now)


def _is_late(kept: Kept, now: datetime) -> bool:
    return kept.run is None or kept.run.done_at is None or kept.run.done_at < stamp(now - OVERDUE)


def _keep(services: Services, term: Term, now: datetime) -> int:
    began, failure, count = time.monotonic(), None, 0
    try:
        count = term.drop(now)
        if count:
            services.audit.record(Kind.RETENTION, None, outcome=term.store, count=count)
    except IntramurosError as error:
        failure = type(error).__name__
    except Exception as error:  # noqa: BLE001  a fault of ours in one store must not keep the others from their terms
        failure = type(error).__name__
        event(log, "retention_broke", level=logging.ERROR, exc_info=error, store=term.store)
    services.metrics.count_retention(term.store, dropped=count, is_failure=failure is not None)
    spent_ms = (time.monotonic() - began) * 1000
    if failure is not None:
        event(log, "retention_failed", level=logging.ERROR, store=term.store, reason=failure)
    elif count:
        event(log, "retention_kept", store=term.store, rows=count, duration_ms=spent_ms)
    _note(services.engine, term.store, now, count, failure)
    return count


def _claim(engine: Engine, store: str, now: datetime) -> bool:
    """Return whether this process looks after the store now: nobody else did within most of an hour."""
    table = retention_runs
    free = table.c.tried_at <= stamp(now - EVERY * 0.9)
    row = {"store": store, "tried_at": stamp(now), "dropped": 0}
    try:
        with writing(engine) as connection:
            mine = update(table).where(table.c.store == store, free).values(tried_at=stamp(now))
            if connection.execute(mine).rowcount:
                return True
            known = connection.execute(select(table.c.store).where(table.c.store == store)).first()
            if known is None:
                connection.execute(insert(table).values(row))
            return known is None
    except IntegrityError:  # another process, at the same moment
        return False


def _note(engine: Engine, store: str, now: datetime, dropped: int, failure: str | None) -> None:
    done = {"done_at": stamp(now), "dropped": dropped} if failure is None else {}
    mine = update(retention_runs).where(retention_runs.c.store == store)
    with writing(engine) as connection:
        connection.execute(mine.values(failure=failure, **done))


def _runs(engine: Engine) -> Mapping[str, Run]:
    with reading(engine) as connection:
        rows = connection.execute(select(retention_runs)).mappings().all()
    return {row["store"]: Run(**{name: row[name] for name in Run.__slots__}) for row in rows}

"""End a house that is serving: no new questions, those in flight finished or broken off, jobs given back."""

import time
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI

from app.beside import Beside
from app.front import Front
from app.serving import Hurried
from app.wiring import Services
from ingest.events import event, logger

FINISH_S: Final = 12.0  # for answers in flight: with what comes after it, twenty seconds suffice for all
BREAK_OFF_S: Final = 2.0  # for those that are stopped then, to be put on record as stopped
POLL_S: Final = 0.1


def wind_down(app: FastAPI | Front, hurried: Hurried, *, finish_s: float = FINISH_S) -> None:
    """Bring what is at work to an end while the house still serves; being hurried, break it off at once."""
    house = app.house if isinstance(app, Front) else app
    if house is None:
        return  # it was never opened
    services: Services = house.state.services
    beside: Beside = house.state.beside
    services.readiness.close("it is being stopped")
    services.answers.close()
    beside.stop()

    def is_at_work() -> bool:
        return bool(services.answers.in_flight) or beside.is_at_work

    _wait_while(lambda: is_at_work() and not hurried(), finish_s)
    broken_off = services.answers.in_flight
    services.answers.stop_all()
    _wait_while(lambda: bool(services.answers.in_flight), BREAK_OFF_S)
    event(logger("stop"), "house_wound_down", outcome="answers broken off" if broken_off else "all done")


def _wait_while(condition: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while condition() and time.monotonic() < deadline:
        time.sleep(POLL_S)

"""Serve the API in a process of its own, so that whoever measures it takes none of its time and none of its memory."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from app import offline
from app.api.lending import lent
from app.bench.child import child
from app.settings import Settings
from app.wiring import open_services
from ingest.database import utc_now
from retrieval.errors import IntramurosError, Unavailable

LONGEST_TOKENS: Final = 1024
START_S: Final = 120.0  # to load the libraries on a busy machine
# The people of the trial are few and stand for many: what one person may ask is not what is measured.
UNLIMITED: Final = {
    "questions_per_minute": 1_000_000,
    "concurrent_per_person": 1_000,
    "at_once": 1_000,
    "waiting": 1_000,
}


@dataclass(frozen=True, slots=True)
class Served:
    """Hold where the API listens, which process it is, and a session of each of the trial's people, by name."""

    base_url: str
    pid: int
    tokens: Mapping[str, str]


@contextmanager
def served(settings: Settings, model_url: str) -> Iterator[Served]:
    """Give the API of this house with another model server. Raises Unavailable while the house is open elsewhere."""
    paced = settings.model_copy(
        update={
            "model": settings.model.model_copy(
                update={"base_url": model_url, "max_answer_tokens": LONGEST_TOKENS}
            ),
            "limits": settings.limits.model_copy(update=UNLIMITED),
        }
    )
    with child(_serve, paced, name="bench-api", patience_s=START_S) as said:
        if not isinstance(said, Served):
            message, remedy = said or ("the API did not start", "run `intramuros doctor`")
            raise Unavailable(message, remedy=remedy)
        yield said


def _serve(settings: Settings, pipe: Connection) -> None:
    """Be the process: serve until the other end of the pipe closes."""
    offline.seal(os.environ)
    try:
        services = open_services(settings)
        now = utc_now()
        tokens = {one.id: services.sessions.open(one.id, now=now).token for one in services.personas}
        with lent(services) as base_url:
            pipe.send(Served(base_url, os.getpid(), tokens))
            pipe.poll(None)
    except IntramurosError as error:
        pipe.send((error.message, error.remedy))

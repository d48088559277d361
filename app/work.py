"""Take ingestion jobs in a process of its own: `intramuros work`, as many of them as there are documents to read."""

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from app.crew import Crew
from app.following import Follower
from app.front import Front
from app.metrics import CONTENT_TYPE
from app.presence import process_name
from app.reembedding import shelving
from app.serving import Hurried
from app.settings import Settings
from app.wiring import Services, open_services
from ingest.events import event, logger
from ingest.runs import Worker
from retrieval.errors import IntramurosError, SetupRefused

GIVE_BACK_S: Final = 16.0  # for the document in hand; with the rest, twenty seconds suffice


class Workplace:
    """Hold a worker, and what follows which index is in use."""

    def __init__(self, services: Services) -> None:
        self.crew = Crew(lambda services: services.worker(process_name()))
        self.follower = Follower(services, shelving(services.settings), adopt=self.crew.begin)
        self._stop = threading.Event()
        self._following = threading.Thread(
            target=self.follower.run, args=(self._stop,), name="index-follower", daemon=True
        )

    def start(self) -> None:
        """Begin to work. Raises Unavailable kinds, ModelFileRejected."""
        self.follower.begin()
        self.crew.begin(self.follower.services)
        self._following.start()

    def stop(self) -> None:
        """Tell the worker to finish the document in hand or to give it back."""
        self._stop.set()
        self.crew.stop()

    def close(self) -> None:
        """Close everything it works with."""
        if not self.crew.is_at_work:
            self.follower.presence.leave()
        self.follower.services.close()


def open_workplace(settings: Settings) -> Workplace:
    """Open everything a worker needs. Raises Unavailable kinds and ModelFileRejected, with a remedy.

    Raises SetupRefused where database or index are files that one process holds.
    """
    if not (settings.database.url and settings.index.url):
        raise SetupRefused(
            "`intramuros work` shares database and index with the API, and these are files of one process",
            remedy="set database.url and index.url to servers; without them `intramuros serve` reads documents",
        )
    return Workplace(open_services(settings))


def build(place: Workplace) -> FastAPI:
    """Return the application that works, and tells how it is. It closes `place` when it shuts down."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(place.start)
        event(logger("ingest"), "worker_started", pid=os.getpid())
        yield
        place.stop()
        await anyio.to_thread.run_sync(place.crew.join, 1.0)
        place.close()

    app = FastAPI(title="Intramuros worker", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.place = place

    @app.get("/healthz")
    def alive() -> JSONResponse:
        """Return 200 while the worker takes jobs; a neighbour that is away is waited for, and no fault of its own."""
        is_alive = place.crew.is_at_work
        return JSONResponse(
            {"status": "alive" if is_alive else "ended"}, status_code=200 if is_alive else 503
        )

    @app.get("/metrics")
    def counted() -> Response:
        """Return the figures in Prometheus' text form."""
        return Response(place.follower.services.metrics.render(), media_type=CONTENT_TYPE)

    return app


def wind_down(app: FastAPI | Front, hurried: Hurried, *, within_s: float = GIVE_BACK_S) -> None:
    """Finish the document in hand or give it back, with its job, so that another worker takes it over at once."""
    del hurried  # it is a matter of seconds in any case
    place = _place(app)
    if place is None:
        return
    place.stop()
    place.crew.join(within_s)
    worker = place.crew.worker if place.crew.is_at_work else None
    if isinstance(
        worker, Worker
    ):  # what it still does changes nothing: every step of a document asks for its owner
        try:
            worker.jobs.release(worker.name)
        except IntramurosError:  # the leases end by themselves
            event(logger("ingest"), "job_not_given_back")
    event(logger("ingest"), "worker_stopped", outcome="done" if worker is None else "given back")


def ended(app: FastAPI | Front) -> IntramurosError | None:
    """Return why the process must end although nobody told it to: its worker did. None as long as it works."""
    place = _place(app)
    if place is None or not place.crew.has_broken:
        return None
    return SetupRefused(
        "the worker ended by itself", remedy="the log says where it broke; whoever runs it starts it again"
    )


def _place(app: FastAPI | Front) -> Workplace | None:
    house = app.house if isinstance(app, Front) else app
    return None if house is None else house.state.place

"""Run what the API has beside it: a worker of jobs, the order of what is due, the care of trail and index."""

import threading
import time
from collections.abc import Callable
from uuid import uuid4

from app.audit.keeper import Keeper
from app.crew import Crew
from app.following import Follower
from app.ordering import SCHEDULE, order_sync
from app.privacy import retention
from app.reembedding import Reembedding, shelving
from app.sources import timetable
from app.wiring import Services
from ingest.database import utc_now
from ingest.runs import Worker
from ingest.schedule import Scheduler, Timetable


class Beside:
    """Hold the threads of one house; none without services. Jobs are left to `intramuros work` as the settings say.

    `adopt` is told of the services that take the place of others when the embedder changes.
    """

    def __init__(
        self, services: Services | None = None, *, adopt: Callable[[Services], None] = lambda _services: None
    ) -> None:
        self._stop = threading.Event()
        self._crew = Crew(_hired)
        self._follower: Follower | None = None
        self._threads: list[threading.Thread] = []
        if services is None:
            return

        def adopted(new: Services) -> None:
            adopt(new)
            self._crew.begin(new)

        self._follower = Follower(services, shelving(services.settings), adopt=adopted)
        self._threads = _threads(self._follower, self._stop)

    @property
    def is_at_work(self) -> bool:
        """Return whether a thread has not ended yet."""
        return self._crew.is_at_work or any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Start them, the house being what the database says. Raises Unavailable kinds, ModelFileRejected."""
        if self._follower is None:
            return
        self._follower.begin()
        self._crew.begin(self._follower.services)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Tell them to end; whoever is in the middle of a document gives it back."""
        self._stop.set()
        self._crew.stop()

    def join(self, within_s: float) -> None:
        """Wait until they have ended, no longer than this."""
        deadline = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._crew.join(deadline - time.monotonic())
        if self._follower is not None and not self._crew.is_at_work:
            self._follower.presence.leave()


def _hired(services: Services) -> Worker | None:
    return services.worker(f"api-{uuid4().hex}") if services.settings.ingest.beside_api else None


def _threads(follower: Follower, stop: threading.Event) -> list[threading.Thread]:
    services = follower.services

    def order(source: str) -> None:
        if source == retention.ROUTINE:
            retention.keep(follower.services, now=utc_now())
            return
        order_sync(follower.services, source, collection=None, created_by=SCHEDULE)

    routine = Timetable(retention.ROUTINE, every_s=retention.EVERY.total_seconds())
    runs = {
        "ingest-schedule": Scheduler((*timetable(services.settings), routine), order=order).run,
        "audit-keeper": Keeper(services.audit, clock=utc_now).run,
        "index-follower": follower.run,
        "index-builder": Reembedding(follower).run,
    }
    return [threading.Thread(target=run, args=(stop,), name=name, daemon=True) for name, run in runs.items()]

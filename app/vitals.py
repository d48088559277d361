"""Tell how the whole house stands, for whoever scrapes `serve`: what waits, is held and answers, what room is left.

A figure that cannot be had is left out rather than shown as it was: an alert on its absence tells the truth.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from app.backup.newest import newest_backup
from app.certificate import Lookout, door_of
from app.metrics import Metrics
from app.wiring import Services
from ingest.counting import Counting
from ingest.database import utc_now
from retrieval.errors import DatabaseUnavailable, IntramurosError

AGE_S = 15.0  # how old the figures may be: counting a million chunks takes a tenth of a second
OF_DATABASE = (
    "jobs",
    "documents_held",
    "backlog_documents",
    "backlog_oldest_seconds",
    "chunks",
    "database_ping_seconds",
)


@runtime_checkable
class _SaysIfLeftAlone(Protocol):
    """Be a model's client with a breaker."""

    @property
    def is_left_alone(self) -> bool:
        """Return whether requests are refused without being tried."""


class Vitals:
    """Bring the gauges of the house up to date, when somebody asks and the last time is long enough ago.

    `services` gives those of the moment: a change of embedder puts others in their place.
    """

    def __init__(
        self, services: Callable[[], Services], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._current = services
        self._lookout = Lookout(door_of(services().settings.page))
        self._counting = Counting(services().engine)
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")

    @property
    def _services(self) -> Services:
        return self._current()

    @property
    def _metrics(self) -> Metrics:
        return self._services.metrics

    def render(self) -> bytes:
        """Return all metrics of this process and of the house, in Prometheus' text format."""
        self._now()
        with self._lock:
            if self._clock() - self._read_at > AGE_S:
                self._read_database()
                self._read_index()
                self._read_at = self._clock()
        return self._metrics.render()

    def _now(self) -> None:
        """Show what costs nothing to know."""
        services, show = self._services, self._metrics.show
        build = (services.version, services.settings.site.profile, services.embedder.name)
        self._metrics.show_only("build_info", 1, *build)
        self._metrics.set_model_state(services.model.state())
        if isinstance(services.model, _SaysIfLeftAlone):
            show("model_breaker_open", services.model.is_left_alone)
        show("answers_in_flight", services.answers.in_flight)
        show("answers_room", services.answers.at_most)
        show("answers_waiting", services.assistant.line.length)
        self._read_readiness()
        self._read_disk()
        self._read_certificate()

    def _read_readiness(self) -> None:
        """Show the last real try; another one goes on beside: one that hangs must not hold up the scrape."""
        tried = self._services.readiness.tried()
        if tried is not None:
            self._metrics.show_all("ready", {part: part not in tried.faults for part in tried.parts})
            self._metrics.show("ready_checked_seconds", tried.age_s)

    def _read_disk(self) -> None:
        room, show = self._services.room, self._metrics.show
        try:
            usage = room.usage()
        except OSError:  # of a lost mount
            self._metrics.hide("disk_free_bytes", "disk_size_bytes")
        else:
            show("disk_free_bytes", usage.free)
            show("disk_size_bytes", usage.used + usage.free)
        show("disk_refuses", room.fault() is not None)
        newest, now = newest_backup(self._services.settings), utc_now()
        if newest is None or newest.is_ahead(now):
            self._metrics.hide("backup_age_seconds")
        else:
            show("backup_age_seconds", newest.age(now).total_seconds())

    def _read_certificate(self) -> None:
        until = self._lookout.until()
        if until is None:
            self._metrics.hide("certificate_left_seconds")
        else:
            self._metrics.show("certificate_left_seconds", (until - utc_now()).total_seconds())

    def _read_database(self) -> None:
        metrics = self._metrics
        try:
            found = self._counting.read(now=utc_now())
        except DatabaseUnavailable:
            metrics.show("database_up", 0)
            metrics.hide(*OF_DATABASE)
            return
        metrics.show("database_up", 1)
        metrics.show("database_ping_seconds", found.ping_s)
        metrics.show("database_connections", found.connections)
        metrics.show_all("jobs", found.jobs)
        metrics.show_all("documents_held", found.documents)
        metrics.show("backlog_documents", found.backlog)
        metrics.show("backlog_oldest_seconds", found.oldest_s)
        metrics.show("chunks", found.chunks)

    def _read_index(self) -> None:
        try:
            points = self._services.index.count()
        except IntramurosError:
            self._metrics.show("index_up", 0)
            self._metrics.hide("index_points")
            return
        self._metrics.show("index_up", 1)
        self._metrics.show("index_points", points)

"""Take ingestion jobs in a thread of this process, one worker at a time.

The worker is begun anew when the house is built around another embedder, so that nothing is written that an
index beside the current one does not get.
"""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from app.metrics import Metrics
from app.wiring import Services
from ingest.events import event, logger

ENDED, STOPPING, AT_WORK = 0, 1, 2  # as the gauge `worker_state` tells them


class Works(Protocol):
    """Take jobs until told to stop."""

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""


Hire = Callable[[Services], Works | None]


class Crew:
    """Hold the worker that `hire` gives for the services of the moment; none where it gives none."""

    def __init__(self, hire: Hire) -> None:
        self._hire = hire
        self._stop = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None
        self._metrics: Metrics | None = None
        self.worker: Works | None = None
        self.has_broken = False  # a worker ended that nobody told to

    @property
    def is_at_work(self) -> bool:
        """Return whether a worker has begun and not ended."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, services: Services) -> None:
        """Let the worker of the former services give its job back, and one of these take it up; none after `stop`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._stop = stop = threading.Event()
        self.worker = None if self._is_over else self._hire(services)
        if self.worker is None:
            return
        self._metrics = services.metrics
        self._thread = threading.Thread(
            target=self._work, args=(self.worker, services.metrics, stop), name="ingest-worker", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to end; it gives back what it is in the middle of."""
        self._is_over = True
        self._stop.set()
        if self._metrics is not None and self.is_at_work:
            self._metrics.show("worker_state", STOPPING)

    def join(self, within_s: float) -> None:
        """Wait until it has ended, no longer than this."""
        if self._thread is not None:
            self._thread.join(max(0.0, within_s))

    def _work(self, worker: Works, metrics: Metrics, stop: threading.Event) -> None:
        metrics.show("worker_state", AT_WORK)
        try:
            worker.run(stop)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not end in silence
            event(logger("ingest"), "worker_broke", level=logging.ERROR, exc_info=error)
        finally:
            self.has_broken = self.has_broken or not stop.is_set()
            metrics.show("worker_state", ENDED)

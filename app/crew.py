"""Take ingestion jobs in a thread of this process, one worker at a time.

The worker is begun anew when the house is built around another embedder, so that nothing is written that an
index beside the current one does not get.
"""

import threading
from collections.abc import Callable

from app.wiring import Services
from ingest.runs import Worker

Hire = Callable[[Services], Worker | None]


class Crew:
    """Hold the worker that `hire` gives for the services of the moment; none where it gives none."""

    def __init__(self, hire: Hire) -> None:
        self._hire = hire
        self._stop = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None
        self.worker: Worker | None = None

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
        self._thread = threading.Thread(
            target=self.worker.run, args=(stop,), name="ingest-worker", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to end; it gives back what it is in the middle of."""
        self._is_over = True
        self._stop.set()

    def join(self, within_s: float) -> None:
        """Wait until it has ended, no longer than this."""
        if self._thread is not None:
            self._thread.join(max(0.0, within_s))

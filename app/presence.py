"""Say again and again that this process is there, and which indexes it writes to."""

import os
import socket
import threading
from contextlib import suppress
from uuid import uuid4

from ingest.database import utc_now
from ingest.followers import Process, Processes
from retrieval.errors import Unavailable

BEAT_S = 10.0  # six within the minute that the last word counts for


class Presence:
    """Hold what a process says of itself; whatever it is in the middle of, a thread of its own says it again."""

    def __init__(self, store: Processes, model: str) -> None:
        self.name = process_name()
        self._store = store
        self._said = Process(self.name, model, None)
        self.is_known = False  # to the others
        self._lock = threading.Lock()  # an older word must not be written after a newer one

    def tell(self, current: str, beside: str | None, *, fault: str | None = None) -> None:
        """Say where the process stands, where that is news. Raises DatabaseUnavailable."""
        with self._lock:
            told = Process(self.name, current, beside, fault)
            if told != self._said or not self.is_known:
                self._store.tell(told, now=utc_now())
                self._said, self.is_known = told, True

    def run(self, stop: threading.Event) -> None:
        """Say it again until `stop` is set; what cannot be said is said the next time."""
        while not stop.wait(BEAT_S):
            with self._lock, suppress(Unavailable):
                self._store.tell(self._said, now=utc_now())

    def leave(self) -> None:
        """Say that the process writes no more; where that cannot be said, it is known after a minute."""
        with self._lock, suppress(Unavailable):
            self._store.leave(self.name)


def process_name() -> str:
    """Return a name that no other process has: host and number for people, the rest for certainty."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"

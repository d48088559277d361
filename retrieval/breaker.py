"""Stop asking a neighbour that keeps failing, and let one request through now and then to see whether it is back."""

import threading
from collections import deque
from collections.abc import Callable

FAILURES = 5  # within WINDOW_S open the breaker
WINDOW_S = 30.0
OPEN_S = 5.0  # then one request is tried; half of the ten seconds within which recovery must show


class Breaker:
    """Count failures of one neighbour. Safe to share between threads; the clock is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._opened_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Return whether requests are refused without being tried."""
        with self._lock:
            return self._opened_at is not None and self._clock() - self._opened_at < OPEN_S

    def admits(self) -> bool:
        """Return whether a request may be tried; while failing, that is one every OPEN_S."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._clock() - self._opened_at < OPEN_S:
                return False
            self._opened_at = self._clock()  # this request is the trial; the others wait for its outcome
            return True

    def failed(self) -> None:
        """Note a failure."""
        with self._lock:
            now = self._clock()
            self._failures.append(now)
            if len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW_S:
                self._opened_at = now

    def succeeded(self) -> None:
        """Note a success; it closes the breaker."""
        with self._lock:
            self._failures.clear()
            self._opened_at = None

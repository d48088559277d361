"""Hold each person to a number of questions, or of sign-ins, a minute."""

import threading
from collections import deque
from datetime import datetime, timedelta

from retrieval.errors import TooManyRequests

WINDOW = timedelta(minutes=1)
KEPT = 10_000  # names remembered before the idle ones are dropped


class RateLimit:
    """Count per person in a sliding minute, in this process."""

    def __init__(self, per_minute: int, what: str) -> None:
        self._per_minute = per_minute
        self._what = what
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def admit(self, user: str, *, now: datetime) -> None:
        """Count one. Raises TooManyRequests when the minute is full; that one is not counted."""
        with self._lock:
            if len(self._asked) > KEPT:  # strangers may name anybody
                self._asked = {name: times for name, times in self._asked.items() if times[-1] > now - WINDOW}
            asked = self._asked.setdefault(user, deque())
            while asked and asked[0] <= now - WINDOW:
                asked.popleft()
            if len(asked) >= self._per_minute:
                wait_s = (asked[0] + WINDOW - now).total_seconds()
                raise TooManyRequests(
                    f"{self._per_minute} {self._what} a minute are allowed",
                    remedy=f"try again in {wait_s:.0f} seconds",
                )
            asked.append(now)

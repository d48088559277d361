"""Hold each person to a number of questions a minute."""

import threading
from collections import deque
from datetime import datetime, timedelta

from retrieval.errors import TooManyRequests

WINDOW = timedelta(minutes=1)


class RateLimit:
    """Count questions per person in a sliding minute, in this process."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._asked: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def admit(self, user: str, *, now: datetime) -> None:
        """Count one question. Raises TooManyRequests when the minute is full; that one is not counted."""
        with self._lock:
            asked = self._asked.setdefault(user, deque())
            while asked and asked[0] <= now - WINDOW:
                asked.popleft()
            if len(asked) >= self._per_minute:
                wait_s = (asked[0] + WINDOW - now).total_seconds()
                raise TooManyRequests(
                    f"{self._per_minute} questions a minute are allowed",
                    remedy=f"ask again in {wait_s:.0f} seconds",
                )
            asked.append(now)

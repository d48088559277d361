"""Record what was refused, up to so many a minute: asking for what one may not have must not fill the disk."""

import threading
from collections import Counter
from typing import Final

from app.audit.events import About, Kind
from app.audit.recorder import Recorder
from app.rate import RateLimit
from ingest.database import utc_now
from retrieval.errors import DatabaseUnavailable, TooManyRequests

PER_MINUTE: Final = 60
STRANGERS: Final = "strangers"
SIGN_INS: Final = "sign-ins"  # all names together: whoever tries them makes them up


class Refusals:
    """Put refusals on the trail, `PER_MINUTE` of each sort; more are counted. Safe for several threads."""

    def __init__(self, audit: Recorder) -> None:
        self._audit = audit
        self._limit = RateLimit(PER_MINUTE, "refusals")
        self._uncounted: Counter[str] = Counter()
        self._lock = threading.Lock()

    def record(self, sort: str, kind: Kind, account: str | None, *, outcome: str, about: About) -> None:
        """Record a refusal of a sort, with how many of that sort were left out before it, or count it.

        Raises DatabaseUnavailable.
        """
        try:
            self._limit.admit(sort, now=utc_now())
        except TooManyRequests:
            self._count(sort, 1)
            return
        with self._lock:
            left_out = self._uncounted.pop(sort, 0)
        told: About = {**about, "unrecorded": left_out} if left_out else about
        try:
            self._audit.record(kind, account, outcome=outcome, **told)
        except DatabaseUnavailable:
            self._count(sort, left_out)
            raise

    def _count(self, sort: str, number: int) -> None:
        with self._lock:
            self._uncounted[sort] += number


def sort_of(account: str) -> str:
    """Return the sort that an account's own refusals are."""
    return f"account:{account}"

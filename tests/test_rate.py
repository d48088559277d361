"""Questions a minute."""

from datetime import UTC, datetime, timedelta

import pytest

from app.rate import RateLimit
from retrieval.errors import TooManyRequests

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_minute_slides() -> None:
    """The third question in a minute is refused and not counted; after the minute there is room again."""
    rate = RateLimit(2, "questions")
    rate.admit("anna", now=NOON)
    rate.admit("anna", now=NOON + timedelta(seconds=30))

    with pytest.raises(TooManyRequests) as refused:
        rate.admit("anna", now=NOON + timedelta(seconds=40))
    assert "20 seconds" in refused.value.remedy
    rate.admit("anna", now=NOON + timedelta(seconds=60))


def test_people_do_not_share_a_minute() -> None:
    """One person's questions leave another's limit alone."""
    rate = RateLimit(1, "questions")
    rate.admit("anna", now=NOON)

    rate.admit("ben", now=NOON)

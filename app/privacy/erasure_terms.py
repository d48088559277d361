"""Finish erasures that were broken off, and leave within a day no trace on the disk of what was erased."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from app.privacy import purging
from app.privacy.erasing import BROKEN_OFF
from app.privacy.erasure_requests import ErasureRequests
from app.privacy.term import Hands, Term
from ingest.database import stamp
from ingest.erasures import Erasures

DAY: Final = timedelta(days=1)
AT_ONCE, WITHIN_A_DAY = 0, 1  # days; no setting says so, since nobody may choose to be slower


def terms(engine: Engine, erasures: Erasures, hands: Hands) -> tuple[Term, ...]:
    """Return both, in the order in which they are kept."""
    requests = ErasureRequests(engine)
    return (
        Term(
            "broken off erasures",
            "an hour after they were ordered",
            AT_ONCE,
            due=lambda now: len(requests.unfinished(before=now - BROKEN_OFF)),
            drop=hands.finish,
        ),
        Term(
            "traces of erasures",
            "within a day",
            WITHIN_A_DAY,
            due=lambda now: purging.pending(engine, erasures, until=stamp(now - DAY)),
            drop=lambda now: _wipe(engine, erasures, hands, now),
        ),
    )


def _wipe(engine: Engine, erasures: Erasures, hands: Hands, now: datetime) -> int:
    is_recent = purging.last(engine) > stamp(now - purging.EVERY)
    if not is_recent and purging.pending(engine, erasures):
        hands.wipe(now)
    return 0  # no row is dropped by it, so that it is not a reason to do it again

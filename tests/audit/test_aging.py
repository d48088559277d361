"""The trail as time passes: what is old is purged, the chain stays whole, and its head is anchored."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, select

from app.audit.events import Kind
from app.audit.keeper import ANCHOR_EVERY, PURGE_EVERY, Keeper, look_through, purge
from app.audit.recorder import Recorder
from app.audit.trail import Event, Wanted
from app.schema import audit_events

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_old_records_go_and_the_chain_stays_whole(recorder: Recorder, database: Engine) -> None:
    """Nothing gets older than the settings say; what is left verifies, and what is taken besides is found."""
    trail, year = recorder.trail, timedelta(days=365)
    for day in range(400):
        trail.append(Event(Kind.ANSWER, "a" * 32, "done", {}), now=NOON + timedelta(days=day))
    now = NOON + timedelta(days=400)
    assert purge(recorder, days=365, now=now) > 30
    (oldest, *_) = trail.all_found(Wanted())
    assert datetime.fromisoformat(oldest.at) > now + PURGE_EVERY - year - timedelta(days=1)
    assert look_through(recorder).is_whole
    assert all(anchor.seq >= oldest.seq for anchor in recorder.anchors.all())
    with database.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq == oldest.seq))
    assert look_through(recorder).faults[0].seq == oldest.seq


def test_a_checkpoint_goes_when_its_time_comes(recorder: Recorder) -> None:
    """Purged day by day over three years, the chain is whole on each of them, also when nobody did anything."""
    keeper = Keeper(recorder, clock=lambda: NOON)
    for day in range(0, 1095, 5):
        now = NOON + timedelta(days=day)
        if day < 200:
            recorder.trail.append(Event(Kind.ANSWER, None, "done", {}), now=now)
        purge(recorder, days=30, now=now)
        keeper.tend(now=now)
        assert look_through(recorder).is_whole, day
    with recorder.trail._engine.connect() as connection:  # how many there are is the point
        assert (connection.execute(select(func.count()).select_from(audit_events)).scalar() or 0) < 40


def test_the_head_is_anchored_every_five_minutes(recorder: Recorder) -> None:
    """By the clock, and only where something was recorded since."""
    keeper = Keeper(recorder, clock=lambda: NOON)
    seen = []
    for minute in range(21):
        if minute <= 12:
            recorder.record(Kind.QUESTION, "anna")
        keeper.tend(now=NOON + timedelta(minutes=minute))
        seen.append(len(recorder.anchors.all()))
    assert timedelta(minutes=5) == ANCHOR_EVERY
    assert [seen[minute] for minute in (0, 4, 5, 9, 10, 14, 15, 20)] == [1, 1, 2, 2, 3, 3, 4, 4]

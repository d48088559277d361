"""Place and release legal holds on record: what cannot be recorded is not done. For the API and the command line."""

from app.audit.events import About
from app.audit.events import Kind as Recorded
from app.privacy.holds import Hold, Kind
from app.records import Records
from ingest.database import utc_now


def place(records: Records, kind: Kind, target: str, reason: str, *, by: str) -> Hold:
    """Return a new hold, or the one that is on it already. Raises NotFound, InvalidRequest, DatabaseUnavailable."""
    records.holds.check(kind, target, reason)
    records.audit.record(Recorded.HOLD, by, outcome="placed", **_about(records, kind, target))
    return records.holds.place(kind, target, reason, by=by, now=utc_now())


def release(records: Records, hold: str, *, by: str) -> Hold:
    """Return a hold that stands no longer. Raises NotFound, DatabaseUnavailable."""
    known = records.holds.get(hold)
    about = _about(records, known.kind, known.target)
    about["hold"] = hold
    records.audit.record(Recorded.HOLD, by, outcome="released", **about)
    return records.holds.release(hold, by=by, now=utc_now())


def _about(records: Records, kind: Kind, target: str) -> About:
    if kind is Kind.PERSON:
        return {"person": records.audit.pseudonym(target)}
    return {"document": target} if kind is Kind.DOCUMENT else {"collection": target}

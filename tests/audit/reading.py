"""Read the trail of a house as its tests do, and break it."""

import json
from typing import Any

from app.audit.events import Kind
from tests.house import House

MISSING = "00000000-0000-0000-0000-000000000000"


def kinds(house: House, *left_out: Kind) -> list[str]:
    """Return the kinds of all records in order."""
    return [one.kind for one in house.services.audit.trail.records() if one.kind not in left_out]


def newest(house: House, kind: Kind) -> dict[str, Any]:
    """Return what the last record of a kind says."""
    record = house.services.audit.trail.newest(kind)
    assert record is not None
    return {"actor": record.actor, "outcome": record.outcome, **json.loads(record.objects)}


def break_trail(house: House) -> None:
    """Let the table take no record any more, as a full disk or a lost right would."""
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'shut'); END"
        )

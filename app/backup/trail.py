"""Bring the audit trail and its anchors together again after a restore, or begin a new trail where the key is lost."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, delete

from app.audit.events import Kind
from app.audit.keeper import look_through
from app.audit.recorder import ANCHORS, Recorder, key_dir, open_recorder
from app.audit.trail import Trail
from app.schema import audit_events
from app.settings import Settings
from ingest.database import writing

OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Settled:
    """Hold what became of the trail. `lost` records were anchored after the backup, and are not in it."""

    is_whole: bool
    records: int
    lost: int
    aside: Path | None  # where the old trail lies, if a new one was begun


def settle(settings: Settings, engine: Engine, *, has_key: bool, release: str, moment: str) -> Settled:
    """Let the restored trail go on, with the restore as its next record. Raises DatabaseUnavailable, SetupRefused."""
    recorder = open_recorder(settings, partial(Trail, engine))
    aside = None if has_key else _begin_anew(settings, engine, recorder, moment)
    head = recorder.trail.head()
    lost = recorder.anchors.rewind(to=0 if head is None else head.seq, moment=moment)
    finding = look_through(recorder)
    recorder.by_operator(Kind.CONFIGURATION, outcome="restored", version=release, count=lost)
    recorder.anchor()
    return Settled(finding.is_whole, finding.records, lost, aside)


def _begin_anew(settings: Settings, engine: Engine, recorder: Recorder, moment: str) -> Path:
    """Write the trail into a file as it was sealed, and begin a new one; with the old key, the file can be judged."""
    place = settings.site.data_dir / f"audit-trail.before-{moment}.jsonl"
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(record.line() + "\n" for record in recorder.trail.records())
    with writing(engine) as connection:
        connection.execute(delete(audit_events))
    anchors = key_dir(settings) / ANCHORS
    if anchors.is_file():
        anchors.rename(anchors.with_name(f"{ANCHORS}.before-{moment}"))
    return place

"""Remember when the house was last backed up, for the doctor."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.doctor import Check, Severity
from app.settings import Settings

NOTE: Final = "newest-backup.json"
NAME: Final = "backup"
OLD_AFTER_DAYS: Final = 2  # a nightly one that failed once is no alarm


@dataclass(frozen=True, slots=True)
class Newest:
    """Hold when the snapshot of the newest backup was taken, and where it was written."""

    made_at: str
    folder: str


def remember(settings: Settings, newest: Newest) -> None:
    """Write down the newest backup."""
    place = _place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(asdict(newest)), encoding="utf-8")


def check_backup(settings: Settings, *, now: datetime) -> Check:
    """Return how old the newest backup is."""
    try:
        newest = Newest(**json.loads(_place(settings).read_text(encoding="utf-8")))
        age = now - datetime.fromisoformat(newest.made_at)
    except (OSError, ValueError, TypeError):
        return Check(
            NAME,
            Severity.OK if settings.site.trial else Severity.WARNING,
            "this house was never backed up",
            remedy="" if settings.site.trial else "`intramuros backup create FOLDER`, every night",
        )
    told = f"the newest backup is of {newest.made_at[:16]}, in {newest.folder}"
    if age.days >= OLD_AFTER_DAYS:
        return Check(
            NAME, Severity.WARNING, f"{told}: {age.days} days old", remedy="see why the nightly one fails"
        )
    return Check(NAME, Severity.OK, told)


def _place(settings: Settings) -> Path:
    return settings.site.run_dir / NOTE

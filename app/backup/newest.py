"""Remember when the house was last backed up, for the doctor and for whoever scrapes its figures."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.doctor import Check, Severity
from app.settings import Settings

NOTE: Final = "newest-backup.json"
NAME: Final = "backup"
# A nightly one, and the time it takes; the alert BackupOld has the same.
OLD_AFTER: Final = timedelta(hours=26)
CLOCKS_DIFFER: Final = timedelta(minutes=5)  # of two machines that are kept in step, at most


@dataclass(frozen=True, slots=True)
class Newest:
    """Hold when the snapshot of the newest backup was taken, and where it was written."""

    made_at: str
    folder: str

    def age(self, now: datetime) -> timedelta:
        """Return how old it is."""
        return now - datetime.fromisoformat(self.made_at)

    def is_ahead(self, now: datetime) -> bool:
        """Return whether its time has not come yet, so that nothing tells how old it is."""
        return self.age(now) < -CLOCKS_DIFFER


def remember(settings: Settings, newest: Newest) -> None:
    """Write down the newest backup."""
    place = _place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(asdict(newest)), encoding="utf-8")


def newest_backup(settings: Settings) -> Newest | None:
    """Return the newest backup; None where there is none, or nobody can read of when."""
    try:
        newest = Newest(**json.loads(_place(settings).read_text(encoding="utf-8")))
        return newest if datetime.fromisoformat(newest.made_at).tzinfo else None
    except (OSError, ValueError, TypeError):
        return None


def check_backup(settings: Settings, *, now: datetime) -> Check:
    """Return how old the newest backup is."""
    newest = newest_backup(settings)
    if newest is None:
        return Check(
            NAME,
            Severity.OK if settings.site.trial else Severity.WARNING,
            "this house was never backed up",
            remedy="" if settings.site.trial else "`intramuros backup create FOLDER`, every night",
        )
    told, age = f"the newest backup is of {newest.made_at[:16]}, in {newest.folder}", newest.age(now)
    if newest.is_ahead(now):
        return Check(
            NAME,
            Severity.WARNING,
            f"{told}: that time has not come yet, so nothing tells how old it is",
            remedy="set the clock of this machine, or of the one that made it, and take another backup",
        )
    if age > OLD_AFTER:
        old = f"{age.days} days" if age.days > 1 else f"{age // timedelta(hours=1)} hours"
        return Check(NAME, Severity.WARNING, f"{told}: {old} old", remedy="see why the nightly one fails")
    return Check(NAME, Severity.OK, told)


def _place(settings: Settings) -> Path:
    return settings.site.run_dir / NOTE

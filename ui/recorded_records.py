"""Hold what the API says is recorded of people, as frozen records."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """Name what is recorded; None = no number of days."""

    key: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Hold what is recorded, and who may look."""

    rows: tuple[RecordedRow, ...]
    works_council: bool
    addresses: bool
    fewest: int  # people behind a figure that is shown
    hours: int  # for which chats can be opened


@dataclass(frozen=True, slots=True)
class Seen:
    """Tell that somebody could read one's chats."""

    requested_by: str
    approved_by: str
    reason: str
    since: str
    until: str
    reads: int

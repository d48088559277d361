"""Say what of the administration goes over the wire: declarations, states and counts; never content."""

from app.api.schemas import Wire
from app.sources import source_name
from app.standing import Shortfall, SourceStanding
from ingest.database import stamp
from ingest.jobs import Job


class LastRun(Wire):
    """Show how the latest sync of a source went."""

    job: str
    state: str
    created_at: str
    finished_at: str | None
    total: int
    failed: int
    message: str | None

    @classmethod
    def of(cls, job: Job) -> "LastRun":
        """Return what is shown of a sync."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields if name != "job"}, job=job.id)


class SourceCard(Wire):
    """Show a declared source."""

    id: str
    kind: str
    place: str
    readers: str  # where the readers of its documents come from
    every_minutes: int
    is_watched: bool
    last: LastRun | None
    next_at: str | None  # by when the clock orders the next sync

    @classmethod
    def of(cls, standing: SourceStanding) -> "SourceCard":
        """Return what is shown of a source."""
        declared, due = standing.declared, standing.next_at()
        return cls(
            id=declared.id,
            kind=declared.kind,
            place=source_name(declared).partition(":")[2],
            readers=declared.readers,
            every_minutes=declared.every_minutes,
            is_watched=declared.watch,
            last=None if standing.last is None else LastRun.of(standing.last),
            next_at=None if due is None else stamp(due),
        )


class ShortfallRow(Wire):
    """Show what is missing or wrong; the page has the words."""

    lack: str
    count: int
    source: str

    @classmethod
    def of(cls, shortfall: Shortfall) -> "ShortfallRow":
        """Return a row."""
        return cls(lack=shortfall.lack, count=shortfall.count, source=shortfall.source)


class CollectionState(Wire):
    """Show a collection to whoever looks after it."""

    id: str
    name: str
    purpose: str
    legal_basis: str
    owner: str
    retention_days: int
    confidentiality: str
    readers: tuple[str, ...]
    managers: tuple[str, ...]
    personal_data: str  # what becomes of it
    personal_data_readers: tuple[str, ...]
    documents: dict[str, int]  # by state
    sources: tuple[SourceCard, ...]
    shortfalls: tuple[ShortfallRow, ...]
    settings: str  # the lines of the settings file that declare it

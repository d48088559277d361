"""Hold what the API tells those who look after collections, as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LastRun:
    """Say how the latest sync of a source went."""

    state: str
    created_at: str
    finished_at: str | None = None
    total: int = 0
    failed: int = 0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class SourceCard:
    """Describe a declared source."""

    id: str
    place: str
    every_minutes: int = 0
    is_watched: bool = False
    last: LastRun | None = None
    next_at: str | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Name what is missing or wrong, of how many documents or which source."""

    lack: str
    count: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class CollectionState:
    """Describe a collection to whoever looks after it."""

    id: str
    name: str
    purpose: str
    legal_basis: str
    owner: str
    retention_days: int
    confidentiality: str
    readers: tuple[str, ...]
    managers: tuple[str, ...]
    settings: str  # the lines of the settings file
    personal_data: str = "warn"  # what becomes of it
    personal_data_readers: tuple[str, ...] = ()
    documents: Mapping[str, int] = field(default_factory=dict)  # by state
    sources: tuple[SourceCard, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """Describe a document in quarantine; those of one `kind` differ in nothing but their names."""

    document: str
    file_name: str
    collection: str
    reason: str
    kind: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Name a document that is spoken of."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Said:
    """Hold what somebody, of whom nothing is told, says of an answer."""

    value: str  # up | down
    kinds: tuple[str, ...]
    reason: str
    month: str
    question: str | None = None
    documents: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Say what was noticed about a document."""

    document: str
    collection: str
    file_name: str
    findings: tuple[str, ...] = ()
    poor_pages: tuple[int, ...] = ()  # 1-based
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """Name the jobs that were ordered."""

    jobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeekRow:
    """Hold the questions of a week and what became of them. None = too few people."""

    week: str  # its Monday
    questions: int | None
    outcomes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Say how long a stage took."""

    stage: str
    median_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Cited:
    """Say how many answers cite a document."""

    title: str
    file_name: str
    answers: int


@dataclass(frozen=True, slots=True)
class CollectionUse:
    """Say how many questions a collection was asked and had no answer to."""

    id: str
    name: str
    questions: int | None
    refused: int | None


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Hold a week of the house, or of one collection. None = too few people."""

    fewest: int
    collection: str
    week: WeekRow
    days: Mapping[str, int | None]
    thumbs: Mapping[str, int | None]
    stages: tuple[Pace, ...]
    documents: tuple[Cited, ...]
    collections: tuple[CollectionUse, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding of a check."""

    name: str
    severity: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """Hold the findings as of a moment."""

    checked_at: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what does not fit together."""

    kind: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Stock:
    """Hold what was compared, and what did not fit."""

    documents: int
    chunks: int
    originals: int
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """Describe a key without what opens."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str
    seen_at: str | None = None


@dataclass(frozen=True, slots=True)
class DeletedAll:
    """Say how many conversations were deleted."""

    conversations: int


@dataclass(frozen=True, slots=True)
class MadeKey:
    """Hold a fresh key."""

    secret: str
    key: Key

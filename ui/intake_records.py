"""Hold what the API returns of files on their way in, as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

JobState = Literal["queued", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class JobDocument:
    """Say what became of one file of a job."""

    file_name: str
    state: str
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Describe a file one brought to ask about."""

    id: str
    file_name: str
    state: str
    expires_at: str
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Name a file that was handed over."""

    id: str


@dataclass(frozen=True, slots=True)
class Job:
    """Describe an ingestion job and how far it is."""

    id: str
    kind: str
    state: JobState
    total: int = 0
    done: int = 0
    failed: int = 0
    created_at: str = ""
    finished_at: str | None = None
    message: str | None = None
    documents: tuple[JobDocument, ...] = ()
    source: str = ""  # the id of a declared source, "upload", or a folder
    ordered: str = "person"  # me | schedule | operator | person
    ordered_by: str = ""  # the name of a person, where it may be told
    stages: Mapping[str, int] = field(default_factory=dict)  # files by state, while it runs
    unchanged: int = 0
    pages_per_s: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Name the job that takes an upload in."""

    job: str

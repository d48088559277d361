"""Compare what the database, the index and the originals say of each other; say what differs and what mends it. Pure.

The database is the source of truth. Documents are held in memory as a few ids each; chunks pass by as two streams in
the order of their ids, so that a house of any size is compared in the memory of its documents. Faults carry ids only.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.types import State
from retrieval.types import IndexRecord

REBUILD = "stop the server and run `intramuros ingest rebuild`"
RENEW = (
    "stop the server, move the index away (embedded: the folder `index` in site.data_dir; Qdrant: drop the collection) "
    "and run `intramuros ingest rebuild`"
)
BRING_AGAIN = "run `intramuros ingest remove {document}`, then bring its file in again"
COUNT = "<count>"  # where a message says how many chunks, once they are counted
SETTLING = timedelta(hours=6)  # within which retention has dropped what is past its term
UNSETTLED = (State.FOUND, State.PARSING, State.EMBEDDING)  # somebody works on it, or will


class FaultKind(StrEnum):
    """Name what does not fit together."""

    MISSING_ORIGINAL = "missing original"
    CHANGED_ORIGINAL = "changed original"
    ORPHAN_CHUNK = "orphan chunk"
    MISSING_CHUNK = "missing chunk"
    READERS_DRIFT = "readers drift"
    WRONG_MODEL = "wrong model version"
    DANGLING_CITATION = "dangling citation"
    EXPIRED = "expired not deleted"
    QUARANTINED_SEARCHABLE = "quarantined but searchable"
    DUPLICATE_ID = "duplicate id"
    MISSING_VERSION = "missing version"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Hold one fault. `subject` is the id of what is at fault."""

    kind: FaultKind
    subject: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """Hold what the database says of the version a document shows."""

    id: str
    document_id: str  # whose it is; another document's is a fault
    sha256: str  # of the original
    embedder: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Hold what the database says of a document."""

    id: str
    collection_id: str
    state: State
    created_at: datetime
    is_in_work: bool  # by a worker whose lease runs
    readers: tuple[str, ...]  # sorted
    visible_version_id: str | None
    shown: ShownVersion | None  # None also where `visible_version_id` names none

    @property
    def is_settled(self) -> bool:
        """Return whether what the index holds of it should be what it shows."""
        return not self.is_in_work and self.state not in UNSETTLED


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """Hold what the database says of a chunk, shown or not."""

    id: str
    document_id: str
    version_id: str


def faults_of_documents(
    documents: Iterable[Holding],
    *,
    on_hold: Container[str],
    embedder: str,
    retention_days: Mapping[str, int],
    now: datetime,
) -> Iterator[Fault]:
    """Yield what the database alone gives away: expired, shown twice, showing nothing, of another model.

    What is `on_hold` is kept beyond its term, and what went past it of late goes with the next run of retention.
    """
    for document in documents:
        days = retention_days.get(document.collection_id)
        if days is not None and document.id not in on_hold:
            yield from _overdue(document, days, now)
        if document.visible_version_id is None:
            continue
        if document.shown is None:
            yield Fault(
                FaultKind.MISSING_VERSION,
                document.id,
                f"document {document.id} shows version {document.visible_version_id}, which is not in the database",
                BRING_AGAIN.format(document=document.id),
            )
        elif document.shown.document_id != document.id:
            yield Fault(
                FaultKind.DUPLICATE_ID,
                document.id,
                f"document {document.id} shows version {document.shown.id} of document {document.shown.document_id}",
                BRING_AGAIN.format(document=document.id),
            )
        elif document.shown.embedder != embedder:
            yield Fault(
                FaultKind.WRONG_MODEL,
                document.shown.id,
                f"version {document.shown.id} of document {document.id} was embedded by "
                f"'{document.shown.embedder}', questions are by '{embedder}'",
                f"{REBUILD}: everything is embedded anew; or name the former model in [embedder]",
            )


def _overdue(document: Holding, days: int, now: datetime) -> Iterator[Fault]:
    if document.created_at + timedelta(days=days) + SETTLING < now:
        yield Fault(
            FaultKind.EXPIRED,
            document.id,
            f"document {document.id} was taken in on {document.created_at.date()}; "
            f"'{document.collection_id}' keeps documents for {days} days",
            f"see `intramuros privacy retention`, or run `intramuros ingest remove {document.id}`",
        )


def fault_of_original(document: Holding, *, sha256: str | None) -> Fault | None:
    """Return what is wrong with the original of the shown version; `sha256` is of its bytes, None where it is gone."""
    shown = document.shown
    if shown is None or sha256 == shown.sha256:
        return None
    is_gone = sha256 is None
    return Fault(
        FaultKind.MISSING_ORIGINAL if is_gone else FaultKind.CHANGED_ORIGINAL,
        shown.id,
        f"the original of version {shown.id} of document {document.id} "
        + ("is missing" if is_gone else "is not what was taken in: its SHA-256 differs"),
        BRING_AGAIN.format(document=document.id),
    )


def faults_of_chunks(
    stored: Iterable[StoredChunk],
    indexed: Iterable[IndexRecord],
    documents: Mapping[str, Holding],
    *,
    embedder: str,
) -> list[Fault]:
    """Return where the index differs from the database; both streams come by ascending chunk id, each id once.

    Missing and orphan chunks are one fault a version, naming the first chunk; drifted readers one fault a document.
    """
    tally = _Tally()
    for chunk, record in _paired(stored, indexed):
        if chunk is None:
            if record is not None:
                tally.add(_stranger(record, documents.get(record.document_id)), record.chunk_id)
        elif (document := documents.get(chunk.document_id)) is None:
            continue  # taken in after the documents were read
        elif record is None:
            tally.add(_absent(chunk, document, embedder), chunk.id)
        else:
            tally.add(_unlike(chunk, record, document), chunk.id)
    return tally.faults()


def _absent(chunk: StoredChunk, document: Holding, embedder: str) -> Fault | None:
    """Judge a chunk that the index lacks; one that another model embedded lies in that model's index."""
    shown = document.shown
    if shown is None or shown.id != chunk.version_id or shown.embedder != embedder:
        return None
    message = f"version {chunk.version_id} of document {chunk.document_id} has {COUNT} not in the index"
    return Fault(FaultKind.MISSING_CHUNK, chunk.version_id, message, REBUILD)


def _stranger(record: IndexRecord, document: Holding | None) -> Fault:
    """Judge a point that no chunk of the database stands behind."""
    if document is not None and _is_shut(document):
        return _searchable(document, RENEW)
    message = (
        f"version {record.version_id} of document {record.document_id} has {COUNT} in the index that the "
        "database does not know"
    )
    # Where the version is known and only a chunk of it lost, the index would be renewed without that chunk.
    is_shown = document is not None and document.visible_version_id == record.version_id
    remedy = BRING_AGAIN.format(document=record.document_id) if is_shown else RENEW
    return Fault(FaultKind.ORPHAN_CHUNK, record.version_id, message, remedy)


def _unlike(chunk: StoredChunk, record: IndexRecord, document: Holding) -> Fault | None:
    """Judge a chunk that both know."""
    if (record.document_id, record.version_id) != (chunk.document_id, chunk.version_id):
        message = (
            f"chunk {chunk.id} is of document {chunk.document_id} in the database, "
            f"of document {record.document_id} in the index"
        )
        return Fault(FaultKind.DUPLICATE_ID, chunk.id, message, REBUILD)
    if document.visible_version_id != chunk.version_id:
        return _superfluous(chunk, document) if document.is_settled else None
    if (record.collection_id, record.readers) != (document.collection_id, document.readers):
        message = f"the index lets others find document {document.id} than the database lets read it"
        return Fault(FaultKind.READERS_DRIFT, document.id, message, REBUILD)
    return None


def _superfluous(chunk: StoredChunk, document: Holding) -> Fault:
    if _is_shut(document):
        remedy = f"run `intramuros ingest remove {document.id}`"
        return _searchable(
            document, remedy + ", or `intramuros ingest retry` where the file is better by now"
        )
    message = (
        f"version {chunk.version_id} of document {document.id} has {COUNT} in the index and is not shown"
    )
    return Fault(FaultKind.ORPHAN_CHUNK, chunk.version_id, message, BRING_AGAIN.format(document=document.id))


def _is_shut(document: Holding) -> bool:
    return document.state is State.QUARANTINED and document.visible_version_id is None


def _searchable(document: Holding, remedy: str) -> Fault:
    message = f"document {document.id} is in quarantine and has {COUNT} in the index"
    return Fault(FaultKind.QUARANTINED_SEARCHABLE, document.id, message, remedy)


class _Tally:
    """Gather faults by kind and subject, counting the chunks."""

    def __init__(self) -> None:
        self._found: dict[tuple[FaultKind, str], tuple[Fault, str, int]] = {}

    def add(self, fault: Fault | None, chunk_id: str) -> None:
        if fault is not None:
            key = (fault.kind, fault.subject)
            first, example, count = self._found.get(key, (fault, chunk_id, 0))
            self._found[key] = (first, example, count + 1)

    def faults(self) -> list[Fault]:
        return [
            Fault(
                fault.kind,
                fault.subject,
                fault.message.replace(COUNT, _chunks(count, example)),
                fault.remedy,
            )
            for fault, example, count in self._found.values()
        ]


def _chunks(count: int, example: str) -> str:
    return f"1 chunk ({example})" if count == 1 else f"{count} chunks (the first is {example})"


def _paired(
    stored: Iterable[StoredChunk], indexed: Iterable[IndexRecord]
) -> Iterator[tuple[StoredChunk | None, IndexRecord | None]]:
    """Yield each chunk id once, with what either side says of it."""
    left, right = iter(stored), iter(indexed)
    chunk, record = next(left, None), next(right, None)
    while chunk is not None or record is not None:
        if record is None or (chunk is not None and chunk.id < record.chunk_id):
            yield chunk, None
            chunk = next(left, None)
        elif chunk is None or record.chunk_id < chunk.id:
            yield None, record
            record = next(right, None)
        else:
            yield chunk, record
            chunk, record = next(left, None), next(right, None)

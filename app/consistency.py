"""Check that database, index, originals and answers fit together, beside a house that goes on working.

What looks wrong is looked at again, and again: a document that came or went between two looks is no fault. Nothing is
changed, no lock is held, and whatever is said names ids only.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.checksum import sha256_of
from app.ledger import DanglingCitation, Ledger
from ingest.consistency import (
    BRING_AGAIN,
    Fault,
    FaultKind,
    Holding,
    fault_of_original,
    faults_of_chunks,
    faults_of_documents,
)
from ingest.originals import FolderOriginals
from ingest.stocktaking import Stocktaking
from retrieval.errors import NotFound, OriginalsUnavailable
from retrieval.types import VectorIndex

ASK_AGAIN = "ask the person whose conversation it is to delete it and to ask again"

# Before each further look. A replaced version leaves the index milliseconds after its successor is shown; looks only
# milliseconds apart took one on its way out for a fault.
PAUSES_S = (1.0, 4.0)

Report = Callable[[int, int], None]  # originals read, of how many
Clock = Callable[[], datetime]
Key = tuple[FaultKind, str]


@dataclass(frozen=True, slots=True)
class Stock:
    """Hold what is compared. `embedder` is the name of the model that questions are embedded by."""

    database: Stocktaking
    index: VectorIndex
    originals: FolderOriginals
    ledger: Ledger
    embedder: str
    on_hold: Callable[[], frozenset[str]]  # documents that a legal hold keeps beyond their term


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold every fault, sorted by kind and id, and how much was looked at."""

    faults: tuple[Fault, ...]
    documents: int
    chunks: int  # in the index
    originals: int


def inspect_stock(
    stock: Stock,
    *,
    clock: Clock,
    report: Report = lambda _done, _total: None,
    wait: Callable[[float], None] = time.sleep,
) -> Finding:
    """Compare everything with everything and return what does not fit. Raises Unavailable."""
    documents = stock.database.documents(now=clock())
    shown = [one for one in documents.values() if one.shown is not None and one.shown.document_id == one.id]
    faults = {*_compared(stock, documents, clock), *_of_originals(stock.originals, shown, report)}
    for pause_s in PAUSES_S:
        if faults:
            wait(pause_s)
            faults = _still(stock, {(fault.kind, fault.subject) for fault in faults}, clock)
    return Finding(tuple(sorted(faults)), len(documents), stock.index.count(), len(shown))


def _still(stock: Stock, suspected: set[Key], clock: Clock) -> set[Fault]:
    """Return what is suspected and found again."""
    documents = stock.database.documents(now=clock())
    versions = {subject for _, subject in suspected}
    doubtful = [one for one in documents.values() if one.shown is not None and one.shown.id in versions]
    again = {*_compared(stock, documents, clock), *_of_originals(stock.originals, doubtful)}
    return {fault for fault in again if (fault.kind, fault.subject) in suspected}


def _compared(stock: Stock, documents: dict[str, Holding], clock: Clock) -> Iterable[Fault]:
    yield from faults_of_documents(
        documents.values(),
        on_hold=stock.on_hold(),
        embedder=stock.embedder,
        retention_days=stock.database.retention_days(),
        now=clock(),
    )
    yield from faults_of_chunks(
        stock.database.chunks(), stock.index.records(), documents, embedder=stock.embedder
    )
    yield from map(_of_citation, stock.ledger.dangling())


def _of_originals(
    originals: FolderOriginals, shown: list[Holding], report: Report = lambda _done, _total: None
) -> Iterable[Fault]:
    for done, document in enumerate(shown, start=1):
        version = "" if document.shown is None else document.shown.id
        fault = fault_of_original(document, sha256=_sha256(originals, version))
        if fault is not None:
            yield fault
        report(done, len(shown))


def _sha256(originals: FolderOriginals, version: str) -> str | None:
    """Return the fingerprint of an original, None where it is gone. Raises OriginalsUnavailable."""
    try:
        return sha256_of(originals.path(version))
    except (NotFound, FileNotFoundError):  # the second where it went between the look and the opening
        return None
    except OSError as error:
        raise OriginalsUnavailable(
            f"the original of version {version} cannot be read: {error.strerror}",
            remedy="give the account of the service the right to read site.data_dir, and check the disk",
        ) from error


def _of_citation(citation: DanglingCitation) -> Fault:
    subject = f"{citation.answer_id}:{citation.number}"
    if citation.document_id is None:
        return Fault(
            FaultKind.DANGLING_CITATION,
            subject,
            f"answer {citation.answer_id} cites source {citation.number}, and the ledger does not say what that was",
            ASK_AGAIN,
        )
    return Fault(
        FaultKind.DANGLING_CITATION,
        subject,
        f"source {citation.number} of answer {citation.answer_id} is no chunk of the version it was read from",
        f"{BRING_AGAIN.format(document=citation.document_id)}; if that does not help, {ASK_AGAIN}",
    )

"""Tell the story "one document": from a file to a visible, searchable version, or to quarantine with a reason."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ingest.catalog import Catalog
from ingest.chunk import chunks_of
from ingest.gate import Limits, inspect
from ingest.originals import FolderOriginals
from ingest.types import Accepted, Cancelled, Chunk, ParsedDocument, SourceFile, State
from ingest.versions import NewVersion, version_id
from retrieval.errors import BrokenDocument, DocumentRejected, EmptyDocument, IndexUnavailable, Unavailable
from retrieval.language import detect
from retrieval.readers import clean_readers
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, IndexEntry, VectorIndex


class Parser(Protocol):
    """Turn an accepted file into blocks; `ingest.sandbox.Sandbox` in production."""

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Return the parsed document. Raises DocumentRejected."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Let the caller follow a document, and cancel it between two stages."""

    report: Callable[[State], None] = lambda _state: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Result:
    """Say how it ended: visible, or quarantined with a reason and a remedy."""

    state: State
    is_unchanged: bool = False
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Pipeline:
    """Hold the neighbours of the story; built once by the composition root."""

    catalog: Catalog
    originals: FolderOriginals
    parser: Parser
    embedder: Embedder
    encoder: SparseEncoder
    index: VectorIndex
    limits: Limits
    chunk_tokens: int

    def ingest(self, file: SourceFile, *, collection_id: str, progress: Progress = Progress()) -> Result:
        """Bring one file in and say how it ended. Raises Unavailable when a neighbour is down, and Cancelled."""
        document = self.catalog.admit(file, collection_id=collection_id)
        try:
            self._let_read(document.id, file.readers)
            sha256 = _fingerprint(file)
            if self._is_shown(document.id, sha256):
                return self._restored(document.id)
            if document.failed_sha256 == sha256:
                return _quarantined(document.reason, document.remedy, is_unchanged=True)
            accepted = inspect(file.path, file.file_name, limits=self.limits)
            version = self._read(document.id, file, accepted, progress)
            self._store(document.id, version, file, progress)
            self._show(document.id, version, progress)
        except (Cancelled, Unavailable):
            self.catalog.settle(document.id)
            raise
        except DocumentRejected as error:
            self.catalog.quarantine(
                document.id, sha256=_fingerprint_or_none(file), reason=error.message, remedy=error.remedy
            )
            return _quarantined(error.message, error.remedy)
        return Result(State.VISIBLE)

    def forget(self, document: str) -> None:
        """Remove a document: out of sight first, then from the index, the originals and the database."""
        self.catalog.hide(document)
        for version in self.catalog.versions_of(document):
            self._forget_version(version)
        for upload in self.catalog.drop_document(document):
            upload.unlink(missing_ok=True)

    def rebuild(self, *, report: Callable[[int, int], None]) -> int:
        """Write every visible document into the index anew, from the database; return how many there were.

        `report` is told how many are done, of how many. The index is derived data: this is how it comes back.
        """
        visible = [document for document in self.catalog.listed() if document.visible_version_id]
        for done, document in enumerate(visible, start=1):
            version = document.visible_version_id or ""
            pieces = self.catalog.stored_chunks(version)
            self.index.upsert(self._entries(document.id, version, document.title, pieces))
            report(done, len(visible))
        self.index.optimise()
        return len(visible)

    def _let_read(self, document: str, readers: tuple[str, ...]) -> None:
        before, wanted = self.catalog.readers(document), clean_readers(readers)
        if before == wanted:
            return
        self.catalog.set_readers(document, wanted)  # first: the database decides at every fetch
        try:
            self.index.set_readers(document, wanted)
        except Unavailable:
            # Whoever is new waits for the next attempt, which must find a difference to mend.
            self.catalog.set_readers(document, sorted(set(before) & set(wanted)))
            raise

    def _is_shown(self, document: str, sha256: str) -> bool:
        shown = self.catalog.visible_version(document)
        return shown is not None and (shown.sha256, shown.embedder) == (sha256, self.embedder.name)

    def _restored(self, document: str) -> Result:
        """Leave the shown version as it is, and nothing of an attempt that failed after it."""
        shown = self.catalog.visible_version(document)
        for version in self.catalog.versions_of(document):
            if shown is not None and version != shown.id:
                self._forget_version(version)
        self.catalog.settle(document)
        return Result(State.VISIBLE, is_unchanged=True)

    def _read(self, document: str, file: SourceFile, accepted: Accepted, progress: Progress) -> NewVersion:
        self._enter(document, State.PARSING, progress)
        started = time.perf_counter()
        parsed = self.parser.parse(file.path, accepted, file.file_name, cancelled=progress.cancelled)
        parsed_ms = (time.perf_counter() - started) * 1000
        pieces = chunks_of(
            parsed, count_tokens=self.embedder.count_tokens, budget=self.chunk_tokens, detect=detect
        )
        if not pieces:
            raise EmptyDocument(
                f"'{file.file_name}' holds no readable text",
                remedy="check that it opens; a photo needs a sharper scan",
            )
        return NewVersion(
            id=version_id(document, accepted.sha256, parser=parsed.parser, embedder=self.embedder.name),
            accepted=accepted,
            parsed=parsed,
            embedder=self.embedder.name,
            chunks=tuple(pieces),
            timings_ms={"parse": parsed_ms},
            dated=datetime.fromtimestamp(file.path.stat().st_mtime, UTC).date().isoformat(),
        )

    def _store(self, document: str, version: NewVersion, file: SourceFile, progress: Progress) -> None:
        self._enter(document, State.EMBEDDING, progress)
        self.catalog.write(document, version)
        self.originals.keep(version.id, file.path)
        pieces = list(zip(version.chunk_ids(), version.chunks, strict=True))
        self.index.upsert(self._entries(document, version.id, version.parsed.title, pieces))
        written = self.index.count(version_id=version.id)
        if written != len(version.chunks):
            raise IndexUnavailable(
                f"the index holds {written} of {len(version.chunks)} chunks of '{file.file_name}'",
                remedy="run `intramuros doctor`, then `intramuros ingest retry`",
            )
        if progress.cancelled():
            self._forget_version(version.id)
            raise Cancelled

    def _show(self, document: str, version: NewVersion, progress: Progress) -> None:
        for old in self.catalog.show(document, version):
            self._forget_version(old)
        progress.report(State.VISIBLE)

    def _entries(
        self, document: str, version: str, title: str, pieces: Sequence[tuple[str, Chunk]]
    ) -> list[IndexEntry]:
        readers = self.catalog.readers(document)
        collection = self.catalog.get(document).collection_id
        texts = [chunk.indexed_text(title) for _, chunk in pieces]
        vectors = self.embedder.embed_passages(texts)
        return [
            IndexEntry(
                chunk_id=chunk_id,
                document_id=document,
                version_id=version,
                collection_id=collection,
                language=chunk.language,
                readers=readers,
                dense=vectors[row],
                sparse=self.encoder.encode_passage(texts[row], chunk.language),
            )
            for row, (chunk_id, chunk) in enumerate(pieces)
        ]

    def _enter(self, document: str, state: State, progress: Progress) -> None:
        if progress.cancelled():
            raise Cancelled
        self.catalog.mark(document, state)
        progress.report(state)

    def _forget_version(self, version: str) -> None:
        self.index.forget_version(version)
        self.originals.forget(version)
        self.catalog.drop_version(version)


def _fingerprint(file: SourceFile) -> str:
    try:
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BrokenDocument(
            f"'{file.file_name}' cannot be read: {error.strerror}",
            remedy="check that it is still there and may be read, then `intramuros ingest retry`",
        ) from error


def _fingerprint_or_none(file: SourceFile) -> str | None:
    try:
        return _fingerprint(file)
    except BrokenDocument:
        return None  # it was never read, so there is nothing to recognise it by


def _quarantined(reason: str | None, remedy: str | None, *, is_unchanged: bool = False) -> Result:
    return Result(State.QUARANTINED, is_unchanged=is_unchanged, reason=reason, remedy=remedy)

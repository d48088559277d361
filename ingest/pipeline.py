"""Tell the story "one document": from a file to a visible, searchable version, or to quarantine with a reason.

It has two halves. `read` turns a file into a draft, several at a time; `publish` makes drafts visible, many at once,
because embedding and the index are at their best in bulk. `ingest` tells both in a row.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ingest.catalog import Catalog
from ingest.chunk import chunks_of
from ingest.draft import NOBODY, Draft, Progress, Result, Stopwatch
from ingest.gate import Limits, inspect
from ingest.indexing import Indexer
from ingest.originals import FolderOriginals, fingerprint
from ingest.types import Accepted, Cancelled, ParsedDocument, SourceFile, State
from ingest.version_store import VersionStore
from ingest.versions import NewVersion, version_id
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    ParserStopped,
    Unavailable,
)
from retrieval.language import detect
from retrieval.readers import clean_readers


class Parser(Protocol):
    """Turn an accepted file into blocks; `ingest.sandbox.Sandbox` in production."""

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Return the parsed document. Raises DocumentRejected."""


@dataclass(frozen=True)
class Pipeline:
    """Hold the neighbours of the story; built once by the composition root."""

    catalog: Catalog
    versions: VersionStore
    originals: FolderOriginals
    parser: Parser
    indexer: Indexer
    limits: Limits
    chunk_tokens: int

    def ingest(self, file: SourceFile, *, collection_id: str, progress: Progress = NOBODY) -> Result:
        """Bring one file in and say how it ended. Raises Unavailable when a neighbour is down, Cancelled, Busy."""
        read = self.read(file, collection_id=collection_id, progress=progress)
        if isinstance(read, Result):
            return read
        try:
            return self.publish([read])[0]
        except BaseException as error:
            self.discard([read], is_final=isinstance(error, Cancelled))
            raise

    def read(self, file: SourceFile, *, collection_id: str, progress: Progress) -> Draft | Result:
        """Return a draft of what is new, or how it ended where nothing is. Raises Unavailable, Cancelled, Busy.

        Raises ParserStopped where another attempt may help; the caller decides how often.
        """
        document = self.catalog.admit(
            file, collection_id=collection_id, owner=progress.owner, parent=progress.parent
        )
        staged: Path | None = None
        try:
            self.let_read(document.id, file.readers)
            seen = self._seen(document.visible_version_id or document.failed_sha256, file)
            if seen and self._is_shown(document.id, seen):
                return self._restored(document.id, file)
            if seen and seen == document.failed_sha256:
                return self._quarantined(document.id, seen, file, document.reason, document.remedy)
            self._enter(document.id, State.PARSING, progress)
            staged = self.originals.stage(file.path)
            version = self._read(document.id, replace(file, path=staged), progress)
        except BaseException as error:
            self._drop(staged)
            if isinstance(error, DocumentRejected) and not isinstance(error, ParserStopped):
                return self.quarantine(document.id, file, error)
            self.catalog.settle(document.id)
            raise
        return Draft(document.id, collection_id, file, version, staged, progress)

    def publish(self, drafts: Sequence[Draft]) -> list[Result]:
        """Make drafts visible, each at once and whole; nothing is shown by half.

        Raises Unavailable, and Cancelled; whoever catches them discards the drafts or tries again.
        """
        for draft in drafts:
            self._enter(draft.document, State.EMBEDDING, draft.progress)
        entries = self.indexer.entries(drafts)
        self.versions.write([(draft.document, draft.version) for draft in drafts])
        for draft in drafts:
            self.originals.keep(draft.version.id, draft.staged)
        self.indexer.write(entries, drafts)
        return [self._show(draft) for draft in drafts]

    def discard(self, drafts: Sequence[Draft], *, is_final: bool) -> None:
        """Give drafts up; each document is as it was before. Unless `is_final`, the next attempt clears up."""
        for draft in drafts:
            self._drop(draft.staged)
            if is_final:
                shown = self.versions.visible(draft.document)
                if shown is None or shown.id != draft.version.id:
                    self._forget_version(draft.version.id)
            self.catalog.settle(draft.document)

    def refuse(
        self, file: SourceFile, *, collection_id: str, error: DocumentRejected, progress: Progress
    ) -> Result:
        """Set a file aside whose attempts are used up, or that could not even be fetched."""
        document = self.catalog.admit(
            file, collection_id=collection_id, owner=progress.owner, parent=progress.parent
        )
        return self.quarantine(document.id, file, error)

    def quarantine(self, document: str, file: SourceFile, error: DocumentRejected) -> Result:
        """Set a document aside with its reason; the same bytes are not tried again until somebody asks."""
        sha256 = _fingerprint_or_none(file)
        return self._quarantined(document, sha256, file, error.message, error.remedy)

    def forget(self, document: str) -> None:
        """Remove a document and its attachments: out of sight first, then index, originals, database."""
        self.catalog.hide(document)
        for attached in self.catalog.attached_to(document):
            self.forget(attached.id)
        for version in self.versions.of_document(document):
            self._forget_version(version)
        for copy in self.catalog.drop_document(document):
            copy.unlink(missing_ok=True)

    def let_read(self, document: str, readers: tuple[str, ...]) -> None:
        """Give a document, and what is attached to it, other readers; the database first, then the index."""
        before, wanted = self.catalog.readers(document), clean_readers(readers)
        if before == wanted:
            return
        self.catalog.set_readers(document, wanted)  # first: the database decides at every fetch
        try:
            self.indexer.index.set_readers(document, wanted)
            for attached in self.catalog.attached_to(document):
                self.let_read(attached.id, readers)
        except Unavailable:
            # Whoever is new waits for the next attempt, which must find a difference to mend.
            self.catalog.set_readers(document, sorted(set(before) & set(wanted)))
            raise

    def _seen(self, reason_to_look: str | None, file: SourceFile) -> str | None:
        """Return the fingerprint where there is something to compare it with; a new file is read only once."""
        return fingerprint(file.path) if reason_to_look else None

    def _is_shown(self, document: str, sha256: str) -> bool:
        shown = self.versions.visible(document)
        return shown is not None and (shown.sha256, shown.embedder) == (sha256, self.indexer.embedder.name)

    def _restored(self, document: str, file: SourceFile) -> Result:
        """Leave the shown version as it is, and nothing of an attempt that failed after it."""
        shown = self.versions.visible(document)
        for version in self.versions.of_document(document):
            if shown is not None and version != shown.id:
                self._forget_version(version)
        self.catalog.settle(document, signature=file.signature)
        return Result(State.VISIBLE, is_unchanged=True, pages=shown.pages if shown else None)

    def _quarantined(
        self, document: str, sha256: str | None, file: SourceFile, reason: str | None, remedy: str | None
    ) -> Result:
        is_known = self.catalog.get(document).state is State.QUARANTINED
        self.catalog.quarantine(
            document, sha256=sha256, signature=file.signature, reason=reason or "", remedy=remedy or ""
        )
        return Result(State.QUARANTINED, is_unchanged=is_known, reason=reason, remedy=remedy)

    def _read(self, document: str, file: SourceFile, progress: Progress) -> NewVersion:
        clock = Stopwatch()
        accepted = inspect(file.path, file.file_name, limits=self.limits)
        clock.lap("gate")
        parsed = self.parser.parse(file.path, accepted, file.file_name, cancelled=progress.cancelled)
        clock.lap("parse")
        pieces = chunks_of(
            parsed, count_tokens=self.indexer.embedder.count_tokens, budget=self.chunk_tokens, detect=detect
        )
        clock.lap("chunk")
        if not pieces:
            raise EmptyDocument(
                f"'{file.file_name}' holds no readable text",
                remedy="check that it opens; a photo needs a sharper scan",
            )
        return NewVersion(
            id=version_id(
                document, accepted.sha256, parser=parsed.parser, embedder=self.indexer.embedder.name
            ),
            accepted=accepted,
            parsed=parsed,
            embedder=self.indexer.embedder.name,
            chunks=tuple(pieces),
            timings_ms=clock.laps,
            dated=datetime.fromtimestamp(file.path.stat().st_mtime, UTC).date().isoformat(),
        )

    def _show(self, draft: Draft) -> Result:
        if draft.progress.cancelled():
            raise Cancelled
        outdated = self.catalog.show(draft.document, draft.version, file=draft.file)
        for version in outdated:
            self._forget_version(version)
        draft.progress.report(State.VISIBLE)
        return Result(State.VISIBLE, pages=draft.version.parsed.pages)

    def _enter(self, document: str, state: State, progress: Progress) -> None:
        if progress.cancelled():
            raise Cancelled
        self.catalog.mark(document, state)
        progress.report(state)

    def _drop(self, staged: Path | None) -> None:
        if staged is not None:
            staged.unlink(missing_ok=True)

    def _forget_version(self, version: str) -> None:
        self.indexer.index.forget_version(version)
        self.originals.forget(version)
        self.versions.drop(version)


def _fingerprint_or_none(file: SourceFile) -> str | None:
    with suppress(BrokenDocument):  # it was never read, so there is nothing to recognise it by
        return fingerprint(file.path)
    return None

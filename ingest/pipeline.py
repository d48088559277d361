"""Tell the story "one document": from a file to a visible, searchable version, or to quarantine with a reason.

It has two halves. `read` turns a file into a draft, several at a time; `publish` makes drafts visible, many at once,
because embedding and the index are at their best in bulk. `ingest.importing` tells both for the files of a job.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.attempts import Attempts, Verdict
from ingest.catalog import Catalog
from ingest.draft import Draft, Progress, Result, Stopwatch, shares_of
from ingest.engines.local import Engine
from ingest.events import event, logger
from ingest.guard.desk import Guard
from ingest.indexing import Indexer
from ingest.onlooker import Nobody, Onlooker
from ingest.originals import FolderOriginals, fingerprint
from ingest.readership import Readership
from ingest.types import Cancelled, SourceFile, State
from ingest.version_store import VersionStore
from ingest.versions import NewVersion, version_id
from retrieval.errors import BrokenDocument, DocumentRejected, OnHold, ParserStopped


@dataclass(frozen=True)
class Pipeline:
    """Hold the neighbours of the story; built once by the composition root."""

    attempts: Attempts
    catalog: Catalog
    versions: VersionStore
    originals: FolderOriginals
    engine: Engine
    indexer: Indexer
    guard: Guard
    onlooker: Onlooker = field(default_factory=Nobody)

    @property
    def readership(self) -> Readership:
        """Return who may read, in database and index."""
        return Readership(self.catalog, self.indexer.index)

    def read(self, file: SourceFile, *, collection_id: str, progress: Progress) -> Draft | Result:
        """Return a draft of what is new, or how it ended where nothing is. Raises Unavailable, Cancelled, Busy.

        Raises ParserStopped where another attempt may help; the caller decides how often.
        """
        document = self.attempts.admit(file, collection_id=collection_id, owner=progress.owner)
        began = time.time()
        staged: Path | None = None
        try:
            self.readership.narrow(document.id, file.readers)
            seen = self._seen(document.visible_version_id or document.failed_sha256, file)
            if seen and self._is_shown(document.id, seen):
                return self._restored(document.id, file, progress)
            if seen and seen == document.failed_sha256:
                verdict = Verdict(document.reason or "", document.remedy or "")
                return replace(
                    self._set_aside(document.id, file, progress, verdict, sha256=seen), is_unchanged=True
                )
            self._enter(document.id, State.PARSING, progress)
            staged = self.originals.stage(file.path)
            version = self._read(document.id, replace(file, path=staged), progress)
            version = self.guard.checked(document, version)
        except BaseException as error:
            # The bytes that were judged, not those that lie at the source by now.
            sha256 = _fingerprint_or_none(staged or file.path)
            self._drop(staged)
            if isinstance(error, DocumentRejected) and not isinstance(error, ParserStopped):
                verdict = Verdict(error.message, error.remedy)
                return self._set_aside(document.id, file, progress, verdict, sha256=sha256)
            self.attempts.settle(document.id, owner=progress.owner)
            raise
        return Draft(document.id, collection_id, file, version, staged, progress, began)

    def publish(self, drafts: Sequence[Draft]) -> list[Result]:
        """Make drafts visible, each at once and whole; nothing is shown by half.

        Raises Unavailable, and Cancelled; whoever catches them discards the drafts or tries again.
        """
        clock = Stopwatch()
        for draft in drafts:
            self._enter(draft.document, State.EMBEDDING, draft.progress)
        entries, titles = self.indexer.entries(drafts), self.indexer.titles(drafts)
        clock.lap("embed")
        self.versions.write([(draft.document, draft.version) for draft in drafts], titles=titles)
        for draft in drafts:
            self.originals.keep(draft.version.id, draft.staged)
        clock.lap("store")
        self.indexer.write(entries, drafts)
        clock.lap("index")
        self.indexer.verify(drafts)
        clock.lap("verify")
        results = [self._show(draft) for draft in drafts]
        clock.lap("show")
        for draft, timings_ms in zip(drafts, shares_of(clock, drafts), strict=True):
            self.onlooker.shown(draft.document, timings_ms, began=draft.began)
        return results

    def discard(self, drafts: Sequence[Draft], *, is_final: bool) -> None:
        """Give drafts up; each document shows what it showed. Unless `is_final`, the next attempt clears up."""
        for draft in drafts:
            self._drop(draft.staged)
            if is_final and self.attempts.is_owned(draft.document, draft.progress.owner):
                shown = self.versions.visible(draft.document)
                if shown is None or shown.id != draft.version.id:
                    self.forget_version(draft.version.id)
            self.attempts.settle(draft.document, owner=draft.progress.owner)

    def refuse(
        self, file: SourceFile, *, collection_id: str, error: DocumentRejected, progress: Progress
    ) -> Result:
        """Set a file aside whose attempts are used up, or that could not even be fetched.

        Raises Busy where another worker has its document, Cancelled where it took it or somebody removed it meanwhile,
        Unavailable.
        """
        document = self.attempts.admit(file, collection_id=collection_id, owner=progress.owner)
        verdict = Verdict(error.message, error.remedy)
        sha256 = _fingerprint_or_none(file.path)
        result = self._set_aside(document.id, file, progress, verdict, sha256=sha256)
        return replace(result, is_unchanged=document.state is State.QUARANTINED)

    def forget(self, document: str) -> bool:
        """Remove a document and its attachments: out of sight first, then index, originals, database.

        One that is gone already is no error. One on hold stays as it is: False. Raises Unavailable; what is hidden by
        then is forgotten later.
        """
        try:
            self.catalog.hide(document)
        except OnHold:
            event(logger("ingest"), "document_kept_on_hold", document_id=document)
            return False
        self.remove(document)
        return True

    def remove(self, document: str) -> None:
        """Remove a document that is hidden, as `forget` does. Raises Unavailable."""
        for attached in self.catalog.attached_to(document):
            self.forget(attached.id)
        for version in self.versions.of_document(document):
            self.forget_version(version)
        for copy in self.catalog.drop_document(document):
            copy.unlink(missing_ok=True)

    def _seen(self, reason_to_look: str | None, file: SourceFile) -> str | None:
        """Return the fingerprint where there is something to compare it with; a new file is read only once."""
        return fingerprint(file.path) if reason_to_look else None

    def _is_shown(self, document: str, sha256: str) -> bool:
        shown = self.versions.visible(document)
        return shown is not None and (shown.sha256, shown.embedder) == (sha256, self.indexer.embedder.name)

    def _restored(self, document: str, file: SourceFile, progress: Progress) -> Result:
        """Leave the shown version as it is, and nothing of an attempt that failed after it."""
        shown = self.versions.visible(document)
        for version in self.versions.of_document(document):
            if shown is not None and version != shown.id:
                self.forget_version(version)
        self.readership.replace(document, file.readers)
        self.attempts.settle(document, owner=progress.owner, signature=file.signature)
        return Result(
            State.VISIBLE, is_unchanged=True, pages=shown.pages if shown else None, document_id=document
        )

    def _set_aside(
        self, document: str, file: SourceFile, progress: Progress, verdict: Verdict, *, sha256: str | None
    ) -> Result:
        """Quarantine a document; the same bytes are not tried again until somebody asks."""
        self.attempts.quarantine(
            document, owner=progress.owner, sha256=sha256, signature=file.signature, verdict=verdict
        )
        reason, remedy = verdict
        return Result(State.QUARANTINED, reason=reason, remedy=remedy, document_id=document)

    def _read(self, document: str, file: SourceFile, progress: Progress) -> NewVersion:
        parts = self.engine.take_apart(file.path, file.file_name, cancelled=progress.cancelled)
        return NewVersion(
            id=version_id(
                document,
                parts.accepted.sha256,
                parser=parts.parsed.parser,
                embedder=self.indexer.embedder.name,
            ),
            accepted=parts.accepted,
            parsed=parts.parsed,
            embedder=self.indexer.embedder.name,
            chunks=parts.chunks,
            timings_ms=parts.timings_ms,
            dated=datetime.fromtimestamp(file.path.stat().st_mtime, UTC).date().isoformat(),
        )

    def _show(self, draft: Draft) -> Result:
        if draft.progress.cancelled():
            raise Cancelled
        owner = draft.progress.owner
        outdated = self.attempts.show(draft.document, draft.version, owner=owner, file=draft.file)
        self.readership.grant(draft.document, draft.file.readers)
        for version in outdated.versions:
            self.forget_version(version)
        for detached in outdated.documents:
            self.forget(detached)
        draft.progress.report(State.VISIBLE)
        return Result(State.VISIBLE, pages=draft.version.parsed.pages, document_id=draft.document)

    def _enter(self, document: str, state: State, progress: Progress) -> None:
        if progress.cancelled():
            raise Cancelled
        self.attempts.mark(document, state, owner=progress.owner)
        progress.report(state)

    def _drop(self, staged: Path | None) -> None:
        if staged is not None:
            staged.unlink(missing_ok=True)

    def forget_version(self, version: str) -> None:
        """Remove a version that is not shown: index first, so that nothing searchable outlives its text."""
        self.indexer.index.forget_version(version)
        self.originals.forget(version)
        self.versions.drop(version)


def _fingerprint_or_none(path: Path) -> str | None:
    with suppress(BrokenDocument):  # it was never read, so there is nothing to recognise it by
        return fingerprint(path)
    return None

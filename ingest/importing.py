"""Work off the files of one job: plan, read in parallel, publish in batches, forget what vanished."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.attachments import files_inside
from ingest.backlog import Backlog
from ingest.draft import Draft, Progress, Result
from ingest.inventory import Inventory
from ingest.items import ItemStore
from ingest.jobs import REMOVE, RETRY, Job
from ingest.originals import fingerprint
from ingest.pipeline import Pipeline
from ingest.sync import Plan, pair_moves, plan_sync
from ingest.types import UPLOAD, Busy, Cancelled, Origin, SourceFile, State
from retrieval.errors import BrokenDocument, DocumentRejected, ParserStopped, Unavailable

MAX_ATTEMPTS = 3
FIRST_WAIT_S = 0.5  # before a second attempt; doubled before each further one
LONGEST_WAIT_S = 10.0  # for a document that another worker holds

log = logging.getLogger("intramuros.ingest")


class OurFault(BrokenDocument):
    """Our code stumbled over the document; another attempt may help."""


Lend = Callable[[Job, SourceFile], AbstractContextManager[Path]]  # a path where the file's bytes can be read


@dataclass(frozen=True)
class Desk:
    """Hold what a worker works with; built once by the composition root."""

    items: ItemStore
    inventory: Inventory
    pipeline: Pipeline
    lend: Lend
    spool: Path  # where attachments wait for their turn
    threads: int  # files read at the same time


@dataclass(frozen=True)
class Import:
    """Hold one job at work; `given_up` is set when it is cancelled, or no longer this worker's."""

    desk: Desk
    job: Job
    owner: str
    given_up: threading.Event

    def run(self) -> None:
        """Bring every file of the job to its end. Raises Unavailable when a neighbour is down."""
        if self.job.kind == REMOVE:
            self._remove()
            return
        vanished = self._plan()
        attempt = 0
        while waiting := self.desk.items.pending(self.job.id):
            if self.given_up.wait(min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S) if attempt else 0):
                return
            # What is still waiting after this was busy elsewhere, failed for the first time, or was found inside.
            attempt += self._bring_in(waiting)
        for document in vanished:
            if self.given_up.is_set():
                return
            self.desk.pipeline.forget(document)

    def _remove(self) -> None:
        for file in self.desk.items.pending(self.job.id):
            document = self._document(file.key)
            if document is not None:
                self.desk.pipeline.forget(document)

    def _plan(self) -> list[str]:
        """Settle at once what needs no reading; return the documents whose files are gone."""
        if self.job.kind == RETRY or self.job.source == UPLOAD:
            return []
        desk, job = self.desk, self.job
        known = desk.inventory.known(
            job.collection_id, job.source, embedder=desk.pipeline.indexer.embedder.name
        )
        listed = [file for file in desk.items.listed(job.id) if file.parent_id is None]
        plan = plan_sync(listed, known, allow_empty=True)  # whoever placed the order has answered for that
        for change in plan.readers_changed:
            desk.pipeline.readership.replace(change.known.document_id, change.file.readers)
        moved = self._moves(plan) if job.forget_vanished else set()
        unchanged = [*plan.unchanged, *(change.file for change in plan.readers_changed)]
        self._settle_unchanged([file.key for file in unchanged])
        if not job.forget_vanished:
            return []
        return [one.document_id for one in plan.vanished if one.document_id not in moved]

    def _moves(self, plan: Plan) -> set[str]:
        """Let documents go on under their files' new names; return their ids."""
        if not plan.new or not plan.vanished:
            return set()
        moves = pair_moves(self._fingerprints(plan.new), plan.new, plan.vanished)
        self.desk.inventory.move(self.job.collection_id, moves)
        for move in moves:
            self.desk.pipeline.readership.replace(move.document_id, move.file.readers)
        self.desk.items.settle_unchanged(self.job.id, [move.file.key for move in moves])
        return {move.document_id for move in moves}

    def _fingerprints(self, files: Sequence[SourceFile]) -> dict[str, str]:
        found: dict[str, str] = {}
        for file in files:
            if self.given_up.is_set():
                break
            try:
                with self.desk.lend(self.job, file) as path:
                    found[file.key] = fingerprint(path)
            except DocumentRejected:
                log.info("unreadable_when_compared", extra={"fields": {"job_id": self.job.id}})
        return found

    def _settle_unchanged(self, keys: Sequence[str]) -> None:
        reasons = self.desk.inventory.reasons(self.job.collection_id, self.job.source)
        shown = [key for key in keys if key not in reasons]
        self.desk.items.settle_unchanged(self.job.id, shown)
        aside = {
            key: Result(State.QUARANTINED, is_unchanged=True, reason=reasons[key][0], remedy=reasons[key][1])
            for key in keys
            if key in reasons
        }
        self.desk.items.settle(self.job.id, aside)

    def _bring_in(self, files: Sequence[SourceFile]) -> int:
        """Read the files in parallel, publish meanwhile; return 1 where something is to be repeated."""
        backlog = Backlog()
        with ThreadPoolExecutor(self.desk.threads, thread_name_prefix="ingest") as pool:
            reading = [pool.submit(self._read, file, backlog) for file in files]
            try:
                while True:
                    is_all_read = all(end.done() for end in reading)
                    batch = backlog.take()
                    if batch:
                        self._publish(batch)
                    elif is_all_read:
                        break
            except BaseException:
                self.given_up.set()  # those who read stop waiting for room
                raise
            finally:
                self.desk.pipeline.discard(backlog.drain(), is_final=False)
        repeats = [end.result() for end in reading]  # raises what a thread raised: a neighbour is down
        return int(any(repeats))

    def _read(self, file: SourceFile, backlog: Backlog) -> bool:
        """Read one file; return whether it must be tried again."""
        if self.given_up.is_set():
            return False
        try:
            with self.desk.lend(self.job, file) as path:
                read = self.desk.pipeline.read(
                    replace(file, path=path),
                    collection_id=self.job.collection_id,
                    progress=self._progress(file),
                )
        except Cancelled:
            self.desk.items.report(self.job.id, file.key, State.FOUND)
            return (
                not self.given_up.is_set()
            )  # the document was removed while it was read, and its file is there
        except Busy:
            return True
        except Unavailable:
            self.given_up.set()  # the other files would fail in the same way; the job says why
            raise
        except Exception as error:  # noqa: BLE001  one file's fault, whatever it is, must not end the job
            return self._stumbled(file, error)
        if isinstance(read, Result):
            self._settle(file, read)
            return False
        return self._pass_on(replace(read, file=file), backlog)

    def _pass_on(self, draft: Draft, backlog: Backlog) -> bool:
        """Give a draft to the publisher, its attachments entered first: a kill in between must not lose them."""
        is_taken = False
        try:
            self.desk.items.enter(self.job.id, files_inside(draft, spool=self.desk.spool))
            is_taken = backlog.put(draft, given_up=self.given_up)
        finally:
            if not is_taken:
                self.desk.pipeline.discard([draft], is_final=True)
        return False

    def _publish(self, batch: Sequence[Draft]) -> None:
        """Publish drafts together; where one of them stumbles, each by itself."""
        try:
            results = self.desk.pipeline.publish(batch)
        except Unavailable:
            self.desk.pipeline.discard(batch, is_final=False)
            raise
        except Exception as error:  # noqa: BLE001  as in _read
            if len(batch) > 1 and not self.given_up.is_set():
                for draft in batch:
                    self._publish([draft])
                return
            self.desk.pipeline.discard(batch, is_final=True)
            for draft in batch:
                if not isinstance(error, Cancelled):
                    self._stumbled(draft.file, error)
            return
        for draft, result in zip(batch, results, strict=True):
            self._settle(draft.file, result)

    def _stumbled(self, file: SourceFile, error: Exception) -> bool:
        """Count an attempt that came to nothing; after the last one set the file aside. Return whether to repeat."""
        if not isinstance(error, DocumentRejected):
            log.error("document_broke", extra={"fields": {"job_id": self.job.id}}, exc_info=error)
            error = OurFault(
                f"'{file.file_name}' could not be brought in: a fault on our side",
                remedy="the log says where; report it, then `intramuros ingest retry`",
            )
        attempts = self.desk.items.note_attempt(self.job.id, file.key)
        is_last = attempts >= MAX_ATTEMPTS or not isinstance(error, ParserStopped | OurFault)
        if is_last:
            result = self.desk.pipeline.refuse(
                file, collection_id=self.job.collection_id, error=error, progress=self._progress(file)
            )
            self._settle(file, result)
        return not is_last

    def _settle(self, file: SourceFile, result: Result) -> None:
        self.desk.items.settle(self.job.id, {file.key: result})
        if file.origin is Origin.COPY and result.state is State.VISIBLE:
            file.path.unlink(missing_ok=True)  # the original is kept; one in quarantine may be tried again
        fields = {"job_id": self.job.id, "state": result.state, "collection_id": self.job.collection_id}
        log.info("document_settled", extra={"fields": fields})

    def _progress(self, file: SourceFile) -> Progress:
        return Progress(
            report=lambda state: self.desk.items.report(self.job.id, file.key, state),
            cancelled=self.given_up.is_set,
            owner=self.owner,
        )

    def _document(self, key: str) -> str | None:
        return self.desk.inventory.document_at(self.job.collection_id, self.job.source, key)

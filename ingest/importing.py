"""Work off the files of one job: settle what needs no reading, read, publish in batches, forget the rest."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ingest.attachments import files_inside
from ingest.backlog import Backlog
from ingest.desk import Desk
from ingest.draft import Draft, Result
from ingest.endings import Endings
from ingest.jobs import REMOVE, Job
from ingest.outcome import Dropped, Ended, Outcome, PassedOn
from ingest.reconcile import Reconciliation
from ingest.types import SourceFile
from retrieval.errors import Unavailable

FIRST_WAIT_S = 0.5  # before a second attempt; doubled before each further one
LONGEST_WAIT_S = 10.0  # for a document that another worker holds


@dataclass(frozen=True)
class Import:
    """Hold one job at work; `cancelled` is set from outside, when the job is cancelled or no longer this worker's."""

    desk: Desk
    job: Job
    owner: str
    cancelled: threading.Event
    # Set by an error that ends the job.
    halted: threading.Event = field(default_factory=threading.Event, init=False)

    def run(self) -> None:
        """Bring every file of the job to its end; return early when cancelled.

        Raises Unavailable when a neighbour is down. What became of a single document raises nothing.
        """
        if self.job.kind == REMOVE:
            self._remove()
            return
        vanished = Reconciliation(self.desk, self.job, self.cancelled.is_set).run()
        self._bring_all_in()
        for document in vanished:
            if self.cancelled.is_set():
                return
            self.desk.pipeline.forget(document)

    def _remove(self) -> None:
        for file in self.desk.items.pending(self.job.id):
            document = self._endings.document(file)
            if document is not None:
                self.desk.pipeline.forget(document)

    def _bring_all_in(self) -> None:
        """Go over what has not ended until nothing is left; wait before whatever comes again."""
        tried: set[str] = set()
        repeats = 0
        while waiting := self.desk.items.pending(self.job.id):
            repeats += any(file.key in tried for file in waiting)  # the others were found inside one
            wait_s = min(FIRST_WAIT_S * 2 ** min(repeats - 1, 10), LONGEST_WAIT_S) if repeats else 0.0
            if self.cancelled.wait(wait_s):
                return
            self._bring_in(waiting)
            tried = {file.key for file in waiting}

    def _bring_in(self, files: Sequence[SourceFile]) -> None:
        """Read files in parallel, and publish meanwhile."""
        backlog = Backlog()
        with ThreadPoolExecutor(self.desk.threads, thread_name_prefix="ingest") as pool:
            reading = [pool.submit(self._read, file, backlog) for file in files]
            try:
                with self._halting():
                    while True:
                        is_all_read = all(end.done() for end in reading)
                        if batch := backlog.take():
                            self._publish(batch)
                        elif is_all_read:
                            break
            finally:
                self.desk.pipeline.discard(backlog.drain(), is_final=False)
        for end in reading:
            end.result()  # raises what a thread raised: a neighbour is down

    def _read(self, file: SourceFile, backlog: Backlog) -> None:
        if self._is_stopping():
            return
        with self._halting():
            try:
                self.desk.room.require()
                with self.desk.lend(self.job, file) as path:
                    read = self.desk.pipeline.read(
                        replace(file, path=path),
                        collection_id=self.job.collection_id,
                        progress=self._endings.progress(file),
                    )
                outcome: Outcome = (
                    Ended(read) if isinstance(read, Result) else self._passed_on(read, file, backlog)
                )
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001  one file's fault, whatever it is, must not end the job
                if isinstance(
                    error, OSError
                ):  # what fails while the disk is full or gone fails for that reason
                    self.desk.room.require()
                outcome = self._endings.broken(file, error)
            self._endings.act(file, outcome)

    def _passed_on(self, read: Draft, file: SourceFile, backlog: Backlog) -> PassedOn | Dropped:
        """Give a draft to the publisher, its attachments entered first: a kill in between must not lose them."""
        draft = replace(read, file=file)  # the path it was lent under is gone
        is_taken = False
        try:
            self.desk.items.enter(self.job.id, files_inside(draft, spool=self.desk.spool))
            is_taken = backlog.put(draft, is_stopping=self._is_stopping)
        finally:
            if not is_taken:
                self.desk.pipeline.discard([draft], is_final=True)
        return PassedOn() if is_taken else Dropped()

    def _publish(self, batch: Sequence[Draft]) -> None:
        """Publish drafts together; where one of them stumbles, each by itself."""
        try:
            self.desk.room.require()
            results = self.desk.pipeline.publish(batch)
        except Unavailable:
            self.desk.pipeline.discard(batch, is_final=False)
            raise
        except Exception as error:  # noqa: BLE001  as in _read
            if len(batch) > 1 and not self._is_stopping():
                self._publish_singly(batch)
                return
            self.desk.pipeline.discard(batch, is_final=True)
            for draft in batch:
                self._endings.act(draft.file, self._endings.broken(draft.file, error))
            return
        for draft, result in zip(batch, results, strict=True):
            self._endings.act(draft.file, Ended(result))

    def _publish_singly(self, batch: Sequence[Draft]) -> None:
        for done, draft in enumerate(batch, 1):
            try:
                self._publish([draft])
            except BaseException:
                self.desk.pipeline.discard(batch[done:], is_final=False)
                raise

    @property
    def _endings(self) -> Endings:
        return Endings(self.desk, self.job, self.owner, self._is_stopping)

    def _is_stopping(self) -> bool:
        return self.cancelled.is_set() or self.halted.is_set()

    @contextmanager
    def _halting(self) -> Iterator[None]:
        """Stop the other threads where the body ends in an error: they would fail in the same way."""
        try:
            yield
        except BaseException:
            self.halted.set()
            raise

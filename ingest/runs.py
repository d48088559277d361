"""Take ingestion jobs from the store, hold them by a lease, and say how each ended."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from ingest.desk import Desk
from ingest.events import event, logger
from ingest.importing import Import
from ingest.jobs import Job, JobState, JobStore
from retrieval.errors import DiskFull, IntramurosError, Unavailable

BEAT_S = 1.0  # also how soon a cancelled job is noticed; the lease allows for sixty missed beats
SPOOL_AGE_S = 3600.0  # an upload is written before its job names it
FULL_PAUSE_S = 20.0  # before a full disk is tried again
IDLE_S = 0.5  # how soon a job that another process placed is noticed

log = logger("ingest")


@dataclass(frozen=True)
class Worker:
    """Take jobs and bring their files through the pipeline.

    `is_alone` says that no other worker can live, as where this process holds the embedded index: what others owned
    is then taken over at once instead of after their leases.
    """

    jobs: JobStore
    desk: Desk
    name: str
    clock: Callable[[], datetime]
    is_alone: bool = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away for a while is waited for."""
        has_cleared_up = False
        while not stop.is_set():
            try:
                if not has_cleared_up:
                    self.clear_up()
                    has_cleared_up = True
                worked = self.run_one(stop)
            except DiskFull as error:
                event(log, "worker_waiting", level=logging.WARNING, reason=type(error).__name__)
                stop.wait(FULL_PAUSE_S)
                continue
            except Unavailable as error:
                event(log, "worker_waiting", level=logging.WARNING, reason=type(error).__name__)
                worked = False
            if not worked:
                stop.wait(IDLE_S)

    def clear_up(self) -> None:
        """Finish what a killed worker left half done: leases, copies, documents half forgotten."""
        if self.is_alone:
            self.jobs.release()
            self.desk.pipeline.originals.sweep()
            self._sweep_spool()
            for version in self.desk.inventory.left_over():
                self.desk.pipeline.forget_version(version)
        for document in self.desk.inventory.forgotten_halfway():
            self.desk.pipeline.forget(document)

    def _sweep_spool(self) -> None:
        """Delete copies of uploads and attachments that nothing refers to any more."""
        used = self.desk.items.paths_in_use()
        for copy in self.desk.spool.glob("*"):
            if str(copy) not in used and self.clock().timestamp() - copy.stat().st_mtime > SPOOL_AGE_S:
                copy.unlink(missing_ok=True)

    def run_one(self, stop: threading.Event) -> bool:
        """Work off one job, if there is one; return whether there was.

        While the disk is too full, only removals are worked off. Raises DiskFull where it became so on the way: the
        job waits as before.
        """
        is_full = self.desk.room.fault() is not None
        identity = self.jobs.claim(self.name, now=self.clock(), removals_only=is_full)
        if identity is None:
            return False
        job = self.jobs.get(identity)
        with self._held(job, stop) as cancelled:
            try:
                Import(self.desk, job, self.name, cancelled).run()
            except Unavailable as error:
                # Whatever fails while the disk is full, the database mostly, fails for that reason.
                if isinstance(error, DiskFull) or self.desk.room.fault():
                    self.jobs.release(self.name)
                    raise
                self._fail(job, f"{error.message}. {error.remedy}")
            except IntramurosError as error:
                self._fail(job, f"{error.message}. {error.remedy}")
            except Exception as error:  # noqa: BLE001  whatever it is, the next job must find a worker
                event(log, "job_broke", level=logging.ERROR, exc_info=error, job_id=job.id)
                self._fail(job, "something went wrong on our side; the log says where")
            else:
                if cancelled.is_set():
                    self.jobs.release(self.name)
                else:
                    self.desk.pipeline.indexer.index.optimise()
                    self.jobs.finish(job.id, JobState.DONE, now=self.clock())
        event(log, "job_ended", job_id=job.id, state=self.jobs.get(job.id).state)
        return True

    def _fail(self, job: Job, message: str) -> None:
        self.jobs.finish(job.id, JobState.FAILED, now=self.clock(), message=message)

    @contextmanager
    def _held(self, job: Job, stop: threading.Event) -> Iterator[threading.Event]:
        """Renew the leases while the body runs; the event given is set when the work must be given up."""
        cancelled, ended = threading.Event(), threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT_S):
                try:
                    is_ours = self.jobs.beat(job.id, self.name, now=self.clock())
                except Unavailable:
                    continue  # the lease outlives a short absence of the database
                if stop.is_set() or not is_ours:
                    cancelled.set()

        thread = threading.Thread(target=beat, name="ingest-heartbeat", daemon=True)
        thread.start()
        try:
            yield cancelled
        finally:
            ended.set()
            thread.join()

"""Take ingestion jobs from the store, hold them by a lease, and say how each ended."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.attempts import LEASE
from ingest.clearing import Clearing
from ingest.desk import Desk
from ingest.events import event, logger
from ingest.importing import Import
from ingest.jobs import Job, JobState, JobStore
from ingest.room import disk_full
from retrieval.errors import (
    DatabaseUnavailable,
    DiskFull,
    EmbedderUnavailable,
    IndexUnavailable,
    IntramurosError,
    Unavailable,
)

BEAT_S = 1.0  # also how soon a cancelled job is noticed; the lease allows for sixty missed beats
FULL_PAUSE_S = 20.0  # before a full disk is tried again
# Between jobs: what was too young to be taken for left behind at the start is so later.
CLEARING_EVERY = timedelta(hours=1)
IDLE_S = 0.5  # how soon a job that another process placed is noticed
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0  # before a job goes on whose neighbour was away
AWAITED = (DatabaseUnavailable, EmbedderUnavailable, IndexUnavailable)  # not a source: who mends it must know

log = logger("ingest")


@dataclass(frozen=True)
class Worker:
    """Take jobs and bring their files through the pipeline.

    `is_alone` says that no other worker can live, as where this process holds the embedded index: what others owned
    is then taken over at once instead of after their leases. A neighbour of ours that goes away in the middle of a job
    is waited for, for `patience_s`; where that is 0 the job fails and says why.
    """

    jobs: JobStore
    desk: Desk
    name: str
    clock: Callable[[], datetime]
    is_alone: bool = False
    patience_s: float = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away for a while is waited for."""
        next_clearing = self.clock()
        while not stop.is_set():
            try:
                if self.clock() >= next_clearing:
                    self.clear_up()
                    next_clearing = self.clock() + CLEARING_EVERY
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
        """Finish what killed workers left half done: leases, copies, documents half forgotten. Raises Unavailable."""
        Clearing(self.jobs, self.desk, self.name, self.clock, self.is_alone).run()

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
                self._work_off(job, cancelled)
            except Unavailable as error:
                # Whatever fails while the disk is full, the database mostly, fails for that reason.
                if isinstance(error, DiskFull) or self.desk.room.fault():
                    self.jobs.release(self.name)
                    raise
                self._fail(job, f"{error.message}. {error.remedy}")
            except IntramurosError as error:
                self._fail(job, f"{error.message}. {error.remedy}")
            except Exception as error:  # whatever it is, the next job must find a worker
                if isinstance(error, OSError) and (fault := self.desk.room.fault()):  # its mount was lost
                    self.jobs.release(self.name)
                    raise disk_full(fault) from error
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

    def _work_off(self, job: Job, cancelled: threading.Event) -> None:
        """Bring every file to its end, or raise; a neighbour that is away is waited for, for `patience_s`."""
        waited_s, pause_s = 0.0, FIRST_PAUSE_S
        while True:
            began = self.clock()
            try:
                Import(self.desk, job, self.name, cancelled).run()
            except AWAITED as error:
                if self.desk.room.fault():
                    raise  # the job goes back: what needs no room goes before it
                if self.clock() - began > LEASE:  # much was done since it was last away
                    waited_s, pause_s = 0.0, FIRST_PAUSE_S
                if waited_s >= self.patience_s:
                    raise
                event(log, "job_waiting", level=logging.WARNING, job_id=job.id, reason=type(error).__name__)
                if cancelled.wait(pause_s):
                    return
                waited_s, pause_s = waited_s + pause_s, min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                return

    def _fail(self, job: Job, message: str) -> None:
        self.jobs.finish(job.id, JobState.FAILED, now=self.clock(), message=message)

    @contextmanager
    def _held(self, job: Job, stop: threading.Event) -> Iterator[threading.Event]:
        """Renew the leases while the body runs; the event given is set when the work must be given up."""
        cancelled, ended = threading.Event(), threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT_S):
                if stop.is_set():  # whether or not the database can be told
                    cancelled.set()
                try:
                    is_ours = self.jobs.beat(job.id, self.name, now=self.clock())
                except Unavailable:
                    continue  # the lease outlives a short absence of the database
                if not is_ours:
                    cancelled.set()

        thread = threading.Thread(target=beat, name="ingest-heartbeat", daemon=True)
        thread.start()
        try:
            yield cancelled
        finally:
            ended.set()
            thread.join()

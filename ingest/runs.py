"""Work off ingestion jobs: one worker at a time holds a job, several threads its documents."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from ingest.jobs import REMOVE, Job, JobState, JobStore
from ingest.pipeline import Pipeline, Progress
from ingest.types import UPLOAD, Cancelled, SourceFile, State
from ingest.versions import document_id
from retrieval.errors import IntramurosError, Unavailable

BEAT_S = 1.0  # also how soon a cancelled job is noticed; the lease allows for sixty missed beats
IDLE_S = 0.5  # how soon a job that another process placed is noticed

log = logging.getLogger("intramuros.ingest")


class Worker:
    """Take jobs from the store and bring their files through the pipeline."""

    def __init__(
        self, jobs: JobStore, pipeline: Pipeline, *, name: str, threads: int, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._pipeline = pipeline
        self._name = name
        self._threads = threads
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away for a while is waited for."""
        while not stop.is_set():
            try:
                worked = self.run_one(stop)
            except Unavailable as error:
                log.warning("worker_waiting", extra={"fields": {"reason": type(error).__name__}})
                worked = False
            if not worked:
                stop.wait(IDLE_S)

    def run_one(self, stop: threading.Event) -> bool:
        """Work off one job, if there is one; return whether there was."""
        identity = self._jobs.claim(self._name, now=self._clock())
        if identity is None:
            return False
        job = self._jobs.get(identity)
        with self._held(job, stop) as given_up:
            try:
                self._work(job, given_up)
            except IntramurosError as error:
                self._fail(job, f"{error.message}. {error.remedy}")
            except Exception:  # whatever it is, the next job must find a worker
                log.exception("job_broke", extra={"fields": {"job_id": job.id}})
                self._fail(job, "something went wrong on our side; the log says where")
            else:
                if given_up.is_set():
                    self._jobs.release(self._name)
                else:
                    self._pipeline.index.optimise()
                    self._jobs.finish(job.id, JobState.DONE, now=self._clock())
        log.info("job_ended", extra={"fields": {"job_id": job.id, "state": self._jobs.get(job.id).state}})
        return True

    def _fail(self, job: Job, message: str) -> None:
        self._jobs.finish(job.id, JobState.FAILED, now=self._clock(), message=message)

    def _work(self, job: Job, given_up: threading.Event) -> None:
        with ThreadPoolExecutor(self._threads, thread_name_prefix="ingest") as pool:
            ends = [pool.submit(self._bring_in, job, file, given_up) for file in self._jobs.pending(job.id)]
        for end in ends:
            end.result()  # raises what a thread raised: a neighbour is down
        if job.forget_vanished and not given_up.is_set():
            self._forget_vanished(job)

    def _bring_in(self, job: Job, file: SourceFile, given_up: threading.Event) -> None:
        if job.kind == REMOVE:
            self._pipeline.forget(document_id(job.collection_id, file))
            return
        progress = Progress(
            report=lambda state: self._jobs.report(job.id, file.key, state), cancelled=given_up.is_set
        )
        if given_up.is_set():
            return
        try:
            result = self._pipeline.ingest(file, collection_id=job.collection_id, progress=progress)
        except Cancelled:
            self._jobs.report(job.id, file.key, State.FOUND)
            return
        except Unavailable:
            given_up.set()  # the other files would fail in the same way; the job says why, and can be tried again
            raise
        self._jobs.settle(job.id, file.key, result)
        if file.source == UPLOAD and result.state is State.VISIBLE:
            file.path.unlink(missing_ok=True)  # the original is kept; one in quarantine may be tried again
        fields = {"job_id": job.id, "state": result.state, "collection_id": job.collection_id}
        log.info("document_settled", extra={"fields": fields})

    def _forget_vanished(self, job: Job) -> None:
        present = self._jobs.keys(job.id)
        for key, document in self._pipeline.catalog.of_source(job.collection_id, job.source).items():
            if key not in present:
                self._pipeline.forget(document)

    @contextmanager
    def _held(self, job: Job, stop: threading.Event) -> Iterator[threading.Event]:
        """Renew the lease while the body runs; the event given is set when the work must be given up."""
        given_up, ended = threading.Event(), threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT_S):
                try:
                    is_ours = self._jobs.beat(job.id, self._name, now=self._clock())
                except Unavailable:
                    continue  # the lease outlives a short absence of the database
                if stop.is_set() or not is_ours:
                    given_up.set()

        thread = threading.Thread(target=beat, name="ingest-heartbeat", daemon=True)
        thread.start()
        try:
            yield given_up
        finally:
            ended.set()
            thread.join()

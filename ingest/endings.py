"""Write down what became of the files of a job: the only place where one ends, or waits again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ingest.desk import Desk
from ingest.draft import Progress
from ingest.events import Fields, event, logger
from ingest.jobs import Job
from ingest.outcome import Again, Dropped, Ended, Outcome, PassedOn, SetAside, outcome_of
from ingest.types import Busy, Cancelled, Origin, SourceFile, State
from retrieval.errors import DocumentRejected

log = logger("ingest")


@dataclass(frozen=True)
class Endings:
    """Hold the job whose files end. Every method raises Unavailable."""

    desk: Desk
    job: Job
    owner: str
    is_stopping: Callable[[], bool]

    def broken(self, file: SourceFile, error: Exception) -> Outcome:
        """Return what becomes of a file after `error`; while the job stops, no file is charged with it."""
        if self.is_stopping():
            return Dropped()
        if not isinstance(error, DocumentRejected | Busy | Cancelled):
            self._log("document_broke", self.document(file), error=error)
        return outcome_of(error, self.desk.items.attempts(self.job.id, file.key), file_name=file.file_name)

    def act(self, file: SourceFile, outcome: Outcome) -> None:
        """Do what an outcome asks for. Only here does a file of the job end, or wait again."""
        items, job, key = self.desk.items, self.job.id, file.key
        match outcome:
            case PassedOn():
                pass
            case Dropped() | Again(is_attempt=False):
                items.report(job, key, State.FOUND)
            case Again():
                items.note_attempt(job, key)
            case SetAside(error):
                items.note_attempt(job, key)
                self.act(file, self._set_aside(file, error))
            case Ended(result):
                items.settle(job, {key: result})
                self.desk.pipeline.onlooker.ended(result)
                if file.origin is Origin.COPY and result.state is State.VISIBLE:
                    file.path.unlink(
                        missing_ok=True
                    )  # the original is kept; one in quarantine may be tried again
                self._log("document_settled", result.document_id, state=result.state)

    def _set_aside(self, file: SourceFile, error: DocumentRejected) -> Ended | Again:
        try:
            result = self.desk.pipeline.refuse(
                file, collection_id=self.job.collection_id, error=error, progress=self.progress(file)
            )
        except (Busy, Cancelled):  # the lease was lost: whoever has the document, or its next round, decides
            return Again(is_attempt=False)
        return Ended(result)

    def progress(self, file: SourceFile) -> Progress:
        """Return what follows a file of this job through the pipeline, and stops it with the job."""
        return Progress(
            report=lambda state: self.desk.items.report(self.job.id, file.key, state),
            cancelled=self.is_stopping,
            owner=self.owner,
        )

    def document(self, file: SourceFile) -> str | None:
        """Return the id of a file's document, if there is one."""
        return self.desk.inventory.document_at(self.job.collection_id, self.job.source, file.key)

    def _log(
        self, name: str, document: str | None, *, state: str = "", error: Exception | None = None
    ) -> None:
        fields: Fields = {"job_id": self.job.id, "collection_id": self.job.collection_id}
        if document is not None:
            fields["document_id"] = document
        if state:
            fields["state"] = state
        event(log, name, level=logging.ERROR if error else logging.INFO, exc_info=error, **fields)

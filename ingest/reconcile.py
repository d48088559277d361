"""Bring the catalog level with what a source lists, as far as no document has to be read for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.desk import Desk
from ingest.draft import Result
from ingest.events import event, logger
from ingest.jobs import RETRY, Job
from ingest.originals import fingerprint
from ingest.sync import Plan, pair_moves, plan_sync
from ingest.types import UPLOAD, SourceFile, State
from retrieval.errors import DocumentRejected

log = logger("ingest")


@dataclass(frozen=True)
class Reconciliation:
    """Hold one job whose files are compared with what is known."""

    desk: Desk
    job: Job
    is_cancelled: Callable[[], bool]

    def run(self) -> list[str]:
        """Settle at once what needs no reading; return the documents whose files are gone. Raises Unavailable."""
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
            if self.is_cancelled():
                break
            try:
                with self.desk.lend(self.job, file) as path:
                    found[file.key] = fingerprint(path)
            except DocumentRejected:
                event(log, "unreadable_when_compared", job_id=self.job.id)
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

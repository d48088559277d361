"""Finish what killed workers left half done: copies nobody reads, versions nobody shows, documents half forgotten.

Several workers may do so at once, beside others that are at work: whatever is touched is leased first, and a copy
counts as left behind only when nobody can be at it any more.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ingest.attempts import LEASE
from ingest.desk import Desk
from ingest.jobs import JobStore

SPOOL_AGE: Final = timedelta(hours=1)  # an upload is written before its job names it
STAGED_AGE: Final = timedelta(
    hours=6
)  # a document may take an hour to parse, and wait for the embedder after that


@dataclass(frozen=True)
class Clearing:
    """Clear up as the worker `name`. `is_alone` says that no other worker can live: nothing needs to be waited for."""

    jobs: JobStore
    desk: Desk
    name: str
    clock: Callable[[], datetime]
    is_alone: bool

    def run(self) -> None:
        """Do it once. Raises Unavailable; the rest is left for the next time."""
        if self.is_alone:
            self.jobs.release()
        self._sweep_staged()
        self._sweep_spool()
        for document, version in self.desk.inventory.left_over():
            self._forget_version(document, version)
        since = timedelta() if self.is_alone else LEASE  # another worker may be forgetting it at this moment
        for document in self.desk.inventory.forgotten_halfway(before=self.clock() - since):
            # Leased, so that a file that comes back meanwhile waits, instead of living on in what is being deleted.
            if self._take(document):
                self.desk.pipeline.forget(document)

    def _forget_version(self, document: str, version: str) -> None:
        if not self._take(document):
            return  # a worker has it, and will show this version or forget it
        try:
            if (document, version) in self.desk.inventory.left_over(of=document, held_by=self.name):
                self.desk.pipeline.forget_version(version)
        finally:
            self.desk.inventory.give_back(document, owner=self.name)

    def _take(self, document: str) -> bool:
        return self.desk.inventory.take(document, owner=self.name, now=self.clock())

    def _sweep_staged(self) -> None:
        age = timedelta() if self.is_alone else STAGED_AGE
        self.desk.pipeline.originals.sweep(before=(self.clock() - age).timestamp())

    def _sweep_spool(self) -> None:
        """Delete copies of uploads and attachments that nothing refers to any more."""
        used = self.desk.items.paths_in_use()
        oldest = (self.clock() - SPOOL_AGE).timestamp()
        for copy in self.desk.spool.glob("*"):
            with suppress(FileNotFoundError):  # another worker was faster
                if str(copy) not in used and copy.stat().st_mtime < oldest:
                    copy.unlink()

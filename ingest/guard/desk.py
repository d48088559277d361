"""Look through a document before it is indexed, and do what its collection says about personal data."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ingest.catalog import Document
from ingest.draft import Stopwatch
from ingest.guard.policy import Policy, counted, look, told
from ingest.versions import NewVersion
from retrieval.errors import HoldsPersonalData

REMEDY: Final = (
    "remove it and bring the document again, or let it in as it is if the collection is meant to hold it"
)


@dataclass(frozen=True, slots=True)
class Guard:
    """Hold who knows the policy of a collection."""

    policy: Callable[[str], Policy]  # of a collection's id

    def checked(self, document: Document, version: NewVersion) -> NewVersion:
        """Return the version with what was found. Raises HoldsPersonalData where the document is to wait.

        It does not wait where somebody let these very bytes in.
        """
        policy = self.policy(document.collection_id)
        if policy is Policy.INDEX:
            return version
        clock = Stopwatch()
        title = look(version.parsed.title, version.chunks[0].language)
        chunks = tuple(replace(chunk, personal=look(chunk.text, chunk.language)) for chunk in version.chunks)
        counts = counted([*title, *(mark for chunk in chunks for mark in chunk.personal or ())])
        clock.lap("guard")
        if counts and policy is Policy.QUARANTINE and document.cleared_sha256 != version.accepted.sha256:
            raise HoldsPersonalData(f"it holds personal data: {told(counts)}", remedy=REMEDY)
        return replace(version, chunks=chunks, personal=counts, timings_ms=version.timings_ms | clock.laps)

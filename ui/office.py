"""Speak to the API's routes of administration, as one person; what they may see and do is decided there."""

from ui.administered import CollectionState, Ordered, Remark, SetAside
from ui.client import Api, part
from ui.records import TakenIn


class Office(Api):
    """Call the API as one person, for administration too. Every method raises PageError, SessionEnded or Gone."""

    def collection_states(self) -> tuple[CollectionState, ...]:
        """Return the collections this person looks after."""
        return self._ask("GET", "/api/administration/collections", tuple[CollectionState, ...])

    def sync(self, source: str) -> str:
        """Return the id of the job that synchronises a source."""
        return self._ask("POST", f"/api/sources/{part(source)}/sync", TakenIn).job

    def set_aside(self) -> tuple[SetAside, ...]:
        """Return the quarantine of the collections this person looks after."""
        return self._ask("GET", "/api/quarantine", tuple[SetAside, ...])

    def try_again(self, documents: tuple[str, ...]) -> int:
        """Order documents read again; return how many jobs do so."""
        return len(self._ask("POST", "/api/retries", Ordered, json={"documents": documents}).jobs)

    def remarks(self) -> tuple[Remark, ...]:
        """Return what was noticed about documents this person looks after."""
        return self._ask("GET", "/api/remarks", tuple[Remark, ...])

    def accept(self, document: str) -> None:
        """Let a document with hidden text stay."""
        self._send("POST", f"/api/remarks/{part(document)}/accept")

"""Speak to the API's routes beside the dialogue: administration, audit, keys. What a person may is decided there."""

from ui.administered import (
    Checkup,
    CollectionState,
    DeletedAll,
    Key,
    MadeKey,
    Ordered,
    Remark,
    Said,
    SetAside,
    Stock,
    UsageReport,
    WeekRow,
)
from ui.audit_records import AnswersUsing, AuditPage, Chain, Wanted
from ui.client import Api, part
from ui.emergency_records import AccessRequest
from ui.intake_records import TakenIn
from ui.recorded_records import Recorded, Seen
from ui.records import Conversation, Heading

VERIFY_TIMEOUT_S = 300.0  # nine million records
PATIENCE_S = 900.0  # for what reads every original, or has a model on a processor answer a dozen times
PAPERS_IN = frozenset({"de", "en", "fr"})


class Office(Api):
    """Call the API as one person, for these routes too. Every method raises PageError, SessionEnded or Gone."""

    def collection_states(self) -> tuple[CollectionState, ...]:
        """Return the collections this person looks after."""
        return self._ask("GET", "/api/administration/collections", tuple[CollectionState, ...])

    def sync(self, source: str) -> str:
        """Return the id of the job that synchronises a source."""
        return self._ask("POST", f"/api/sources/{part(source)}/sync", TakenIn).job

    def cancel_job(self, job_id: str) -> None:
        """Cancel a job; what is already taken in stays."""
        self._send("DELETE", f"/api/jobs/{part(job_id)}")

    def delete_document(self, document_id: str) -> None:
        """Delete a document and everything derived from it."""
        self._send("DELETE", f"/api/documents/{part(document_id)}")

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

    def usage_weeks(self, *, collection: str) -> tuple[WeekRow, ...]:
        """Return the weeks that are told of, the latest first, of a collection or "" for the house."""
        path = f"/api/usage/weeks?collection={part(collection)}"
        return self._ask("GET", path, tuple[WeekRow, ...], timeout=PATIENCE_S)

    def usage(self, *, collection: str, week: str) -> UsageReport:
        """Return the report on a week, by its Monday, of a collection or "" for the house."""
        path = f"/api/usage?collection={part(collection)}&week={part(week)}"
        return self._ask("GET", path, UsageReport, timeout=PATIENCE_S)

    def said(self, collection: str) -> tuple[Said, ...]:
        """Return what is said of answers from a collection that one manages; Gone for all others."""
        return self._ask("GET", f"/api/collections/{part(collection)}/feedback", tuple[Said, ...])

    def checkup(self) -> Checkup:
        """Return what can be found out in seconds."""
        return self._ask("GET", "/api/checkup", Checkup, timeout=PATIENCE_S)

    def examine_model(self) -> Checkup:
        """Return what the model's server takes and keeps to; takes up to minutes."""
        return self._ask("GET", "/api/checkup/model", Checkup, timeout=PATIENCE_S)

    def compare_stock(self) -> Stock:
        """Return whether everything that is kept fits together; takes as long as reading it all."""
        return self._ask("GET", "/api/consistency", Stock, timeout=PATIENCE_S)

    def recorded(self) -> Recorded:
        """Return what is recorded of everybody here."""
        return self._ask("GET", "/api/recorded", Recorded)

    def accesses(self) -> tuple[Seen, ...]:
        """Return when others could read one's own chats, newest first."""
        return self._ask("GET", "/api/accesses", tuple[Seen, ...])

    def papers(self, language: str) -> bytes:
        """Return the compliance papers as a zip; languages that they are not written in get English."""
        written = language if language in PAPERS_IN else "en"
        return self._send("GET", f"/api/compliance/export?language={written}", timeout=PATIENCE_S).content

    def export_mine(self, language: str) -> bytes:
        """Return all that is kept of oneself as a zip, its pages in this language."""
        return self._send("GET", f"/api/me/export?language={part(language)}", timeout=PATIENCE_S).content

    def delete_conversations(self) -> int:
        """Delete all one's conversations for good; return how many."""
        return self._ask("DELETE", "/api/conversations", DeletedAll).conversations

    def access_requests(self) -> tuple[AccessRequest, ...]:
        """Return every request to read somebody's chats, newest first; administrators only."""
        return self._ask("GET", "/api/break-glass", tuple[AccessRequest, ...])

    def ask_access(self, person: str, reason: str, *, hours: int) -> None:
        """Ask to read somebody's chats."""
        wanted = {"person": person, "reason": reason, "hours": hours}
        self._send("POST", "/api/break-glass", json=wanted)

    def approve_access(self, request: str) -> None:
        """Approve what another administrator asked for."""
        self._send("POST", f"/api/break-glass/{part(request)}/approval")

    def end_access(self, request: str) -> None:
        """Withdraw, refuse or give back a request."""
        self._send("DELETE", f"/api/break-glass/{part(request)}")

    def opened_conversations(self, request: str) -> tuple[Heading, ...]:
        """Return the conversations that a request opens to whoever asked."""
        return self._ask("GET", f"/api/break-glass/{part(request)}/conversations", tuple[Heading, ...])

    def opened_conversation(self, request: str, conversation: str) -> Conversation:
        """Return one of them; each look is on record."""
        path = f"/api/break-glass/{part(request)}/conversations/{part(conversation)}"
        return self._ask("GET", path, Conversation)

    def keys(self) -> tuple[Key, ...]:
        """Return one's keys, the newest first."""
        return self._ask("GET", "/api/keys", tuple[Key, ...])

    def make(self, name: str, scopes: tuple[str, ...], *, days: int) -> MadeKey:
        """Make a key."""
        return self._ask("POST", "/api/keys", MadeKey, json={"name": name, "scopes": scopes, "days": days})

    def revoke(self, key: str) -> None:
        """Take a key back."""
        self._send("DELETE", f"/api/keys/{part(key)}")

    def audit(self, wanted: Wanted, *, before: int = 0) -> AuditPage:
        """Return records of the audit trail, newest first; auditors only."""
        return self._ask("GET", "/api/audit", AuditPage, params=[*wanted.query(), ("before", str(before))])

    def audit_lines(self, wanted: Wanted) -> bytes:
        """Return all records that are wanted as JSON lines; auditors only."""
        return self._send("GET", "/api/audit/export", params=wanted.query()).content

    def verify_audit(self) -> Chain:
        """Return whether the chain of the audit trail is whole, looked through anew; auditors only."""
        return self._ask("GET", "/api/audit/verify", Chain, timeout=VERIFY_TIMEOUT_S)

    def answers_using(self, document_id: str) -> AnswersUsing:
        """Return which answers used a document, without a word of theirs; auditors only."""
        return self._ask("GET", f"/api/audit/answers?document={part(document_id)}", AnswersUsing)

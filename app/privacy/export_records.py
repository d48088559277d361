"""Say what the files of an export hold; the export carries the schema that is made of this.

A change that a program would stumble over takes another FORMAT. Times are UTC, ISO 8601.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = "intramuros-person-1"


class Record(BaseModel):
    """Hold one record; nothing beside what it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionRecord(Record):
    """Describe a sign-in."""

    created_at: str
    seen_at: str = Field(description="Of the last request, to the minute.")
    expires_at: str
    ended_at: str | None = Field(description="By signing out.")


class KeyRecord(Record):
    """Describe an API key without what opens."""

    name: str
    scopes: tuple[str, ...]
    created_at: str
    seen_at: str | None
    expires_at: str


class AccessRecord(Record):
    """Tell that the person's chats were open to others: who asked and approved, why, when, how many were read."""

    requested_by: str
    approved_by: str
    reason: str
    since: str
    until: str
    reads: int


class AccountRecord(Record):
    """Describe an account: account.json."""

    format: Literal["intramuros-person-1"] = FORMAT
    id: str
    name: str
    title: str
    role: str
    groups: tuple[str, ...] = Field(description="As the company's sign-in told them, or an administrator.")
    groups_around: tuple[str, ...] = Field(description="That those lie in, by the settings.")
    issuer: str | None = Field(description="The company's sign-in that vouches; null for a local account.")
    subject: str | None = Field(description="Who this is there.")
    signed_in_at: str | None = Field(description="Through it, last.")
    is_disabled: bool
    restricted_at: str | None = Field(description="Since when the data is kept and not used.")
    reads: tuple[str, ...] = Field(description="Collections whose rule names the account itself.")
    manages: tuple[str, ...] = Field(description="Collections that the account itself looks after.")
    sessions: tuple[SessionRecord, ...]
    api_keys: tuple[KeyRecord, ...]
    accesses: tuple[AccessRecord, ...] = Field(
        description="That are over; of one that lasts the person is told after."
    )


class SentenceRecord(Record):
    """Hold a sentence of an answer with the numbers of the sources it cites and what the check found."""

    text: str
    citations: tuple[int, ...]
    verdict: str


class SourceRecord(Record):
    """Name a passage that an answer was made from; only those that the person may read at the time of the export."""

    number: int = Field(description="As cited, from 1.")
    document_id: str
    title: str
    file_name: str
    collection: str
    heading_path: tuple[str, ...]
    page: int | None
    cells: str | None
    dated: str


class FeedbackRecord(Record):
    """Hold what the person thought of an answer."""

    value: str
    kinds: tuple[str, ...]
    reason: str
    has_question: bool = Field(
        description="The question was sent along to those who look after the documents."
    )
    created_at: str


class AnswerRecord(Record):
    """Hold an answer."""

    id: str
    ai_generated: bool
    digital_source_type: str | None = Field(description="IPTC's term where a model had a part in it.")
    model: str
    outcome: str
    language: str
    notice: str | None
    sentences: tuple[SentenceRecord, ...]
    sources: tuple[SourceRecord, ...]
    withheld_sources: int = Field(
        description="That the person may not read any more; what rests on them is left out."
    )
    feedback: FeedbackRecord | None
    searched: tuple[str, ...] | None = Field(description="Collections that were chosen; null for all.")


class MessageRecord(Record):
    """Hold a question or an answer."""

    role: Literal["user", "assistant"]
    created_at: str
    text: str
    answer: AnswerRecord | None = Field(description="Of the assistant alone.")


class ConversationRecord(Record):
    """Hold a conversation."""

    id: str
    title: str
    created_at: str
    updated_at: str
    messages: tuple[MessageRecord, ...]


class ConversationsFile(Record):
    """Hold all conversations, the oldest first: conversations.json."""

    format: Literal["intramuros-person-1"] = FORMAT
    conversations: tuple[ConversationRecord, ...]


class UploadRecord(Record):
    """Describe a document that the person handed over."""

    id: str
    file_name: str
    title: str
    collection: str
    state: str
    created_at: str
    expires_at: str | None
    size_bytes: int | None
    file: str | None = Field(description="Where in this export it lies; null for what others may read too.")


class OrderRecord(Record):
    """Describe what the person ordered: files to be taken in, or documents removed."""

    id: str
    kind: str
    collection: str
    state: str
    created_at: str
    finished_at: str | None
    files: tuple[str, ...] = Field(description="Names of those handed over by the person.")


class UploadsFile(Record):
    """Hold what was handed over and ordered: uploads.json."""

    format: Literal["intramuros-person-1"] = FORMAT
    documents: tuple[UploadRecord, ...]
    orders: tuple[OrderRecord, ...]


class AuditRecord(Record):
    """Hold a record of the audit trail."""

    seq: int
    at: str
    kind: str
    outcome: str
    by: Literal["you", "operator", "somebody else"]
    about: dict[str, Any] = Field(description="Ids, counts and keyed fingerprints.")
    source: str | None = Field(description="Network address of one's own request, where it is noted.")


class AuditFile(Record):
    """Hold what is on record of and about the person, the oldest first: audit.json."""

    format: Literal["intramuros-person-1"] = FORMAT
    records: tuple[AuditRecord, ...]


class PartRecord(Record):
    """Say what a file of the export holds, and of which store of the house."""

    file: str
    stores: tuple[str, ...]
    count: int


class LeftOut(Record):
    """Say why what a store holds is not in the export."""

    store: str
    why: str


class AboutFile(Record):
    """Say what this export is: about.json."""

    format: Literal["intramuros-person-1"] = FORMAT
    site: str
    release: str
    exported_at: str
    account: str
    ai_notice: str
    parts: tuple[PartRecord, ...]
    left_out: tuple[LeftOut, ...]


FILES: Final[dict[str, type[Record]]] = {
    "about.json": AboutFile,
    "account.json": AccountRecord,
    "conversations.json": ConversationsFile,
    "uploads.json": UploadsFile,
    "audit.json": AuditFile,
}


def schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of every file by its name."""
    return {
        "format": FORMAT,
        "files": {name: kind.model_json_schema(mode="serialization") for name, kind in FILES.items()},
    }

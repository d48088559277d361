"""Hold the texts of the auditor's place; `ui.words` takes them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditWords:
    """Hold the texts of one language for auditors. Braces are filled with str.format."""

    audit: str = "Audit"
    audit_hint: str = (
        "Who did what to which documents and answers, by pseudonym. Your searches are on record too."
    )
    audit_unchecked: str = "These records have not been checked yet."
    audit_unchecked_hint: str = "Checking goes through all of them and shows whether one was touched."
    audit_whole: str = "The records are whole."
    audit_whole_hint: str = (
        "{records} records, last checked on {time}. None was changed, put in, moved or taken out."
    )
    audit_broken: str = "The records were touched."
    audit_broken_hint: str = (
        "Checked on {time}. {faults} Leave database, key and anchors as they are, and tell whoever runs this "
        "installation."
    )
    audit_fault: str = "Record {seq} {message}."
    audit_check: str = "Check now"
    audit_from: str = "From"
    audit_to: str = "To, that day included"
    audit_kinds: str = "What happened"
    audit_any: str = "Anything"
    audit_actor: str = "Pseudonym"
    audit_thing: str = "Id of a document, conversation or answer"
    audit_search: str = "Search"
    audit_none: str = "No record matches."
    audit_table: str = "Records, newest first"
    audit_columns: tuple[str, ...] = ("No.", "Time (UTC)", "What happened", "Outcome", "Who", "Of what")
    audit_newer: str = "Newer"
    audit_older: str = "Older"
    audit_download: str = "Download all that match"
    audit_nobody: str = "unknown"
    audit_using: str = "Which answers used a document"
    audit_using_hint: str = "Answers are named by their ids. What was asked and answered is not shown."
    audit_document: str = "Id of the document"
    audit_show: str = "Show answers"
    audit_unused: str = "No answer on record used this document."
    audit_more: str = "There are more; these are the newest."
    audit_answer_columns: tuple[str, ...] = ("Answer", "Time (UTC)", "Who", "Outcome", "Used how")
    audit_cited: str = "cited"
    audit_read: str = "read"
    audit_events: tuple[tuple[str, str], ...] = (
        ("sign-in", "signed in"),
        ("sign-out", "signed out"),
        ("sign-in-denied", "sign-in refused"),
        ("access-denied", "access refused"),
        ("acted-as", "acted as another"),
        ("question", "question taken in"),
        ("retrieval", "documents read"),
        ("answer", "answer ended"),
        ("document-opened", "document opened"),
        ("admin-view", "states looked at"),
        ("ingestion", "intake ordered"),
        ("access-changed", "rights changed"),
        ("erasure", "deletion ordered"),
        ("export", "exported"),
        ("key-made", "key made"),
        ("key-revoked", "key revoked"),
        ("hold", "legal hold"),
        ("break-glass", "somebody's chats"),
        ("retention", "end of a term"),
        ("configuration", "house started"),
        ("audit-search", "audit searched"),
        ("audit-verified", "records checked"),
        ("checkpoint", "old records purged"),
    )

"""Hold every text the page shows, in English; the other languages are catalogues of these, `locale/<language>.po`.

An entry's `msgctxt` is the attribute, in a table with a dot and the row's key; its `msgid` is the English text.
`tests/test_ui_words.py` prints the entries that a catalogue lacks.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from ui.administration_words import AdministrationWords
from ui.audit_words import AuditWords
from ui.emergency_words import EmergencyWords
from ui.key_words import KeyWords
from ui.languages import LANGUAGES, REFERENCE, UNTRANSLATED, Counted, catalogue, of_reader, translated
from ui.own_data_words import OwnDataWords
from ui.problem_words import ProblemWords
from ui.question_words import QuestionWords
from ui.recorded_words import RecordedWords
from ui.viewer_words import ViewerWords


@dataclass(frozen=True)
class Words(
    AdministrationWords,
    AuditWords,
    EmergencyWords,
    KeyWords,
    OwnDataWords,
    ProblemWords,
    QuestionWords,
    RecordedWords,
    ViewerWords,
):
    """Hold the texts of one language. Braces are filled with `format` by the caller; Counted is for what is counted."""

    # sign-in
    tagline: str = "Answers from your company's own documents. Nothing leaves the house."
    sign_in: str = "Sign in"
    sign_out: str = "Sign out"
    user: str = "User name"
    password: str = "Password"  # noqa: S105 - the label of a field
    persona_heading: str = "Try it as"
    persona_hint: str = "Demo accounts of this trial. Each sees only what their groups may read."
    persona_enter: str = "Continue as {name}"
    own_account: str = "Sign in with your account"
    provider_sign_in: str = "Sign in with your company account"
    provider_hint: str = (
        "You sign in where your company always signs you in; your password is never seen here."
    )
    provider_missing: str = "This page does not know the company's sign-in."
    provider_missing_remedy: str = "Tell your administrator: it was started without --issuer."
    session_ended: str = "Your session has ended. Please sign in again; your conversations are still here."
    signed_out: str = "You are signed out."
    # asking
    ask_placeholder: str = "Ask your documents…"
    ask_waiting: str = "An answer is being written…"
    welcome: str = "What would you like to know?"
    welcome_scope: Counted = Counted(
        "I look into {count} document that you may read, and cite each one I use.",
        "I look into {count} documents that you may read, and cite each one I use.",
    )
    welcome_empty: str = "There is nothing here for you to read yet. Upload a document to begin."
    welcome_loading: str = "Until it is ready you get the passages that are found, without an answer."
    ai_notice: str = (
        "You are talking to an AI system. Its answers are generated from documents and checked against them, "
        "yet they can be wrong: open the citation before you rely on one."
    )
    ai: str = "AI"
    ai_label: str = "AI-generated"
    suggest: str = "For example"
    quote_only: str = "Only quote"
    quote_only_hint: str = (
        "Answers consist of sentences as they stand in the documents, in the documents' language. "
        "Off: the model writes in your language, and each sentence is checked."
    )
    ask_next: str = "Ask next"
    suggestions: tuple[str, ...] = field(
        default=(
            "What is the hotel cap per night in France?",
            "How quickly must a lost notebook be reported?",
            "Wie hoch ist der Zuschlag für Überstunden am Samstag?",
            "À partir de quelle heure le soir les taxis sont-ils remboursés ?",
        ),
        metadata={UNTRANSLATED: "each in the language of the sample document that answers it"},
    )
    searching: str = "Looking through the documents you may read"
    waiting: str = "Many are asking · you are number {position} in the line"
    reading: Counted = Counted("Reading {count} passage", "Reading {count} passages")
    checking: str = "Writing · each sentence is checked when the answer is complete"
    stop: str = "Stop"
    asked_when_read: str = "Your question is asked as soon as the files are read"
    own_files: str = "My files: {count}"
    own_files_hint: str = "Only you see them, and only your questions look into them."
    own_until: str = "kept until {day}"
    own_delete: str = "Delete {name}"
    scope: str = "Search in: {names}"
    scope_all: str = "all collections"
    scope_hint: str = "Nothing chosen means all that you may read."
    scope_label: str = "Collections to search"
    searched: str = "Searched: {names}"
    edit: str = "Edit the question"
    ask_again: str = "Ask again"
    edit_cuts: str = "What was asked and answered after it is deleted."
    leave_it: str = "Leave it as it is"
    connection_lost: str = "The connection broke and could not be resumed."
    connection_lost_remedy: str = "Open the conversation again in a moment; the answer is kept."
    # answers
    nearest: str = "Nearest passages"
    passages_only: str = "Passages instead of an answer"
    passages_loading: str = (
        "The language model is still loading. These passages were found for your question."
    )
    stopped: str = "Stopped"
    failed: str = "No answer could be written."
    failed_remedy: str = "Ask again; if it keeps failing, tell your administrator."
    checked: Counted = Counted(
        "{supported} of {claims} sentence supported",
        "{supported} of {claims} sentences supported",
        by="claims",
    )
    quoted: str = "Word for word from the documents: {claims} · whether it answers you, see the source"
    legend: tuple[tuple[str, str], ...] = (
        ("supported", "supported"),
        ("repaired", "citation corrected"),
        ("unsupported", "no source"),
    )
    unsupported_flag: str = "no source"
    chip_label: str = "Source {number}: {title}. {verdict}"
    verdicts: tuple[tuple[str, str], ...] = (
        ("quoted", "It stands there word for word"),
        ("supported", "The passage supports this sentence"),
        ("repaired", "The citation was corrected by the check"),
        ("unsupported", "No passage supports this sentence"),
    )
    copy: str = "Copy with sources"
    copy_sentence: str = "Copy this sentence with its source"
    copied: str = "Copied"
    good: str = "Helpful"
    bad: str = "Not helpful"
    reason: str = "What was wrong?"
    reasons: tuple[tuple[str, str], ...] = (
        ("wrong", "wrong"),
        ("incomplete", "incomplete"),
        ("outdated", "outdated document"),
        ("not_found", "not found though it exists"),
        ("badly_worded", "badly worded"),
    )
    reason_words: str = "In your own words (optional)"
    reason_read_by: str = (
        "Is read by those who look after the collection, without your name. Do not name persons."
    )
    reason_question: str = "Send my question along"
    reason_send: str = "Send"
    thanks: str = "Thank you."
    # viewer
    source_of: str = "Source {number} of {count}"
    previous: str = "Previous source"
    following: str = "Next source"
    close: str = "Close the document"
    download: str = "Download the original"
    page: str = "page {page}"
    pages: Counted = Counted("{pages} page", "{pages} pages")
    gone: str = "This document is no longer available to you."
    gone_hint: str = "It was removed, or your rights to it have changed."
    sheet: str = "sheet {page}"
    slide: str = "slide {page}"
    open_document: str = "Open the document"
    page_image: str = "Page {page} of {title}, the cited passage highlighted"
    as_text: str = "As text"
    # language and furniture
    language: str = "Language"
    skip: str = "Skip to the content"
    answer_there: str = "The answer is complete."
    sidebar: str = "Conversations and places"
    sidebar_hide: str = "Hide the sidebar"
    sidebar_show: str = "Show the sidebar"
    send: str = "Send the question"
    rate: str = "Rate the answer"
    password_show: str = "Show the password"  # noqa: S105 - the label of a button
    password_hide: str = "Hide the password"  # noqa: S105 - as above, too
    explanation: str = "Explanation"
    message: str = "Message"
    list_open: str = "Open the list"
    choose: str = "Choose"
    browse: str = "Choose files"
    page_list: str = "Pages"
    page_before: str = "Previous page"
    page_after: str = "Next page"
    # sidebar
    new_conversation: str = "New conversation"
    find_conversation: str = "Find a conversation"
    no_such_conversation: str = "No conversation holds all these words."
    more: str = "Show more"
    export: str = "Export as {form}"
    yesterday: str = "Yesterday"
    week: str = "Last 7 days"
    month: str = "Last 30 days"
    today: str = "Today"
    earlier: str = "Earlier"
    no_conversations: str = "Your conversations will appear here."
    untitled: str = "New conversation"
    conversation_gone: str = "This conversation is not yours, or it was deleted."
    rename: str = "Rename"
    delete: str = "Delete"
    delete_sure: str = "Delete this conversation for good?"
    conversation_menu: str = "Conversation options"
    save: str = "Save"
    deleted: str = "The conversation is deleted."
    model_ready: str = "Model ready"
    model_loading: str = "Model loading"
    model_down: str = "Model not reachable"
    # documents
    documents: str = "Documents"
    documents_hint: str = "Everything you may read, and what answers to you are written from."
    find: str = "Find a document"
    all_collections: str = "All collections"
    no_documents: str = "No document matches."
    upload: str = "Add documents"
    upload_hint: str = (
        "PDF, Word, PowerPoint, Excel, HTML, mail, scans, pictures, Markdown, text or CSV, up to 50 MB each"
    )
    upload_where: str = "Collection"
    upload_readers: str = "Who may read them"
    upload_me: str = "Only me"
    upload_all: str = "The collection's readers"
    upload_start: str = "Take in"
    upload_taken: str = "Files handed over: {count}. Follow them under “{place}”."
    declaration: str = "Owner {owner} · {purpose} · {confidentiality} · kept {retention}"
    retention_days: Counted = Counted("{days} day", "{days} days")
    retention_open: str = "until withdrawn"
    states: tuple[tuple[str, str], ...] = (
        ("found", "waiting"),
        ("parsing", "being read"),
        ("embedding", "being indexed"),
        ("visible", "ready"),
        ("quarantined", "set aside"),
        ("forgotten", "removed"),
    )
    # jobs
    jobs: str = "Intake"
    jobs_hint: str = "What is being taken in, and what was set aside with the reason."
    no_jobs: str = "Nothing is being taken in."
    job_states: tuple[tuple[str, str], ...] = (
        ("queued", "waiting"),
        ("running", "running"),
        ("done", "done"),
        ("cancelled", "cancelled"),
        ("failed", "failed"),
    )
    job_progress: Counted = Counted("{done} of {total} document", "{done} of {total} documents", by="total")
    job_failed: str = "{failed} set aside"
    cancel: str = "Cancel"
    quarantine: str = "Set aside"
    quarantine_none: str = "Nothing is set aside."


@lru_cache(maxsize=len(LANGUAGES))
def words_in(language: str) -> Words:
    """Return the texts of a language; a text that its catalogue lacks is the English one."""
    return Words() if language == REFERENCE else translated(Words(), catalogue(language))


class _OfReader:
    """Stand for the texts of whoever the page is drawn for: each access asks anew who that is."""

    def __getattr__(self, name: str) -> object:
        return getattr(words_in(of_reader()), name)


WORDS = cast(Words, _OfReader())

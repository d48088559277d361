"""Hold every text the page shows. One record a language; English is the reference and fills in for the rest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Hold the texts of one language. Braces are filled with str.format by the caller."""

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
    ask: str = "Ask"
    ask_placeholder: str = "Ask your documents…"
    ask_waiting: str = "An answer is being written…"
    welcome: str = "What would you like to know?"
    welcome_scope: str = "I look into {count} documents that you may read, and cite each one I use."
    welcome_empty: str = "There is nothing here for you to read yet. Upload a document to begin."
    ai_notice: str = (
        "You are talking to an AI system. Its answers are generated from documents and checked against them, "
        "yet they can be wrong: open the citation before you rely on one."
    )
    ai_label: str = "AI-generated"
    suggest: str = "For example"
    quote_only: str = "Only quote"
    quote_only_hint: str = (
        "Answers consist of sentences as they stand in the documents, in the documents' language. "
        "Off: the model writes in your language, and each sentence is checked."
    )
    ask_next: str = "Ask next"
    suggestions: tuple[str, ...] = (  # to the sample company
        "What is the hotel cap per night in France?",
        "How quickly must a lost notebook be reported?",
        "Wie hoch ist der Zuschlag für Überstunden am Samstag?",
        "À partir de quelle heure le soir les taxis sont-ils remboursés ?",
    )
    searching: str = "Looking through the documents you may read"
    waiting: str = "Many are asking · you are number {position} in the line"
    reading: str = "Reading {count} passages"
    checking: str = "Writing · each sentence is checked when the answer is complete"
    stop: str = "Stop"
    connection_lost: str = "The connection broke and could not be resumed."
    connection_lost_remedy: str = "Open the conversation again in a moment; the answer is kept."
    sources: str = "Sources"
    # answers
    nearest: str = "Nearest passages"
    passages_only: str = "Passages instead of an answer"
    passages_loading: str = (
        "The language model is still loading. These passages were found for your question."
    )
    stopped: str = "Stopped"
    failed: str = "No answer could be written."
    failed_remedy: str = "Ask again; if it keeps failing, tell your administrator."
    checked: str = "{supported} of {claims} sentences supported"
    quoted: str = "Word for word from the documents: {claims} · whether it answers you, see the source"
    legend: tuple[tuple[str, str], ...] = (
        ("supported", "supported"),
        ("repaired", "citation corrected"),
        ("unsupported", "no source"),
    )
    unsupported_flag: str = "no source"
    chip_label: str = "Open source {number}: {title}. {verdict}"
    verdicts: tuple[tuple[str, str], ...] = (
        ("quoted", "It stands there word for word"),
        ("supported", "The passage supports this sentence"),
        ("repaired", "The citation was corrected by the check"),
        ("unsupported", "No passage supports this sentence"),
    )
    copy: str = "Copy with sources"
    copied: str = "Copied"
    good: str = "Helpful"
    bad: str = "Not helpful"
    reason: str = "What was wrong? (optional)"
    reason_send: str = "Send"
    thanks: str = "Thank you."
    # viewer
    source_of: str = "Source {number} of {count}"
    previous: str = "Previous source"
    following: str = "Next source"
    close: str = "Close the document"
    download: str = "Download the original"
    page: str = "page {page}"
    pages: str = "{pages} pages"
    gone: str = "This document is no longer available to you."
    gone_hint: str = "It was removed, or your rights to it have changed."
    sheet: str = "sheet {page}"
    slide: str = "slide {page}"
    open_document: str = "Open the document"
    page_image: str = "Page {page} of {title}, the cited passage highlighted"
    as_text: str = "As text"
    # sidebar
    new_conversation: str = "New conversation"
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
    retention_days: str = "{days} days"
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
    job_progress: str = "{done} of {total} documents"
    job_failed: str = "{failed} set aside"
    cancel: str = "Cancel"
    quarantine: str = "Set aside"
    quarantine_none: str = "Nothing is set aside."
    job_names: tuple[tuple[str, str], ...] = (  # by what it does; an upload and a folder are other things
        ("sync", "Sync of {source}"),
        ("ingest", "Intake from {source}"),
        ("retry", "Another attempt"),
        ("remove", "Removal"),
    )
    job_upload: str = "Upload of {count} file(s)"
    job_by: str = "{job} by {name}"
    job_by_me: str = "{job} by you"
    job_by_schedule: str = "{job}, ordered by the schedule"
    job_by_operator: str = "{job}, ordered on the command line"
    job_pages_per_s: str = "{pages} pages/s"
    job_left: str = "{time} left"
    job_measuring: str = "measuring the pace"
    job_unchanged: str = "{unchanged} unchanged"
    job_cancel_of: str = "Cancel: {job}"
    jobs_running: str = "Under way"
    jobs_over: str = "Finished ({count})"
    seconds: str = "{count} s"
    minutes: str = "{count} min"
    hours: str = "{count} h"
    again_one: str = "Try again"
    again_of: str = "Try {file} again"
    again_all: str = "Try all {count} again"
    again_none: str = "No source brings this document again. Add it once more."
    remove: str = "Remove"
    remove_of: str = "Remove {file}"
    remove_sure: str = "The document and everything derived from it are deleted for good."
    remove_now: str = "Remove for good"
    more: str = "and {count} more"
    review: str = "To look at"
    review_hint: str = (
        "Text that a person would not see was found in these. It is not searchable; decide whether they stay."
    )
    review_none: str = "Nothing waits for a decision."
    accept: str = "Let it stay"
    accept_of: str = "Let {file} stay"
    poor_pages: str = "pages that could hardly be read: {pages}"
    poor: str = "Hard to read"
    # collections, for those who look after them
    collections: str = "Collections"
    collections_hint: str = "What each collection declares, where its documents come from, and what it lacks."
    collections_none: str = (
        "No collection is declared yet. Declare one in the settings file, under [[collections]]."
    )
    purpose: str = "Purpose"
    legal_basis: str = "Legal basis"
    owner: str = "Owner"
    kept: str = "Kept"
    confidentiality: str = "Confidentiality"
    readers: str = "Readers"
    managers: str = "Managers"
    nobody: str = "nobody"
    everyone: str = "everyone"
    group: str = "group {name}"
    contents: str = "Documents"
    contents_none: str = "none yet"
    sources_of: str = "Where documents come from"
    sources_none: str = "No source is declared; documents come by upload."
    every: str = "every {minutes} min"
    watched: str = "whenever something changes"
    on_demand: str = "on demand"
    last_run: str = "last run {time}: {outcome}"
    last_never: str = "never run"
    next_run: str = "next by {time}"
    run_outcome: str = "{state}, {total} files, {failed} set aside"
    sync_now: str = "Sync now"
    sync_of: str = "Sync {source} now"
    sync_placed: str = "Ordered. Follow it under “{place}”."
    as_declared: str = "As the settings file declares it"
    as_declared_hint: str = (
        "Declarations are changed in the settings file, so that each is reviewed and kept; they take effect when "
        "the server starts. Copy these lines to begin with."
    )
    lacks: tuple[tuple[str, str, str], ...] = (  # what, in one sentence, and what to do
        (
            "not_declared",
            "The settings file does not name this collection any more.",
            "Declare it again, or remove its documents.",
        ),
        ("no_readers", "Nobody may read it.", "Name its readers, unless each document has its own."),
        ("no_managers", "Only administrators look after it.", "Name its managers."),
        ("empty", "It holds nothing.", "Declare a source for it, or upload documents."),
        ("set_aside", "Documents set aside: {count}.", "See the reasons under “{intake}”."),
        ("to_review", "Documents with hidden text: {count}.", "Decide about them under “{intake}”."),
        (
            "place_gone",
            "The folder of {source} cannot be entered.",
            "Mount it again, or check its path and permissions.",
        ),
        ("sync_failed", "The last sync of {source} failed.", "See why under “{intake}”, then sync again."),
        (
            "overdue",
            "{source} has not been synchronised when it was due.",
            "Sync it by hand; if that is refused, the reason is shown.",
        ),
        ("never_synced", "{source} has never been synchronised.", "Sync it now."),
    )
    # usage
    usage: str = "Usage and quality"
    usage_hint: str = (
        "What is asked and how well it is answered, week by week. Nobody is named or counted alone."
    )
    usage_rule: str = (
        "A figure is shown only where at least {fewest} people are behind it, and left out as well where a smaller one "
        "could be computed from it. Reports are of whole weeks that are over (Monday to Sunday, UTC)."
    )
    usage_hidden: str = "–"
    bars_none: str = "Too few people are behind each of these figures."
    usage_none: str = "In this week fewer than {fewest} people asked. Nothing is shown of it."
    usage_week: str = "Week from"
    usage_of: str = "Of"
    usage_house: str = "the whole house"
    week_column: str = "Week from"
    day_column: str = "Day"
    questions: str = "Questions"
    by_week: str = "Questions by week"
    by_day: str = "Questions by day"
    by_outcome: str = "What became of them"
    outcome_column: str = "Outcome"
    share: str = "Share"
    outcomes: tuple[tuple[str, str], ...] = (
        ("answered", "answered"),
        ("refused", "not in the documents"),
        ("passages_only", "passages only"),
        ("stopped", "stopped by the asker"),
        ("failed", "failed"),
    )
    thumbs: str = "Judged by the askers"
    thumbs_up: str = "helpful"
    thumbs_down: str = "not helpful"
    answers_column: str = "Answers"
    times: str = "How long it took"
    stage_column: str = "Stage"
    median: str = "Median"
    p95: str = "95 of 100 within"
    stages: tuple[tuple[str, str], ...] = (
        ("search", "search"),
        ("queue", "waiting for the model"),
        ("quoting", "choosing quotations"),
        ("first_token", "first word"),
        ("generation", "writing"),
        ("total", "from question to answer"),
    )
    cited_most: str = "Documents cited most"
    cited_none: str = "No document was cited to {fewest} people."
    by_collection: str = "By collection"
    collection_column: str = "Collection"
    document_column: str = "Document"
    as_table: str = "As a table"
    # health
    health: str = "Health"
    health_hint: str = "Whether everything that an answer needs is there, and what to do where it is not."
    check_again: str = "Check again"
    check_thorough: str = "Examine the model's server"
    check_thorough_hint: str = (
        "Puts a dozen small requests to it: context, stop, sampling. Takes up to a minute on a processor."
    )
    check_stock: str = "Compare everything that is kept"
    check_stock_hint: str = (
        "Reads every original and compares it with database, index and citations; it may take long."
    )
    checked_at: str = "Checked {time}"
    severities: tuple[tuple[str, str], ...] = (
        ("ok", "in order"),
        ("warning", "look at it"),
        ("error", "does not work"),
    )
    stock_fits: str = (
        "{documents} documents, {chunks} passages in the index and {originals} originals fit together."
    )
    # errors
    unreachable: str = "Intramuros is not reachable right now."
    unreachable_remedy: str = (
        "It may be starting. Try again in a moment; if it lasts, tell your administrator."
    )
    odd_reply: str = "Intramuros gave a reply this page does not understand."
    odd_reply_remedy: str = "The page and the API differ in version. Tell your administrator."
    refused: str = "This did not work."
    refused_remedy: str = "Try again; if it keeps failing, tell your administrator."
    try_again: str = "Try again"


WORDS = Words()

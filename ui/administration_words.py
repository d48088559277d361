"""Hold the texts of the page's places for those who look after collections; `ui.words` takes them up."""

from dataclasses import dataclass

from ui.languages import Counted


@dataclass(frozen=True)
class AdministrationWords:
    """Hold the texts of one language for administrators and managers. Braces are filled with str.format."""

    # intake
    job_names: tuple[tuple[str, str], ...] = (  # by what it does; an upload and a folder are other things
        ("sync", "Sync of {source}"),
        ("ingest", "Intake from {source}"),
        ("retry", "Another attempt"),
        ("remove", "Removal"),
    )
    job_upload: Counted = Counted("Upload of {count} file", "Upload of {count} files")
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
    and_more: str = "and {count} more"
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
    personal_data: str = "Personal data"
    personal_policies: tuple[tuple[str, str], ...] = (
        ("index", "as it is, not looked for"),
        ("warn", "counted"),
        ("mask", "masked"),
        ("quarantine", "waits until it is let in"),
    )
    personal_data_shown: str = "{policy}, shown to: {readers}"
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
    # what is said
    said: str = "What readers say"
    said_hint: str = "Of whom it is cannot be told; only the month is kept. Reasons are readers' own words."
    said_none: str = "Nobody has said anything about answers from this collection."
    said_for_managers: str = "What readers say is shown to the managers of the collection."
    said_asked: str = "asked: {question}"

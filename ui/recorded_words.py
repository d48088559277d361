"""Hold the texts of the page that says what is recorded; `ui.words` takes them up."""

from dataclasses import dataclass

from ui.languages import Counted


@dataclass(frozen=True)
class RecordedWords:
    """Hold the texts of one language for what is recorded. Braces are filled with str.format."""

    recorded: str = "What is recorded"
    recorded_hint: str = (
        "Read from the settings this house runs with. It is the same for everybody; print it as it stands."
    )
    recorded_table: str = "Kept of you"
    recorded_columns: tuple[str, ...] = ("What", "What for", "How long", "Who sees it")
    recorded_days: Counted = Counted("{days} day", "{days} days")
    recorded_rows: tuple[tuple[str, str, str, str], ...] = (
        (
            "chat",
            "Your questions and the answers to them",
            "so that you can go on with them and find them again",
            "you alone",
        ),
        (
            "feedback",
            "Your thumb on an answer, and what you write with it",
            "so that the documents get better",
            "managers of the collection, without your name",
        ),
        (
            "own_files",
            "Files that you bring for your own questions",
            "so that you can ask about them",
            "you alone",
        ),
        (
            "audit",
            "That you signed in, asked, opened or deleted something: time and ids, no word of it, under a pseudonym",
            "so that misuse can be found and proven",
            "auditors, without your name",
        ),
        (
            "sign_ins",
            "When you signed in, until it expires and then",
            "so that you need not at each click",
            "nobody",
        ),
        (
            "account",
            "Your name, groups and role",
            "so that you read what you may and nothing else",
            "whoever runs the server",
        ),
        (
            "keys",
            "Names of your API keys, until they expire and then",
            "so that you can revoke them",
            "you alone",
        ),
        (
            "jobs",
            "That you uploaded a document for others, and what it is called",
            "so that it is taken in once and faults can be mended",
            "administrators and managers of the collection",
        ),
        (
            "requests",
            "That somebody asked to read your chats, or that your data must be kept for a legal reason",
            "so that nobody does this unseen",
            "administrators, and you once it is over",
        ),
        (
            "erasures",
            "That something was erased: counts and times, and a hash of what it was",
            "to prove that it was done",
            "administrators",
        ),
        (
            "log",
            "Technical lines with ids and times, no content and no names",
            "so that faults can be found",
            "whoever runs the server",
        ),
        (
            "backups",
            "Copies of all of this",
            "so that nothing is lost; what you delete is deleted again after a restore",
            "whoever runs the server",
        ),
        (
            "traces",
            "How long the parts of a question took, by id",
            "so that it can be made faster",
            "whoever runs the server",
        ),
    )
    recorded_until: tuple[tuple[str, str], ...] = (
        ("account", "as long as your account"),
        ("backups", "as the operator decides"),
        ("traces", "as the operator decides"),
    )
    recorded_not: str = "Not recorded"
    recorded_nots: tuple[str, ...] = (
        "How much, how fast or how often a single person works or asks. No figure anywhere is about one person.",
        "What you type and do not send, what you click, and when you are at your desk.",
        "Anything for others: no maker of software and no other company is told anything.",
        "Chats are never used to train a model and never become documents that others find.",
    )
    recorded_figures: str = (
        "Figures on usage are of whole weeks and of at least {fewest} people; smaller ones are hidden."
    )
    recorded_addresses: str = "The network address that a request comes from is noted on the audit trail."
    recorded_no_addresses: str = "Network addresses are not noted."
    recorded_looks: str = "Who could look into your chats"
    recorded_two: str = (
        "Nobody, unless one administrator asks with a reason and another one approves, for at most {hours} hours and "
        "to read only. Each look is on record, and you are told below once it is over."
    )
    recorded_one: str = (
        "Nobody, unless an administrator opens them with a reason, for at most {hours} hours and to read only. Each "
        "look is on record, and you are told below once it is over."
    )
    recorded_unseen: str = "There is nothing to tell you so far."
    recorded_seen: Counted = Counted(
        "{since} to {until}: {by} could read your chats, approved by {second}, and opened {count} conversation.",
        "{since} to {until}: {by} could read your chats, approved by {second}, and opened {count} conversations.",
        by="count",
    )
    recorded_why: str = "Reason given: {reason}"
    papers: str = "Compliance papers"
    papers_hint: str = (
        "Records of processing, draft of an impact assessment, measures, flow of data, models, AI Act, recipients and "
        "terms, from the settings this house runs with. What only the company knows is marked to be filled in."
    )
    papers_take: str = "Download them as HTML and PDF"

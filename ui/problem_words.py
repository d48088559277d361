"""Hold the texts on what did not work; `ui.words` takes them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemWords:
    """Hold the texts of one language on what did not work, each with what to do."""

    unreachable: str = "Intramuros is not reachable right now."
    unreachable_remedy: str = (
        "It may be starting. Try again in a moment; if it lasts, tell your administrator."
    )
    odd_reply: str = "Intramuros gave a reply this page does not understand."
    odd_reply_remedy: str = "The page and the API differ in version. Tell your administrator."
    refused: str = "This did not work."
    refused_remedy: str = "Try again; if it keeps failing, tell your administrator."
    try_again: str = "Try again"
    # What the API's problem types mean, for readers of other languages than its own English, which says more.
    problems: tuple[tuple[str, str, str], ...] = (
        (
            "not-signed-in",
            "You could not be signed in.",
            "Check user name and password, or ask your administrator.",
        ),
        (
            "proof-too-old",
            "This asks you to show again who you are.",
            "Enter your password, or sign in at your company’s provider, again; it counts for 15 minutes.",
        ),
        ("not-allowed", "You have no right to this.", "If you need it, ask your administrator."),
        ("too-many-requests", "These are too many requests at once.", "Wait a minute and try again."),
        ("too-large", "This is too large.", "Split it, or send less at once."),
        (
            "delicate-question",
            "The question holds personal data, which is not taken in here. It was neither kept nor answered.",
            "Ask without it: documents are found by what they are about.",
        ),
        (
            "not-an-accepted-type",
            "This kind of file is not taken in.",
            "Convert it into one of those named under “Add documents”.",
        ),
        (
            "unavailable",
            "Intramuros cannot do this right now.",
            "Try again in a moment; if it lasts, tell your administrator.",
        ),
        (
            "failed",
            "Something went wrong on our side.",
            "Try again; your administrator finds the cause in the log.",
        ),
    )

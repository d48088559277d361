"""Hold the texts on personal data in a question; `ui.words` takes them up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QuestionWords:
    """Hold the texts of one language on what a question should not hold. Braces are filled with `format`."""

    noticed: str = "Your question holds personal data: {kinds}."
    noticed_remedy: str = (
        "It is kept with this conversation. If the answer does not need it, delete the conversation and ask "
        "without it."
    )
    noticed_kinds: tuple[tuple[str, str], ...] = (
        ("iban", "a bank account"),
        ("card", "a bank card"),
        ("national_id", "an identity number"),
        ("tax_id", "a tax number"),
        ("social_security", "a social-security number"),
        ("health", "somebody's health"),
        ("religion", "somebody's religion"),
        ("trade_union", "somebody's trade union"),
    )

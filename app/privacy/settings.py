"""Hold the sections [privacy] and [retention] of the settings."""

from pydantic import Field

from app.privacy.asked import OfQuestions
from app.sections import Section

LONGEST_DAYS = 3650  # ten years: what has to be kept for longer belongs into another system


class Privacy(Section):
    """Say how far people's doings are shielded from those who run the house."""

    works_council: bool = Field(
        default=True, description="Whether two administrators are needed to open somebody's chats."
    )
    questions: OfQuestions = Field(
        "warn",
        description="What becomes of a question with account, card, tax, social-security or identity numbers, or with "
        "somebody's health, religion or trade union: keep it, warn who asks, or refuse it.",
    )


class Retention(Section):
    """Say after how many days each store forgets. Documents go by their collection, records by audit.days."""

    chat_days: int = Field(90, ge=1, le=LONGEST_DAYS, description="Days questions and answers are kept.")
    feedback_days: int = Field(
        180, ge=1, le=LONGEST_DAYS, description="Days a thumb is kept, without the words it is on."
    )
    quarantine_days: int = Field(
        30, ge=1, le=LONGEST_DAYS, description="Days a document that could not be read is kept."
    )
    jobs_days: int = Field(90, ge=1, le=LONGEST_DAYS, description="Days a finished job is kept.")
    sign_ins_days: int = Field(1, ge=1, le=90, description="Days a sign-in is kept after it expired.")
    keys_days: int = Field(30, ge=1, le=LONGEST_DAYS, description="Days an API key is kept after it expired.")
    log_days: int = Field(90, ge=1, le=LONGEST_DAYS, description="Days lines in data_dir/run are kept.")
    requests_days: int = Field(
        365, ge=90, le=LONGEST_DAYS, description="Days requests to read chats and ended holds are kept."
    )

"""Hold the texts of emergency access, and of the question who is there; `ui.words` takes them up."""

from dataclasses import dataclass

from ui.languages import Counted


@dataclass(frozen=True)
class EmergencyWords:
    """Hold the texts of one language. Braces are filled with `format`."""

    emergency: str = "Emergency access"
    emergency_hint: str = (
        "Chats are nobody else's business. Where a case demands it, one administrator asks with a reason, another one "
        "approves, and whoever asked reads for some hours. Each look is on the audit trail, and the person is told."
    )
    emergency_ask: str = "Ask to read somebody's chats"
    emergency_person: str = "Account of the person"
    emergency_reason: str = "Reason; the person will read it"
    emergency_hours: str = "For how many hours"
    emergency_send: str = "Ask for it"
    emergency_asked: str = "It is asked for. Another administrator has to approve it."
    emergency_none: str = "Nobody has asked to read anybody's chats."
    emergency_of: str = "Chats of {person}"
    emergency_by: str = "asked for by {by} on {at}, for {hours} h"
    emergency_states: tuple[tuple[str, str], ...] = (
        ("waiting", "waits for another administrator"),
        ("open", "open until {until}, approved by {second}"),
        ("over", "over"),
    )
    emergency_reads: Counted = Counted("{count} conversation read", "{count} conversations read")
    emergency_approve: str = "Approve"
    emergency_end: str = "End it"
    emergency_open: str = "Read"
    emergency_empty: str = "This person has no conversations."
    proof_heading: str = "Show again who you are"
    proof_hint: str = "What you asked for needs it. It counts for 15 minutes."
    proof_go: str = "Go on"
    proof_provider: str = "Sign in again"
    proof_provider_hint: str = (
        "You are sent to where your company signs you in. Back here, do again what you were about to do."
    )

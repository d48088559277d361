"""Hold requests to read somebody's chats as the API sends them, as frozen records."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["waiting", "open", "over"]


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Describe a request; times are ISO 8601, UTC."""

    id: str
    person: str
    reason: str
    hours: int
    requested_by: str
    requested_at: str
    approved_by: str | None
    approved_at: str | None
    expires_at: str | None
    ended_at: str | None
    reads: int

    def standing(self, now: str) -> Standing:
        """Return whether it waits for approval, opens chats, or is over, at a moment written as its times are."""
        if self.ended_at is not None or (self.expires_at is not None and self.expires_at <= now):
            return "over"
        return "waiting" if self.approved_at is None else "open"

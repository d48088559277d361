"""Ask to read somebody's chats, approve it, read them, and tell the person. Without an approved request: nothing.

Documents stay a matter of one's own rights: an answer is shown as it would be to whoever reads it by the request.
"""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import Field

from app.api.conversations import shown
from app.api.schemas import Conversation, Dialogue, Wire
from app.api.sessions import Admin, Proven, ProvenAdmin, SignedInPerson, Wired
from app.privacy.break_glass import MOST_CHARS, MOST_HOURS, Request
from app.privacy.emergency import Emergency
from app.reopening import Today
from ingest.database import utc_now

router = APIRouter(prefix="/api", tags=["privacy"])


class NewRequest(Wire):
    """Carry whose chats, why, and for how long."""

    person: str = Field(min_length=1, max_length=128)
    reason: str = Field(min_length=1, max_length=MOST_CHARS)
    hours: int = Field(4, ge=1, le=MOST_HOURS)


class RequestRow(Wire):
    """Show a request to administrators."""

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

    @classmethod
    def of(cls, request: Request) -> "RequestRow":
        """Return a request's row."""
        return cls(**asdict(request))


class Access(Wire):
    """Tell a person that their chats were open to others: who, why, when, and how many were read."""

    requested_by: str
    approved_by: str
    reason: str
    since: str
    until: str
    reads: int

    @classmethod
    def of(cls, request: Request) -> "Access":
        """Return what the person is told."""
        return cls(
            requested_by=request.requested_by,
            approved_by=request.approved_by or "",
            reason=request.reason,
            since=request.approved_at or "",
            until=request.ended_at or request.expires_at or "",
            reads=request.reads,
        )


@router.get("/accesses")
def told(services: Wired, person: SignedInPerson) -> list[Access]:
    """Return when others could read one's own chats, newest first, once it is over."""
    return [Access.of(one) for one in services.break_glass.told(person.id, now=utc_now())]


@router.get("/break-glass")
def listed(services: Wired, _person: Admin) -> list[RequestRow]:
    """Return every request on record, newest first."""
    return [RequestRow.of(one) for one in services.break_glass.listed()]


@router.post("/break-glass", status_code=201)
def ask(new: NewRequest, services: Wired, person: ProvenAdmin) -> RequestRow:
    """Ask to read somebody's chats; another administrator has to approve."""
    return RequestRow.of(Emergency(services, person).ask(new.person, new.reason, hours=new.hours))


@router.post("/break-glass/{request}/approval")
def approve(request: str, services: Wired, person: ProvenAdmin) -> RequestRow:
    """Approve what another administrator asked for; its hours begin."""
    return RequestRow.of(Emergency(services, person).approve(request))


@router.delete("/break-glass/{request}", status_code=204)
def end(request: str, services: Wired, person: Admin) -> None:
    """Withdraw, refuse or give back a request; nothing is read by it any more."""
    Emergency(services, person).end(request)


@router.get("/break-glass/{request}/conversations")
def conversations(request: str, services: Wired, person: Proven) -> list[Conversation]:
    """Return the conversations that an approved request opens to whoever asked."""
    return [Conversation(**asdict(one)) for one in Emergency(services, person).conversations(request)]


@router.get("/break-glass/{request}/conversations/{conversation}")
def conversation(request: str, conversation: str, services: Wired, person: Proven) -> Dialogue:
    """Return one of them. There is no way to write in it."""
    found, messages = Emergency(services, person).conversation(request, conversation)
    today = Today(services.passages, person.reader())
    return Dialogue(
        id=found.id, title=found.title, messages=tuple(shown(message, today) for message in messages)
    )

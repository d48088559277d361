"""Take each step of break-glass on record, before it is done: what cannot be recorded is neither granted nor shown."""

from dataclasses import dataclass

from app.audit.events import Kind
from app.history import Conversation, Message
from app.identity import Person
from app.privacy.break_glass import Request
from app.records import Records
from ingest.database import utc_now
from retrieval.errors import NotFound


@dataclass(frozen=True, slots=True)
class Emergency:
    """Act for one administrator, or for the operator. Every method raises DatabaseUnavailable, and as `BreakGlass`."""

    records: Records
    by: Person

    def ask(self, person: str, reason: str, *, hours: int) -> Request:
        """Return a new request to read this person's chats."""
        self.records.break_glass.check(person, reason, hours=hours, by=self.by.id)
        self._record("asked for", person)
        return self.records.break_glass.ask(person, reason, hours=hours, by=self.by.id, now=utc_now())

    def approve(self, request: str) -> Request:
        """Return the request of somebody else, open from now on."""
        now = utc_now()
        known = self.records.break_glass.approvable(request, by=self.by.id, now=now)
        self._record("approved", known.person, request)
        return self.records.break_glass.approve(request, by=self.by.id, now=now)

    def end(self, request: str) -> None:
        """Withdraw, refuse or give back a request."""
        known = self.records.break_glass.get(request)
        self._record("ended", known.person, request)
        self.records.break_glass.end(request, now=utc_now())

    def conversations(self, request: str) -> tuple[Conversation, ...]:
        """Return the person's conversations, newest first."""
        known = self._opened(request)
        self._record("list read", known.person, request)
        return self.records.history.listed(known.person)

    def conversation(self, request: str, conversation: str) -> tuple[Conversation, tuple[Message, ...]]:
        """Return one of them with its messages; passages and what rests on them stay a matter of one's own rights."""
        known = self._opened(request)
        found = self.records.history.get(conversation, known.person)
        self._record("read", known.person, request, conversation)
        self.records.break_glass.count_read(request)
        return found, self.records.history.messages(conversation, known.person)

    def _opened(self, request: str) -> Request:
        if self.by.role != "admin":  # any more, perhaps
            raise NotFound("there is no such request", remedy="ask for one, and have it approved")
        return self.records.break_glass.opened(request, by=self.by.id, now=utc_now())

    def _record(self, outcome: str, person: str, request: str = "", conversation: str = "") -> None:
        named = {"request": request, "conversation": conversation}
        about = {name: value for name, value in named.items() if value}
        pseudonym = self.records.audit.pseudonym(person)
        self.records.audit.record(Kind.BREAK_GLASS, self.by.id, outcome=outcome, person=pseudonym, **about)  # type: ignore[arg-type]  # fields of About

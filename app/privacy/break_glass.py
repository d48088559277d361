"""Let administrators read somebody's chats in an emergency: with a reason, a second person, for hours, and not unseen.

Who asked may read, and only once somebody else who administers has approved; neither of them may be the person. Every
look is on the audit trail before it is shown. When it is over, the person is told who looked, why, and how often.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, RowMapping, insert, select, update

from app.schema import break_glass, users
from ingest.database import reading, stamp, writing
from retrieval.errors import InvalidRequest, NotAllowed, NotFound

MOST_HOURS: Final = 24
MOST_CHARS: Final = 500  # of a reason
ANSWER_WITHIN: Final = timedelta(days=7)  # a request that nobody approved by then is none any more
REFUSED_TO_SELF: Final = "nobody opens or approves this for themselves"


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request to read somebody's chats, and what became of it."""

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
    reads: int  # conversations that were opened

    def is_open(self, now: datetime) -> bool:
        """Return whether chats may be read by it at this moment."""
        return self.expires_at is not None and self.ended_at is None and self.expires_at > stamp(now)

    def is_waiting(self, now: datetime) -> bool:
        """Return whether it may still be approved."""
        is_young = self.requested_at > stamp(now - ANSWER_WITHIN)
        return self.approved_at is None and self.ended_at is None and is_young


class BreakGlass:
    """Keep requests. `alone` says that no second person is needed. Every method raises DatabaseUnavailable."""

    def __init__(self, engine: Engine, *, alone: bool) -> None:
        self._engine = engine
        self._alone = alone

    def ask(self, person: str, reason: str, *, hours: int, by: str, now: datetime) -> Request:
        """Return a new request, open at once where nobody else is needed. Raises as `check`."""
        self.check(person, reason, hours=hours, by=by)
        until = stamp(now + timedelta(hours=hours))
        approval = {"approved_by": by, "approved_at": stamp(now), "expires_at": until} if self._alone else {}
        made: dict[str, Any] = {
            "id": str(uuid4()),
            "person": person,
            "reason": _plain(reason),
            "hours": hours,
        }
        made |= {"requested_by": by, "requested_at": stamp(now), "reads": 0, **approval}
        with writing(self._engine) as connection:
            connection.execute(insert(break_glass).values(made))
        return self.get(made["id"])

    def check(self, person: str, reason: str, *, hours: int, by: str) -> None:
        """Raise NotFound, InvalidRequest or NotAllowed where this cannot be asked for."""
        if not 0 < len(_plain(reason)) <= MOST_CHARS or not 1 <= hours <= MOST_HOURS:
            raise InvalidRequest(
                "such a request needs a reason and an end",
                remedy=f"say in at most {MOST_CHARS} characters what happened, and 1 to {MOST_HOURS} hours",
            )
        if person == by:
            raise NotAllowed(REFUSED_TO_SELF, remedy="your own chats are in your own list")
        with reading(self._engine) as connection:
            if connection.execute(select(users.c.id).where(users.c.id == person)).first() is None:
                raise NotFound(
                    f"there is no account '{person}'", remedy="`intramuros people list` names them"
                )

    def approve(self, request: str, *, by: str, now: datetime) -> Request:
        """Return the request, open from now on. Raises NotFound, NotAllowed for whoever asked and whom it is about."""
        known = self.approvable(request, by=by, now=now)
        until = stamp(now + timedelta(hours=known.hours))
        mine = update(break_glass).where(
            break_glass.c.id == request, break_glass.c.approved_at.is_(None), break_glass.c.ended_at.is_(None)
        )
        with writing(self._engine) as connection:
            connection.execute(mine.values(approved_by=by, approved_at=stamp(now), expires_at=until))
        return self.get(request)

    def approvable(self, request: str, *, by: str, now: datetime) -> Request:
        """Return a request that this account may approve. Raises NotFound, NotAllowed, InvalidRequest."""
        known = self.get(request)
        if by in (known.requested_by, known.person):
            raise NotAllowed(REFUSED_TO_SELF, remedy="ask another administrator")
        if not known.is_waiting(now):
            raise InvalidRequest(
                "this request is not waiting any more", remedy="have it made again, with its reason of today"
            )
        return known

    def end(self, request: str, *, now: datetime) -> None:
        """Withdraw, refuse or give back a request; one that is over stays as it is. Raises NotFound."""
        self.get(request)
        mine = update(break_glass).where(break_glass.c.id == request, break_glass.c.ended_at.is_(None))
        still = break_glass.c.expires_at.is_(None) | (break_glass.c.expires_at > stamp(now))
        with writing(self._engine) as connection:
            connection.execute(mine.where(still).values(ended_at=stamp(now)))

    def opened(self, request: str, *, by: str, now: datetime) -> Request:
        """Return a request by which this account may read now. Raises NotFound for every other one alike."""
        found = self._where(break_glass.c.id == request, break_glass.c.requested_by == by)
        if not found or not found[0].is_open(now):
            raise NotFound("there is no such request", remedy="ask for one, and have it approved")
        return found[0]

    def count_read(self, request: str) -> None:
        """Note that a conversation was opened by this request."""
        mine = update(break_glass).where(break_glass.c.id == request)
        with writing(self._engine) as connection:
            connection.execute(mine.values(reads=break_glass.c.reads + 1))

    def get(self, request: str) -> Request:
        """Return a request. Raises NotFound."""
        found = self._where(break_glass.c.id == request)
        if not found:
            raise NotFound("there is no such request", remedy="list the requests again")
        return found[0]

    def listed(self) -> tuple[Request, ...]:
        """Return every request that is on record, newest first."""
        return self._where()

    def told(self, person: str, *, now: datetime) -> tuple[Request, ...]:
        """Return what this person is told of: requests about them that were approved and are over, newest first."""
        about = self._where(break_glass.c.person == person, break_glass.c.approved_at.is_not(None))
        return tuple(one for one in about if not one.is_open(now))

    def _where(self, *conditions: ColumnElement[bool]) -> tuple[Request, ...]:
        query = select(break_glass).where(*conditions)
        query = query.order_by(break_glass.c.requested_at.desc(), break_glass.c.id)
        with reading(self._engine) as connection:
            return tuple(_request(row) for row in connection.execute(query).mappings())


def _plain(reason: str) -> str:
    return " ".join(reason.split())


def _request(row: RowMapping) -> Request:
    return Request(**{name: row[name] for name in Request.__slots__})

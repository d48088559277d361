"""Run answers in threads of their own: started once, followed by many, resumable by event number, stoppable.

A page that reloads or loses its connection follows the same answer again from where it was; the answer does not notice.
One that nobody can come back to is stopped soon after its last follower has left.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.types import Answer, Event, Failure, Sources, Token
from ingest.events import event, logger
from retrieval.errors import IntramurosError, NotFound, Overloaded, TooManyRequests, Unavailable

KEPT_S = 300.0  # a finished answer can be followed this long; afterwards it is read from the conversation
PING_S = 1.0  # a thread that waits cannot be cancelled: a follower who has gone is let go at the next batch
PING = ": ping\n\n"  # as a comment among server-sent events
BETWEEN_TOKENS_S = (
    0.05  # twenty pieces a second read as flowing, and each costs the house a turn of its threads
)
MOST_FOLLOWERS = 4  # of one answer, as in tabs and after reloads: each holds a thread while it waits
LEFT_S = 0.5  # without a follower, before an answer that is not wanted later is stopped

Numbered = tuple[int, Event]


@dataclass
class Running:
    """Hold one answer in flight: its events so far, and the means to wait for more."""

    id: str
    user: str
    is_wanted_later: bool = True  # made to its end even when nobody follows
    stop: threading.Event = field(default_factory=threading.Event)
    events: list[Event] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    conversation: str = ""
    ended_at: float | None = None  # monotonic seconds
    followers: int = 0
    _later: threading.Timer | None = None  # stops it when nobody comes back

    def add(self, event: Event) -> None:
        """Append an event and wake the followers."""
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def end(self) -> None:
        """Say that nothing more will come."""
        with self.changed:
            self.ended_at = time.monotonic()
            self.changed.notify_all()

    def read(self) -> tuple[str, ...]:
        """Return the ids of the passages the answer is written from, in citation order."""
        found = next((event for event in self.events if isinstance(event, Sources)), Sources(()))
        return tuple(ranked.passage.chunk_id for ranked in found.passages)

    def follow(self, after: int, *, ping_s: float = PING_S) -> Iterator[Sequence[Numbered]]:
        """Yield what has come since, from number after + 1 on (1-based), nothing where `ping_s` passed in silence.

        Tokens come several at a time: the first at once, those after it as often as a reader sees a difference.
        """
        number = after
        while True:
            with self.changed:
                if len(self.events) <= number and self.ended_at is None:
                    self.changed.wait(ping_s)
                fresh = list(enumerate(self.events[number:], number + 1))
                has_ended = self.ended_at is not None
            number += len(fresh)
            if fresh or not has_ended:
                yield fresh
            if has_ended and number >= len(self.events):
                return
            if fresh and isinstance(fresh[-1][1], Token):
                time.sleep(BETWEEN_TOKENS_S)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Count a follower for as long as the block runs; see `is_wanted_later`. Raises TooManyRequests."""
        with self.changed:
            if self.followers >= MOST_FOLLOWERS:
                raise TooManyRequests(
                    f"{self.followers} connections follow this answer", remedy="close one of them"
                )
            self.followers += 1
            if self._later is not None:
                self._later.cancel()
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self.changed:
            self.followers -= 1
            if self.is_wanted_later or self.followers or self.ended_at is not None:
                return
            self._later = threading.Timer(LEFT_S, self._stop_if_left)
            self._later.daemon = True
            self._later.start()

    def _stop_if_left(self) -> None:
        if not self.followers:
            self.stop.set()


class Answers:
    """Start, follow and stop answers: at most `per_person` of one person, and `at_most` in all."""

    def __init__(self, *, per_person: int, at_most: int) -> None:
        self._per_person = per_person
        self.at_most = at_most
        self._running: dict[str, Running] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def in_flight(self) -> int:
        """Return how many are being made, those included that wait for the model."""
        with self._lock:
            return len(self._unfinished())

    def require_room(self, user: str) -> None:
        """Raise TooManyRequests over the person's limit, Overloaded over the house's, Unavailable once closed."""
        with self._lock:
            self._require_room(user)

    def start(self, running: Running, produce: Callable[[threading.Event], Iterator[Event]]) -> Running:
        """Run `produce` in a thread. Raises as `require_room` does."""
        with self._lock:
            self._drop_old()
            self._require_room(running.user)
            self._running[running.id] = running
        thread = threading.Thread(target=_run, args=(running, produce), name="answer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no memory for one more: nothing would ever end it
            with self._lock:
                del self._running[running.id]
            raise Overloaded(
                "this machine has no room for another answer", remedy="ask again in a minute"
            ) from error
        return running

    def get(self, answer_id: str, user: str) -> Running:
        """Return an answer in flight of this person. Raises NotFound for a foreign and a missing id alike."""
        with self._lock:
            running = self._running.get(answer_id)
        if running is None or not secrets.compare_digest(running.user.encode(), user.encode()):
            raise NotFound("this answer is no longer in flight", remedy="open the conversation again")
        return running

    def writing(self, conversation: str, user: str) -> str | None:
        """Return the id of the answer that is being made in a conversation of this person, the newest of several."""
        with self._lock:
            ids = [
                one.id for one in self._unfinished() if (one.conversation, one.user) == (conversation, user)
            ]
        return ids[-1] if ids else None

    def close(self) -> None:
        """Start no more answers; those in flight go on."""
        with self._lock:
            self._is_closed = True

    def stop_all(self) -> None:
        """Stop every answer; for shutdown."""
        with self._lock:
            for running in self._running.values():
                running.stop.set()

    def _unfinished(self) -> list[Running]:
        return [running for running in self._running.values() if running.ended_at is None]

    def _require_room(self, user: str) -> None:
        if self._is_closed:
            raise Unavailable("the house is being stopped or restarted", remedy="ask again in a minute")
        unfinished = self._unfinished()
        own = sum(running.user == user for running in unfinished)
        if own >= self._per_person:
            raise TooManyRequests(
                f"{own} of your questions are still being answered",
                remedy="wait for one to finish, or stop it",
            )
        if len(unfinished) >= self.at_most:
            raise Overloaded(
                f"{len(unfinished)} questions are being answered or wait; there is no room for another",
                remedy="ask again in a minute",
            )

    def _drop_old(self) -> None:
        horizon = time.monotonic() - KEPT_S
        for key, running in list(self._running.items()):
            if running.ended_at is not None and running.ended_at < horizon:
                del self._running[key]


def _run(running: Running, produce: Callable[[threading.Event], Iterator[Event]]) -> None:
    try:
        for produced in produce(running.stop):
            running.add(produced)
    except IntramurosError as error:
        running.add(Failure(error.message, error.remedy))
    except Exception as error:  # noqa: BLE001  # the follower gets its end, the log the place; never the content
        event(
            logger("answer"),
            "answer_broke",
            level=logging.ERROR,
            exc_info=error,
            answer_id=running.id,
            reason=type(error).__name__,
        )
    finally:
        if not running.events or not isinstance(running.events[-1], Answer | Failure):
            running.add(
                Failure(
                    "the answer broke off", remedy="ask again; if it happens again, tell your administrator"
                )
            )
        running.end()

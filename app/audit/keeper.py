"""Look after the trail by the clock: anchor its head and verify the chain; purge what is too old, when asked."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.audit.chain import Finding, verify
from app.audit.events import Kind
from app.audit.recorder import Recorder
from app.audit.trail import Event
from ingest.database import stamp
from ingest.events import event, logger
from retrieval.errors import IntramurosError

ANCHOR_EVERY = timedelta(minutes=5)  # what is cut off the end is found back to the newest anchor
PURGE_EVERY = timedelta(
    days=1
)  # each purge leaves a checkpoint: once an hour they would be half of the trail
PURGE_AHEAD = timedelta(hours=2)  # of the term; retention looks every hour
VERIFY_EVERY = timedelta(days=1)
TICK_S = 10.0

log = logger("audit")


def checked(recorder: Recorder, *, actor: str | None) -> Finding:
    """Verify the whole chain, and put on record that it was, and by whom. Raises DatabaseUnavailable."""
    finding = look_through(recorder)
    note(recorder, finding, actor=actor)
    return finding


def look_through(recorder: Recorder) -> Finding:
    """Verify the whole chain; writes nothing. Raises DatabaseUnavailable, SetupRefused."""
    trail = recorder.trail
    while True:
        anchors, checkpoint = recorder.anchors.all(), trail.newest(Kind.CHECKPOINT)
        finding = verify(trail.records(), key=trail.key, checkpoint=checkpoint, anchors=anchors)
        if finding.is_whole or trail.newest(Kind.CHECKPOINT) == checkpoint:
            return finding
        # Purged in the middle: the records begin later than the checkpoint that was read says.


def note(recorder: Recorder, finding: Finding, *, actor: str | None) -> None:
    """Put on record what a verification found, and anchor the chain if it is whole. Raises DatabaseUnavailable."""
    outcome = "whole" if finding.is_whole else "broken"
    recorder.write(Event(Kind.VERIFIED, actor, outcome, {"count": finding.records}))
    if finding.is_whole:
        recorder.anchor()
    else:
        event(log, "audit_chain_broken", level=logging.ERROR, audit_seq=finding.faults[0].seq)


def purge(recorder: Recorder, *, days: int, now: datetime) -> int:
    """Drop the records that get older than `days` within a day, once some do within hours; return how many went.

    A sealed checkpoint names where the chain was cut, so that what is left still verifies. Raises DatabaseUnavailable,
    SetupRefused.
    """
    term = timedelta(days=days)
    if not recorder.trail.count(before=now + PURGE_AHEAD - term):
        return 0
    count = recorder.trail.count(before=now + PURGE_EVERY - term)
    until = recorder.trail.purge(days=days, now=now, due_until=now + PURGE_EVERY)
    if until:
        event(log, "audit_purged", audit_seq=until)
        recorder.anchor()  # so that one is left when the anchors of what went are forgotten
        recorder.anchors.forget(until=until)
    return count


@dataclass
class Keeper:
    """Do what is due. `now` is passed in; nothing is due twice in its interval."""

    recorder: Recorder
    clock: Callable[[], datetime]
    _done: dict[str, datetime] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what fails is tried again when it is due again."""
        while not stop.is_set():
            self.tend(now=self.clock())
            stop.wait(TICK_S)

    def tend(self, *, now: datetime) -> None:
        """Verify and anchor, each if it is due."""
        for name, every, work in (
            ("verify", VERIFY_EVERY, self._verify),
            ("anchor", ANCHOR_EVERY, self._anchor),
        ):
            if name in self._done and now - self._done[name] < every:
                continue
            self._done[name] = now
            try:
                work(now)
            except IntramurosError as error:
                event(log, f"audit_{name}_failed", level=logging.ERROR, reason=type(error).__name__)

    def _verify(self, now: datetime) -> None:
        last = self.recorder.trail.newest(Kind.VERIFIED)
        if last is None or last.at < stamp(
            now - VERIFY_EVERY
        ):  # a house that starts often need not each time
            checked(self.recorder, actor=None)

    def _anchor(self, now: datetime) -> None:
        del now
        self.recorder.anchor()

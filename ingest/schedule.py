"""Order a sync when a source is due by the clock, or when its watched folder has come to rest after a change."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.events import event, logger
from ingest.watch import FolderWatch
from retrieval.errors import IntramurosError, Unavailable

QUIET_S = 2.0  # after the last change: a person who copies files is done
LONGEST_S = 30.0  # after the first change: a folder that never rests is synced all the same
FALLBACK_S = 900.0  # for a folder that was to be watched, cannot be, and has no schedule
RETRY_S = 60.0  # after an order that could not be placed
RECHECK_S = 60.0  # how soon a watched folder that was replaced, or came back, is watched again
TICK_S = 0.5  # how late a change may be noticed; a check costs microseconds
LONG_PAUSE_S = 60.0  # where nothing is watched: `stop` ends a pause at once anyway

log = logger("ingest")


@dataclass(frozen=True, slots=True)
class Timetable:
    """Say when a source is to be synced without being asked."""

    source_id: str
    every_s: float = 0.0  # 0 = not by the clock
    watched: Path | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    every_s: float
    next_at: float  # by the clock; infinity = never
    stirred_since: float | None = None  # the first change since the last order
    stirred_last: float = 0.0


class Agenda:
    """Know what is due, by seconds of one steady clock that are passed in. Safe for several threads.

    Every source is due at the start: what changed while nobody looked is not lost.
    """

    def __init__(self, timetables: Sequence[Timetable], *, now: float, quiet_s: float = QUIET_S) -> None:
        self._lock = threading.Lock()
        self._quiet_s = quiet_s
        self._entries = {one.source_id: _Entry(one.every_s, next_at=now) for one in timetables}

    def stir(self, source_id: str, *, now: float) -> None:
        """Note a change in a source."""
        with self._lock:
            entry = self._entries[source_id]
            since = now if entry.stirred_since is None else entry.stirred_since
            self._entries[source_id] = replace(entry, stirred_since=since, stirred_last=now)

    def due(self, *, now: float) -> tuple[str, ...]:
        """Return the sources that are due."""
        with self._lock:
            return tuple(one for one, entry in self._entries.items() if self._due_at(entry) <= now)

    def ordered(self, source_id: str, *, now: float) -> None:
        """Note that a sync was ordered: changes until now are covered, the clock starts anew."""
        with self._lock:
            entry = self._entries[source_id]
            next_at = now + entry.every_s if entry.every_s else math.inf
            self._entries[source_id] = _Entry(entry.every_s, next_at)

    def postpone(self, source_id: str, *, now: float) -> None:
        """Note that a sync could not be ordered and is due again a little later."""
        with self._lock:
            self._entries[source_id] = _Entry(self._entries[source_id].every_s, now + RETRY_S)

    def fall_back(self, source_id: str, *, now: float) -> None:
        """Give a source without a schedule one, because its folder cannot be watched."""
        with self._lock:
            entry = self._entries[source_id]
            if not entry.every_s:
                next_at = min(entry.next_at, now + FALLBACK_S)
                self._entries[source_id] = replace(entry, every_s=FALLBACK_S, next_at=next_at)

    def next_at(self) -> float:
        """Return when the next source is due; infinity where none is."""
        with self._lock:
            return min(map(self._due_at, self._entries.values()), default=math.inf)

    def _due_at(self, entry: _Entry) -> float:
        if entry.stirred_since is None:
            return entry.next_at
        rested = min(entry.stirred_last + self._quiet_s, entry.stirred_since + LONGEST_S)
        return min(entry.next_at, rested)


class Scheduler:
    """Place an order for every source that is due. `order` takes the source's id and may raise IntramurosError."""

    def __init__(
        self,
        timetables: Sequence[Timetable],
        *,
        order: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._folders = {one.source_id: one.watched for one in timetables if one.watched is not None}
        self._order = order
        self._clock = clock
        self._agenda = Agenda(timetables, now=clock(), quiet_s=quiet_s)
        self._unwatched: set[str] = set()  # those the log was told about

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        recheck_at = -math.inf
        with FolderWatch(self._stir) as watch:
            while not stop.is_set():
                now = self._clock()
                if now >= recheck_at:
                    self._watch(watch, is_first=math.isinf(recheck_at))
                    recheck_at = now + RECHECK_S
                for source_id in self._agenda.due(now=now):
                    self._place(source_id)
                longest_s = TICK_S if self._folders else LONG_PAUSE_S
                stop.wait(max(0.0, min(self._agenda.next_at() - self._clock(), longest_s)))

    def _stir(self, source_id: str) -> None:
        self._agenda.stir(source_id, now=self._clock())

    def _watch(self, watch: FolderWatch, *, is_first: bool) -> None:
        """Watch what is not watched. What changed in between is found by the sync that is then ordered."""
        for source_id, folder in self._folders.items():
            if watch.has(source_id):
                continue
            try:
                watch.add(source_id, folder)
            except Unavailable as error:
                self._agenda.fall_back(source_id, now=self._clock())
                if source_id not in self._unwatched:  # the minute's next attempts say nothing new
                    self._unwatched.add(source_id)
                    self._warn("source_not_watched", source_id, type(error).__name__)
            else:
                self._unwatched.discard(source_id)
                event(log, "source_watched", source_id=source_id)
                if not is_first:
                    self._stir(source_id)

    def _place(self, source_id: str) -> None:
        # Noted first: what changes while the order is being placed stirs the source anew.
        self._agenda.ordered(source_id, now=self._clock())
        try:
            self._order(source_id)
        except IntramurosError as error:
            self._put_off(source_id, type(error).__name__)
        except Exception as error:  # noqa: BLE001  the other sources must still find their schedule
            event(log, "order_broke", level=logging.ERROR, exc_info=error, source_id=source_id)
            self._put_off(source_id, "internal")

    def _put_off(self, source_id: str, reason: str) -> None:
        self._warn("sync_not_ordered", source_id, reason)
        self._agenda.postpone(source_id, now=self._clock())

    def _warn(self, name: str, source_id: str, reason: str) -> None:
        event(log, name, level=logging.WARNING, source_id=source_id, reason=reason)

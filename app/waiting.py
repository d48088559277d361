"""Let so many answers use the model at once; the others wait in their order and are told their position."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from threading import Event as Stop

STOP_POLL_S = 0.1  # how late a waiting answer notices that it was stopped


class WaitingLine:
    """Keep `places` at the model, first come first served, in this process."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    @property
    def length(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @property
    def is_free(self) -> bool:
        """Return whether there is a place, and nobody waits for it."""
        return self._free > 0 and not self._waiting

    @contextmanager
    def joined(self, stop: Stop) -> Iterator[Iterator[int]]:
        """Queue up; leaving the block leaves the line, or gives the place back.

        The iterator given yields the position in the line, from 1, as often as it changes, and 0 after a wait; it ends
        when the place is one's own, or when `stop` is set.
        """
        me = object()
        with self._changed:
            self._waiting.append(me)
        try:
            yield self._positions(me, stop)
        finally:
            with self._changed:
                if me in self._waiting:
                    self._waiting.remove(me)
                else:
                    self._free += 1
                self._changed.notify_all()

    def _positions(self, me: object, stop: Stop) -> Iterator[int]:
        told = 0
        while not stop.is_set():
            position = self._moved(me, told)
            if position != told:
                yield position
            if not position:
                return
            told = position

    def _moved(self, me: object, told: int) -> int:
        """Return the position when it is another than `told`, or STOP_POLL_S have passed; at 0 the place is taken."""
        with self._changed:
            self._changed.wait_for(lambda: not told or self._ahead(me) != told, STOP_POLL_S)
            position = self._ahead(me)
            if not position:
                self._waiting.remove(me)
                self._free -= 1
            return position

    def _ahead(self, me: object) -> int:
        return max(0, self._waiting.index(me) + 1 - self._free)

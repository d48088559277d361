"""Run a check that may hang in a thread of its own, one at a time, and believe its result for ten seconds."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.events import event, logger
from retrieval.errors import IntramurosError

FRESH_S: Final = 10.0  # a result older than this is not believed
RENEW_S: Final = 5.0  # one older than this is renewed while it still counts: who asks need not wait then
PATIENCE_S: Final = 12.0  # longer than the model's probe gives itself


@dataclass(frozen=True, slots=True)
class Found:
    """Hold what a check found, None where it succeeded, and how long ago it ended."""

    fault: str | None
    age_s: float


class Probe:
    """Know whether something works. However many ask, one check runs; one that never ends is one thread.

    `patience_s` is how long who asks waits for a check that is under way.
    """

    def __init__(
        self,
        check: Callable[[], object],
        *,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check
        self._patience_s = patience_s
        self._clock = clock
        self._change = threading.Condition()
        self._ended_at = float("-inf")
        self._began_at: float | None = None  # of the check under way
        self._fault: str | None = None

    def begin(self) -> None:
        """Start a check where the last result will soon be too old, and none is under way."""
        with self._change:
            if self._began_at is not None or self._age_s() < RENEW_S:
                return
            self._began_at = self._clock()
            thread = threading.Thread(target=self._run, name="probe", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no memory for a thread: the next one who asks tries again
                self._began_at = None

    def fault(self) -> str | None:
        """Return what is wrong, None where the check succeeded no longer than FRESH_S ago."""
        self.begin()
        with self._change:
            self._change.wait_for(lambda: self._age_s() <= FRESH_S, timeout=self._patience_s)
            if self._age_s() <= FRESH_S:
                return self._fault
            began_at = self._began_at
        if began_at is None:
            return "it could not be checked"
        return f"it has not answered for {self._clock() - began_at:.0f} s"

    def last(self) -> Found | None:
        """Return at once what the last check found, however old; None before the first one ended."""
        with self._change:
            return None if self._ended_at == float("-inf") else Found(self._fault, self._age_s())

    def _age_s(self) -> float:
        return self._clock() - self._ended_at

    def _run(self) -> None:
        fault: str | None = None
        try:
            self._check()
        except IntramurosError as error:
            fault = error.message
        except Exception as error:  # noqa: BLE001  who asks must not wait for ever, whatever it is
            event(logger("probe"), "probe_broke", level=logging.ERROR, exc_info=error)
            fault = f"the check broke off ({type(error).__name__})"
        with self._change:
            self._fault, self._began_at, self._ended_at = fault, None, self._clock()
            self._change.notify_all()

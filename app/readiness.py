"""Find out whether a question would be answered now: a real token, a real filtered search."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.answer import Search
from retrieval.errors import EmbedderUnavailable, IntramurosError, RerankerUnavailable
from retrieval.readers import reader_of
from retrieval.types import Reranker

PROBE_AGE_S = 10.0  # a result older than this is not believed


@dataclass(frozen=True, slots=True)
class Tried:
    """Hold what the last try found, and how long ago it ended."""

    parts: tuple[str, ...]
    faults: Mapping[str, str]
    age_s: float


class Readiness:
    """Run named probes, each at most once in ten seconds, one caller at a time; the others wait for it."""

    def __init__(self, probes: Mapping[str, Callable[[], object]]) -> None:
        self._probes = probes
        self._lock = threading.Lock()
        self._checked_at = float("-inf")
        self._faults: dict[str, str] = {}
        self._trying_beside = threading.Lock()

    def tried(self) -> Tried | None:
        """Return at once what was found last, however old, without trying anything; None before the first time."""
        age_s = time.monotonic() - self._checked_at
        return None if age_s == float("inf") else Tried(tuple(self._probes), dict(self._faults), age_s)

    def try_again_beside(self) -> None:
        """Have everything tried in a thread where that was not done lately, and nobody is at it; return at once."""
        is_due = time.monotonic() - self._checked_at > PROBE_AGE_S
        if is_due and self._trying_beside.acquire(blocking=False):
            threading.Thread(target=self._try_beside, name="readiness", daemon=True).start()

    def _try_beside(self) -> None:
        try:
            self.faults()
        finally:
            self._trying_beside.release()

    def faults(self) -> dict[str, str]:
        """Return what fails and why, by probe; empty means ready."""
        with self._lock:
            if time.monotonic() - self._checked_at > PROBE_AGE_S:
                self._faults = {
                    name: fault for name, probe in self._probes.items() if (fault := _fault(probe))
                }
                self._checked_at = time.monotonic()
            return dict(self._faults)


def _fault(probe: Callable[[], object]) -> str | None:
    try:
        probe()
    except IntramurosError as error:
        return error.message
    return None


def reranker_probe(reranker: Reranker) -> Callable[[], object]:
    """Return a probe that has one text judged. It raises RerankerUnavailable, and does not say where the model lies."""

    def probe() -> object:
        try:
            return reranker.scores("ready", ("ready",))
        except RerankerUnavailable as error:
            raise RerankerUnavailable(
                "passages are not judged by the reranking model", remedy=error.remedy
            ) from error

    return probe


def search_probe(search: Search) -> Callable[[], object]:
    """Return a probe that asks embedder and index under a filter that nobody passes. It raises Unavailable kinds."""

    def probe() -> object:
        nobody = reader_of("readiness-probe", ())
        # A name, though no collection has it: without one the index would not be asked at all.
        found = search("ready", reader=nobody, collections=frozenset({"readiness"}), limit=1)
        if "embedder" in found.degraded:
            raise EmbedderUnavailable(
                "questions are searched by words only", remedy="run `intramuros doctor`"
            )
        return found

    return probe

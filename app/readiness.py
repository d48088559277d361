"""Find out whether a question would be answered now: a real token, a real filtered search."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.answer import Search
from app.probe import PATIENCE_S, Probe
from retrieval.errors import EmbedderUnavailable, RerankerUnavailable
from retrieval.readers import reader_of
from retrieval.types import Reranker


@dataclass(frozen=True, slots=True)
class Tried:
    """Hold what the last try found, and how long ago it ended."""

    parts: tuple[str, ...]
    faults: Mapping[str, str]
    age_s: float


class Readiness:
    """Run named probes, side by side; a probe that hangs is one thread, and not ready within seconds."""

    def __init__(self, probes: Mapping[str, Callable[[], object]], *, patience_s: float = PATIENCE_S) -> None:
        self._probes = {name: Probe(check, patience_s=patience_s) for name, check in probes.items()}
        self._closing: str | None = None

    def close(self, reason: str) -> None:
        """Be ready no more, whatever the probes say: who sends requests here shall send them elsewhere."""
        self._closing = reason

    def tried(self) -> Tried | None:
        """Return at once what was found last, however old, without waiting; None before every part was tried once.

        Each part is tried again beside where its result is no longer fresh.
        """
        for probe in self._probes.values():
            probe.begin()
        found = {name: probe.last() for name, probe in self._probes.items()}
        ages = [one.age_s for one in found.values() if one is not None]
        if len(ages) < len(found):
            return None
        faults = {name: one.fault for name, one in found.items() if one is not None and one.fault is not None}
        return Tried(tuple(found), faults, max(ages, default=0.0))

    def faults(self) -> dict[str, str]:
        """Return what fails and why, by probe; empty means ready."""
        if self._closing is not None:
            return {"house": self._closing}
        for probe in self._probes.values():
            probe.begin()
        return {name: fault for name, probe in self._probes.items() if (fault := probe.fault()) is not None}


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

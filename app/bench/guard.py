"""Time what looking for personal data costs at ingestion: the same folder taken in without a look, and with one.

Houses of their own, in turn, so that what else the machine does falls on both; figures are the medians. The time is
that of computing, of this process and of those it started: it does not grow when others use the processors.
"""

import os
import platform
import resource
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Final

from app.bench import BenchReport, BenchRow
from app.bench.end_to_end import house_of_its_own, sync_folder
from app.settings import Settings
from ingest.guard.policy import Policy

ROUNDS: Final = 3
BAR: Final = 0.25  # of the time of ingestion without a look


def run(settings: Settings, data: Path, *, rounds: int = ROUNDS) -> BenchReport:
    """Return the pace of ingestion with nobody looking and with the guard, and what share it adds."""
    taken: dict[Policy, list[Mapping[str, float]]] = {Policy.INDEX: [], Policy.WARN: []}
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        for number in range(rounds):
            for policy, figures in taken.items():
                figures.append(_once(settings, data, Path(folder) / f"{policy}-{number}", policy))
    without, looked = (_median(figures) for figures in taken.values())
    added = looked["computed_s"] / max(without["computed_s"], 1e-9) - 1
    rows = (
        BenchRow("as it is, nobody looks", without),
        BenchRow("looked through", looked),
        BenchRow("what it adds", {"percent": round(added * 100, 1), "bar_percent": BAR * 100}),
    )
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return BenchReport("personal data at ingestion, with the trial embedder", machine, rows)


def _once(settings: Settings, data: Path, house: Path, policy: Policy) -> dict[str, float]:
    with house_of_its_own(settings, house, is_instant=False, personal_data=policy) as (services, embedder):
        embedder.embed_query("the model is loaded before the clock starts")
        before = _computed()
        sync_folder(services, data)
        job = services.jobs.recent(limit=1)[0]
        figures = {"files": job.total, "quarantined": job.failed, "chunks": services.index.count()}
        found = sum(services.review.personal_data("bench").found.values())
    seconds = _computed() - before  # once its parsers' processes have ended, which count only then
    return {**figures, "found": found, "computed_s": seconds, "documents_per_s": job.total / seconds}


def _computed() -> float:
    """Return the seconds that this process has computed, and those of its own that have ended."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _median(figures: list[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(median(one[name] for one in figures), 2) for name in figures[0]}

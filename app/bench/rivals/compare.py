"""Run ours and the rivals over the same parcels, one after the other, and say how each stands."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.bench.rivals import ours
from app.bench.rivals.draw import Exam, exam_of, made_parcel
from app.bench.rivals.environment import sealed
from app.bench.rivals.parcel import Found, Parcel, found_in, write
from app.environments import PROJECT
from retrieval import metrics
from retrieval.errors import SetupRefused
from retrieval.types import Embedder

PATIENCE_S: Final = 300  # for one parcel, loading included

Environment = Callable[[], Path]  # returns the Python of the rivals' environment; raises SetupRefused
Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Rival:
    """Say what is compared with, how it is started, and how it can be kept from showing what a reader may not see."""

    name: str
    module: str
    filters: str
    is_apart: bool = True  # runs in the rivals' environment, not in ours


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold what was measured of one of them."""

    ndcg_10: Mapping[str, float]  # by set
    p50_ms: float  # of a question without its embedding
    p95_ms: float
    times_ours: float  # by p50
    hidden_share: float  # of the passages shown, those that the asker may not read
    timed: int  # questions


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold how one of them did, or the reason why it did not run."""

    name: str
    filters: str
    figures: Figures | None
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold the standings of a run, ours first, and what they were made with."""

    machine: str
    embedder: str
    chunks: int  # of the timed house
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """Say what is measured: quality on `sets`, times of `queries` questions among `chunks` made chunks."""

    sets: Sequence[Path]
    chunks: int
    queries: int = 200


OURS: Final = "Intramuros, Qdrant Edge"
LOCAL: Final = Rival(
    "qdrant-client local mode: both legs, its RRF", "app.bench.rivals.local", "by payload", is_apart=False
)
LANGCHAIN: Final = Rival("LangChain Qdrant retriever: dense", "app.bench.rivals.langchain", "by metadata")
MISTRAL: Final = Rival("Mistral Search Toolkit: hybrid", "app.bench.rivals.mistral", "none")
RIVALS: Final = (LOCAL, LANGCHAIN, MISTRAL)


def run(
    work: Work, embedder: Embedder, environment: Environment, say: Said, rivals: Sequence[Rival] = RIVALS
) -> Comparison:
    """Return how ours and the rivals stand, in one run. What cannot run is skipped with its reason."""
    exams = [exam_of(one, embedder) for one in work.sets]
    made = made_parcel(work.chunks, work.queries)
    parcels = [*(exam.parcel for exam in exams), made]
    with tempfile.TemporaryDirectory(prefix="intramuros-rivals-") as thrown:
        folders = [Path(thrown) / str(place) for place in range(len(parcels))]
        for parcel, folder in zip(parcels, folders, strict=True):
            (folder / "ours").mkdir(parents=True)
            write(parcel, folder)
        say(OURS)
        found = [ours.answer(one, at / "ours", embedder) for one, at in zip(parcels, folders, strict=True)]
        first = _figures(found, exams, made)
        standings = [Standing(OURS, "always", first)]
        for rival in rivals:
            say(rival.name)
            try:
                python = environment() if rival.is_apart else Path(sys.executable)
                figures = _figures([_asked(rival, python, folder) for folder in folders], exams, made)
            except SetupRefused as refused:
                standings.append(Standing(rival.name, rival.filters, None, refused.message))
            else:
                ratio = figures.p50_ms / first.p50_ms
                standings.append(Standing(rival.name, rival.filters, replace(figures, times_ours=ratio)))
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return Comparison(machine, embedder.name, work.chunks, tuple(standings))


def _asked(rival: Rival, python: Path, folder: Path) -> Found:
    """Return what a rival found in a process of its own. Raises SetupRefused with its last words where it fails."""
    command = [str(python), "-m", rival.module, str(folder)]
    try:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=sealed(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise SetupRefused(f"{rival.module}: {problem}", remedy="measure fewer chunks") from problem
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise SetupRefused(
            lines[-1] if lines else f"ended with {done.returncode}", remedy="see its own words"
        )
    return found_in(folder)


def _figures(found: Sequence[Found], exams: Sequence[Exam], made: Parcel) -> Figures:
    *examined, timed = found
    return Figures(
        ndcg_10={
            exam.parcel.name: round(quality(exam, one), 4) for exam, one in zip(exams, examined, strict=True)
        },
        p50_ms=metrics.percentile(timed.took_ms, 0.5),
        p95_ms=metrics.percentile(timed.took_ms, 0.95),
        times_ours=1.0,
        hidden_share=hidden_share(made, timed),
        timed=len(timed.took_ms),
    )


def quality(exam: Exam, found: Found) -> float:
    """Return the mean nDCG@10 of a set's questions, chunks collapsed to documents."""
    documents = {piece.id: piece.document for piece in exam.parcel.pieces}
    return metrics.mean(
        [
            metrics.ndcg(metrics.collapse(documents[one] for one in ranking), grades)
            for ranking, grades in zip(found.rankings, exam.grades, strict=True)
        ]
    )


def hidden_share(parcel: Parcel, found: Found) -> float:
    """Return the share of the passages shown that their asker may not read."""
    readers = {piece.id: piece.readers for piece in parcel.pieces}
    shown = [
        set(question.principals).isdisjoint(readers[one])
        for question, ranking in zip(parcel.questions, found.rankings, strict=False)
        for one in ranking
    ]
    return sum(shown) / len(shown) if shown else 0.0

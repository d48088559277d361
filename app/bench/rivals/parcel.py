"""Hand chunks, questions and their vectors to a child process in a folder, and take back what it found.

A child runs in another environment, perhaps under another Python: this file needs numpy and nothing else. Vectors are
raw float32, row by row; the rest is JSON lines.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
Ask = Callable[["Question"], list[str]]  # returns ids of chunks, best first

WARM: Final = 5  # questions that load tables and compile code before the clock starts
LEAST: Final = 20  # questions timed, however slow
CANDIDATES: Final = 50  # of each leg, where a rival can be told; as ours
BATCH: Final = 500  # pieces written at once, where a rival can be told
FOUND: Final = "found.json"
LEAVING: Final = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a chunk as every rival gets it. `text` is what was embedded, led by the title."""

    id: str  # UUID
    document: str
    file: str
    title: str
    text: str
    position: int  # 0-based within the file
    language: str
    readers: tuple[str, ...]
    indices: tuple[int, ...]  # our BM25 weights
    values: tuple[float, ...]
    vector: Vector


@dataclass(frozen=True, slots=True)
class Question:
    """Hold a question, who asks it, and its vector."""

    text: str
    principals: tuple[str, ...]
    indices: tuple[int, ...]
    values: tuple[float, ...]
    vector: Vector


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hold what is asked of whom. Questions end after `budget_s` once LEAST are timed; None: all are asked."""

    name: str
    pieces: Sequence[Piece]
    questions: Sequence[Question]
    limit: int  # chunks wanted
    budget_s: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """Hold the ranked chunk ids of each question that was asked, in their order, and the time each took."""

    rankings: list[list[str]]
    took_ms: list[float]


def write(parcel: Parcel, folder: Path) -> None:
    """Write a parcel into an empty folder."""
    facts = {"name": parcel.name, "limit": parcel.limit, "budget_s": parcel.budget_s}
    (folder / "parcel.json").write_text(json.dumps(facts), encoding="utf-8")
    for name, rows in (("pieces", parcel.pieces), ("questions", parcel.questions)):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as lines:
            for row in rows:
                said = {key: value for key, value in asdict(row).items() if key != "vector"}
                lines.write(json.dumps(said, ensure_ascii=False) + "\n")
        np.stack([row.vector for row in rows]).astype("<f4").tofile(folder / f"{name}.f32")


def read(folder: Path) -> Parcel:
    """Return the parcel of a folder."""
    facts = json.loads((folder / "parcel.json").read_text(encoding="utf-8"))
    pieces = [Piece(**one) for one in _rows(folder, "pieces")]
    questions = [Question(**one) for one in _rows(folder, "questions")]
    return Parcel(facts["name"], pieces, questions, facts["limit"], facts["budget_s"])


def found_in(folder: Path) -> Found:
    """Return what a child left in the folder of its parcel."""
    return Found(**json.loads((folder / FOUND).read_text(encoding="utf-8")))


def answered(parcel: Parcel, ask: Ask) -> Found:
    """Ask one question after the other and time each; the first few twice, for nothing."""
    for question in parcel.questions[:WARM]:
        ask(question)
    found = Found([], [])
    ends = time.perf_counter() + (parcel.budget_s or 0.0)
    for question in parcel.questions:
        if parcel.budget_s is not None and len(found.took_ms) >= LEAST and time.perf_counter() > ends:
            break
        started = time.perf_counter()
        ranking = ask(question)
        found.took_ms.append((time.perf_counter() - started) * 1000)
        found.rankings.append(ranking)
    return found


def serve(load: Callable[[Parcel], Ask]) -> None:
    """Be a child process: read the parcel of the folder named first, load it, answer it, write what was found."""
    sys.addaudithook(_stay)
    folder = Path(sys.argv[1])
    parcel = read(folder)
    found = answered(parcel, load(parcel))
    (folder / FOUND).write_text(json.dumps(asdict(found)), encoding="utf-8")


def batches(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Yield all pieces, BATCH at a time."""
    for start in range(0, len(pieces), BATCH):
        yield pieces[start : start + BATCH]


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    vectors = np.fromfile(folder / f"{name}.f32", dtype="<f4").reshape(len(lines), -1)
    for line, vector in zip(lines, vectors, strict=True):
        said = {
            key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(line).items()
        }
        yield {**said, "vector": vector}


def _stay(event: str, arguments: tuple[object, ...]) -> None:
    if event in LEAVING:
        raise PermissionError(f"a rival reached for the network: {event} {arguments[1:2]}")

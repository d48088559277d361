"""Put the newest edition of a document before the older ones, and let one of several copies stand for all. Pure.

A company keeps "Travel Policy 2024" beside "Travel Policy 2026", and the same sheet in two folders. An older edition's
passage is one whose document is called the same but for numbers, lies in the same collection, is dated earlier, and is
near to a passage of the newer one: minutes of two meetings are called the same, too, and say different things.

Nearness is the cosine on multilingual-e5-small's scale, levelled; in the sample company's documents the same section of
two editions has .837 to .952, other sections of these at most .828.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from retrieval.language import fold
from retrieval.rank import Candidate
from retrieval.types import FloatVector, Passage

NEAR: Final = 0.83
# In units of the ranking's score, whose features have a deviation of one, as `wanted.BONUS`: enough to go behind what
# is as good, not to bury a passage that fits the question distinctly better.
MALUS: Final = 0.7

_NUMBERS: Final = re.compile(r"[\W\d_]*\d[\W\d_]*")

Scored = Sequence[tuple[Candidate, float]]


def newest_first(scored: Scored, vectors: Mapping[str, FloatVector]) -> Scored:
    """Return candidates and scores with the passages of older editions behind their equals.

    `vectors` are those of the candidates by chunk id; without them nothing is known to be older.
    """
    older = _older([one.passage for one, _ in scored], vectors)
    if not older:
        return scored
    moved = [(one, score - MALUS * (one.passage.chunk_id in older)) for one, score in scored]
    return sorted(moved, key=lambda pair: -pair[1])


def copies_last(scored: Scored) -> Scored:
    """Return candidates and scores with those at the end that a better one repeats word for word.

    Title and headings count: the same short answer under another question is another answer.
    """
    first: list[tuple[Candidate, float]] = []
    again: list[tuple[Candidate, float]] = []
    seen: set[str] = set()
    for one, score in scored:
        whole = (one.passage.title, *one.passage.heading_path, one.passage.text)
        text = " ".join("\n".join(whole).casefold().split())
        (again if text in seen else first).append((one, score))
        seen.add(text)
    return [*first, *again]


def _older(passages: Sequence[Passage], vectors: Mapping[str, FloatVector]) -> set[str]:
    """Return the chunk ids of the passages that a newer edition's passage, among them too, stands for."""
    editions: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for one in passages:
        editions[one.collection_id, _called(one.title)].append(one)
    return {
        one.chunk_id
        for (_, called), same in editions.items()
        if called and len({one.dated for one in same}) > 1
        for one in same
        if any(one.dated < other.dated and _are_near(one, other, vectors) for other in same)
    }


def _called(title: str) -> str:
    """Return a title without its numbers and what surrounds them: "Travel Policy (2024)" as travelpolicy."""
    return "".join(_NUMBERS.sub(" ", fold(title)).split()) if any(map(str.isalpha, title)) else ""


def _are_near(one: Passage, other: Passage, vectors: Mapping[str, FloatVector]) -> bool:
    mine, others = vectors.get(one.chunk_id), vectors.get(other.chunk_id)
    if mine is None or others is None:
        return False
    lengths = max(float(np.linalg.norm(mine) * np.linalg.norm(others)), 1e-12)
    return float(mine @ others) / lengths >= NEAR

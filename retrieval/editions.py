"""Put the newest edition of a document before the older ones, and let one of several copies stand for all. Pure.

A company keeps "Travel Policy 2024" beside "Travel Policy 2026", and the same sheet in two folders. An older edition's
passage is one whose document is called the same but for years and versions, lies in the same collection, is of an
earlier year by its name, or an earlier date where the names say none, and is near to a passage of the newer one:
minutes of two meetings are called the same, too, and say different things. Other numbers tell documents apart, as those
of invoices do.

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

_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
# A year with its month and day, or a version: "2026", "2024-05", "12.3.2026", "v2.1".
_EDITION: Final = re.compile(
    r"(?:(?<![\W_])[\W_]++)?(?:(?:\d{1,2}[./-]){0,2}(?:19|20)\d\d(?:[./-]\d{1,2}){0,2}|\bv?\d+(?:\.\d+)+)(?!\d)[\W_]*+"
)

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

    Title, headings and the file's name count: the same short answer under another question is another answer, and one
    clause of two contracts stands in both.
    """
    first: list[tuple[Candidate, float]] = []
    again: list[tuple[Candidate, float]] = []
    seen: set[str] = set()
    for one, score in scored:
        whole = (one.passage.file_name, one.passage.title, *one.passage.heading_path, one.passage.text)
        text = " ".join("\n".join(whole).casefold().split())
        (again if text in seen else first).append((one, score))
        seen.add(text)
    return [*first, *again]


def _older(passages: Sequence[Passage], vectors: Mapping[str, FloatVector]) -> set[str]:
    """Return the chunk ids of the passages that a newer edition's passage, among them too, stands for."""
    editions: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    called = {title: _called(title) for title in {one.title for one in passages}}
    for one in passages:
        editions[one.collection_id, called[one.title]].append(one)
    return {
        one.chunk_id
        for (_, name), same in editions.items()
        if name
        for one, is_older in zip(same, _stood_for(same, vectors), strict=True)
        if is_older
    }


def _stood_for(same: Sequence[Passage], vectors: Mapping[str, FloatVector]) -> Sequence[bool]:
    """Say of each passage whether a younger one among `same` is near to it."""
    ages = [_age(one) for one in same]
    if len(set(ages)) == 1:
        return [False] * len(same)
    order = {age: place for place, age in enumerate(sorted(set(ages)))}
    places = np.array([order[age] for age in ages])
    nowhere = np.zeros_like(next(iter(vectors.values()), np.zeros(1, np.float32)))
    own = np.stack([vectors.get(one.chunk_id, nowhere) for one in same])
    units = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
    is_near, is_younger = units @ units.T >= NEAR, places > places[:, None]
    return [bool(one) for one in (is_near & is_younger).any(axis=1)]


def _called(title: str) -> str:
    """Return a title without years and versions: "Travel Policy (2024)" as travelpolicy; "" where nothing is left."""
    return "".join(_EDITION.sub(" ", fold(title)).split())


def _age(passage: Passage) -> tuple[str, str]:
    """Return the latest year that the document is called by, or its file's, and then its file's date."""
    return max(_YEAR.findall(passage.title), default=passage.dated[:4]), passage.dated

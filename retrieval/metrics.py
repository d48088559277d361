"""Define the figures a ranking is judged by. Pure; one implementation for every set.

A ranking is a list of document ids, best first, each at most once. `grades` maps a relevant document to its grade
(1 or more); documents not in it are not relevant.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

DEPTH: Final = 10


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return DCG/IDCG at `depth`, gain = grade, discount = log2(rank + 1) (trec_eval ndcg_cut)."""
    gained = _dcg(grades.get(document, 0) for document in ranking[:depth])
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return gained / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Return the share of the relevant documents that are in the first `depth`."""
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def hit(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return 1 where a relevant document is in the first `depth`, else 0."""
    return 1.0 if any(grades.get(document, 0) > 0 for document in ranking[:depth]) else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return 1/rank of the first relevant document, 0 where it is past `depth`."""
    for rank, document in enumerate(ranking[:depth], start=1):
        if grades.get(document, 0) > 0:
            return 1 / rank
    return 0.0


def share(values: Sequence[str], wanted: str, depth: int = DEPTH) -> float:
    """Return the share of the first `depth` values that are `wanted`, 0 for none."""
    first = values[:depth]
    return sum(value == wanted for value in first) / len(first) if first else 0.0


def collapse(documents: Iterable[str]) -> list[str]:
    """Return the documents of ranked chunks, each at its best place."""
    return list(dict.fromkeys(documents))


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, 0 for none."""
    return sum(values) / len(values) if values else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie, by the nearest rank; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _dcg(grades: Iterable[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))

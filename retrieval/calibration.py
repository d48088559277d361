"""Define the figures a yes-or-no judgement with a score is judged by. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

BINS: Final = 10  # of equal width, as Guo et al., ICML 2017, draw reliability curves


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return how often a positive's score is above a negative's, ties half; None where either side is empty."""
    if not positive or not negative:
        return None
    every = np.concatenate([positive, negative])
    values, inverse, counts = np.unique(every, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # of ties the middle one (Mann and Whitney 1947)
    above = float(ranks[: len(positive)].sum()) - len(positive) * (len(positive) + 1) / 2
    return above / (len(positive) * len(negative)) if len(values) > 1 else 0.5


def reliability(positive: Sequence[float], negative: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return for each bin that holds any score: the mean score, the share that is positive, its weight in the whole.

    Either side weighs half, however many it is: the scores promise an even chance before anything is known.
    """
    scores = np.array([*positive, *negative])
    outcomes = np.array([1.0] * len(positive) + [0.0] * len(negative))
    weights = np.array(
        [0.5 / max(len(positive), 1)] * len(positive) + [0.5 / max(len(negative), 1)] * len(negative)
    )
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    found = []
    for place in sorted(set(places.tolist())):
        here = places == place
        weight = float(weights[here].sum())
        promised, kept = (float((weights * of)[here].sum()) / weight for of in (scores, outcomes))
        found.append((promised, kept, weight))
    return found


def calibration_error(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the expected calibration error: mean distance of promise and truth over the bins, by their weight."""
    curve = reliability(positive, negative)
    whole = sum(weight for _, _, weight in curve)
    return sum(abs(promised - kept) * weight for promised, kept, weight in curve) / whole if whole else 0.0

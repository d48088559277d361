"""Hold the figures of a score against counts made by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.calibration import auroc, calibration_error, reliability

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    """Every pair of a positive and a negative counts: 1 where the positive is above, half for a tie."""
    pairs = [(one > other) + (one == other) / 2 for one in positive for other in negative]
    assert auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


def test_auroc_of_one_side_is_unknown() -> None:
    """There is no order of what is not there."""
    assert auroc([], [0.5]) is None
    assert auroc([0.5], []) is None


def test_reliability_weighs_both_outcomes_alike() -> None:
    """One answerable question counts as much as four unanswerable ones together."""
    curve = reliability([0.95], [0.95, 0.15, 0.15, 0.15])
    assert curve[0] == pytest.approx((0.15, 0.0, 0.375))
    assert curve[1] == pytest.approx((0.95, 0.5 / 0.625, 0.625))


def test_calibration_error_is_the_mean_distance() -> None:
    """A score that keeps its promises has none; certainty that is wrong half the time has half."""
    assert calibration_error([0.75, 0.75, 0.75, 0.25], [0.25, 0.25, 0.25, 0.75]) == pytest.approx(0.0)
    assert calibration_error([1.0], [1.0]) == pytest.approx(0.5)
    assert calibration_error([], []) == 0.0

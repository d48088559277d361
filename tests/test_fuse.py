"""Hold the fusion of two rankings."""

from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fuse import BALANCED, Weights, fuse, standardised, weights_for
from retrieval.types import Hit

LEG = st.dictionaries(st.sampled_from("abcdefghij"), st.floats(0, 40), max_size=10).map(
    lambda scores: [Hit(one, scores[one]) for one in sorted(scores, key=lambda one: -scores[one])]
)


@given(LEG, LEG)
def test_nothing_is_lost_and_nothing_doubled(dense: list[Hit], sparse: list[Hit]) -> None:
    """Every chunk of either leg appears once, with the legs' own scores, best first, and repeatably."""
    fused = fuse(dense, sparse)
    assert sorted(one.chunk_id for one in fused) == sorted({hit.chunk_id for hit in (*dense, *sparse)})
    assert [one.score for one in fused] == sorted((one.score for one in fused), reverse=True)
    assert {one.chunk_id: one.dense for one in fused if one.dense is not None} == {
        hit.chunk_id: hit.score for hit in dense
    }
    assert fused == fuse(dense, sparse)


@given(LEG)
def test_one_leg_alone_keeps_its_order(leg: list[Hit]) -> None:
    """Where the other leg found nothing, the order is that of the one that did."""
    for fused in (fuse(leg, []), fuse([], leg)):
        scores = {hit.chunk_id: hit.score for hit in leg}
        found = [scores[one.chunk_id] for one in fused]
        assert found == pytest.approx(sorted(found, reverse=True), abs=1e-9)


@given(LEG.filter(lambda leg: len(leg) > 1))
def test_agreement_wins(leg: list[Hit]) -> None:
    """What both legs rank in the same order stays in that order."""
    scores = {hit.chunk_id: hit.score for hit in leg}
    found = [scores[one.chunk_id] for one in fuse(leg, leg)]
    assert found == pytest.approx(sorted(found, reverse=True), abs=1e-9)


def test_lone_exact_match_stands_out() -> None:
    """A code that only one chunk holds beats fifty chunks that are merely alike."""
    dense = [Hit(f"{number:02}", 0.9 - number / 1000) for number in range(50)]
    assert fuse(dense, [Hit("30", 8.0)])[0].chunk_id == "30"
    assert fuse(dense, [Hit("elsewhere", 8.0)])[0].chunk_id == "elsewhere"


def test_embedder_that_does_not_speak_the_language_counts_little() -> None:
    """An English model's order does not overturn BM25 on a Russian question."""
    assert weights_for("ru", frozenset({"en"})) == Weights(dense=0.1, sparse=0.9)
    assert weights_for("en", frozenset({"en"})) == weights_for("ru", None) == BALANCED
    dense = [Hit("b", 0.9), Hit("a", 0.1)]
    sparse = [Hit("a", 9.0), Hit("b", 1.0)]
    assert fuse(dense, sparse, weights_for("ru", frozenset({"en"})))[0].chunk_id == "a"


@given(st.lists(st.integers(-400, 400).map(lambda tenth: tenth / 10), min_size=1, max_size=60))
def test_standardised_scores_are_those_of_the_textbook(scores: list[float]) -> None:
    """Score less mean over deviation, within six of them; scores that are all the same lie in the middle."""
    middle, spread = fmean(scores), pstdev(scores)
    expected = [max(-6.0, min(6.0, (score - middle) / spread)) if spread else 0.0 for score in scores]
    assert standardised(scores) == pytest.approx(expected)


def test_lacking_score_counts_as_the_least() -> None:
    """A chunk that a leg says nothing of lies where its farthest one does."""
    assert list(standardised([3.0, None, 1.0])) == pytest.approx(list(standardised([3.0, 1.0, 1.0])))
    assert list(standardised([None, None])) == [0.0, 0.0]

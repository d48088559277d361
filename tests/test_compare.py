"""Hold what fails against committed figures, and that nothing is compared which was not made alike."""

from dataclasses import replace

import pytest

from retrieval.compare import NOTHING, Figures, Group, LegFigures, compare, figures_of, merged
from retrieval.errors import InvalidRequest
from retrieval.evaluate import LEGS, Report, Row


def group(name: str, language: str, bm25: float, dense: float, hybrid: float) -> Group:
    """Return a group of 10 questions with these nDCG@10."""
    figures = {leg: LegFigures(ndcg, 0.5, 1.0) for leg, ndcg in zip(LEGS, (bm25, dense, hybrid), strict=True)}
    return Group(name, "qrels", language, 10, None, figures)


def made(*groups: Group) -> Figures:
    """Return figures of one embedder."""
    return Figures("e5", 300, groups)


def test_loss_within_the_bar_passes_and_beyond_it_fails() -> None:
    """A hundredth may be lost, and no more; the message names the group, the loss and what it was."""
    before = made(group("a", "en", 0.5, 0.5, 0.6))
    assert compare(made(group("a", "en", 0.5, 0.5, 0.59)), before).faults == ()
    faults = compare(made(group("a", "en", 0.5, 0.5, 0.5899)), before).faults
    assert len(faults) == 2  # the group, and its set's mean
    assert all("a" in fault and "0.0101" in fault for fault in faults)


def test_language_that_loses_fails_although_the_set_gains() -> None:
    """A gain in one language pays for no loss in another."""
    before = made(group("a", "de", 0.5, 0.5, 0.6), group("a", "fr", 0.5, 0.5, 0.6))
    after = made(group("a", "de", 0.5, 0.5, 0.55), group("a", "fr", 0.5, 0.5, 0.9))
    faults = compare(after, before).faults
    assert [fault.partition(":")[0] for fault in faults] == ["a qrels de"]


def test_set_is_judged_by_its_mean_too() -> None:
    """The mean is of the groups that both sides have: a language that is new neither helps nor harms it."""
    before = made(group("a", "de", 0.5, 0.5, 0.6), group("a", "fr", 0.5, 0.5, 0.6))
    after = made(
        group("a", "de", 0.1, 0.1, 0.57), group("a", "fr", 0.1, 0.1, 0.6), group("a", "it", 0.1, 0.1, 0.99)
    )
    faults = compare(after, before).faults
    assert len(faults) == 2
    assert "lost 0.0150 nDCG@10 on the mean of its 2 groups" in faults[1]


@pytest.mark.parametrize("legs", [(0.7, 0.5), (0.5, 0.7)])
def test_hybrid_below_its_better_leg_fails(legs: tuple[float, float]) -> None:
    """Whichever leg is better, half a hundredth below it is the most, in new sets too."""
    assert compare(made(group("a", "en", *legs, 0.695)), NOTHING).faults == ()
    (fault,) = compare(made(group("a", "en", *legs, 0.6949)), NOTHING).faults
    assert "0.0051 nDCG@10 below its better leg" in fault


def test_what_was_not_measured_is_told_and_not_passed() -> None:
    """Committed groups without data and measured groups without committed figures have states of their own."""
    before = made(group("a", "en", 0.5, 0.5, 0.6), group("gone", "en", 0.9, 0.9, 0.1))
    compared = compare(made(group("a", "en", 0.5, 0.5, 0.6), group("b", "en", 0.5, 0.5, 0.6)), before)
    assert [(line.group.set, line.state, line.change) for line in compared.lines] == [
        ("a", "measured", 0.0),
        ("b", "new", None),
        ("gone", "not measured", None),
    ]
    assert compared.faults == ()


def test_other_number_of_questions_is_a_fault() -> None:
    """A group whose data were replaced is not compared in silence."""
    before = made(group("a", "en", 0.5, 0.5, 0.6))
    (fault,) = compare(made(replace(before.groups[0], queries=9)), before).faults
    assert "9 questions, 10 committed" in fault


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Figures("other", 300, ()), "are of e5, these of other"),
        (Figures("e5", None, ()), "--max-queries 300"),
    ],
)
def test_figures_made_otherwise_are_refused(other: Figures, message: str) -> None:
    """Neither another embedder nor another number of questions compares, nor stands beside what is kept."""
    committed = made(group("a", "en", 0.5, 0.5, 0.6))
    measured = replace(other, groups=(group("b", "en", 0.5, 0.5, 0.6),))
    with pytest.raises(InvalidRequest, match=message) as refused:
        compare(measured, committed)
    assert "--save" in refused.value.remedy
    with pytest.raises(InvalidRequest, match=message):
        merged(measured, committed)


def test_saving_one_set_keeps_the_others() -> None:
    """New figures replace those of their groups; a whole new run replaces figures that were made otherwise."""
    committed = made(group("a", "en", 0.5, 0.5, 0.6), group("b", "en", 0.5, 0.5, 0.6))
    after = merged(made(group("b", "en", 0.5, 0.5, 0.7)), committed)
    assert [(one.set, one.hybrid) for one in after.groups] == [("a", 0.6), ("b", 0.7)]
    whole = replace(after, embedder="other")
    assert merged(whole, committed) == whole


def test_words_alone_are_no_figures_to_commit() -> None:
    """A run without the embedder has no hybrid to hold."""
    row = Row("a", "qrels", "en", "bm25", 1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, None)
    with pytest.raises(InvalidRequest, match="only bm25 ran"):
        figures_of(Report("", None, (row,)))

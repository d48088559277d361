"""No figure that is shown, no difference of two and no total less its parts tells of one to four people."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suppression import FEWEST, MEASURED, PARTS, TOTAL, Answers, Figure, hidden

DAYS = [Figure("day", f"2026-03-0{day}") for day in range(2, 6)]
FATES = [Figure("outcome", fate) for fate in ("answered", "refused", "failed")]
UP = Figure("thumb", "up")

Rows = list[tuple[int, int, int, bool, int]]  # asker, day, fate, thumb up, collections looked into as bits


def table(rows: Rows) -> tuple[dict[str, dict[Figure, Answers]], list[str]]:
    """Return the figures of a house with two collections, and who asked."""
    scopes: dict[str, dict[Figure, Answers]] = {}
    for scope, bit in (("", 0), ("a", 1), ("b", 2)):
        mine = [n for n, row in enumerate(rows) if not bit or row[4] & bit]
        figures = {TOTAL: frozenset(mine), UP: frozenset(n for n in mine if rows[n][3])}
        figures |= {day: frozenset(n for n in mine if rows[n][1] == at) for at, day in enumerate(DAYS)}
        figures |= {fate: frozenset(n for n in mine if rows[n][2] == at) for at, fate in enumerate(FATES)}
        scopes[scope] = figures
    return scopes, [str(row[0]) for row in rows]


row = st.tuples(
    st.integers(0, 9), st.integers(0, 3), st.integers(0, 2), st.booleans(), st.sampled_from([0, 1, 3, 3, 3])
)


@given(st.lists(row, max_size=60))
def test_nothing_that_can_be_computed_tells_of_too_few(rows: Rows) -> None:
    """An attacker with all shown figures subtracts any two that lie within each other, and parts from their total."""
    scopes, askers = table(rows)
    kept_back = hidden(scopes, askers)

    def people(answers: Answers) -> int:
        return len({askers[one] for one in answers})

    shown = {
        (s, f): a for s, figures in scopes.items() for f, a in figures.items() if (s, f) not in kept_back
    }
    assert all(people(answers) >= FEWEST for answers in shown.values())
    for ((left, first), larger), ((right, second), smaller) in product(shown.items(), repeat=2):
        is_natural = first == second or (left == right and first == TOTAL and second.kind not in PARTS)
        if is_natural and smaller < larger and first.kind not in MEASURED:
            assert not 0 < people(larger - smaller) < FEWEST, (left, first, right, second)
    for scope, kind in product(scopes, PARTS):
        told = [answers for (s, figure), answers in shown.items() if s == scope and figure.kind == kind]
        if (scope, TOTAL) in shown:
            assert not 0 < people(shown[scope, TOTAL].difference(*told)) < FEWEST
        else:
            assert told == []  # they would add up to the total


def shown_of(rows: Rows, scope: str = "") -> set[str]:
    """Return which figures of a scope are shown, by their part or kind."""
    scopes, askers = table(rows)
    kept_back = hidden(scopes, askers)
    return {f.part or f.kind for f in scopes[scope] if (scope, f) not in kept_back}


def test_five_people_are_enough_and_four_are_not() -> None:
    """The same questions of four people are hidden altogether."""
    five: Rows = [(asker, 0, 0, False, 0) for asker in range(5)]
    assert shown_of(five) == {"questions", "2026-03-02", "answered"}
    assert shown_of(five[:4] * 10) == set()


def test_one_small_part_takes_a_second_with_it() -> None:
    """One person's failed question would be the total less the others; the smallest other part is hidden too."""
    rows: Rows = [(asker, 0, 0, False, 0) for asker in range(9)] + [
        (asker, 0, 1, False, 0) for asker in range(6)
    ]
    assert shown_of(rows) == {"questions", "2026-03-02", "answered", "refused"}
    assert shown_of([*rows, (0, 0, 2, False, 0)]) == {"questions", "2026-03-02", "answered"}


def test_who_gave_no_thumb_is_not_told_by_those_who_did() -> None:
    """Of six people five like every answer: the number of liked ones would tell the sixth's questions."""
    rows: Rows = [(asker, 0, 0, asker < 5, 0) for asker in range(6)]
    assert "up" not in shown_of(rows)
    assert "up" in shown_of(rows + [(asker, 0, 0, False, 0) for asker in range(6, 10)])


def test_who_asked_outside_a_collection_is_not_told_by_the_house() -> None:
    """House less collection would be one person's questions: the collection's figures are hidden, the house's stay."""
    rows: Rows = [(asker, 0, 0, False, 1) for asker in range(8)] + [(9, 0, 0, False, 0)]
    assert "questions" in shown_of(rows)
    assert shown_of(rows, "a") == set()
    assert "questions" in shown_of(rows[:8], "a")


@pytest.mark.parametrize("kind", ["day", "outcome"])
def test_parts_of_a_hidden_total_are_hidden(kind: str) -> None:
    """They would add up to it."""
    rows: Rows = [(asker, 0, 0, False, 1) for asker in range(8)] + [(9, 0, 0, False, 0)]
    scopes, askers = table(rows)
    kept_back = hidden(scopes, askers)
    assert {f for f in scopes["a"] if f.kind == kind} <= {f for s, f in kept_back if s == "a"}

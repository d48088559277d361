"""Hold how many of the labelled follow-ups the rules make findable, by words alone."""

from pathlib import Path

from tests.fakes import HashEmbedder
from tests.labelled.follow_ups import cases, misses, rules

RULES_MISS = 3  # of 41, by words alone; with the trial's embedder none


def test_set_is_well_formed() -> None:
    """Thirty follow-ups and more in three languages, each leaning on the question before it."""
    found = cases()
    assert len({case.id for case in found}) == len(found) >= 30
    assert {case.language for case in found} == {"en", "de", "fr"}
    assert [case.id for case in found if rules(case) == case.question] == []


def test_rules_find_what_the_bare_question_misses(tmp_path: Path) -> None:
    """Words of the question before bring the document that the follow-up is about."""
    embedder = HashEmbedder(is_down=False)
    bare = misses(tmp_path / "bare", embedder, lambda case: case.question)
    ruled = misses(tmp_path / "rules", embedder, rules)
    assert len(ruled[5]) <= RULES_MISS < len(bare[5])
    assert len(ruled[1]) < len(bare[1])

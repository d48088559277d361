"""Hold the ranking to what each of its features is there for. Vectors are made, so that only one thing differs."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from retrieval.fuse import fuse
from retrieval.language import terms
from retrieval.rank import STANDS_OUT, WEIGHTS, Candidate, Vectors, features, rank
from retrieval.types import FloatVector, Hit, Passage

QUESTION = "How long is the notice period for a forklift rental?"
TEXT = "The hall has a gate that opens at six."
AWAY = np.array([0, 1, 0, 0], dtype=np.float32)
ASKED = np.array([1, 0, 0, 0], dtype=np.float32)
NO_VECTORS = Vectors(ASKED, {}, {})


def a_passage(
    number: int,
    text: str = TEXT,
    *,
    title: str = "Rules",
    language: str = "en",
    document: str = "",
    position: int = 0,
) -> Passage:
    """Return a passage of a document of its own, unless one is named."""
    document = document or f"d{number}"
    return Passage(
        f"c{number}", document, "v", "handbook", title, "a.txt", "text/plain", language, (), text, position, None, (),
        "2026-01-01",
    )  # fmt: skip


def candidates(
    passages: list[Passage], *, dense: list[float], sparse: list[float | None] | None = None
) -> list[Candidate]:
    """Return the passages as both legs found them; a sparse score of None: not by that one."""
    words = sparse or [None] * len(passages)
    fused = fuse(
        [Hit(one.chunk_id, score) for one, score in zip(passages, dense, strict=True)],
        [Hit(one.chunk_id, score) for one, score in zip(passages, words, strict=True) if score is not None],
    )
    by_id = {one.chunk_id: one for one in passages}
    return [Candidate(one, by_id[one.chunk_id]) for one in fused]


def order(found: list[Candidate], vectors: dict[str, FloatVector] | None = None) -> list[str]:
    """Return the chunk ids in the order of the ranking."""
    return [
        one.fused.chunk_id for one, _ in rank(QUESTION, ("en",), found, Vectors(ASKED, vectors or {}, {}))
    ]


def test_phrase_of_the_question_lifts_its_passage() -> None:
    """The same words in the order of the question say more than apart."""
    together = a_passage(1, "A rental ends with a notice period of a month for each forklift.")
    apart = a_passage(2, "A period of a month for each forklift ends a rental with a notice.")
    assert order(candidates([apart, together], dense=[0.9, 0.9], sparse=[5.0, 5.0]))[0] == "c1"


def test_title_that_the_question_names_lifts_its_passage() -> None:
    """Two handbooks say the same; the question names one of them."""
    named, other = a_passage(1, title="Forklift rental"), a_passage(2, title="Crane inspection")
    assert order(candidates([other, named], dense=[0.9, 0.9], sparse=[5.0, 5.0]))[0] == "c1"


def test_passage_between_good_ones_is_lifted() -> None:
    """What stands between two passages that were found is more likely meant than a stranger of the same scores."""
    around = [a_passage(number, document="guide", position=number) for number in (1, 2, 3)]
    stranger, far = a_passage(4, document="other", position=9), a_passage(5)
    found = candidates([around[0], around[2], stranger, around[1], far], dense=[0.9, 0.9, 0.85, 0.85, 0.7])
    placed = order(found)
    assert placed.index("c2") < placed.index("c4")


def test_words_are_not_held_against_another_language() -> None:
    """A German passage of the nearest meaning stands before English ones that share some words."""
    german = a_passage(1, "Die Kündigungsfrist für einen Gabelstapler beträgt einen Monat.", language="de")
    english = [a_passage(number, "A notice hangs in the hall.") for number in range(2, 9)]
    found = candidates(
        [german, *english],
        dense=[0.93] + [0.84 - number / 500 for number in range(7)],
        sparse=[None] + [1.0] * 7,
    )
    assert order(found)[0] == "c1"


def test_feedback_brings_up_what_resembles_the_best() -> None:
    """Of two passages alike to the question, the one that is also like the three best ones comes first."""
    best = [a_passage(number) for number in (1, 2, 3)]
    like, unlike = a_passage(4), a_passage(5)
    vectors = {one.chunk_id: np.array([0.8, 0.0, 0.6, 0.0], np.float32) for one in (*best, like)}
    vectors["c5"] = np.array([0.8, 0.0, 0.0, 0.6], np.float32)
    placed = order(candidates([*best, unlike, like], dense=[0.9, 0.9, 0.9, 0.8, 0.8]), vectors)
    assert placed.index("c4") < placed.index("c5")


@given(
    some.lists(
        some.tuples(some.floats(-1, 1), some.one_of(some.none(), some.floats(0, 40)), some.text(max_size=40)),
        min_size=1,
        max_size=12,
    )
)
def test_every_candidate_is_ranked_once_whatever_it_holds(
    drawn: list[tuple[float, float | None, str]],
) -> None:
    """No score, text or missing vector loses a passage, repeats one, or makes a score that is no number."""
    passages = [a_passage(number, text) for number, (_, _, text) in enumerate(drawn)]
    found = candidates(
        passages, dense=[cosine for cosine, _, _ in drawn], sparse=[words for _, words, _ in drawn]
    )
    ranked = rank(QUESTION, ("en",), found, Vectors(ASKED, {"c0": AWAY}, {}))
    assert sorted(one.fused.chunk_id for one, _ in ranked) == sorted(one.chunk_id for one in passages)
    assert all(np.isfinite(score) for _, score in ranked)


def test_loan_word_costs_a_foreign_passage_nothing() -> None:
    """Of two passages in another language, nearer ones first, a shared code is no reason to fall behind the other."""
    with_code = a_passage(1, "Der Fehler E-417 bedeutet, dass das Fach leer ist.", language="de")
    without = a_passage(2, "Das Fach ist voll.", language="de")
    own = a_passage(3, "The garage opens at six.")
    found = candidates([with_code, without, own], dense=[0.9, 0.88, 0.7], sparse=[1.0, None, 8.0])
    assert order(found)[0] == "c1"
    columns = features(QUESTION, ("en",), found, NO_VECTORS)
    ids = [one.fused.chunk_id for one in found]
    assert columns["dense_foreign"][ids.index("c1")] > columns["dense_foreign"][ids.index("c2")] > 0
    assert columns["dense_foreign"][ids.index("c3")] == 0


@pytest.mark.parametrize("language", ["en", "und", "de"])
def test_features_are_those_that_have_a_weight(language: str) -> None:
    """Each is a number for each candidate, in whatever language the question is."""
    found = candidates([a_passage(1), a_passage(2)], dense=[0.9, 0.8], sparse=[1.0, None])
    columns = features(QUESTION, (language,), found, NO_VECTORS)
    assert set(columns) == set(WEIGHTS)
    assert all(column.shape == (2,) and column.dtype == np.float32 for column in columns.values())


@given(some.lists(some.sampled_from(["crane", "crane's", "gate", "hall", "gates"]), max_size=12))
def test_phrase_is_the_share_of_the_questions_neighbours(words: list[str]) -> None:
    """Of the question's pairs of neighbouring terms, those count that are neighbours in the passage in that order."""
    asked = "crane gate hall gate"
    found = candidates([a_passage(1, " ".join(words), title="")], dense=[0.9])
    wanted, held = set(pairwise(terms(asked, "en"))), set(pairwise(terms(" ".join(words), "en")))
    column = features(asked, ("en",), found, NO_VECTORS)["phrase"]
    assert column == pytest.approx([len(wanted & held) / len(wanted)])


def test_title_that_stands_out_lifts_its_passages() -> None:
    """Of many titles only one far nearer to the question than the rest counts; one without a vector is no nearer."""
    passages = [replace(a_passage(number), version_id=f"v{number}") for number in range(12)]
    near, far = np.array([0.9, 0.4, 0, 0], np.float32), np.array([0.3, 0.9, 0, 0], np.float32)
    titles = {f"v{number}": far for number in range(10)} | {"v10": near}
    found = candidates(passages, dense=[0.8] * 12)
    column = features("Rent?", ("en",), found, Vectors(ASKED, {}, titles))["title_meaning"]
    by_id = dict(zip((one.fused.chunk_id for one in found), column, strict=True))
    assert by_id.pop("c10") > STANDS_OUT
    assert set(by_id.values()) == {0.0}
    assert not features("Rent?", ("en",), found, NO_VECTORS)["title_meaning"].any()
    damaged = {"v10": np.full(4, np.nan, np.float32), "v11": np.zeros(3, np.float32)}
    assert not features("Rent?", ("en",), found, Vectors(ASKED, {}, damaged))["title_meaning"].any()

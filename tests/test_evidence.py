"""Hold the judgement whether passages can answer a question."""

from dataclasses import replace

import pytest

from retrieval.evidence import judge, judge_by_words, judge_for
from retrieval.types import Passage, RankedPassage, SearchResult


def found(*texts: str, likeness: tuple[float | None, ...] = (), language: str = "en") -> SearchResult:
    """Return a search result of these texts in this order."""
    ranked = tuple(
        RankedPassage(
            Passage(
                str(rank), "d", "v", "c", "", "f", "text/plain", "en", (), text, rank, None, (), "2026-01-01"
            ),
            rank,
            1.0,
            likeness[rank] if rank < len(likeness) else None,
            None,
        )
        for rank, text in enumerate(texts)
    )
    return SearchResult(ranked, language, {}, ())


def test_no_passage_is_no_answer() -> None:
    """Nothing found cannot be answered, and the reason says so."""
    verdict = judge("How many days of leave do I have?", found())
    assert (verdict.score, verdict.is_answerable) == (0.0, False)
    assert verdict.reason == "no passage found"


def test_passage_on_the_question_is_answerable() -> None:
    """A near passage that holds the question's words is worth asking the model."""
    verdict = judge(
        "How many days of leave do employees have?",
        found("Employees have 30 days of leave a year.", "Parking is free.", likeness=(0.33, 0.22)),
    )
    assert verdict.is_answerable
    assert verdict.score > 0.9


def test_foreign_corpus_is_refused() -> None:
    """Far passages without the question's words are not."""
    verdict = judge(
        "Who won the football championship in 1998?",
        found("Parking is free for visitors.", "The canteen opens at noon.", likeness=(0.13, 0.125)),
    )
    assert not verdict.is_answerable


def test_passage_in_another_language_is_answerable() -> None:
    """A passage that shares no word with the question but stands out in the embedding is worth asking the model."""
    verdict = judge(
        "Wie viele Urlaubstage stehen mir zu?",
        found("Employees have 30 days of leave.", "Parking.", likeness=(0.25, 0.19), language="de"),
    )
    assert verdict.is_answerable


def test_words_without_nearness_are_no_evidence() -> None:
    """Passages far from the question are refused although one of them shares a word with it."""
    verdict = judge(
        "May I bring my dog to the office?",
        found("The office opens at eight.", "Parking is free.", likeness=(0.16, 0.14)),
    )
    assert not verdict.is_answerable


def test_nearness_asks_for_fewer_words() -> None:
    """A paraphrase that shares no word is tried where its passage is near, and more so for each word it holds."""
    near = found("Annual leave is thirty days.", "Parking is free.", likeness=(0.33, 0.18))
    verdict = judge("How much holiday do employees get?", near)
    assert verdict.is_answerable
    assert judge("How much annual holiday do employees get?", near).score > verdict.score


def test_passage_in_another_language_counts_below_those_in_the_questions() -> None:
    """What the question's own language lacks, a near passage in another may hold: it is tried."""
    own = found("Die Kantine ist offen.", likeness=(0.15,), language="de").passages[0]
    own = replace(own, passage=replace(own.passage, language="de"))
    other = found("Passwords have at least 14 characters.", "Parking.", likeness=(0.26, 0.18)).passages
    question = "Wie viele Zeichen muss ein Passwort mindestens haben?"
    assert judge(question, SearchResult((own, *other), "de", {}, ())).is_answerable
    assert not judge(question, SearchResult((own,), "de", {}, ())).is_answerable


def test_missing_code_lowers_the_score_and_is_named() -> None:
    """A code that no passage holds halves the score; the reason names it."""
    passages = found("Error E-418: paper jam in the tray", likeness=(0.25,))
    missing = judge("What does error E-417 mean?", passages)
    present = judge("What does error E-418 mean?", passages)
    assert missing.score < present.score
    assert "e417" in missing.reason


def test_words_decide_without_the_embedder() -> None:
    """While the embedder is down, or with a model of another scale, shared words are enough and none are not."""
    assert judge("travel expenses", found("Travel expenses are paid monthly.")).is_answerable
    assert not judge("football championship trophy", found("Travel expenses are paid monthly.")).is_answerable
    far, near = found("Travel expenses.", likeness=(0.01,)), found("Parking is free.", likeness=(0.9,))
    assert judge_by_words("travel expenses", far).is_answerable
    assert not judge_by_words("travel expenses", near).is_answerable


@pytest.mark.parametrize("name", ["multilingual-e5-small-q4@cd1caf18+lead+level", "multilingual-e5-small@1"])
def test_meaning_counts_where_its_scale_is_known(name: str) -> None:
    """The formulas were fitted to one model's vectors; any other's are left to the words."""
    assert judge_for(name) is judge
    assert judge_for("bge-m3@0a1b2c3d+lead+level") is judge_by_words


def test_judgement_is_repeatable() -> None:
    """The same question and passages give the same judgement, and a score between 0 and 1."""
    result = found("alpha beta", "gamma", likeness=(0.2, 0.19))
    assert judge("alpha gamma", result) == judge("alpha gamma", result)
    assert 0 <= judge("", result).score <= 1

"""Say whether the passages found can answer the question at all. Pure.

What is read off them, none of which needs the text of the whole corpus:
    likeness  of the nearest passage, on multilingual-e5-small's levelled scale (about .1 to .35)
    held      how many of the question's terms the first passage holds
    coverage  share of the question's terms that any of the passages holds; in two languages, that the best one holds
    lead      in two languages: how much nearer the nearest passage is than the farthest; they share no words, but the
              passage that answers stands out

Two logistic regressions: one over likeness, held and coverage, fitted to the dev half of nine sets, own questions
against foreign ones and answers against look-alikes; one over coverage, likeness and lead where question and passage
are in two languages. `intramuros eval evidence` prints how well they do, `retrieval/EXPERIMENTS.md` has what lost.

The operating point: refusing what can be answered is worse than a try, for each sentence is checked after generation.
So the threshold is where 1 in 100 questions that the documents answer is refused, not where both faults are as many.
A passage on the topic that lacks the fact mostly passes: of such look-alikes 1 in 25 is refused.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from retrieval.language import codes, terms
from retrieval.level import is_calibrated
from retrieval.types import RankedPassage, SearchResult

UNRELATED: Final = 0.2  # likeness
BIAS: Final = -8.08
PER_LIKENESS: Final = 43.7
PER_HELD: Final = 1.77  # of the logarithm: one more of two terms says more than one more of ten
PER_COVERAGE: Final = 4.55

WIDE_BIAS: Final = -2.77
WIDE_PER_COVERAGE: Final = 1.34
WIDE_PER_LIKENESS: Final = 57.9
WIDE_PER_LEAD: Final = 36.7

# By words alone half of them in one passage is an even chance.
WORDS_BIAS: Final = -2.5
WORDS_PER_COVERAGE: Final = 5.0

THRESHOLD: Final = 0.05
WORDS_THRESHOLD: Final = 0.1  # the signal is weaker
MISSING_CODE: Final = 0.5  # "E-417" that no passage holds: a sign, no proof, for it may be written otherwise


@dataclass(frozen=True, slots=True)
class Answerability:
    """Say how likely the passages answer the question (0..1), whether to try, and why."""

    score: float
    is_answerable: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Signals:
    """Hold what is read off the passages. Shares are of the question's terms."""

    first_held: int  # terms that the first passage holds
    best: float  # share that the passage with most of them holds
    coverage: float  # share that any passage holds
    likeness: tuple[float, ...]  # of the passages to the question; empty without the model
    is_one_language: bool  # all passages are in the language of the first
    is_own_language: bool  # the first is in the question's


Judge = Callable[[str, SearchResult], Answerability]
_Chance = tuple[float, float]  # that the passages answer, and the one from which on it is worth a try


def judge_for(embedder: str) -> Judge:
    """Return how evidence is judged where the embedder of this name searched."""
    return judge if is_calibrated(embedder) else judge_by_words


def judge(question: str, found: SearchResult) -> Answerability:
    """Return whether it is worth asking the model. Rarely refuses what can be answered."""
    return _judged(question, found, _by_meaning)


def judge_by_words(question: str, found: SearchResult) -> Answerability:
    """Return the same without a look at the meaning, on whose scale another model may be."""
    return _judged(question, found, _by_words)


def _judged(question: str, found: SearchResult, chance_of: Callable[[_Signals], _Chance]) -> Answerability:
    if not found.passages:
        return Answerability(0.0, is_answerable=False, reason="no passage found")
    signals = _signals(question, found)
    chance, threshold = chance_of(signals)
    missing = _missing_codes(question, found.passages)
    score = chance * MISSING_CODE if missing else chance
    reason = f"best passage holds {signals.best:.0%} of the question's terms"
    if missing:
        reason += f"; no passage holds {', '.join(missing)}"
    return Answerability(round(score, 4), is_answerable=score >= threshold, reason=reason)


def _signals(question: str, found: SearchResult) -> _Signals:
    asked = set(terms(question, found.language))
    held = [asked.intersection(_held(one)) for one in found.passages]
    number, first = max(len(asked), 1), found.passages[0].passage.language
    return _Signals(
        first_held=len(held[0]),
        best=max(len(one) for one in held) / number,
        coverage=len(set().union(*held)) / number,
        likeness=tuple(one.dense for one in found.passages if one.dense is not None),
        is_one_language=all(one.passage.language == first for one in found.passages),
        is_own_language=first == found.language,
    )


def _by_meaning(signals: _Signals) -> _Chance:
    if not signals.likeness:
        return _by_words(signals)
    nearest = max(signals.likeness)
    if signals.is_own_language:
        words = PER_HELD * math.log1p(signals.first_held) + PER_COVERAGE * signals.coverage
        chance = _logistic(BIAS + PER_LIKENESS * (nearest - UNRELATED) + words)
        if chance >= THRESHOLD or signals.is_one_language:
            return chance, THRESHOLD
    # One in another language may answer what those in the question's do not, although they share words with it.
    nearness = WIDE_PER_LIKENESS * (nearest - UNRELATED) + WIDE_PER_LEAD * (nearest - min(signals.likeness))
    return _logistic(WIDE_BIAS + WIDE_PER_COVERAGE * signals.best + nearness), THRESHOLD


def _by_words(signals: _Signals) -> _Chance:
    return _logistic(WORDS_BIAS + WORDS_PER_COVERAGE * signals.best), WORDS_THRESHOLD


def _held(ranked: RankedPassage) -> set[str]:
    return set(terms(_text(ranked), ranked.passage.language))


def _missing_codes(question: str, passages: tuple[RankedPassage, ...]) -> list[str]:
    # Only codes with a letter or sign beside the digits: numbers and dates are written in too many ways.
    asked = [code for code in codes(question) if not code.isdigit()]
    if not asked:
        return []
    held = {code for one in passages for code in (*codes(_text(one)), *_held(one))}
    return [code for code in asked if code not in held]


def _text(ranked: RankedPassage) -> str:
    passage = ranked.passage
    return "\n".join((passage.title, *passage.heading_path, passage.text))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))

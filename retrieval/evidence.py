"""Say whether the passages found can answer the question at all. Pure.

Three signals, none of which needs the text of the whole corpus:
    coverage  share of the question's terms that the best passage holds
    cosine    of the nearest passage, on multilingual-e5-small's scale (unrelated .71-.86, related .83-.94)
    lead      of the nearest passage over the farthest one shown: a question in one language about a passage in another
              shares no words and has a middling cosine, but its passage stands out

A logistic regression over them, fitted on 414 questions against their own corpus, 360 against its translation and 1,710
against foreign corpora (northwind, CNIL, product docs, XQuAD de/en/ru; fitted and counted on the same questions):
    AUROC own against foreign .995, translation against foreign .817
    passage in the question's language, threshold .4: 0 of 414 refused wrongly, .633 of the foreign; .6: .012, .883
    passage in another language, threshold .1: .056 refused wrongly, .414 of the foreign; .2: .178, .629
Lost: coverage alone .992 and .393, cosine alone .995 and .632, coverage of all passages together as a fourth signal.
A passage on the topic that lacks the fact looks like an answer to all three (BM25 coverage on clapnq: median .50 where
unanswerable, .75 where answerable); such questions are left to the check of each sentence after generation.
"""

import math
from dataclasses import dataclass
from typing import Final

from retrieval.language import codes, terms
from retrieval.types import RankedPassage, SearchResult

BIAS: Final = -3.18
PER_COVERAGE: Final = 1.14
PER_COSINE: Final = 30.2
PER_LEAD: Final = 76.8
UNRELATED_COSINE: Final = 0.8

# Where another model or no model ranked, only the words speak: half of them in one passage is an even chance.
WORDS_BIAS: Final = -2.5
WORDS_PER_COVERAGE: Final = 5.0
OTHER_SCALE_COSINE: Final = 0.7  # e5-small stays above it for any two texts; below it another model speaks

# Question, best passage in one language: .5 refused none of the fitted either, .6 refused 5.
THRESHOLD: Final = 0.4
WIDE_THRESHOLD: Final = 0.1  # in two languages, or by words alone, the signals are weaker
MISSING_CODE: Final = 0.5  # "E-417" that no passage holds: a sign, no proof, for it may be written otherwise


@dataclass(frozen=True, slots=True)
class Answerability:
    """Say how likely the passages answer the question (0..1), whether to try, and why."""

    score: float
    is_answerable: bool
    reason: str


def judge(question: str, found: SearchResult) -> Answerability:
    """Return whether it is worth asking the model. Rarely refuses what can be answered."""
    if not found.passages:
        return Answerability(0.0, is_answerable=False, reason="no passage found")
    coverage = _coverage(question, found)
    cosines = [one.dense for one in found.passages if one.dense is not None]
    is_by_words = not cosines or max(cosines) < OTHER_SCALE_COSINE
    chance = _chance_by_words(coverage) if is_by_words else _chance(coverage, cosines)
    missing = _missing_codes(question, found.passages)
    score = chance * MISSING_CODE if missing else chance
    reason = f"best passage holds {coverage:.0%} of the question's terms"
    if missing:
        reason += f"; no passage holds {', '.join(missing)}"
    is_in_one_language = found.passages[0].passage.language == found.language
    threshold = THRESHOLD if is_in_one_language and not is_by_words else WIDE_THRESHOLD
    return Answerability(round(score, 4), is_answerable=score >= threshold, reason=reason)


def _chance(coverage: float, cosines: list[float]) -> float:
    lead = max(cosines) - min(cosines)
    closeness = max(cosines) - UNRELATED_COSINE
    return _logistic(BIAS + PER_COVERAGE * coverage + PER_COSINE * closeness + PER_LEAD * lead)


def _chance_by_words(coverage: float) -> float:
    return _logistic(WORDS_BIAS + WORDS_PER_COVERAGE * coverage)


def _coverage(question: str, found: SearchResult) -> float:
    asked = set(terms(question, found.language))
    if not asked:
        return 0.0
    return max(len(asked & _held(one)) / len(asked) for one in found.passages)


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

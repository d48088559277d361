"""Say whether the passages found can answer the question at all. Pure.

What is read off them, none of which needs the text of the whole corpus:
    cosine    of the nearest passage, on multilingual-e5-small's scale (unrelated .71-.86, related .83-.94)
    held      how many of the question's terms the first passage holds
    coverage  share of the question's terms that any of the passages holds; in two languages, that the best one holds
    lead      in two languages: the nearest passage's cosine over the farthest one's; they share no words and the cosine
              is middling, but the passage that answers stands out

Two logistic regressions: one over cosine, held and coverage, fitted to the dev half of nine sets, own questions against
foreign ones and answers against look-alikes; one over coverage, cosine and lead where question and passage are in two
languages. `intramuros eval evidence` prints how well they do, `retrieval/EXPERIMENTS.md` has what lost.

The operating point: refusing what can be answered is worse than a try, for each sentence is checked after generation.
So the threshold is where 1 in 100 questions that the documents answer is refused, not where both faults are as many.
A passage on the topic that lacks the fact mostly passes: of such look-alikes a sixth are refused.
"""

import math
from dataclasses import dataclass
from typing import Final

from retrieval.language import codes, terms
from retrieval.types import RankedPassage, SearchResult

UNRELATED_COSINE: Final = 0.8
BIAS: Final = -8.56
PER_COSINE: Final = 69.0
PER_HELD: Final = 1.86  # of the logarithm: one more of two terms says more than one more of ten
PER_COVERAGE: Final = 3.15

WIDE_BIAS: Final = -3.18
WIDE_PER_COVERAGE: Final = 1.14
WIDE_PER_COSINE: Final = 30.2
WIDE_PER_LEAD: Final = 76.8

# Where another model or no model ranked, only the words speak: half of them in one passage is an even chance.
WORDS_BIAS: Final = -2.5
WORDS_PER_COVERAGE: Final = 5.0
OTHER_SCALE_COSINE: Final = 0.7  # e5-small stays above it for any two texts; below it another model speaks

THRESHOLD: Final = 0.05
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
    asked = set(terms(question, found.language))
    held = [asked.intersection(_held(one)) for one in found.passages]
    best = max(len(one) for one in held) / max(len(asked), 1)
    chance, threshold = _chance(len(asked), held, found)
    missing = _missing_codes(question, found.passages)
    score = chance * MISSING_CODE if missing else chance
    reason = f"best passage holds {best:.0%} of the question's terms"
    if missing:
        reason += f"; no passage holds {', '.join(missing)}"
    return Answerability(round(score, 4), is_answerable=score >= threshold, reason=reason)


def _chance(asked: int, held: list[set[str]], found: SearchResult) -> tuple[float, float]:
    """Return how likely the passages answer, and from which chance on it is worth a try."""
    best = max(len(one) for one in held) / max(asked, 1)
    cosines = [one.dense for one in found.passages if one.dense is not None]
    if not cosines or max(cosines) < OTHER_SCALE_COSINE:
        return _logistic(WORDS_BIAS + WORDS_PER_COVERAGE * best), WIDE_THRESHOLD
    closeness = max(cosines) - UNRELATED_COSINE
    languages = {one.passage.language for one in found.passages}
    if found.passages[0].passage.language == found.language:
        words = PER_HELD * math.log1p(len(held[0])) + PER_COVERAGE * len(set().union(*held)) / max(asked, 1)
        chance = _logistic(BIAS + PER_COSINE * closeness + words)
        if chance >= THRESHOLD or len(languages) == 1:
            return chance, THRESHOLD
    # One in another language may answer what those in the question's do not, although they share words with it.
    nearness = WIDE_PER_COSINE * closeness + WIDE_PER_LEAD * (max(cosines) - min(cosines))
    return _logistic(WIDE_BIAS + WIDE_PER_COVERAGE * best + nearness), WIDE_THRESHOLD


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

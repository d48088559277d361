"""Take apart a question that asks several things: each is searched by itself, and answered or named as a gap. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from app.rewrite import standalone
from app.types import Turn
from retrieval.expand import Reading
from retrieval.language import terms
from retrieval.types import RankedPassage, SearchResult

MOST_PARTS: Final = 3  # more is a list of questions; each part costs a search
FEWEST_WORDS: Final = 3  # "… and how?" asks the same thing

# What joins, and the question words behind it; those that mostly join clauses (que, qui, che) are left out.
_JOINS: Final = {
    "en": ("and", "how|what|who|whom|whose|when|where|which|why"),
    "de": (
        "und",
        "wie|was|wer|wem|wen|wessen|wann|wo|wohin|woher|warum|wieso|weshalb|welche[mnrs]?|ab wann|bis wann",
    ),
    "fr": ("et", "comment|combien|quand|où|pourquoi|quel(?:le)?s?"),
    "es": ("y", "cómo|qué|quién(?:es)?|cuándo|dónde|cuánt[oa]s?|cuál(?:es)?"),
    "it": ("e|ed", "come|quando|dove|quant[oiae]|qual[ei]|perché"),
    "nl": ("en", "hoe|hoeveel|wat|wie|wanneer|waar|welke?|waarom"),
    "da": ("og", "hvordan|hvad|hvem|hvornår|hvor|hvilke[nt]?|hvorfor"),
    "sv": ("och", "hur|vad|vem|när|var|vilke[nt]|vilka|varför"),
    "pl": ("i|oraz|a", "jak|co|kto|kiedy|gdzie|ile|dlaczego|któr[yae]"),
    "pt": ("e", "como|quando|onde|quant[oa]s?|qual|quais|quem"),
}
_AND_HOW: Final = {
    language: re.compile(rf"(?<![\s,]),?\s+(?:{joins})\s+(?=(?:{words})\b)", re.IGNORECASE)
    for language, (joins, words) in _JOINS.items()
}
_ASKED = re.compile(r"[^?]*\?+")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Hold one of the things that are asked, as it was put and as it was searched, and what was found for it."""

    text: str
    wanted: str
    found: SearchResult

    def corrected(self, text: str) -> str:
        """Return one of the two with slips of the pen put right, as the search read them."""
        return Reading(self.found.corrections).correct(text)


def parts_of(question: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return what is asked, part by part, and how to search for each by itself; one of a question for one thing."""
    asked = [whole.strip() for whole in _ASKED.findall(question)] or [question]
    pieces = [piece.strip(" ,") for one in asked for piece in _split(one, language)]
    says_something = all(len(piece.split()) >= FEWEST_WORDS and terms(piece, language) for piece in pieces)
    if not 1 < len(pieces) <= MOST_PARTS or not says_something or not _is_all(question, asked):
        return ((question, question),)
    first, *others = pieces
    said = (Turn("user", first),)
    return ((first, first), *((piece, standalone(piece, said, language)) for piece in others))


def together(parts: Sequence[Part]) -> SearchResult:
    """Return what was found for all parts: their best passages first, each once."""
    results = [part.found for part in parts]
    ranks = zip_longest(*(result.passages for result in results))
    passages: dict[str, RankedPassage] = {}
    for ranked in (one for rank in ranks for one in rank if one is not None):
        passages.setdefault(ranked.passage.chunk_id, ranked)
    stages = dict.fromkeys(stage for result in results for stage in result.timings_ms)
    return SearchResult(
        tuple(passages.values()),
        results[0].language,
        {stage: sum(result.timings_ms.get(stage, 0.0) for result in results) for stage in stages},
        tuple(dict.fromkeys(away for result in results for away in result.degraded)),
        {wrong: right for result in results for wrong, right in result.corrections.items()},
    )


def _split(question: str, language: str) -> list[str]:
    """Return a question cut where it asks another thing; "people who work and who …" goes on asking the same."""
    joint = _AND_HOW.get(language)
    if joint is None:
        return [question]
    pieces = joint.split(question)
    first_words = [piece.split(maxsplit=1)[0].casefold() for piece in pieces[1:] if piece.split()]
    said = re.findall(r"\w+", pieces[0].casefold())[1:]
    return [question] if set(first_words) & set(said) else pieces


def _is_all(question: str, asked: Sequence[str]) -> bool:
    """Return whether nothing stands behind the last question mark: it may turn the question round."""
    return question.strip().endswith(asked[-1])

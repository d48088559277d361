"""Answer in the documents' own words: choose what to quote of the passages, or nothing.

Words and meaning choose a few quotations, and the model is asked of each, with one token and all at once, whether it
answers the question. How much likelier its yes is than its no counts, not which of them it says: a small model says no
to most. Asked for the numbers of the sentences that answer, the 1.5B model names the first whatever stands there, and
never none.

    score = log p(yes) - log p(no)  +  share of the question's terms held  +  10 x (cosine - .8)  -  1.5 x names missed

Of 34 questions to the sample company that can be answered, those whose best quotation is right; and AUROC of the best
score, telling the 34 from 18 that cannot be answered, and clapnq's likewise (a half of them; only ENOUGH was read off):

                                   right   AUROC   clapnq
    the words alone                   23    .837     .781
    the meaning alone                 25    .899     .859
    the model alone, of six           28    .931     .833
    words and meaning                 25    .887     .860
    all three                         30    .923     .875   chosen
    lost: words, or all, twice     29-30    .913     .874
    lost: model names numbers         27     .5      -

With headings quoted along and names and times read more closely, 32 of the 34 are answered rightly and 16 of the 18
refused; written answers of the same model: 23 and 12, in half as much time again. `app/EXPERIMENTS.md` has what lost.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event as Stop
from typing import Final

from app.claims import Source
from app.prompt import alternating, neutralise
from app.quotable import Quotable, quotable
from app.subjects import quarters, unspoken, years
from app.types import ChatMessage, ChatModel, Sentence, Verdict
from retrieval.errors import EmbedderUnavailable
from retrieval.language import UNKNOWN, terms
from retrieval.types import Passage

EMBEDDED: Final = (
    120  # quotations whose meaning is looked at, those with most of the words: each takes some 5 ms
)
ASKED: Final = 6  # quotations the model is asked of: the right one was among them for every question
QUOTED: Final = 3  # at most
# Of clapnq's questions 91 of 100 that can be answered reach it, and 37 of those that only look like it.
ENOUGH: Final = 0.5
CLOSE: Final = 0.8  # below the best: what else is quoted
MEANING_SCALE: Final = 10.0
MEANING_MIDDLE: Final = 0.8  # cosines by multilingual-e5-small lie between .7 and .9
# Between two languages: of XQuAD's sentences and their paragraphs .84 instead of .90.
MEANING_ACROSS: Final = 0.75
# What it costs not to speak of a name, code or quarter asked for, or to be of another quarter or year.
MISSING_NAME: Final = 1.5
MAX_CHARS: Final = 600  # of a quotation: a longer sentence is a page that lost its full stops

_TIME: Final = re.compile(r"\b(?:[1-4]/)?(?:19|20)\d\d(?:-\d\d){0,2}\b|\b[QT][1-4]\b")  # as titles name it

VERSION: Final = "quoted-1"  # goes up with every change of the wording; answers record which one judged them
# With the question before the statement, or without a role of its own, it chooses worse: 21 right instead of 30.
INSTRUCTIONS: Final = "Decide whether a statement from a document answers a question. Reply yes or no."

# Cosines of a question with texts, in their order. Raises EmbedderUnavailable.
Likeness = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Hold what may be quoted of the passage with a number, and how well it answers."""

    number: int  # 1-based, as cited
    passage: Passage
    said: Quotable
    score: float

    @property
    def place(self) -> str:
        """Return what stands above it: title and headings."""
        return " > ".join(dict.fromkeys((self.passage.title, *self.passage.heading_path)))


@dataclass(frozen=True, slots=True)
class Quoter:
    """Choose quotations. Without `likeness` words and the model choose alone."""

    model: ChatModel
    likeness: Likeness | None
    takes_system: bool = True

    def quotations(
        self, question: str, language: str, passages: Mapping[int, Passage], *, cache_salt: str, stop: Stop
    ) -> tuple[Quotation, ...]:
        """Return what answers the question, best first; nothing where nothing does. Raises ModelUnavailable.

        `passages` maps the numbers that may be cited to what may be quoted.
        """
        best = self.judged(question, language, passages, cache_salt=cache_salt, stop=stop)
        floor = max(ENOUGH, best[0].score - CLOSE) if best else ENOUGH
        return tuple(each_once([one for one in best if one.score >= floor])[:QUOTED])

    def judged(
        self, question: str, language: str, passages: Mapping[int, Passage], *, cache_salt: str, stop: Stop
    ) -> tuple[Quotation, ...]:
        """Return what the model was asked of, best first, whether it answers or not. Raises ModelUnavailable."""
        likely = self._likely(question, language, passages)[:ASKED]
        prompts = [messages(question, one, takes_system=self.takes_system) for one in likely]
        leanings = self.model.leanings(prompts, cache_salt=cache_salt, stop=stop)
        if stop.is_set():
            return ()
        scored = [
            replace(one, score=one.score + leaning) for one, leaning in zip(likely, leanings, strict=True)
        ]
        return tuple(sorted(scored, key=lambda one: -one.score))

    def _likely(self, question: str, language: str, passages: Mapping[int, Passage]) -> list[Quotation]:
        """Return what may be quoted by what words, meaning and names say of it, best first; of very much, a part."""
        found = [replace(one, score=_coverage(question, language, one)) for one in _all(passages)]
        most = sorted(found, key=lambda one: -one.score)[:EMBEDDED]
        missing = _missing(question, language, passages)
        scored = [
            replace(
                one,
                score=one.score
                + near
                - MISSING_NAME * (missing[one.number] + _of_other_times(question, one)),
            )
            for one, near in zip(most, self._meaning(question, language, most), strict=True)
        ]
        return sorted(scored, key=lambda one: -one.score)

    def _meaning(self, question: str, language: str, found: Sequence[Quotation]) -> list[float]:
        """Return what the meaning counts: of the quotation alone, and below what stands above it."""
        if self.likeness is None or not found:
            return [0.0] * len(found)
        texts = [one.said.text for one in found] + [f"{one.place}\n{one.said.text}" for one in found]
        try:
            likeness = self.likeness(question, texts)
        except EmbedderUnavailable:
            return [0.0] * len(found)
        means = [
            (alone + placed) / 2
            for alone, placed in zip(likeness[: len(found)], likeness[len(found) :], strict=True)
        ]
        middles = [
            MEANING_MIDDLE if one.passage.language in (language, UNKNOWN) else MEANING_ACROSS for one in found
        ]
        return [MEANING_SCALE * (mean - middle) for mean, middle in zip(means, middles, strict=True)]


def messages(question: str, quotation: Quotation, *, takes_system: bool) -> tuple[ChatMessage, ...]:
    """Return the prompt that asks whether a quotation answers the question."""
    asked = ChatMessage(
        "user",
        f"Document: {_line(quotation.place)}\n"
        f"Statement: {_line(quotation.said.text)}\n"
        f"Question: {_line(question)}\n"
        "Does the statement answer exactly this question?",
    )
    return alternating(INSTRUCTIONS, [asked], takes_system=takes_system)


def sentences_of(quotations: Sequence[Quotation]) -> tuple[Sentence, ...]:
    """Return the sentences of the answer: each stands in the passage it cites, so that there is nothing to check."""
    return tuple(
        Sentence(
            _line(one.said.text), (one.number,), Verdict.QUOTED, phrases=((one.said.start, one.said.end),)
        )
        for one in quotations
    )


def _line(text: str) -> str:
    return " ".join(neutralise(text).split())


def _all(passages: Mapping[int, Passage]) -> Iterator[Quotation]:
    """Yield everything that may be quoted and says more than what stands above it."""
    for number, passage in passages.items():
        for said in quotable(passage.text):
            one = Quotation(number, passage, said, 0.0)
            if len(said.text) <= MAX_CHARS and not _repeats_what_stands_above(one):
                yield one


def _missing(question: str, language: str, passages: Mapping[int, Passage]) -> dict[int, int]:
    """Return of how much each passage does not speak that the question names."""
    sources = {number: Source(passage) for number, passage in passages.items()}

    def beside(number: int) -> list[Source]:
        own = passages[number].version_id
        return [one for other, one in sources.items() if other != number and one.passage.version_id == own]

    return {
        number: len(unspoken(question, language, source, beside(number)))
        for number, source in sources.items()
    }


def _of_other_times(question: str, quotation: Quotation) -> int:
    """Return in how much of quarter and year a quotation is of others than are asked for; its passage may name all."""
    pairs = (
        (quarters(question), quarters(quotation.said.text)),
        (years(question), years(f"{quotation.place}\n{quotation.said.text}")),
    )
    return sum(bool(asked and said) and not asked & said for asked, said in pairs)


def _repeats_what_stands_above(quotation: Quotation) -> bool:
    """Return whether a quotation has no word or figure of its own, or is a title whose words all stand above."""
    said = set(terms(quotation.said.text, quotation.passage.language))
    above = set(terms(quotation.place, quotation.passage.language))
    return said <= above or (
        _is_title(quotation.said.text) and {one for one in said if one.isalpha()} <= above
    )


def _is_title(text: str) -> bool:
    """Return whether a text may be a line over others: no full stop, and no figure but those of quarter and date."""
    named = _TIME.sub("", text)
    return not text.rstrip().endswith((".", "!", "?")) and not any(one.isdigit() for one in named)


def _coverage(question: str, language: str, quotation: Quotation) -> float:
    """Return the share of the question's terms that a quotation holds, mean of it alone and with what stands above."""
    asked = set(terms(question, language))
    own = set(terms(quotation.said.text, quotation.passage.language))
    above = set(terms(quotation.place, quotation.passage.language))
    return (len(asked & own) + len(asked & (own | above))) / max(2 * len(asked), 1)


def each_once(best: Sequence[Quotation]) -> list[Quotation]:
    """Return quotations without the repetitions that copies and older editions hold."""
    first: dict[str, Quotation] = {}
    for one in best:
        first.setdefault(one.said.text.casefold(), one)
    return list(first.values())

"""Read a question as it was meant: words that are misspelt, and short forms that a passage spells out. Pure.

All that is known here are the passages already handed to this reader for this very question. A list of the house's
words would be quicker to look up and would tell, by what it corrects, what stands in documents that the asker may not
read.

Misspelt is a word that none of these passages holds and that is one slip (two from eight letters on) from one they
hold. A capital inside a question makes a name, which is right as it stands. Short forms are read as by Schwartz and
Hearst (A simple algorithm for identifying abbreviation definitions in biomedical text, PSB 2003): "data protection
impact assessment (DPIA)", and the other way round.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from retrieval.language import UNKNOWN, terms
from retrieval.types import Passage
from retrieval.vocabulary import has_word

FEWEST_LETTERS: Final = 5  # of shorter words too many are one slip apart: form, from, farm
TWO_SLIPS_LETTERS: Final = 8
MAX_LONG_FORM_CHARS: Final = 120
MAX_TEXT_CHARS: Final = 4_000  # of a passage; chunks are shorter, what is longer only costs time
DICTIONARIES: Final = (
    2  # asked whether they have a word whose language is not known; each takes time to unpack
)
MAX_MISSPELT: Final = 8  # words; a question with more of them is in none of these passages' languages

WORD_TIMES: Final = 4  # as many letters as its short form has one word that is a long form, at least
FEW_PASSAGES: Final = 5  # hold the form asked for; where more do, the other form only adds its common words

_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_WORD: Final = re.compile(r"[\d@/_]|\w\.\w")  # codes, addresses, names of files
_EDGES: Final = ".,;:!?…\"'()[]«»„“”‚‘’"
_SHORT: Final = re.compile(r"[A-ZÀ-Ý][\w&./-]{0,8}[A-ZÀ-Ý0-9]s?")
_BRACKETS: Final = re.compile(rf"\(([^()\n]{{2,{MAX_LONG_FORM_CHARS}}})\)")
_DASH: Final = re.compile(rf" [–—] ([^()\n.;:]{{5,{MAX_LONG_FORM_CHARS}}})")


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold how a question is read: words put right, by the word as it was written, and words that mean the same."""

    corrections: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    def correct(self, text: str) -> str:
        """Return `text` with its misspelt words put right."""
        if not self.corrections:
            return text
        return _WORD.sub(lambda found: self.corrections.get(found.group(), found.group()), text)

    def __bool__(self) -> bool:
        """Say whether there is anything to search for that the question did not say."""
        return bool(self.corrections or self.added)


def read(question: str, language: str, passages: Sequence[Passage]) -> Reading:
    """Return how `question` is read beside `passages`, which must be ones that its asker may read."""
    texts = ["\n".join((one.title, *one.heading_path, one.text))[:MAX_TEXT_CHARS] for one in passages]
    own = [
        text
        for one, text in zip(passages, texts, strict=True)
        if UNKNOWN in (language, one.language) or language == one.language
    ]
    spoken = Counter(one.language for one in passages)
    words = [language] if language != UNKNOWN else [one for one, _ in spoken.most_common(DICTIONARIES)]
    corrections = {
        word: meant
        for word, meant in _corrections(question, language, texts, own).items()
        if not any(has_word(word.casefold(), one) for one in words)
    }
    return Reading(corrections, _meant(question, language, texts))


def _corrections(question: str, language: str, texts: Sequence[str], own: Sequence[str]) -> dict[str, str]:
    """Return what is right for each misspelt word; `own` are the texts in the question's language."""
    everything = "\n".join(texts).casefold()
    first = (_WORD.findall(question) or [""])[0]
    unknown = [
        word
        for word in _plain_words(question)
        if word.casefold() not in everything and terms(word, language) and _slips(word, first, language)
    ]
    if not unknown:
        return {}
    known = Counter[str]()  # in how many passages each word stands
    for text in own:
        known.update(set(_WORD.findall(text.casefold())))
    initials = {word[0].casefold() for word in unknown}
    stems = set(terms(" ".join(word for word in known if word[0] in initials), language))
    missing = [word for word in unknown if not stems.intersection(terms(word, language))][:MAX_MISSPELT]
    found = {word: _nearest(word.casefold(), known, _slips(word, first, language)) for word in missing}
    return {
        word: right.capitalize() if word[0].isupper() else right for word, right in found.items() if right
    }


def _plain_words(question: str) -> list[str]:
    tokens = (token.strip(_EDGES) for token in question.split())
    plain = [token for token in tokens if not _NO_WORD.search(token)]
    return [word for token in plain for word in _WORD.findall(token) if len(word) >= FEWEST_LETTERS]


def _slips(word: str, first: str, language: str) -> int:
    """Return how many slips a word may hold: none of a name, and fewer of a German noun, which looks like one."""
    slips = 2 if len(word) >= TWO_SLIPS_LETTERS else 1
    if not word[0].isupper() or word == first:
        return slips
    return slips - 1 if language == "de" else 0


def _nearest(word: str, known: Mapping[str, int], slips: int) -> str:
    """Return the word meant: the fewest slips away, then with the same first letter, then in the most passages."""
    near = extract(word, list(known), scorer=OSA.distance, score_cutoff=slips, limit=None)
    best = min(((gap, other[0] != word[0], -known[other], other) for other, gap, _ in near), default=None)
    return best[3] if best else ""


def _meant(question: str, language: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the long forms of the short forms that the question names, and the other way round."""
    asked = _joined(question, language)
    added: list[str] = []
    for short, long in _definitions(texts).items():
        forms = {form: _joined(form, language) for form in (short, long)}
        if not all(one.strip() for one in forms.values()):
            continue  # of nothing but stop words: "IT"
        named = [form for form, one in forms.items() if one in asked]
        if len(named) == 1 and _is_held_by_few(forms[named[0]], texts, language):
            added.append(long if named == [short] else short)
    return tuple(added)


def _is_held_by_few(form: str, texts: Sequence[str], language: str) -> bool:
    return sum(form in _joined(text, language) for text in texts) < FEW_PASSAGES


def _joined(text: str, language: str) -> str:
    return f" {' '.join(terms(text, language))} "


def _definitions(texts: Sequence[str]) -> dict[str, str]:
    """Return the long forms by their short ones, the first definition of each."""
    found: dict[str, str] = {}
    for text in texts:
        for match in _BRACKETS.finditer(text):
            inside, before = match.group(1), text[max(0, match.start() - MAX_LONG_FORM_CHARS) : match.start()]
            if _SHORT.fullmatch(inside):
                # As many words as the paper allows.
                words = before.rpartition("\n")[2].split()[-min(len(inside) + 5, len(inside) * 2) :]
                if long := _long_form(inside, " ".join(words)):
                    found.setdefault(inside, long)
            elif _SHORT.fullmatch(short := _last_word(before)) and (long := _long_form(short, inside)):
                found.setdefault(short, long)
        for match in _DASH.finditer(text):
            short = _last_word(text[max(0, match.start() - MAX_LONG_FORM_CHARS) : match.start()])
            if _SHORT.fullmatch(short):
                after = " ".join(match.group(1).split()[: len(short)])
                if long := _long_form(short, after):
                    found.setdefault(short, long)
    return found


def _last_word(text: str) -> str:
    return (text.rsplit(None, 1) or [""])[-1].lstrip(_EDGES)


def _long_form(short: str, before: str) -> str:
    """Return the end of `before` that spells `short` out, its first letter at a word's beginning; "" if none does."""
    place = len(before)
    for number, letter in reversed(list(enumerate(short.casefold()))):
        if not letter.isalnum():
            continue
        place -= 1
        while place >= 0 and (
            before[place].casefold() != letter or (number == 0 and place > 0 and before[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return ""
    long = before[place:].strip()
    # "Betriebsvereinbarung (BV)", but not "hotel (HTL)": a word is no long form of half its letters.
    is_long_enough = " " in long or len(long) >= WORD_TIMES * len(short)
    return long if len(long) > len(short) and short not in long.split() and is_long_enough else ""

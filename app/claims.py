"""Ask whether one passage supports one sentence. Pure.

Every number, date, time, code and name of the sentence must be in the passage, most of its content words or the like of
them too, and where the passage says nearly the same words, both must say them with or without "not".
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

from app import facts
from app.measures import agree
from app.places import Place, Tied, letters, read_places
from app.sentences import word_set
from retrieval.language import terms
from retrieval.types import Passage

# Of a sentence and a passage: the cosine of their vectors.
Similarity = Callable[[str, str], float]

ENOUGH_WORDS = 0.5  # share of a sentence's terms that its passage holds; tuned in tests/test_citations.py
ENOUGH_WORDS_SIMILAR = 0.25  # the same where `similarity` vouches for the meaning
ENOUGH_COGNATES = 0.3  # between languages: names, numbers and words of common origin
# Cosine by multilingual-e5-small of 40 English XQuAD sentences: to their own paragraph median 0.90, to the next one
# of the same article 95th percentile 0.84, to any other 0.79. A model with a wider spread only makes it stricter.
SIMILAR = 0.84
# Of German and Spanish XQuAD sentences to English paragraphs: to their own median 0.83 and 0.85, to the next one 95th
# percentile 0.80, to any other 0.75.
SIMILAR_ACROSS = 0.80
COMPARABLE = 0.5  # share of a sentence's words in one clause from which a missing "not" tells something
FEW_TERMS = 2  # a sentence of fewer content words is read together with the question
COGNATE_CHARS = 5  # first letters in common make a cognate; fewer let too many false friends in
_NEGATIONS = word_set(
    "not no never none neither nor without cannot nicht kein keine keinen keinem keiner keines nie niemals "
    "weder ohne ne pas jamais aucun aucune sans non mai nessun nessuno nessuna senza nunca ningun ninguna "
    "ninguno sin"
)
_ALIASES = {"dsgvo": "gdpr", "rgpd": "gdpr", "ue": "eu", "mwst": "vat", "tva": "vat", "iva": "vat"}
_FILLERS = word_set("yes no ja nein oui non si")
# "30 Tage Urlaub": in German a measure and its noun stand together like a first and a last name.
_MEASURES = word_set(
    "tag tage tagen stunde stunden woche wochen monat monate monaten jahr jahre jahren minuten euro cent "
    "prozent uhr kilometer meter liter kilogramm grad stuck paar ende anfang mitte artikel absatz paragraf "
    "seite"
)
_UNITS = word_set("am pm uhr eur euro euros usd chf gbp percent prozent cento ciento pour por per")
_NAMELESS = _MEASURES | _UNITS  # "EUR" is written like a name and names nobody
_TITLES = word_set("herr frau mr mrs ms dr prof mme monsieur madame signor signora senor senora")


@dataclass(frozen=True)
class Source:
    """Hold a passage with what the check reads out of it, each read once."""

    passage: Passage

    @cached_property
    def text(self) -> str:
        """Return all that a sentence may rest on: title, headings, text and date."""
        passage = self.passage
        return "\n".join((passage.title, *passage.heading_path, passage.text, passage.dated))

    def terms_in(self, language: str) -> frozenset[str]:
        """Return the content terms, stemmed as the sentence's are: stems compare only under one stemmer."""
        return _terms(self.text, language)

    def places_in(self, language: str) -> tuple[Place, ...]:
        """Return the rows and sentences, their words stemmed as the sentence's are."""
        return _places(self.passage.text, language)

    def context_in(self, language: str) -> frozenset[str]:
        """Return the stemmed words of title and headings, which say nothing of one row."""
        return _terms("\n".join((self.passage.title, *self.passage.heading_path)), language)

    @cached_property
    def around(self) -> tuple[str, str]:
        """Return what says of every number what it counts: headings and sentences without figures; all sentences."""
        prose = [place.text for place in self.places_in(self.passage.language) if not place.cells]
        headings = " ".join((self.passage.title, *self.passage.heading_path))
        plain = (text for text in prose if not any(character.isdigit() for character in text))
        return " ".join((headings, *plain)), " ".join((headings, *prose))

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the folded words."""
        return frozenset(_words(self.text))

    @cached_property
    def facts(self) -> facts.Facts:
        """Return numbers, dates, times and codes."""
        return facts.read(self.text, is_source=True)

    @cached_property
    def squeezed(self) -> str:
        """Return letters and digits only, to find codes in."""
        return facts.squeeze(self.text)

    @cached_property
    def clauses(self) -> tuple[frozenset[str], ...]:
        """Return the folded words of each clause; "taken within four months; if that is not possible" is two."""
        parts = re.split(r"[;:,()|\n]|[.!?]\s|\s[-–]\s", self.passage.text)
        return tuple(frozenset(_words(part)) for part in parts)


class Claim:
    """Ask of one sentence what it needs from a passage."""

    def __init__(self, text: str, language: str, question: str, similarity: Similarity | None) -> None:
        self.text = re.sub(r"[*_`#]+", "", text)
        self.language = language
        self.similarity = similarity
        self.facts = facts.read(self.text)
        self.names = names(self.text, language)
        words_only = [word for word in re.findall(r"[^\W\d_]+", self.text) if facts.fold(word) not in _UNITS]
        own = _terms(" ".join(words_only), language)  # what stands beside them is a fact
        self.has_terms = bool(own)
        self.terms = own
        if len(own) < FEW_TERMS:  # "55 EUR." tells what it is about only together with its question
            self.terms |= {term for term in _terms(question, language) if term.isalpha()}
        self.words = frozenset(_words(self.text))

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to check: a question, a lead-in, a bare yes."""
        if self.facts.count or self.names:
            return False
        return not self.words - _FILLERS or not self.has_terms or self.text.rstrip().endswith(("?", ":"))

    def holds(self, source: Source, *, is_cited: bool) -> bool:
        """Return whether the passage supports the sentence: all its facts, most of its words, the same sense."""
        if not (_facts_hold(self.facts, source) and self._names_hold(source)):
            return False
        if not self._words_hold(source, is_cited=is_cited):
            return False
        if not self._tied(source).agrees(source.places_in(self.language)):
            return False
        return not self._is_same_language(source) or self._negation_agrees(source)

    def _tied(self, source: Source) -> Tied:
        """Return what ties a fact to its place: of the words those that neither title nor headings say."""
        own: frozenset[str] = frozenset()
        if self._is_same_language(source):
            own = (self.terms | letters(self.text[1:])) - source.context_in(self.language)
        around, declared = source.around

        def fits(place: Place) -> bool:
            above = " ".join(header.text for header in place.headers)
            scale = f"{declared} {above}" if place.cells else ""  # a sentence states its thousands itself
            return agree(self.text, place.text, f"{around} {above}", scale)

        return Tied(own, [partial(_facts_hold, one) for one in self.facts.single], fits)

    def overlap(self, source: Source) -> float:
        """Return the share of the sentence's terms found in the passage, 1.0 for a sentence of facts only."""
        if not self.terms:
            return 1.0
        if self._is_same_language(source):
            return len(self.terms & source.terms_in(self.language)) / len(self.terms)
        stems = {word[:COGNATE_CHARS] for word in source.words}
        return sum(term[:COGNATE_CHARS] in stems for term in self.terms) / len(self.terms)

    def _is_same_language(self, source: Source) -> bool:
        return source.passage.language in (self.language, "und")

    def _names_hold(self, source: Source) -> bool:
        words = {_ALIASES.get(word, word) for word in source.words}
        return all(
            _ALIASES.get(name, name) in words or name.removesuffix("s") in words for name in self.names
        )

    def _words_hold(self, source: Source, *, is_cited: bool) -> bool:
        overlap = self.overlap(source)
        if self._is_same_language(source):
            if overlap >= ENOUGH_WORDS:
                return True
            floor, needed = ENOUGH_WORDS_SIMILAR, SIMILAR
        else:
            floor, needed = 0.0, SIMILAR_ACROSS
            if self.similarity is None:  # a fact in common is enough only where the model itself points there
                return overlap >= ENOUGH_COGNATES or (is_cited and bool(self.facts.count or self.names))
        return (
            overlap >= floor
            and self.similarity is not None
            and self.similarity(self.text, source.text) >= needed
        )

    def _negation_agrees(self, source: Source) -> bool:
        """Compare with the clauses of the passage that share the most words, where they share enough to compare."""
        content = self.words - _NEGATIONS
        shares = [len(content & clause) for clause in source.clauses]
        most = max(shares, default=0)
        if most < COMPARABLE * len(content):
            return True
        closest = [words for words, share in zip(source.clauses, shares, strict=True) if share == most]
        return any(bool(words & _NEGATIONS) == bool(self.words & _NEGATIONS) for words in closest)


def names(text: str, language: str) -> frozenset[str]:
    """Return the folded names in a sentence: capitalised words that do not merely begin it; acronyms.

    German writes every noun with a capital, so there only two in a row, one after a title, and acronyms count.
    """
    tokens = re.findall(r"\b[^\W\d_]+\b", text)  # whole words: the letter of "B3" belongs to a code
    capital = [token[0].isupper() for token in tokens]
    found: set[str] = set()

    def is_content(token: str) -> bool:
        return bool(terms(token, language)) and facts.fold(token) not in _NAMELESS

    for index, token in enumerate(tokens):
        if not capital[index] or not is_content(token) or _is_calendar(token):
            continue
        is_acronym = len(token) > 1 and token.isupper()
        follows = (
            index > 0
            and capital[index - 1]
            and (_is_title(tokens[index - 1]) or is_content(tokens[index - 1]))
        )
        leads = index + 1 < len(tokens) and capital[index + 1] and is_content(tokens[index + 1])
        if (
            is_acronym
            or (language == "de" and (follows or leads))
            or (language != "de" and (index > 0 or leads))
        ):
            found.add(facts.fold(token))
    return frozenset(found)


def _is_title(token: str) -> bool:
    return facts.fold(token) in _TITLES


def _is_calendar(token: str) -> bool:
    folded = facts.fold(token)
    return folded in facts.MONTH_OF or folded in facts.WEEKDAY_OF or folded in _TITLES or folded in _MEASURES


def _facts_hold(claimed: facts.Facts, source: Source | Place) -> bool:
    have = source.facts
    numbers = {reading for readings in have.numbers for reading in readings}
    values = {value for value, _ in numbers}
    dates = [date for readings in have.dates for date in readings]
    values |= {str(year) for year, _, _ in dates if year}
    return (
        all(_number_holds(readings, numbers, values) for readings in claimed.numbers)
        and all(any(_date_holds(date, dates, values) for date in readings) for readings in claimed.dates)
        and all(time in have.times or _plain_hour(time, values) for time in claimed.times)
        and all(code in source.squeezed for code in claimed.codes)
        and claimed.weekdays <= have.weekdays
    )


def _number_holds(readings: frozenset[facts.Number], numbers: set[facts.Number], values: set[str]) -> bool:
    for value, unit in readings:
        units = {other for other_value, other in numbers if other_value == value}
        if value in values and (not unit or not units or unit in units or "" in units):
            return True
    return False


def _date_holds(date: facts.Date, dates: Sequence[facts.Date], values: set[str]) -> bool:
    year, month, day = date
    for other_year, other_month, other_day in dates:
        same_day = month == other_month and (not day or day == other_day)
        if same_day and (not year or year == other_year or (not other_year and str(year) in values)):
            return True
    return False


def _plain_hour(time: str, values: set[str]) -> bool:
    hour, _, minute = time.partition(":")
    return (minute == "00" and hour in values) or f"{hour}.{minute.rstrip('0') or '0'}" in values


@lru_cache(maxsize=512)  # the passages of one answer are asked once a sentence
def _terms(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language))


@lru_cache(maxsize=512)
def _places(text: str, language: str) -> tuple[Place, ...]:
    return read_places(text, language)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", facts.fold(text))

"""Say what a question names and a passage does not speak of: a place, a person, a product, a code, a time. Pure.

"What does lunch cost in the canteen in Dijon?" is not answered by what it costs in Kassel, however alike the two are.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from app import facts
from app.claims import Source, names
from app.measures import is_unit
from app.sentences import word_set
from retrieval.compounds import parts
from retrieval.language import MAX_WORD_CHARS, UNKNOWN, terms
from retrieval.vocabulary import has_word

# "QD 160", "BR-26-014", "E27": letters in capitals with a number. Amounts and quarters look like it and are none.
_DESIGNATION: Final = re.compile(r"(?<![^\W_])[A-Z]{1,5}[- ]?\d[\w.-]*")
_RUN: Final = re.compile(r"[a-z]+|\d+")
_CURRENCIES: Final = word_set("eur usd chf gbp")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ORDINALS: Final = (
    "first erste ersten erstes premier primo primer",
    "second zweite zweiten zweites deuxieme secondo segundo",
    "third dritte dritten drittes troisieme terzo tercer",
    "fourth vierte vierten viertes quatrieme quarto cuarto",
)
_PLACE: Final = {word: place for place, words in enumerate(_ORDINALS, 1) for word in words.split()}
_QUARTER: Final = re.compile(
    rf"\b(?:({'|'.join(_PLACE)}) (?:quarter|quartal\w*|trimestre)|[qt] ?([1-4])|([1-4])\. quartal\w*"
    r"|(?:quarter\w*|quartal\w*|trim\w*) ([1-4])(?=/))\b"
)
_YEAR: Final = re.compile(r"(?<![\d.,])(?<!\d[/-])((?:19|20)\d\d)(?!\d|-\d|[.,]\d) ?([^\W\d_]+|[€$£%])?")
MOST_NAMES: Final = 30  # looked for in each passage: a question of 4,000 characters may hold hundreds
MIN_STEM: Final = 5  # letters with which a longer word may begin: "Rom" begins too many
# What a German question writes before a name: "in Leipzig" has no article, "Standort Leipzig" two nouns in a row.
_BEFORE_NAMES: Final = word_set(
    "in standort werk stadt land region kanton filiale niederlassung zweigstelle lager firma lieferant marke abteilung"
)


def unspoken(question: str, language: str, source: Source, beside: Sequence[Source] = ()) -> frozenset[str]:
    """Return which of the question's names, designations and quarters the passage does not hold, folded.

    A name may stand in a passage `beside` it, found in the same document: that an agreement holds for Kassel is said
    once. A designation may not, for a document that has one often has its neighbours.
    """
    written, text = _DESIGNATION.findall(question)[:MOST_NAMES], facts.fold(source.text)
    missing = {facts.squeeze(one) for one in written if not _is_no_code(one) and not _holds_code(text, one)}
    in_written = {facts.fold(word) for one in written for word in _WORD.findall(one)}
    words = {facts.fold(word): word for word in _WORD.findall(question)}
    missing |= {
        name
        for name in sorted(_names(question, language) - in_written)[:MOST_NAMES]
        if not any(_holds_name(one, name, language) for one in (source, *beside))
        and not _may_be_called_otherwise(words.get(name, name), language, source.passage.language)
    }
    return frozenset(missing | (quarters(question) - quarters(text)))


def _holds_name(source: Source, name: str, language: str) -> bool:
    is_written = bool({name, name.removesuffix("s")} & source.words)
    if language == "de" and len(name) >= MIN_STEM:  # "Kasseler", "Teilzeitbeschäftigte"
        is_written = is_written or any(word.startswith(name) for word in source.words)
    return is_written or bool(source.terms_in(language).intersection(terms(name, language)))


def _is_no_code(written: str) -> bool:
    return bool(quarters(written)) or _RUN.findall(facts.fold(written))[0] in _CURRENCIES


def _holds_code(text: str, code: str) -> bool:
    """Return whether a folded text holds a code as a whole, however its parts are joined: BR-26-014, BR 26 014."""
    joined = r"[\W_]{0,2}".join(_RUN.findall(facts.fold(code)))
    return re.search(rf"(?<![^\W_]){joined}(?!\d)", text) is not None


def quarters(text: str) -> frozenset[str]:
    """Return the quarters of a year that a text names, as "q4"."""
    found = _QUARTER.findall(facts.fold(text))
    return frozenset(f"q{_PLACE[word] if word else ''.join(figures)}" for word, *figures in found)


def years(text: str) -> frozenset[str]:
    """Return the years that a text names, as "2026": with a quarter, alone or in a title, not in a date in figures."""
    return frozenset(year for year, counted in _YEAR.findall(text) if not is_unit(counted))


def _names(question: str, language: str) -> frozenset[str]:
    """Return a question's names.

    In German, where nouns look like them, acronyms, what the dictionary lacks, and what stands where names stand.
    """
    if language != "de":
        return names(question, language)
    words = _WORD.findall(question)
    found = {word for word in words if len(word) > 1 and word.isupper()}
    found |= {word for word in words[1:] if word[0].isupper() and not _is_german(word)}
    found |= {
        word
        for before, word in pairwise(words)
        if facts.fold(before) in _BEFORE_NAMES and word[0].isupper() and not is_unit(word)
    }
    return frozenset(facts.fold(word) for word in found)


def _may_be_called_otherwise(name: str, language: str, there: str) -> bool:
    """Return whether a word of the German dictionary may have another form in the passage's language: Polen, Poland."""
    if language != "de" or there in (language, UNKNOWN) or name.isupper() or not _is_german(name):
        return False
    return not has_word(name.lower(), there)


def _is_german(word: str) -> bool:
    return len(word) > MAX_WORD_CHARS or has_word(word.lower(), "de") or bool(parts(word, "de"))

"""Say what a question names and a passage does not speak of: a place, a person, a product, a code, a quarter. Pure.

"What does lunch cost in the canteen in Dijon?" is not answered by what it costs in Kassel, however alike the two are.
"""

import re
from typing import Final

from app import facts
from app.claims import Source, names
from app.sentences import word_set
from retrieval.compounds import parts
from retrieval.language import MAX_WORD_CHARS, terms
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
    rf"\b(?:({'|'.join(_PLACE)}) (?:quarter|quartal\w*|trimestre)|[qt] ?([1-4])|([1-4])\. quartal\w*)\b"
)


def unspoken(question: str, language: str, source: Source) -> frozenset[str]:
    """Return which of the question's names, designations and quarters the passage does not hold, folded."""
    written = _DESIGNATION.findall(question)
    text, held = facts.fold(source.text), source.terms_in(language)
    missing = {facts.squeeze(one) for one in written if not _is_no_code(one) and not _holds_code(text, one)}
    in_written = {facts.fold(word) for one in written for word in _WORD.findall(one)}
    missing |= {
        name
        for name in _names(question, language) - in_written
        if not {name, name.removesuffix("s")} & source.words and not held.intersection(terms(name, language))
    }
    return frozenset(missing | (quarters(question) - quarters(text)))


def _is_no_code(written: str) -> bool:
    return bool(quarters(written)) or _RUN.findall(facts.fold(written))[0] in _CURRENCIES


def _holds_code(text: str, code: str) -> bool:
    """Return whether a folded text holds a code as a whole, however its parts are joined: BR-26-014, BR 26 014."""
    joined = r"[\W_]{0,2}".join(_RUN.findall(facts.fold(code)))
    return re.search(rf"(?<![^\W_]){joined}(?!\d)", text) is not None


def quarters(text: str) -> frozenset[str]:
    """Return the quarters of a year that a text names, as "q4"."""
    found = _QUARTER.findall(facts.fold(text))
    return frozenset(f"q{_PLACE[word] if word else figure or number}" for word, figure, number in found)


def _names(question: str, language: str) -> frozenset[str]:
    """Return a question's names; in German, where nouns look like them, acronyms and what the dictionary lacks."""
    if language != "de":
        return names(question, language)
    words = _WORD.findall(question)
    found = {word for word in words if len(word) > 1 and word.isupper()}
    found |= {word for word in words[1:] if word[0].isupper() and not _is_german(word)}
    return frozenset(facts.fold(word) for word in found)


def _is_german(word: str) -> bool:
    return len(word) > MAX_WORD_CHARS or has_word(word.lower(), "de") or bool(parts(word, "de"))

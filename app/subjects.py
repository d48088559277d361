"""Say what a question names and a passage does not speak of: a place, a person, a product, a code, a quarter. Pure.

"What does lunch cost in the canteen in Dijon?" is not answered by what it costs in Kassel, however alike the two are.
"""

import re
from typing import Final

from app import facts
from app.claims import Source, names
from retrieval.compounds import parts
from retrieval.language import MAX_WORD_CHARS, terms
from retrieval.vocabulary import has_word

# "QD 160", "BR-26-014", "E27": letters in capitals with a number, which no source writes out in words.
_DESIGNATION: Final = re.compile(r"(?<![^\W_])[A-Z]{1,5}[- ]?\d[\w.-]*")
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
    designations = {facts.squeeze(found) for found in _DESIGNATION.findall(question)}
    missing = {code for code in designations if code not in source.squeezed}
    in_designations = {word for code in _DESIGNATION.findall(question) for word in _WORD.findall(code)}
    named = _names(question, language) - {facts.fold(word) for word in in_designations}
    held = source.terms_in(language)
    missing |= {
        name for name in named if name not in source.squeezed and not held.intersection(terms(name, language))
    }
    return frozenset(missing | (quarters(question) - quarters(source.text)))


def quarters(text: str) -> frozenset[str]:
    """Return the quarters of a year that a text names, as "q4"."""
    found = _QUARTER.findall(facts.fold(text))
    return frozenset(f"q{_PLACE[word] if word else figure or number}" for word, figure, number in found)


def _names(question: str, language: str) -> frozenset[str]:
    """Return the names of a question; in German, where nouns look like names, also those the dictionary lacks."""
    found = names(question, language)
    if language != "de":
        return found
    words = {
        word for word in _WORD.findall(question)[1:] if word[0].isupper() and len(word) <= MAX_WORD_CHARS
    }
    return found | {facts.fold(word) for word in words if not _is_word(word)}


def _is_word(word: str) -> bool:
    return has_word(word.lower(), "de") or bool(parts(word, "de"))

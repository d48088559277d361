"""Tell which language a text is in, and turn text into terms. Pure; the models are data read once.

`terms` is the one definition of "the same word" in this project: BM25, the evidence score and the citation check
all compare its output.

Detection was chosen by measurement (2 cores; share right on short queries, texts a second):
    py3langid 0.4.0  XQuAD questions .987-1.000 in 7 languages, CNIL 1.000, ASVS 1.000, example sentences of
                     22 EU languages .924, index keywords of 1-4 words .84-.98; 6,000-50,000/s: chosen
    lingua 2         .967-.993, .952, .993-1.000, .924, .85-.99; 600-1,700/s and 96 MB: lost
    langdetect 1.0.9 .95-1.00, .975, .975-1.000, .775, .65-.98; 80-500/s, random: lost
"""

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from retrieval.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]  # ships no types

UNKNOWN: Final = "und"
EU_LANGUAGES: Final = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr",
    "hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv",
)  # fmt: skip
LANGUAGES: Final = (*EU_LANGUAGES, "no", "ru", "tr", "uk")

DETECT_CHARS: Final = 1500  # a paragraph decides; more only costs time
MIN_CONFIDENCE: Final = 0.2  # of guesses below it 63 in 100 were right on the sets above, of the rest over 90
# A question of two words may be in one of several languages: BM25 on the help pages' index entries .646 with all that
# reach this, .640 with the likeliest alone, .642 from .01 on, .649 had the language been known.
MIN_CHANCE: Final = 0.05
MAX_CHANCES: Final = 4

# Snowball names; Slovak and Croatian borrow the algorithm of their closest relative. The rest have no algorithm.
_STEMMERS: Final = {
    "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "et": "estonian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hr": "serbian", "hu": "hungarian", "it": "italian",
    "lt": "lithuanian", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sk": "czech", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# Languages without an algorithm: a word's first letters, as truncation stemming does.
PREFIX_STEM_CHARS: Final = 6

MAX_WORD_CHARS: Final = 100  # German's longest stay below 80; what is longer is no word
KNOWN_WORDS: Final = 100_000  # remembered of a language: the vocabulary of a house, in about 16 MB
KNOWN_LANGUAGES: Final = 12  # of a house; bounds the memory at twelve times that

_WORD: Final = re.compile(r"[^\W_]+")
# The same for ASCII, in a third of the time: what is no letter and no digit becomes a blank.
_BLANKS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
# Of these, those with a digit. It begins at a word and never goes back, so that long words take no time.
_CODE: Final = re.compile(r"(?<![^\W_])[^\W_]++(?:[-./:_,][^\W_]++)+")
_DIGIT: Final = re.compile(r"\d")
# A name in capitals, "EXACT" or "HR", and one with dots or underscores inside, "GAMMA.DIST".
_CAPITALS: Final = re.compile(r"(?<![^\W_])[^\W\d_a-zß-öø-ÿ][^\W_a-zß-öø-ÿ]++(?![^\W_])")
_DOTTED: Final = re.compile(r"(?<![^\W_])[^\W_]++(?:[._][^\W_]++)+")
_SIGN: Final = re.compile(r"(§+|[$€£%#])\s?(\d+[a-z]?)\b")
_NOISE: Final = re.compile(r"https?://\S+|\S+@\S+|[\d_]+")

_stemming = threading.Lock()
_loading = threading.Lock()


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  # PyStemmer's name


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language most of `text` is in, or "und". The same text gives the same code."""
    code, confidence = next(iter(_chances(text)), (UNKNOWN, 0.0))
    return code if confidence >= MIN_CONFIDENCE else UNKNOWN


def likely(text: str) -> tuple[str, ...]:
    """Return the languages a text may be in, the likeliest first: several of a short one, none of one of codes."""
    chances = _chances(text)[:MAX_CHANCES]
    if not chances or chances[0][1] < MIN_CONFIDENCE:
        return ()
    return tuple(code for code, chance in chances if chance >= MIN_CHANCE)


def _chances(text: str) -> list[tuple[str, float]]:
    """Return every language with its probability, the likeliest first; none for a text without words."""
    sample = _NOISE.sub(" ", text[:DETECT_CHARS]).strip()
    if sum(character.isalpha() for character in sample) < 3:
        return []
    with _loading:  # lru_cache alone would let two threads unpack the model twice
        identifier = _identifier()
    return [(str(code), float(chance)) for code, chance in identifier.rank(sample)]


def stop_words(language: str) -> frozenset[str]:
    """Return the function words of a language, lower case with accents; empty for one that is not known."""
    return STOP_WORDS.get(language, frozenset())


def terms(text: str, language: str) -> list[str]:
    """Return the terms of `text` in order: folded, stop words removed, stemmed; codes also as one joined term."""
    normal = _normalise(text)
    found = [term for term in map(_known(language).__getitem__, _words(normal)) if term]
    return found + codes(normal) if _has_digit(normal) else found


def codes(text: str) -> list[str]:
    """Return what must match exactly, joined: `E-417` as e417, `2.1.4` as 214, `§ 15` as §15."""
    normal = _normalise(text)
    joined = ["".join(_WORD.findall(match)) for match in _CODE.findall(normal) if _DIGIT.search(match)]
    return joined + [f"{sign[0]}{number}" for sign, number in _SIGN.findall(normal)]


def names(text: str) -> list[str]:
    """Return what is written as a name, to be matched as such: `EXACT` as ^exact, `Gamma.Dist` as gammadist.

    Numbers with dots are not among them, they are codes.
    """
    compatible = unicodedata.normalize("NFKC", text)
    capitals = [f"^{fold(word)}" for word in _CAPITALS.findall(compatible) if word.isupper()]
    dotted = [word for word in _DOTTED.findall(compatible) if not _DIGIT.search(word)]
    return capitals + [fold("".join(_WORD.findall(word))) for word in dotted]


def fold(text: str) -> str:
    """Return `text` in lower case without accents, umlauts and compatibility forms."""
    split = unicodedata.normalize("NFKD", _normalise(text))
    return "".join(character for character in split if not unicodedata.combining(character)).translate(_PLAIN)


_PLAIN: Final = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "ı": "i"})


def _normalise(text: str) -> str:
    if text.isascii():
        return text.lower()  # the rest would do nothing, in five times the time
    # lower() before casefold() keeps the dotted I of Turkish from becoming two characters.
    return unicodedata.normalize("NFKC", text).lower().replace("i̇", "i").casefold()


class _Known(dict[str, str]):
    """The terms of words met before; "" of a stop word. Asking for another one makes it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> str:
        is_skipped = word in stop_words(self._language)
        term = "" if is_skipped else stem(word[:MAX_WORD_CHARS], self._language)
        if len(self) >= KNOWN_WORDS:
            self.clear()  # what is frequent is back at once
        if len(word) <= MAX_WORD_CHARS:
            self[word] = term
        return term


def _words(normal: str) -> list[str]:
    return normal.translate(_BLANKS).split() if normal.isascii() else _WORD.findall(normal)


def _has_digit(normal: str) -> bool:
    if normal.isascii():
        return any(digit in normal for digit in "0123456789")
    return _DIGIT.search(normal) is not None


@lru_cache(maxsize=KNOWN_LANGUAGES)
def _known(language: str) -> _Known:
    return _Known(language)


def stem(word: str, language: str) -> str:
    """Return the term of one normalised word: stemmed where the language has an algorithm, folded."""
    if word.isdigit():
        return word
    name = _STEMMERS.get(language)
    if name is None:
        return fold(word)[:PREFIX_STEM_CHARS] if language in STOP_WORDS else fold(word)
    with _stemming:  # a Snowball stemmer is not safe to share between threads
        return fold(_stemmer(name).stemWord(word))


@lru_cache(maxsize=32)
def _stemmer(name: str) -> _Stemmer:
    import Stemmer  # type: ignore[import-not-found]  # heavy: compiled, ships no types

    stemmer: _Stemmer = Stemmer.Stemmer(name)
    return stemmer


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # heavy: unpacks a 4.6 MB model on first use

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier

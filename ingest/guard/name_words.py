"""Look at the words of a text as parts of names: written how, known as what, in a dictionary or not. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ingest.guard.given_names import ALSO_WORDS, GIVEN_NAMES
from ingest.guard.surnames import SURNAMES, has_ending
from retrieval.vocabulary import has_word

LEAST_LETTERS: Final = 3  # of a name without a full stop
# Whose dictionaries are asked; any other would cost its memory for a few passages, and English is asked instead.
DICTIONARIES: Final = frozenset({"de", "en", "es", "fr", "it"})
_PARTICLES: Final = "von van der den de del della di da dos du la le zu zur ter ten el al bin ibn af av"
PARTICLES: Final = frozenset(_PARTICLES.split())

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_INITIAL: Final = re.compile(r"(?:[^\W\d_a-zß-öø-ÿ]|Th|Ch|Ph|Fr|Wm|Chr)\.")
_CODE: Final = re.compile(r"[a-z][A-Z]{2}|[a-z]{3}[A-Z]|[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word with its place in the text, without a full stop or an 's that ends it."""

    start: int
    end: int
    text: str
    key: str  # lower case, without accents

    @property
    def is_cap(self) -> bool:
        """Return whether it begins with a capital."""
        return self.text[0].isupper()

    @property
    def is_initial(self) -> bool:
        """Return whether it is one letter of a given name, or two that stand for one."""
        return _INITIAL.fullmatch(self.text) is not None or (len(self.text) == 1 and self.is_cap)

    @property
    def is_given(self) -> bool:
        """Return whether it is a known given name, or several with hyphens."""
        if self.key in GIVEN_NAMES:
            return True
        return "-" in self.key and all(part in GIVEN_NAMES for part in self.key.split("-"))

    @property
    def is_only_given(self) -> bool:
        """Return whether it is a given name and no other word or place."""
        return self.is_given and self.key not in ALSO_WORDS

    @property
    def is_family(self) -> bool:
        """Return whether it is a known family name, or ends like one."""
        return self.key in SURNAMES or self.has_ending

    @property
    def has_ending(self) -> bool:
        """Return whether it ends as many family names do."""
        return has_ending(self.text.lower())

    @property
    def is_code(self) -> bool:
        """Return whether it is written as "HTML" or "OpenID" are."""
        return len(self.text) > 1 and (self.text.isupper() or _CODE.search(self.text) is not None)

    @property
    def is_long(self) -> bool:
        """Return whether it has the letters of a name."""
        return len(self.text) >= LEAST_LETTERS


def words_of(text: str) -> list[Word]:
    """Return the words of a text in order, initials with their full stop."""
    return [_word(match.group(), match.start()) for match in _WORD.finditer(text)]


def _word(written: str, start: int) -> Word:
    if written.endswith(".") and not _INITIAL.fullmatch(written):
        written = written[:-1]
    if written.endswith(("'s", "’s", "'S")):
        written = written[:-2]
    return Word(start, start + len(written), written, fold(written))


@lru_cache(maxsize=50_000)  # the words of a house repeat
def fold(word: str) -> str:
    """Return a word in lower case without accents, as the lists of names hold it."""
    if word.isascii():
        return word.lower().rstrip(".")
    plain = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).rstrip(".")


@lru_cache(maxsize=100_000)  # as fold
def is_word(word: str, language: str) -> bool:
    """Return whether a dictionary has this word as it stands. Names are in there too."""
    return has_word(word.lower(), language if language in DICTIONARIES else "en")


@lru_cache(maxsize=100_000)  # as fold
def is_common(word: str, language: str) -> bool:
    """Return whether a dictionary has the word, or a part of it where it is made of several."""
    if is_word(word, language):
        return True
    if "-" in word:
        return all(is_word(part, language) for part in word.split("-") if len(part) >= LEAST_LETTERS)
    return language == "de" and _is_compound(word)


def _is_compound(word: str) -> bool:
    """Return whether a German word ends or begins in a word of five letters or more, as compounds do."""
    ends = (word[at:] for at in range(3, len(word) - 4))
    begins = (word[:at] for at in range(len(word) - 3, 5, -1))
    return any(is_word(part, "de") for part in (*ends, *begins))

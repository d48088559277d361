"""Say the sentences of the papers in a language.

English stands in the code, where a store or a measure is declared, and nowhere else; `words.json` has the others by
the English. A test renders every paper and fails on a sentence that a language lacks, and on one nobody says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from retrieval.errors import InvalidRequest

LANGUAGES: Final = ("de", "en", "fr")
WORDS: Final = Path(__file__).with_name("words.json")


@dataclass(frozen=True, slots=True)
class Tongue:
    """Translate: `say("{count} days", count=5)`. `words` has all that is said by its English; None is English."""

    language: str  # ISO 639-1
    words: Mapping[str, str] | None = None

    def __call__(self, english: str, **values: object) -> str:
        """Return the sentence with its braces filled. Raises KeyError, a fault of ours, where it lacks."""
        text = english if self.words is None else self.words[english]
        return text.format(**values) if values else text

    def each(self, sentences: tuple[str, ...]) -> str:
        """Return these one after the other."""
        return "; ".join(map(self, sentences))


def tongue(language: str) -> Tongue:
    """Return the tongue of a language. Raises InvalidRequest."""
    if language not in LANGUAGES:
        raise InvalidRequest(
            f"the papers are not written in '{language}'", remedy=f"choose one of {', '.join(LANGUAGES)}"
        )
    if language == "en":
        return Tongue(language)
    every = json.loads(WORDS.read_text(encoding="utf-8"))
    return Tongue(language, {english: said[language] for english, said in every.items()})

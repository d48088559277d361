"""Say what becomes of personal data in a collection, count it, and take it out of a text. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from ingest.guard.scan import scan
from ingest.guard.types import IMPERSONAL, Kind, Mark
from retrieval.types import Reader

# Neither a link nor a citation, whatever stands beside it.
_MASK: Final = "‹{}›"
_JOINTS: Final = re.compile(r"[_-]")


class Policy(StrEnum):
    """Name what becomes of a document that holds personal data."""

    INDEX = "index"  # as it is, and nobody looks
    WARN = "warn"  # as it is, counted for whoever looks after the collection
    MASK = "mask"  # masked for all but the readers of personal data
    QUARANTINE = "quarantine"  # waits until somebody lets it in


def look(text: str, language: str) -> tuple[Mark, ...]:
    """Return where personal data stands in a text, in order and without overlaps."""
    found = scan(text, language)
    return tuple(Mark(one.start, one.end, one.kind) for one in found if one.kind not in IMPERSONAL)


@lru_cache(maxsize=20_000)  # titles, names and passages from before anybody looked, again and again
def look_again(text: str, language: str) -> tuple[Mark, ...]:
    """Return what `look` does, from memory where the text was looked at a moment ago."""
    return look(text, language)


def counted(marks: Iterable[Mark]) -> dict[Kind, int]:
    """Return how often each kind was found, the most frequent first."""
    return dict(Counter(mark.kind for mark in marks).most_common())


def told(counts: Mapping[Kind, int]) -> str:
    """Return the counts in a line, without a value: "3 × person, 1 × iban"."""
    return ", ".join(f"{count} × {kind.value.replace('_', ' ')}" for kind, count in counts.items())


def masked(text: str, marks: Sequence[Mark]) -> str:
    """Return the text with what is marked replaced by the name of its kind; `marks` are in order and apart."""
    parts: list[str] = []
    at = 0
    for mark in marks:
        parts += (text[at : mark.start], _MASK.format(mark.kind.value.replace("_", " ")))
        at = mark.end
    return "".join((*parts, text[at:]))


def bare_name(name: str) -> str:
    """Return the name of a file without personal data: "keller_anna_2024.pdf" is read as the words it is made of."""
    stem, dot, ending = name.rpartition(".")
    words = _JOINTS.sub(" ", stem or ending)
    marks = look_again(words.title() if words.islower() else words, "en")
    return masked(words, marks) + (f"{dot}{ending}" if stem else "") if marks else name


def is_masked_for(reader: Reader, policy: str, readers_of_personal_data: Iterable[str]) -> bool:
    """Return whether this reader sees the collection's personal data masked."""
    return policy == Policy.MASK and reader.principals.isdisjoint(readers_of_personal_data)

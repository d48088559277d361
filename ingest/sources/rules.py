"""Decide readers by a mapping of patterns: the first that matches a key names its readers, no match is nobody."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from retrieval.errors import InvalidRequest
from retrieval.readers import is_principal

WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?")
MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Let `readers` read what `match` names below the source's root.

    `*` and `?` stay within one name, `**` crosses folders: `hr/**` is everything below hr, `**/*.pdf` every PDF.
    Capitals matter. Raises InvalidRequest for a pattern or a principal that could never match.
    """

    match: str
    readers: tuple[str, ...]

    def __post_init__(self) -> None:
        parts = self.match.split("/")
        if not self.match or self.match.startswith("/") or ".." in parts or "." in parts:
            raise InvalidRequest(
                f"the pattern {self.match!r} does not name files below the source",
                remedy='write it relative to the source, for instance "hr/**" or "**/*.pdf"',
            )
        for reader in self.readers:
            if not is_principal(reader):
                raise InvalidRequest(
                    f"{reader!r}, reader of {self.match!r}, is not a valid principal",
                    remedy='write "everyone", "group:<name>" or "user:<name>"',
                )


def readers_by(rules: Sequence[Rule], key: str) -> tuple[str, ...]:
    """Return the readers of the first rule that matches; empty where none does: visible to nobody."""
    composed = _composed(key)
    return next((rule.readers for rule in rules if _pattern(rule.match).fullmatch(composed)), ())


def _composed(text: str) -> str:
    # One system writes "ü" as one character, another as two. A rule that missed a folder for that would leave
    # it to a later, wider rule.
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=1024)
def _pattern(match: str) -> re.Pattern[str]:
    text = _composed(match)
    pieces, end = [], 0
    for found in WILDCARD.finditer(text):
        pieces += [re.escape(text[end : found.start()]), MEANINGS[found[0]]]
        end = found.end()
    return re.compile("".join([*pieces, re.escape(text[end:])]), re.DOTALL)

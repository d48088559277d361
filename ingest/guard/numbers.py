"""Find numbers that name a person, a company or an account: by check digits, and the words beside them. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from ingest.guard.number_cues import WEAK_CUE
from ingest.guard.number_rules import BANK_CODE, BANK_RULE, BY_DIGITS, BY_SHAPE, NumberRule
from ingest.guard.types import Finding, Kind
from ingest.guard.windows import windows, within

AROUND: Final = 45  # characters around a digit in which a number begins and ends
LEAST_DIGITS: Final = 5  # a text with fewer holds none of these numbers
CUE_BEFORE: Final = 60  # characters in which a word may name the number
CUE_AFTER: Final = 24
NAMED: Final = 0.95  # confidence with right check digits beside the number's own name
NAMED_ONLY: Final = 0.75  # with its own name alone
CALLED_A_NUMBER: Final = 0.55  # with right check digits beside a word for "number"
MOST_GROUPS: Final = 20  # of a run of digits; longer ones are tables

_BANK: Final = re.compile(r"[Bb][Ii][Cc]|[Ss][Ww][Ii][Ff][Tt]")
_DIGIT: Final = re.compile(r"\d")
_RUN: Final = re.compile(r"(?<![\w,])\d(?:[ ./-]{0,3}\d)*(?![\w])")
_GROUP: Final = re.compile(r"\d+")
_GAP: Final = re.compile(r"[^0-9A-Za-z+*]+")
_SIMPLE: Final = re.compile(r"[\d ]+")  # with dots, dashes and slashes it is a date, a version or a reference
_DOCUMENT: Final = re.compile(
    r"(?<!\w)(?:reisepass\w*|(?:personal)?ausweis\w*|passport|passeport|passaporto|pasaporte|identity card"
    r"|id card"
    r"|carte d'identité|carta d'identità|driv(?:ing|er'?s) licen[cs]e|führerschein\w*)"
    r"(?:[ -]?(?:number|nummer|no\.?|nr\.?|numéro|numero|número|n[°º]|is|ist"
    r"|:))*[ :]+(?=(?:[A-Z]*\d){3})([A-Z0-9]{6,12})(?!\w)",
    re.IGNORECASE,
)


def find_numbers(text: str) -> Iterator[Finding]:
    """Yield numbers whose digits check, or whose own name stands beside them; overlaps are left to the caller."""
    for match in BANK_CODE.finditer(text) if _BANK.search(text) else ():
        if BANK_RULE.check(match.group(1)):
            yield _finding(BANK_RULE, *match.span(1), NAMED, is_named=True)
    if sum(1 for _ in _DIGIT.finditer(text)) < LEAST_DIGITS:
        return
    parts = windows(text, before=AROUND, after=AROUND)
    for shape, rule in BY_SHAPE:
        for match in within(shape, text, parts):
            yield from _shaped(text, match.start(), match.end(), rule)
    for run in _RUN.finditer(text):
        yield from _plain(text, run)
    for match in _DOCUMENT.finditer(text):
        reason = "a passport, identity card or licence is named before it"
        yield Finding(Kind.NATIONAL_ID, match.start(1), match.end(1), NAMED_ONLY, reason)


def _shaped(text: str, start: int, end: int, rule: NumberRule) -> Iterator[Finding]:
    """Yield the longest beginning of a shape that checks: words that follow look like part of it."""
    ends = [end] + [gap.start() + start for gap in reversed(list(_GAP.finditer(text[start:end])))]
    for stop in ends:
        if rule.check(_as_checked(text[start:stop])):
            is_named = _is_beside(rule.cue, text, start, stop)
            if is_named or rule.bare:
                yield _finding(rule, start, stop, NAMED if is_named else rule.bare, is_named=is_named)
            return


def _plain(text: str, run: re.Match[str]) -> Iterator[Finding]:
    """Yield what a run of digits holds: as a whole, or some neighbouring groups of it where a word names them."""
    groups = [(one.start() + run.start(), one.end() + run.start()) for one in _GROUP.finditer(run.group())]
    if len(groups) > MOST_GROUPS * 2:
        return
    whole = (groups[0][0], groups[-1][1])
    taken = -1
    for first, (start, _) in enumerate(groups):
        if start < taken:
            continue
        for _, end in reversed(groups[first : first + MOST_GROUPS]):
            found = _best(text, start, end, is_whole=(start, end) == whole)
            if found is not None:
                taken = end
                yield found
                break


def _best(text: str, start: int, end: int, *, is_whole: bool) -> Finding | None:
    digits = "".join(_GROUP.findall(text[start:end]))
    possible = BY_DIGITS.get(len(digits), ())
    rules = [rule for rule in possible if rule.check(digits)]
    if (
        not rules or digits == (digits[:2] * len(digits))[: len(digits)]
    ):  # of one digit, or of two in turn: a filler
        return None
    for rule in rules:
        if _is_beside(rule.cue, text, start, end):
            return _finding(rule, start, end, NAMED if rule.is_checked else NAMED_ONLY, is_named=True)
    if not is_whole or any(_is_beside(rule.cue, text, start, end) for rule in possible):
        return None  # another number is named here, whose digits do not check
    is_simple = _SIMPLE.fullmatch(text, start, end) is not None
    for rule in rules:
        if rule.bare and is_simple:
            return _finding(rule, start, end, rule.bare, is_named=False)
    for rule in rules:
        if rule.is_checked and WEAK_CUE.search(text, max(start - CUE_BEFORE, 0), start):
            return _finding(rule, start, end, CALLED_A_NUMBER, is_named=False)
    return None


def _as_checked(text: str) -> str:
    return text.strip().upper()


def _is_beside(cue: re.Pattern[str], text: str, start: int, end: int) -> bool:
    before = cue.search(text, max(start - CUE_BEFORE, 0), start)
    return before is not None or cue.search(text, end, end + CUE_AFTER) is not None


def _finding(rule: NumberRule, start: int, end: int, confidence: float, *, is_named: bool) -> Finding:
    why = "check digits" if rule.is_checked else "shape"
    beside = " and a word that names it" if is_named else ""
    return Finding(rule.kind, start, end, confidence, f"{rule.name}: {why}{beside}", rule.country)

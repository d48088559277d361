"""Find phone numbers by the numbering plans of phonenumbers (Apache-2.0), which only this file imports."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from phonenumbers import (
    NumberParseException,
    is_possible_number,
    is_valid_number,
    parse,
    region_code_for_number,
)

from ingest.guard.types import Finding, Kind

LEAST_DIGITS: Final = 7
MOST_DIGITS: Final = 15  # ITU-T E.164
CUE_BEFORE: Final = 40
CUE_AFTER: Final = 12
ABROAD: Final = 0.9  # written with its country code and valid in its plan
NAMED: Final = 0.85  # a word for telephone beside it
LOCAL: Final = 0.6  # written as numbers are at home, and valid there

_CANDIDATE: Final = re.compile(
    r"(?<![\w.,/+-])(?:\+|\(\+?)?\d(?:[ \u00a0./-]{0,3}(?:\(\d{1,5}\)"
    r"|\d)){5,17}(?:\)[ ./-]?\d(?:[ ./-]{0,2}\d){3,12})?"
    r"(?: ?(?:x|ext\.? ?|durchwahl ?|poste ?)\d{1,5})?(?!\w|[.,]\d)",
    re.IGNORECASE,
)
_CUE: Final = re.compile(
    r"(?<!\w)(?:tel\w*|t[ée]l\w*|(?:tele)?phone\w*|(?:tele)?fon\w*|fax\w*|mobil\w*|handy\w*|cell\w*"
    r"|portable|m[óo]vil\w*"
    r"|cellulare|ruf\w*|call\w*|dial\w*|ring|reach\w*|answer\w*|text(?: me)?|desk|office|durchwahl|anruf\w*"
    r"|appel\w*"
    r"|llam\w*|chiam\w*|whats-?app|sms|hotline|contact\w*|kontakt\w*|contatt\w*)(?!\w)",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(?<!\d)(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})(?!\d)")
# How people write numbers at home: a zero or a bracket first, and groups.
_AT_HOME: Final = re.compile(r"\(?0[1-9][\d()]*[ ./-]\d|\(\d{3}\) ?\d{3}-\d{4}$|\d{3}-\d{3}-\d{4}$")
_DIGITS: Final = re.compile(r"\d")
_REGIONS: Final = {
    "de": ("DE", "AT", "CH"),
    "fr": ("FR", "BE", "CH"),
    "it": ("IT", "CH"),
    "es": ("ES",),
    "nl": ("NL", "BE"),
    "en": ("GB", "IE", "US"),
}
_ELSEWHERE: Final = ("DE", "FR", "GB", "IT", "ES")


def find_phones(text: str, language: str) -> Iterator[Finding]:
    """Yield phone numbers: with a country code, beside a word that says so, or as written at home."""
    for match in _CANDIDATE.finditer(text):
        start, end = match.span()
        if text[start] == "(" and ")" not in match.group():
            start += 1
        digits = len(_DIGITS.findall(text[start:end]))
        if LEAST_DIGITS <= digits <= MOST_DIGITS + 5 and not _DATE.search(text, start, end):
            found = _judge(text, start, end, language)
            if found is not None:
                yield found


def _judge(text: str, start: int, end: int, language: str) -> Finding | None:
    written = text[start:end]
    if written.startswith(("+", "(+", "00")):
        country = _country(written if not written.startswith("00") else f"+{written[2:]}", "ZZ")
        if country is not None:
            return Finding(Kind.PHONE, start, end, ABROAD, "a number with a country code", country)
    before = _CUE.search(text, max(start - CUE_BEFORE, 0), start)
    if before or _CUE.search(text, end, end + CUE_AFTER):
        return Finding(Kind.PHONE, start, end, NAMED, "a word for telephone beside a number")
    if _AT_HOME.match(written):
        for region in _REGIONS.get(language, _ELSEWHERE):
            if _country(written, region) is not None:
                return Finding(Kind.PHONE, start, end, LOCAL, "a number as it is written at home", region)
    return None


@lru_cache(maxsize=4096)  # a letterhead's number stands on every page
def _country(written: str, region: str) -> str | None:
    """Return the country of a number that its plan allows, "" of one it does not know; None where it is none."""
    try:
        number = parse(written, region)
    except NumberParseException:
        return None
    if is_valid_number(number) or (region == "ZZ" and is_possible_number(number)):
        return region_code_for_number(number) or ""
    return None

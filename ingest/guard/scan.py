"""Tell the story of one text: every recogniser looks, and of what overlaps the surest and longest stays. Pure."""

from collections.abc import Iterable
from typing import Final

from ingest.guard.addresses import find_addresses
from ingest.guard.contacts import find_births, find_machines, find_mail
from ingest.guard.names import find_addressees, find_names
from ingest.guard.numbers import find_numbers
from ingest.guard.phones import find_phones
from ingest.guard.special import find_special
from ingest.guard.types import Finding, Kind

LEAST_CONFIDENCE: Final = 0.5  # below it a finding is more likely wrong than right


def scan(text: str, language: str) -> tuple[Finding, ...]:
    """Return what is personal in a text, in order and without overlaps. `language` is ISO 639-1 or "und"."""
    found = [
        *find_mail(text),
        *find_numbers(text),
        *find_phones(text, language),
        *find_machines(text),
        *find_births(text),
        *find_addresses(text),
        *find_names(text, language),
        *find_special(text),
    ]
    found += find_addressees(text, language, found)
    return without_overlaps(one for one in found if one.confidence >= LEAST_CONFIDENCE)


def without_overlaps(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in order, of those that overlap the surest, then the longest, then the first.

    A name inside an address is part of it.
    """
    found = list(findings)
    streets = [one for one in found if one.kind is Kind.ADDRESS]
    kept: list[Finding] = []
    free = (
        one
        for one in found
        if one.kind is not Kind.PERSON or not any(_holds(street, one) for street in streets)
    )
    for one in sorted(free, key=lambda one: (-one.confidence, -one.length, one.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


def _holds(outer: Finding, inner: Finding) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end

"""Find mail addresses, addresses of machines, dates of birth and ages. Pure."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from ingest.guard.types import Finding, Kind

_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2,24}(?!\w)")
# Mailboxes of an office; who reads them is nobody in particular.
_OFFICES: Final = """
abuse admin billing careers contact datenschutz dpo hello help hr info jobs kontakt mail marketing no-reply noreply
office post postmaster presse press privacy sales security service support team webmaster
"""
_OFFICE: Final = frozenset(_OFFICES.split())
_V4: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\d|\w)")
_V6: Final = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_ADDRESS: Final = re.compile(r"(?<!\w)(?:ip|host|address|adresse|server)(?!\w)", re.IGNORECASE)
LARGE_OCTET: Final = 60  # no section of a document is counted so far
_VERSION: Final = re.compile(
    r"(?:version|release|v\.?|§|section|abschnitt|kapitel|chapter)\s*$", re.IGNORECASE
)

_MONTH: Final = (
    r"(?:jan|feb|m[äa]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|janv|f[ée]v|avr|juin|juil|ao[uû]t|gen"
    r"|mag|giu|lug|ago"
    r"|set|ott|dic|ene|abr)[^\W\d_]*\.?"
)
_DAY: Final = (
    rf"(?:\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?(?:19|20)?\d{{2}}|(?:19|20)\d{{2}}-\d{{1,2}}-\d{{1,2}}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er|º)?(?:\s(?:de|of))?\s{_MONTH}(?:\s(?:de|del))?,?\s(?:19|20)\d{{2}}"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:19|20)\d{{2}})"
)
_BIRTH: Final = re.compile(
    r"(?<!\w)(?:geb(?:oren|urtsdatum|urtstag|\.)|\*|born|birth(?:day|date)?|date of birth|d\.?o\.?b\.?"
    r"|n[ée]e?|naissance"
    r"|nat[oa]|nascita|nacid[oa]|nacimiento)"
    rf"(?:\s?(?:am|on|le|il|el|the|is|ist|était|:|-|date|datum|de|di|\(|in \w+ on))*[\s:]{{0,3}}({_DAY})(?!\w)",
    re.IGNORECASE,
)
_AGE: Final = re.compile(
    r"(?<![\w.,])(\d{1,3})(?:[ -](?:years?[ -]old|yo\b|jahre? alt|jährige?[rsn]?\b|ans\b(?= ?[,.;)]|$)"
    r"|anni\b|años\b))"
    r"|(?<!\w)(?:aged?(?: of)?|turn(?:ed|ing|s)|alter|im alter von|âgée? de)[: ]{1,2}(\d{1,3})(?![\w.,%]\d|\w|%)",
    re.IGNORECASE,
)
OLDEST: Final = 120  # years


def find_mail(text: str) -> Iterator[Finding]:
    """Yield mail addresses; those of an office with less confidence than a person's."""
    if "@" not in text:
        return
    for match in _MAIL.finditer(text):
        local = match.group().partition("@")[0].lower()
        if local in _OFFICE:
            yield Finding(Kind.EMAIL, *match.span(), 0.5, "a mail address of an office")
        else:
            yield Finding(Kind.EMAIL, *match.span(), 0.95, "a mail address")


def find_machines(text: str) -> Iterator[Finding]:
    """Yield IP addresses of machines, by which people are known too; networks and versions are left out."""
    for match in (*_V4.finditer(text), *_V6.finditer(text)):
        if _VERSION.search(text, max(match.start() - 12, 0), match.start()):
            continue
        try:
            address = ipaddress.ip_address(match.group())
        except ValueError:
            continue
        if _is_machine(text, match, address):
            yield Finding(Kind.DEVICE, *match.span(), 0.8, "an IP address")


def _is_machine(
    text: str, match: re.Match[str], address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> bool:
    """Return whether an address is one machine's: "4.1.4.3" is a section, unless a word says otherwise."""
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return sum(map(str.isdigit, match.group())) >= 4  # "::add" stands in programs
    octets = address.packed
    if octets[3] in {0, 255} or len(set(octets)) == 1:
        return False
    return (
        max(octets) >= LARGE_OCTET
        or _ADDRESS.search(text, max(match.start() - 24, 0), match.start()) is not None
    )


def find_births(text: str) -> Iterator[Finding]:
    """Yield dates after a word for birth, and ages."""
    for match in _BIRTH.finditer(text):
        yield Finding(Kind.BIRTH, *match.span(1), 0.9, "a date after a word for birth")
    for match in _AGE.finditer(text):
        group = 1 if match.group(1) else 2
        if int(match.group(group)) <= OLDEST:
            yield Finding(Kind.BIRTH, *match.span(group), 0.6, "a number of years beside a word for age")

"""Numbers: check digits, the words beside them, and what only looks like one."""

import pytest

from ingest.guard.number_rules import german_health, german_pension
from ingest.guard.scan import scan
from ingest.guard.types import Finding, Kind

FOUND = [
    ("Please pay to DE89 3704 0044 0532 0130 00 by Friday.", Kind.IBAN, "DE89 3704 0044 0532 0130 00", ""),
    ("Konto NO 93 8601 1117 947 und mehr", Kind.IBAN, "NO 93 8601 1117 947", ""),
    ("card number 4111 1111 1111 1111, thanks", Kind.CARD, "4111 1111 1111 1111", ""),
    ("Steuer-ID: 36 574 261 809", Kind.TAX_ID, "36 574 261 809", "DE"),
    ("Rentenversicherungsnummer 65 170839 J 003", Kind.SOCIAL_SECURITY, "65 170839 J 003", "DE"),
    ("USt-IdNr. DE 136,695 976 / DE136695976", Kind.VAT, "DE136695976", "EU"),
    (
        "Numéro de sécurité sociale : 2 95 10 99 126 111 93",
        Kind.SOCIAL_SECURITY,
        "2 95 10 99 126 111 93",
        "FR",
    ),
    ("Codice fiscale RCCMNL83S18D969H del dipendente", Kind.TAX_ID, "RCCMNL83S18D969H", "IT"),
    ("con DNI 54362315K y domicilio", Kind.NATIONAL_ID, "54362315K", "ES"),
    ("AHV-Nummer 756.9217.0769.85", Kind.SOCIAL_SECURITY, "756.9217.0769.85", "CH"),
    ("PESEL 44051401359", Kind.NATIONAL_ID, "44051401359", "PL"),
    ("BSN: 1112.22.333", Kind.NATIONAL_ID, "1112.22.333", "NL"),
    ("National Insurance number AB 12 34 56 C", Kind.SOCIAL_SECURITY, "AB 12 34 56 C", "GB"),
    ("Reisepass Nr. C01X00T47 liegt bei", Kind.NATIONAL_ID, "C01X00T47", ""),
]


def of_kind(text: str, kind: Kind) -> list[Finding]:
    """Return the findings of a kind."""
    return [one for one in scan(text, "en") if one.kind is kind]


@pytest.mark.parametrize(("text", "kind", "value", "country"), FOUND, ids=[one[2] for one in FOUND])
def test_a_number_is_found_where_it_stands(text: str, kind: Kind, value: str, country: str) -> None:
    """The span is the number and nothing else; the reason names what it is and not the value."""
    [found] = of_kind(text, kind)
    assert text[found.start : found.end] == value
    assert found.country == country
    assert found.confidence > 0.5
    assert value not in found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please pay to DE89 3704 0044 0532 0130 01 by Friday.", Kind.IBAN),
        ("card number 4111 1111 1111 1112, thanks", Kind.CARD),
        ("Steuer-ID: 36 574 261 808", Kind.TAX_ID),
        ("Rentenversicherungsnummer 65 170839 J 004", Kind.SOCIAL_SECURITY),
        ("USt-IdNr. DE136695978", Kind.VAT),
        ("con DNI 54362315A y domicilio", Kind.NATIONAL_ID),
        ("PESEL 44051401358", Kind.NATIONAL_ID),
        ("BSN: 1112.22.334", Kind.NATIONAL_ID),
    ],
)
def test_wrong_check_digits_are_no_number(text: str, kind: Kind) -> None:
    """A digit that does not check is reason enough, whatever stands beside it."""
    assert not of_kind(text, kind)


@pytest.mark.parametrize(
    "text",
    [
        "Release 2024.11.30 replaces 2024.10.12-3 of the driver.",
        "The order 4711-0815 of 12.03.2024 over 1.234.567,89 EUR was booked.",
        "BVerfGE 72, 296 <298>; 95, 189 <192>; 135, 248 <259 Rn. 27>",
        "See arXiv 2410.01677 and CVE-2024-21626, pages 1200-1345.",
        "| 2019 | 2020 | 2021 | 2022 | 2023 | 2024 |",
        "Nach § 76 Abs. 1 Satz 1 FGO gilt Abschnitt 4.1.4.3 der Ordnung.",
        "The DOCUMENT and the CATALOGUE are in BUILDING 7.",
        "Die Maschine läuft mit 123456789 Umdrehungen.",
        "0000000000 1111111111 1212121212",
    ],
)
def test_what_is_counted_in_a_firm_is_no_personal_number(text: str) -> None:
    """Versions, amounts, references, sections and years raise no alarm."""
    assert [one for one in scan(text, "en") if one.kind is not Kind.PERSON] == []


def test_a_bank_code_needs_its_name() -> None:
    """Letters alone are a BIC by chance; beside "BIC" they are one."""
    assert not of_kind("The code is DEUTDEFF today.", Kind.COMPANY)
    assert len(of_kind("BIC: DEUTDEFF", Kind.COMPANY)) == 1


def test_numbers_of_german_insurances_check() -> None:
    """The last digit, or the one after the letter, follows from the rest."""
    assert german_pension("65170839J003")
    assert not german_pension("65170839J004")
    assert not german_pension("65170839003")
    assert german_health("A123456780")
    assert not german_health("A123456781")
    assert not german_health("1234567890")

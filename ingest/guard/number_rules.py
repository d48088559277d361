"""Say which numbers of people and companies there are: how long, whose check digits, beside which words.

The check digits are python-stdnum's (LGPL-2.1+); this is the only file that imports it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stdnum import bic, iban, imei, lei, luhn
from stdnum.at import tin as at_tin
from stdnum.be import nn as be_nn
from stdnum.bg import egn as bg_egn
from stdnum.ch import ssn as ch_ssn
from stdnum.ch import uid as ch_uid
from stdnum.cz import rc as cz_rc
from stdnum.de import idnr as de_idnr
from stdnum.de import stnr as de_stnr
from stdnum.dk import cpr as dk_cpr
from stdnum.ee import ik as ee_ik
from stdnum.es import dni as es_dni
from stdnum.es import nie as es_nie
from stdnum.eu import vat as eu_vat
from stdnum.fi import hetu as fi_hetu
from stdnum.fr import nif as fr_nif
from stdnum.fr import nir as fr_nir
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret
from stdnum.gb import nhs as gb_nhs
from stdnum.gb import utr as gb_utr
from stdnum.gb import vat as gb_vat
from stdnum.gr import amka as gr_amka
from stdnum.hr import oib as hr_oib
from stdnum.ie import pps as ie_pps
from stdnum.it import codicefiscale as it_cf
from stdnum.nl import bsn as nl_bsn
from stdnum.no import fodselsnummer as no_fnr
from stdnum.pl import nip as pl_nip
from stdnum.pl import pesel as pl_pesel
from stdnum.pt import cc as pt_cc
from stdnum.pt import nif as pt_nif
from stdnum.ro import cnp as ro_cnp
from stdnum.se import personnummer as se_pnr
from stdnum.si import emso as si_emso

from ingest.guard.number_cues import BANK, CARDS, COMPANY, DEVICE, SOCIAL, TAX, TAX_OFFICE, VAT, identity
from ingest.guard.types import Kind

Check = Callable[[str], bool]


_BE: Final = identity(r"rijksregister\w*|registre national")
_BG: Final = identity(r"egn\b")
_CZ: Final = identity(r"rodn\w*|birth number")
_DK: Final = identity(r"cpr\b")
_EE: Final = identity(r"isikukood|asmens|personal")
_ES: Final = identity(r"dni\b|nie\b")
_FI: Final = identity(r"hetu\b|henkil\w*")
_NL: Final = identity(r"bsn\b|burgerservice\w*")
_NO: Final = identity(r"f[øo]dselsnummer|personnummer")
_PL: Final = identity(r"pesel\b")
_PT: Final = identity(r"cart[ãa]o|citizen")
_RO: Final = identity(r"cnp\b")
_SE: Final = identity(r"person\w*nummer|personnr")
_SI: Final = identity(r"em[sš]o\b")


@dataclass(frozen=True, slots=True)
class NumberRule:
    """Say how a number is told from any other; `bare` is the confidence where no word beside it names it."""

    kind: Kind
    country: str
    name: str
    check: Check
    cue: re.Pattern[str]
    bare: float = 0.0
    is_checked: bool = True  # False where its digits check nothing, so that only its own cue tells it


def _issuer(digits: str) -> bool:
    """Return whether a card may begin so (ISO/IEC 7812), and its last digit is right."""
    return luhn.is_valid(digits) and re.match(r"3|4|5|6|2[2-7]|2131|1800", digits) is not None


def german_pension(number: str) -> bool:
    """Return whether the last digit of a Versicherungsnummer is right (VKVV, § 4)."""
    number = number.replace(" ", "")
    if not re.fullmatch(r"\d{8}[A-Z]\d{3}", number):
        return False
    digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    weighed = (
        int(one) * weight for one, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return sum(product // 10 + product % 10 for product in weighed) % 10 == int(number[11])


def german_health(number: str) -> bool:
    """Return whether the last digit of a Krankenversichertennummer is right (SGB V, § 290)."""
    if not re.fullmatch(r"[A-Z]\d{9}", number):
        return False
    digits = f"{ord(number[0]) - 64:02}{number[1:9]}"
    weighed = (int(one) * (1 + place % 2) for place, one in enumerate(digits))
    return sum(product // 10 + product % 10 for product in weighed) % 10 == int(number[9])


# Banks' own codes are told by their name alone: "DOCUMENT" is one by its letters.
BANK_CODE: Final = re.compile(
    r"(?<!\w)(?:bic|swift)(?:[ -]?code)?(?:/\w+)?[\s:]{1,3}((?-i:[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?))(?!\w)",
    re.IGNORECASE,
)
BANK_RULE: Final = NumberRule(Kind.COMPANY, "", "BIC", bic.is_valid, BANK)

# Where digits hold a date and a check digit, one number in three hundred does so by chance: .5 without a cue. Where
# they hold a check digit alone, one in ten does: no confidence without one.
# By the digits they have, separators aside. Where two rules fit, a cue decides, then the order here.
BY_DIGITS: Final[dict[int, tuple[NumberRule, ...]]] = {
    9: (
        NumberRule(Kind.VAT, "GB", "VAT number", gb_vat.is_valid, VAT),
        NumberRule(Kind.COMPANY, "FR", "SIREN", fr_siren.is_valid, COMPANY),
        NumberRule(Kind.TAX_ID, "PT", "NIF", pt_nif.is_valid, TAX),
        NumberRule(Kind.NATIONAL_ID, "NL", "BSN", nl_bsn.is_valid, _NL),
        NumberRule(Kind.TAX_ID, "AT", "Abgabenkontonummer", at_tin.is_valid, TAX),
        NumberRule(Kind.NATIONAL_ID, "CZ", "birth number", cz_rc.is_valid, _CZ),
    ),
    10: (
        NumberRule(Kind.TAX_ID, "GB", "UTR", gb_utr.is_valid, TAX),
        NumberRule(Kind.TAX_ID, "PL", "NIP", pl_nip.is_valid, TAX),
        NumberRule(Kind.TAX_ID, "DE", "Steuernummer", de_stnr.is_valid, TAX_OFFICE, is_checked=False),
        NumberRule(Kind.SOCIAL_SECURITY, "GB", "NHS number", gb_nhs.is_valid, SOCIAL),
        NumberRule(Kind.NATIONAL_ID, "SE", "personnummer", se_pnr.is_valid, _SE, bare=0.5),
        NumberRule(Kind.NATIONAL_ID, "BG", "EGN", bg_egn.is_valid, _BG, bare=0.5),
        NumberRule(Kind.NATIONAL_ID, "CZ", "birth number", cz_rc.is_valid, _CZ),
        NumberRule(Kind.NATIONAL_ID, "DK", "CPR", dk_cpr.is_valid, _DK, is_checked=False),
    ),
    11: (
        NumberRule(Kind.NATIONAL_ID, "NO", "fødselsnummer", no_fnr.is_valid, _NO, bare=0.7),
        NumberRule(Kind.TAX_ID, "DE", "tax identification number", de_idnr.is_valid, TAX, bare=0.5),
        NumberRule(
            Kind.NATIONAL_ID, "EE", "personal code", ee_ik.is_valid, _EE, bare=0.5
        ),  # Lithuania's is the same
        NumberRule(Kind.NATIONAL_ID, "BE", "national number", be_nn.is_valid, _BE, bare=0.6),
        NumberRule(Kind.SOCIAL_SECURITY, "GR", "AMKA", gr_amka.is_valid, SOCIAL, bare=0.5),
        NumberRule(Kind.NATIONAL_ID, "PL", "PESEL", pl_pesel.is_valid, _PL, bare=0.5),
        NumberRule(Kind.TAX_ID, "HR", "OIB", hr_oib.is_valid, TAX),
        NumberRule(Kind.VAT, "FR", "VAT number", lambda number: eu_vat.is_valid(f"FR{number}"), VAT),
        NumberRule(Kind.VAT, "IT", "partita IVA", lambda number: eu_vat.is_valid(f"IT{number}"), VAT),
        NumberRule(Kind.TAX_ID, "DE", "Steuernummer", de_stnr.is_valid, TAX_OFFICE, is_checked=False),
    ),
    12: (
        NumberRule(Kind.NATIONAL_ID, "SE", "personnummer", se_pnr.is_valid, _SE, bare=0.5),
        NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS),
    ),
    13: (
        NumberRule(Kind.NATIONAL_ID, "SI", "EMŠO", si_emso.is_valid, _SI, bare=0.5),
        NumberRule(Kind.NATIONAL_ID, "RO", "CNP", ro_cnp.is_valid, _RO, bare=0.5),
        NumberRule(Kind.TAX_ID, "FR", "numéro fiscal", fr_nif.is_valid, TAX),
        NumberRule(Kind.SOCIAL_SECURITY, "CH", "AHV number", ch_ssn.is_valid, SOCIAL),
        NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS),
        NumberRule(Kind.TAX_ID, "DE", "Steuernummer", de_stnr.is_valid, TAX_OFFICE, is_checked=False),
    ),
    14: (
        NumberRule(Kind.COMPANY, "FR", "SIRET", fr_siret.is_valid, COMPANY, bare=0.6),
        NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS, bare=0.6),
    ),
    15: (
        NumberRule(
            Kind.SOCIAL_SECURITY, "FR", "numéro de sécurité sociale", fr_nir.is_valid, SOCIAL, bare=0.7
        ),
        NumberRule(Kind.DEVICE, "", "IMEI", imei.is_valid, DEVICE),
        NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS, bare=0.6),
    ),
    16: (NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS, bare=0.8),),
    17: (NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS),),
    18: (NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS),),
    19: (NumberRule(Kind.CARD, "", "payment card", _issuer, CARDS, bare=0.6),),
}

_SPACED: Final = r"[ .\-/]?"
# The country in capitals or as a sentence begins: in small letters most of them are words.
_MEMBERS: Final = (
    r"(?-i:A[Tt]|B[EeGg]|C[YyZz]|D[EeKk]|E[EeLlSs]|F[IiRr]|GR|H[RrUu]|I[EeTt]|L[TtUuVv]|M[Tt]|NL|P[LlTt]|R[Oo]"
    r"|S[EeIiKk]|XI)"
)
_VAT_SHAPE: Final = (
    rf"{_MEMBERS}(?: ?[:.-] ?| )?[A-Z0-9]{{0,2}}{_SPACED}\d(?:{_SPACED}\d){{4,11}}"
    rf"(?:{_SPACED}[A-Z]{{1,2}}{_SPACED}\d{{0,2}})?"
)
# Shapes of their own, letters among the digits or separators that nothing else has; tried before the plain ones.
BY_SHAPE: Final[tuple[tuple[re.Pattern[str], NumberRule], ...]] = tuple(
    (re.compile(rf"(?<![\w]){shape}(?!\w)", re.IGNORECASE), rule)
    for shape, rule in (
        (
            r"[A-Z]{2} ?\d{2}(?:[ .-]?[A-Z0-9]){11,30}",
            NumberRule(Kind.IBAN, "", "IBAN", iban.is_valid, BANK, bare=0.95),
        ),
        (
            _VAT_SHAPE,
            NumberRule(Kind.VAT, "EU", "VAT number", eu_vat.is_valid, VAT, bare=0.8),
        ),
        (
            rf"GB ?\d(?:{_SPACED}\d){{8,11}}",
            NumberRule(Kind.VAT, "GB", "VAT number", gb_vat.is_valid, VAT, bare=0.8),
        ),
        (
            r"CHE[- ]?\d{3}\.?\d{3}\.?\d{3}",
            NumberRule(Kind.COMPANY, "CH", "UID", ch_uid.is_valid, COMPANY, bare=0.9),
        ),
        (
            r"756\.\d{4}\.\d{4}\.\d{2}",
            NumberRule(Kind.SOCIAL_SECURITY, "CH", "AHV number", ch_ssn.is_valid, SOCIAL, 0.9),
        ),
        (
            r"[A-Z]{6} ?[0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{2} ?[A-Z][0-9L-NP-V]{3}[A-Z]",
            NumberRule(Kind.TAX_ID, "IT", "codice fiscale", it_cf.is_valid, TAX, bare=0.95),
        ),
        (
            r"\d{6}[-+A-F]\d{3}[0-9A-Y]",
            NumberRule(Kind.NATIONAL_ID, "FI", "HETU", fi_hetu.is_valid, _FI, bare=0.9),
        ),
        (
            r"(?:\d{2})?\d{6}[-+]\d{4}",
            NumberRule(Kind.NATIONAL_ID, "SE", "personnummer", se_pnr.is_valid, _SE, 0.8),
        ),
        (
            r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}",
            NumberRule(Kind.NATIONAL_ID, "BE", "national number", be_nn.is_valid, _BE, bare=0.9),
        ),
        (
            r"\d{6}/\d{3,4}",
            NumberRule(Kind.NATIONAL_ID, "CZ", "birth number", cz_rc.is_valid, _CZ, bare=0.8),
        ),
        (
            r"\d{8} ?\d ?[A-Z0-9]{2} ?\d",
            NumberRule(Kind.NATIONAL_ID, "PT", "cartão de cidadão", pt_cc.is_valid, _PT, bare=0.8),
        ),
        (r"\d{8}[ -]?[A-Z]", NumberRule(Kind.NATIONAL_ID, "ES", "DNI", es_dni.is_valid, _ES, bare=0.8)),
        (
            r"[XYZ][ -]?\d{7}[ -]?[A-Z]",
            NumberRule(Kind.NATIONAL_ID, "ES", "NIE", es_nie.is_valid, _ES, bare=0.9),
        ),
        (
            r"\d{7}[A-W][A-IW]?",
            NumberRule(Kind.SOCIAL_SECURITY, "IE", "PPS number", ie_pps.is_valid, SOCIAL, bare=0.7),
        ),
        (
            r"\d{2} ?\d{6} ?[A-Z] ?\d{3}",
            NumberRule(
                Kind.SOCIAL_SECURITY, "DE", "Rentenversicherungsnummer", german_pension, SOCIAL, bare=0.9
            ),
        ),
        (
            r"[A-Z]\d{9}",
            NumberRule(
                Kind.SOCIAL_SECURITY, "DE", "Krankenversichertennummer", german_health, SOCIAL, bare=0.6
            ),
        ),
        (
            r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
            NumberRule(Kind.SOCIAL_SECURITY, "GB", "National Insurance number", lambda _: True, SOCIAL, 0.8),
        ),
        (
            r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}",
            NumberRule(
                Kind.SOCIAL_SECURITY, "US", "social security number", lambda _: True, SOCIAL, bare=0.7
            ),
        ),
        (
            r"\d{2}[- ]{1,3}\d{3}/\d{4}",
            NumberRule(Kind.TAX_ID, "AT", "Abgabenkontonummer", at_tin.is_valid, TAX, 0.9),
        ),
        (
            r"\d{2} \d{3} ?\d{4}",
            NumberRule(Kind.TAX_ID, "AT", "Abgabenkontonummer", at_tin.is_valid, TAX, 0.5),
        ),
        (
            r"\d{2,3}/\d{3,4}/\d{4,5}",
            NumberRule(Kind.TAX_ID, "DE", "Steuernummer", de_stnr.is_valid, TAX, bare=0.6),
        ),
        (r"[A-Z0-9]{18}\d{2}", NumberRule(Kind.COMPANY, "", "LEI", lei.is_valid, COMPANY, bare=0.9)),
        (
            r"(?:HR[AB]|GnR|PR|VR) ?\d{1,6} ?[A-Z]?",
            NumberRule(Kind.COMPANY, "DE", "register number", lambda _: True, COMPANY, 0.8),
        ),
        (r"\d{2}-\d{6}-\d{6}-\d", NumberRule(Kind.DEVICE, "", "IMEI", imei.is_valid, DEVICE, bare=0.9)),
        (
            r"(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}",
            NumberRule(Kind.DEVICE, "", "MAC address", lambda _: True, DEVICE, bare=0.9),
        ),
    )
)

"""Hold what the recognisers of personal data find. A finding never holds the value, only where it stands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """Name what was found."""

    PERSON = "person"
    ADDRESS = "address"
    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    BIRTH = "birth"  # a date of birth or an age
    NATIONAL_ID = "national_id"  # identity cards, passports, population registers
    TAX_ID = "tax_id"
    SOCIAL_SECURITY = "social_security"
    VAT = "vat"
    COMPANY = "company"  # a register's number, of a company or of a person who trades
    DEVICE = "device"  # addresses of machines: IP, MAC, IMEI
    HEALTH = "health"
    RELIGION = "religion"
    TRADE_UNION = "trade_union"


# What Article 9 of the GDPR protects: found by words about a person, so the sentence is the finding.
SPECIAL: Final = frozenset({Kind.HEALTH, Kind.RELIGION, Kind.TRADE_UNION})
# What a question to an assistant hardly ever needs. Names, addresses and the like are what people ask by.
DELICATE: Final = SPECIAL | {Kind.IBAN, Kind.CARD, Kind.NATIONAL_ID, Kind.TAX_ID, Kind.SOCIAL_SECURITY}
# Of companies: nobody's secret, and found so that it is not taken for something else.
IMPERSONAL: Final = frozenset({Kind.COMPANY, Kind.VAT})


class Mark(NamedTuple):
    """Say what stands where, as it is kept beside a text: 0-based characters, the end excluded."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what stands where: `start` and `end` are 0-based characters of the text, the end excluded."""

    kind: Kind
    start: int
    end: int
    confidence: float  # 0 to 1
    reason: str  # in one line, without the value
    country: str = ""  # ISO 3166, empty where it is of none

    @property
    def length(self) -> int:
        """Return the number of characters."""
        return self.end - self.start

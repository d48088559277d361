"""Know the words that name a number beside it, in the languages of the house and of the number's country. Pure."""

import re
from typing import Final

# "Number" in the languages of the house: with check digits that are right, enough for a cautious finding.
WEAK_CUE: Final = re.compile(
    r"\b(?:num(?:ber|mer|[ée]ro)|n[úu]mero|identifi\w*|ident\w*nummer|code|codice|c[óo]digo|nr\.?|no\.|n°"
    r"|nº|id)(?!\w)",
    re.IGNORECASE,
)


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)


TAX: Final = _cue(
    r"steuer\w*|tax|tin\b|impôt\w*|fiscal\w*|fiscale|spi\b|st\.?-?nr|utr\b|codice fisc\w*|nif\b|nip\b|oib\b"
    r"|tva\b|idnr"
)
TAX_OFFICE: Final = _cue(r"steuer-?\s?n|st\.?-?nr|tax number|finanzamt")
VAT: Final = _cue(
    r"vat|ust\b|ust-?id\w*|umsatzsteuer\w*|mwst|tva\b|iva\b|partita iva|p\.? ?iva|btw|moms|nif\b|cif\b"
)
SOCIAL: Final = _cue(
    r"social|sozial\w*|rentenvers\w*|sv-?n\w*|vsnr|ahv|avs|nss\b|nir\b|insee|s[ée]curit[ée] sociale|amka"
    r"|ssn|ppsn?\b"
    r"|national insurance|nino\b|previdenza|seguridad|nhs\b|kranken\w*|versicherten\w*|health"
)
_IDENTITY: Final = (
    r"identity|identit\w*|identidad|personal (?:id|code|number|identity)|national (?:id|number|register)"
    r"|id card|ausweis\w*"
)


def identity(words: str) -> re.Pattern[str]:
    """Return the words for a number of identity, with those of one country."""
    return _cue(f"{words}|{_IDENTITY}")


COMPANY: Final = _cue(
    r"siren\b|siret\b|rcs\b|company|handelsregister\w*|registre|lei\b|legal entity|registration"
)
BANK: Final = _cue(r"bic\b|swift|bank\w*")
CARDS: Final = _cue(
    r"card|cards|kreditkarte\w*|karte\w*|carte|carta|tarjeta|cc\b|visa|mastercard|maestro|amex|credit"
)
DEVICE: Final = _cue(r"imei|device|ger[äa]t\w*|handy|mobile")

"""Find postal addresses: how streets are named and numbered in Europe, and what follows a street. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from ingest.guard.types import Finding, Kind
from ingest.guard.windows import windows, within

# Only what kinds of streets are called is looked for in either case: under IGNORECASE no class tells a capital.
_CAP: Final = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*"  # a word that begins with a capital
_NUMBER: Final = r"\d{1,4}(?:\s?[a-zA-Z](?!\w))?(?:\s?[-/]\s?\d{1,4}[a-z]?)?"

# Names that end in what they are: Germanic and Nordic languages.
_ENDING: Final = (
    r"(?i:stra(?:ß|ss)e|str\.|gasse|allee|platz|damm|ufer|chaussee|promenade|steig|stieg|gäss(?:le|chen)"
    r"|brücke|markt"
    r"|straat|laan|gracht|plein|kade|dijk|gatan|gata|vägen|veien|vegen|vej|gade|gaten|torget|stræde|allé"
    r"|tie|katu|kuja"
    r"|polku|väylä)"
)
_GERMANIC: Final = re.compile(
    rf"(?<!\w)(?:\d{{3,6}} )?(?:[^\W\d_][\w'’.-]*{_ENDING}|(?:{_CAP}[ -]){{1,2}}"
    rf"(?:Straße|Strasse|Str\.|Gasse|Allee|Platz|Weg|Damm|Ufer|Ring|Markt|Steig)|[^\W\d_a-z][\w'’.-]+(?:weg"
    rf"|ring|hof|berg))"
    rf",? {_NUMBER}(?!\w|[.,]\d|%)"
)
_AT_THE: Final = re.compile(
    rf"(?<!\w)(?:Am|An der|An den|Auf dem|Auf der|Im|In der|In den|Zum|Zur|Unter den|Hinter der"
    rf"|Bei der) {_CAP}(?: {_CAP})? "
    rf"{_NUMBER}(?=,? \d{{5}} |\s*\n\s*\d{{5}} )"
)
# What it is comes first: Romance and Slavic languages.
_ROMANCE_KIND: Final = (
    r"(?i:rue|avenue|av\.|boulevard|bd\.?|blvd|place|chemin|allée|impasse|quai|route|cours|square|passage"
    r"|via|viale|piazza"
    r"|piazzale|corso|largo|vicolo|strada|contrada|calle|c/|avenida|avda?\.?|plaza|paseo|camino|ronda"
    r"|carrera|travesía"
    r"|glorieta|rua|travessa|praça|estrada|carrer|ul\.|ulica|ulice|aleja|al\.|utca)"
)
_LINK: Final = (
    r"(?i:(?:de|du|des|de la|de l['’]|de los|de las|del|della|dei|delle|di|da|do|dos|la|le|les|el|y|e) ?)"
)
_NUMBER_FIRST: Final = re.compile(
    rf"(?<![\w.,])\d{{1,4}}(?: ?(?:bis|ter|quater"
    rf"|[A-D]))?,? {_ROMANCE_KIND} {_LINK}{{0,3}}(?:[dl]['’])?{_CAP}(?:[ -](?:{_LINK}{{0,2}}{_CAP})){{0,3}}"
)
_KIND_FIRST: Final = re.compile(
    rf"(?<!\w)(?:\d{{1,6}} )?{_ROMANCE_KIND} ?{_LINK}{{0,3}}(?:[dl]['’])?{_CAP}(?: "
    rf"{_LINK}{{0,2}}{_CAP}){{0,3}},? ?"
    rf"(?:n[.°º]? ?|nº ?|num\. ?)?{_NUMBER}(?!\w|[.,]\d|%)"
)
_ENGLISH_KIND: Final = (
    r"(?i:street|st\.?|avenue|ave\.?|road|rd\.?|lane|ln\.?|drive|dr\.?|court|ct\.?|way|boulevard|blvd\.?"
    r"|close|crescent|cres"
    r"|square|sq|terrace|place|pl\.?|parkway|pkwy|hill|gardens|grove|mews|row|highway|hwy|circle|cir|trail"
    r"|route|walk|park"
    r"|crossing|plaza|heights|cliffs?|isle|knoll|manor|lodge|meadows?|mall|orchard|pass|path|pike|pine"
    r"|ports?|ramp|ranch"
    r"|rapids?|ridge|run|shores?|springs?|spur|stravenue|summit|track|turnpike|union|valley|via|views?"
    r"|villages?|vista|wells?)"
)
_ENGLISH: Final = re.compile(
    rf"(?<![\w.,/])\d{{1,5}}[A-Za-z]?,? (?:\d{{1,5}} )?(?:[NSEW]\.? )?(?:{_CAP} ){{1,4}}{_ENGLISH_KIND}(?!\w)"
)
_BOX: Final = re.compile(
    r"(?<!\w)(?:p\.? ?o\.? box \d{1,6}|postfach \d[\d ]{1,8}|boîte postale \d+|apartado(?: de correos)? \d+"
    r"|casella postale"
    r" \d+|psc \d+,? box \d+|unit \d+ box \d+|uss \w+|usns \w+|usnv \w+)(?!\w)",
    re.IGNORECASE,
)
_FLAT_KIND: Final = r"(?i:apt\.?|suite|flat|unit|apartment|appartement|piso|interno|whg\.?)"
_FLAT: Final = re.compile(
    rf"(?<![\w.,])\d{{1,6}} (?:[\w'’.-]+ ){{0,6}}[\w'’.-]+\s{{1,2}}{_FLAT_KIND} ?\d{{1,5}}(?!\w)"
    rf"|(?<!\w){_CAP}(?: {_CAP}){{0,2}} \d{{1,4}}(?: {_CAP}){{0,3}}\s{{1,2}}{_FLAT_KIND} ?\d{{1,5}}(?!\w)"
)
# One step from a street on: a line or a part between commas that is a flat, a postal code with its town, or a country.
_POSTAL: Final = (
    r"(?:\d{4,6}(?:-\d{3,4})?|\d{2}-\d{3}|\d{3} \d{2}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)"
)
_NOT_A_TOWN: Final = r"(?!(?i:tel|fax|phone|mobil|e-?mail|iban|bic|date|datum|call|steuer|ust|www)\w*\.?)"
_TOWN: Final = rf"{_NOT_A_TOWN}{_CAP}(?:[ -]{_NOT_A_TOWN}{_CAP}){{0,3}}?"
_STEP: Final = re.compile(
    rf"(?:\s*,\s*|\s*\n[\s>]*(?:, )?|\s+(?={_FLAT_KIND} ?\d)| (?={_CAP} \d{{5}}(?!\w)))(?:{_FLAT_KIND} ?\d{{1,5}}"
    rf"|(?:[A-Z]{{1,2}}-)?{_POSTAL}(?: [A-Z]{{2}}(?!\w))?(?: {_NOT_A_TOWN}{_CAP}(?:[ -]{_NOT_A_TOWN}{_CAP}){{0,3}})?"
    rf"|{_TOWN},? (?:[A-Z]{{2}} ?)?{_POSTAL}|{_TOWN}(?=\s*(?:[,.;\n]|\Z)))(?!\w)"
)
_CODE: Final = re.compile(rf"(?<![\w.]){_POSTAL}(?!\w)")
BEFORE_NUMBER: Final = 60  # characters in which the name of a street begins
AFTER_NUMBER: Final = 90  # in which one ends, with the flat
STEPS: Final = 6  # parts that an address has after its street
_FLAT_WORD: Final = re.compile(_FLAT_KIND)
_PLACES: Final = (
    (_GERMANIC, 0.8, "a street with a number"),
    (_AT_THE, 0.8, "a place in a street with its town"),
    (_NUMBER_FIRST, 0.8, "a number and a street"),
    (_KIND_FIRST, 0.75, "a street with a number"),
    (_ENGLISH, 0.7, "a number and a street"),
    (_BOX, 0.8, "a post box"),
    (_FLAT, 0.7, "a flat in a house"),
)


def find_addresses(text: str) -> Iterator[Finding]:
    """Yield addresses from the street to the town or country, as far as they go without a break."""
    parts = windows(text, before=BEFORE_NUMBER, after=AFTER_NUMBER)
    for shape, confidence, reason in _PLACES:
        for match in within(shape, text, parts):
            end = _to_the_end(text, match.end())
            yield Finding(Kind.ADDRESS, match.start(), end, confidence, reason)


def _to_the_end(text: str, end: int) -> int:
    """Return where an address ends that began with a street: at its last postal code, or else at its flat."""
    last, sure = end, end
    for _ in range(STEPS):
        step = _STEP.match(text, last)
        if step is None:
            break
        last = step.end()
        if _CODE.search(step.group()) or _FLAT_WORD.search(step.group()):
            sure = last
    return sure

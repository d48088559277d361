"""Find what Article 9 of the GDPR protects, where it is said of somebody: health, religion, trade unions. Pure.

A word alone is not enough ("our health plan", "the works council"): beside it stands a person, a pronoun or a role,
in the same sentence.
"""

import re
from collections.abc import Iterator
from typing import Final

from ingest.guard.types import Finding, Kind

REACH: Final = 90  # characters within which word and person belong together
SURE: Final = 0.6

_HEALTH: Final = (
    r"diagnos\w+|krankgeschrieben\w*|arbeitsunfähig\w*|schwerbehinder\w+|krebs\w*|depress\w+|schwanger\w*"
    r"|reha\w{0,12}|burnout"
    r"|krankheit\w*|erkrank\w+|therapie|psychotherap\w+|attest\w{0,2}|hiv\w*|diabet\w+|sick leave|sick note"
    r"|disab(?:led|ility)"
    r"|cancer|pregnan\w+|illness|chemotherap\w+|epilep\w+|arrêt maladie|maladie\w*|enceinte|handicap\w*"
    r"|dépressi\w+|cancer\w*"
    r"|malat\w+|incinta|gravidanza|disabil\w+|tumore|depressione|baja médica|enfermedad\w*|embarazad\w+"
    r"|discapacidad|cáncer"
    r"|depresión|allerg\w+|asthma\w*|multiple sclerosis"
)
_RELIGION: Final = (
    r"katholi\w+|evangelisch\w*|muslim\w*|jüdisch\w*|konfession\w*|kirchensteuer\w*|konfessionslos|catholic"
    r"|protestant|jewish"
    r"|islam\w*|buddhis\w+|hindu\w*|catholique\w*|musulman\w*|juive?s?|protestante?s?|cattolic\w+"
    r"|ebre[oia]\w*|católic\w+|judí[oa]s?"
)
_UNION: Final = (
    r"gewerkschaft\w*|ver\.?di\b|ig[ -]metall|ig bce|trade union\w*|union member\w*|unite the union"
    r"|syndiqu\w+|syndicat\w*|cgt\b"
    r"|cfdt\b|sindacat\w+|cgil\b|cisl\b|sindicat\w+|ccoo\b|ugt\b"
)
_SOMEBODY: Final = re.compile(
    r"(?<!\w)(?:he|she|his|her|my|i|i'm|er|sie|sein\w*|ihr(?:e[mnrs]?)?|mein\w*|ich|herrn?|frau|mr|mrs|ms"
    r"|il|elle|son|sa|"
    r"mon|ma|je|madame|monsieur|mme|lui|lei|suo|sua|mio|mia|signor\w*|sig\.|él|ella|su|mi|señor\w*|sra?"
    r"|mitarbeiter(?:in)?|"
    r"kolleg(?:e|in|en)|patient(?:in|en|e)?|employee|colleague|salariée?|collaborateur|dipendente|collega"
    r"|emplead[oa])(?!\w)",
    re.IGNORECASE,
)
_HAVING: Final = re.compile(
    r"(?<!\w)(?:is|was|has|had|have|suffer\w*|ist|war|hat|hatte|leidet|litt|wurde|bin|est|a|souffre|était"
    r"|ha|è|soffre|está|es|"
    r"tiene|padece|member|mitglied|membre|iscritt[oa]|afiliad[oa]|religion|konfession|confession|gehört"
    r"|belongs|with|wegen|"
    r"because|due|aufgrund|bescheinigt|seit|since)(?!\w)",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"[.!?](?=\s|$)|\n")
_WORDS: Final = re.compile(
    "|".join(
        rf"(?P<{kind.value}>(?<!\w)(?:{words})(?!\w))"
        for kind, words in ((Kind.HEALTH, _HEALTH), (Kind.RELIGION, _RELIGION), (Kind.TRADE_UNION, _UNION))
    ),
    re.IGNORECASE,
)


def find_special(text: str) -> Iterator[Finding]:
    """Yield the words of a protected kind that are said of somebody in their sentence."""
    for match in _WORDS.finditer(text):
        start, end = _sentence(text, match.start(), match.end())
        if _SOMEBODY.search(text, start, end) and _HAVING.search(text, start, end):
            kind = Kind(match.lastgroup or "")
            yield Finding(
                kind, *match.span(), SURE, f"a word for {kind.value.replace('_', ' ')}, said of somebody"
            )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of the sentence around a word that lies within reach."""
    first, last = max(start - REACH, 0), min(end + REACH, len(text))
    for stop in _SENTENCE.finditer(text, first, start):
        first = stop.end()
    after = _SENTENCE.search(text, end, last)
    return first, after.start() if after else last

"""Read what a number counts: days or months, by night or by trip, thousands or units. Pure.

Two texts disagree where both say what a number counts and say different things; a table often says it in its header
alone, or not at all.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from app import facts
from app.sentences import word_set

_UNITS: Final = {  # folded words by what they count
    "second": "second seconds sekunde sekunden seconde secondes secondo secondi segundo segundos",
    "minute": "minute minutes minuten minuto minuti minutos min",
    "hour": "hour hours stunde stunden heure heures ora ore hora horas h",
    "day": "day days tag tage tagen jour jours giorno giorni dia dias",
    "working day": "werktag werktage werktagen arbeitstag arbeitstage arbeitstagen",
    "night": "night nights nacht nachte nachten nuit nuits notte notti noche noches",
    "week": "week weeks woche wochen semaine semaines settimana settimane semana semanas",
    "month": "month months monat monate monaten kalendermonat mois mese mesi mes meses",
    "quarter": "quarter quarters quartal quartale trimestre trimestres trimestri",
    "year": "year years jahr jahre jahren kalenderjahr an ans annee annees anno anni ano anos annum",
    "trip": "trip trips reise reisen dienstreise voyage voyages viaggio viaje",
    "evening": "evening abend soiree sera",
    "person": "person persons people personne personnes persona persone personas kopf",
    "km": "km kilometre kilometres kilometer kilometers kilometern chilometro kilometro",
    "mile": "mile miles meile meilen mille miglio milla",
    "kwh": "kwh",
    "mwh": "mwh",
}
_UNIT_OF: Final = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_PERIODS: Final = {
    "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year", "taglich": "day",
    "wochentlich": "week", "monatlich": "month", "jahrlich": "year", "mensuel": "month", "annuel": "year",
}  # fmt: skip
_EACH: Final = word_set("per pro je par a al each every jeden jede jedem chaque cada ogni im in au por")
_STRICT: Final = word_set("per pro je par each every chaque cada ogni")  # "in" leads other things too
_SMALL: Final = word_set("the der dem die den la le el il full calendar vollen")
_WORKING: Final = word_set("working business workdays ouvres ouvrables lavorativi laborables habiles")
_SCALES: Final = {
    "thousand": 3, "tausend": 3, "tsd": 3, "milliers": 3, "miles": 3, "migliaia": 3, "million": 6, "millions": 6,
    "millionen": 6, "mio": 6, "milioni": 6, "millones": 6, "billion": 9, "milliarden": 9, "milliards": 9,
}  # fmt: skip
_MONEY: Final = word_set("eur euro euros usd chf gbp dollar dollars francs franken")
_LINKS: Final = word_set("de d di of")  # "2 millions d'euros"
_TOKEN: Final = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*|[^\W\d_]+|€|\$|£")


def agree(claim: str, place: str, around: str, declared: str) -> bool:
    """Return whether the numbers of the claim count what they count in the place.

    `around` says it for a row that does not: headers and headings. `declared` gives a table's amounts their thousands.
    """
    return (
        _counts_agree(claim, place)
        and _each_agrees(claim, place, around)
        and _scales_agree(claim, place, declared)
    )


def is_unit(word: str) -> bool:
    """Return whether a word says what a number counts, or is a currency."""
    return not _UNIT_OF.keys().isdisjoint(_tokens(word)) or not _MONEY.isdisjoint(_tokens(word))


def _scales_agree(claim: str, place: str, declared: str) -> bool:
    """Compare each amount of money: with its own words in the place, else with what is declared of all of them."""
    there, of_all = _scales(place), _declared_scale(declared)
    for value, scales in _scales(claim).items():
        held = {scale or of_all for scale in there.get(value, {0} if of_all else scales)}
        if not scales & held:
            return False
    return True


def _scales(text: str) -> Mapping[str, set[int]]:
    """Return for each amount of money the powers of ten its words give it: 6 for "EUR 2 million", 0 for "2 euros"."""
    tokens = [token for token in _tokens(text) if token not in _LINKS]
    found: dict[str, set[int]] = {}
    for index, token in enumerate(tokens):
        following = tokens[index + 1 : index + 3]
        scale = _SCALES.get(following[0], 0) if following else 0
        behind = following[1:2] if scale else following[:1]
        if any(_is_money(one) for one in (*tokens[max(index - 1, 0) : index], *behind)):
            for value in facts.values_of(token):
                found.setdefault(value, set()).add(scale)
    return found


def _declared_scale(text: str) -> int:
    """Return the power of ten that a text without a figure gives amounts ("thousand EUR", "EUR thousand": 3)."""
    pairs = _pairs(_tokens(text))
    scales = [_SCALES[one] for one, after in pairs if one in _SCALES and _is_money(after)]
    scales += [_SCALES[after] for one, after in pairs if after in _SCALES and _is_money(one)]
    return max(scales, default=0)


def _counts_agree(claim: str, place: str) -> bool:
    there = _counts(place)
    return all(
        value not in there or bool(units & there[value]) or not units
        for value, units in _counts(claim).items()
    )


def _each_agrees(claim: str, place: str, around: str) -> bool:
    """Compare "per night" and "monthly": with the place if it says any, else with what is around it."""
    own = _each(claim)
    there = _each(place) or _each(around)
    if own and there:
        return bool(own & there)
    named = {_UNIT_OF[token] for token in _tokens(f"{place} {around}") if token in _UNIT_OF}
    return not own or bool(own & named) or not _each(claim, _STRICT)


def _counts(text: str) -> Mapping[str, set[str]]:
    """Return for each value what it counts, where a text says so; a value may count several things in it."""
    found: dict[str, set[str]] = {}
    tokens = _tokens(text)
    for index, token in enumerate(tokens):
        unit = _unit_after(tokens, index)
        if unit:
            for value in facts.values_of(token):
                found.setdefault(value, set()).add(unit)
    return found


def _unit_after(tokens: list[str], index: int) -> str:
    following = [token for token in tokens[index + 1 : index + 4] if token not in _SMALL]
    is_working = bool(following) and following[0] in _WORKING
    following = following[1:] if is_working else following
    unit = _UNIT_OF.get(following[0], "") if following else ""
    is_working = is_working or any(token in _WORKING for token in following[1:2])
    return f"working {unit}" if unit and is_working else unit


def _each(text: str, leads: frozenset[str] | None = None) -> set[str]:
    tokens = [token for token in _tokens(text) if token not in _SMALL]
    after = {
        _UNIT_OF[after] for one, after in _pairs(tokens) if one in (leads or _EACH) and after in _UNIT_OF
    }
    return after | {_PERIODS[token] for token in tokens if token in _PERIODS}


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(facts.fold(text))


def _pairs(tokens: list[str]) -> list[tuple[str, str]]:
    return list(pairwise((*tokens, "")))


def _is_money(token: str) -> bool:
    return token in _MONEY or token in {"€", "$", "£"}

"""Know the words that say that a name follows: titles, introductions, roles, in five languages. Pure."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

from ingest.guard.name_words import Word, fold


class Cue(Enum):
    """Say how much the words before a name tell."""

    NONE = 0
    SUGGESTION = 1  # makes a name of what looks like one: two words, or one that is known
    INTRODUCTION = 2  # makes a name of any word that no dictionary has
    TITLE = 3  # makes a name of any word: "Frau Klein", "Dr. Hacker"


CUE_CHARS: Final = 40  # in which an introduction stands

_AFTER_WHICH_ANY_WORD: Final = """
herr herrn frau mr mrs ms miss dr prof mme mlle monsieur madame signor signora sig sra señor señora dott dottssa avv
richters ribgh ribag ribverwg ribfh ribsg vribgh
"""
_AFTER_WHICH_A_NAME: Final = """
mister sir madam professor professorin maître señorita dottoressa ing dipl-ing richter richterin rechtsanwalt
rechtsanwältin zeuge zeugin zeugen kollege kollegin kollegen dear liebe lieber cher chère caro cara estimado estimada
querido querida hi hello hallo geschäftsführer geschäftsführerin ministerin patient patientin notar notarin
staatsanwalt staatsanwältin
"""
_STRICT: Final = frozenset(fold(title) for title in _AFTER_WHICH_ANY_WORD.split())
TITLES: Final = _STRICT | frozenset(fold(title) for title in _AFTER_WHICH_A_NAME.split())
_INTRODUCTIONS: Final = (
    "my name is", "i'm", "named", "called", "calls me", "call me", "known as", "signed", "signed by", "written by",
    "directed by", "vorname", "nachname", "surname", "first name", "last name", "ansprechpartner", "ansprechpartnerin",
    "bearbeiter", "bearbeiterin", "gez.", "i. a.", "i.a.", "ich heiße", "mein name ist", "heißt", "je m'appelle",
    "mon nom est", "s'appelle", "prénom", "mi chiamo", "cognome", "me llamo", "mi nombre es", "apellido", "apellidos",
    "my husband", "my wife", "my son", "my daughter", "my brother", "my sister", "my friend", "my boss", "my colleague",
    "my kid", "mit freundlichen grüßen", "viele grüße", "kind regards", "best regards", "sincerely", "cordialement",
    "cordiali saluti", "says", "said", "sagt", "sagte", "erklärt", "erklärte", "ha detto", "dijo", "kontoinhaber",
    "kontoinhaberin", "account holder", "tenant", "intestatario", "titulaire",
)  # fmt: skip
_SUGGESTIONS: Final = (
    "name is", "name", "by", "author", "nom", "nome", "nombre", "contact", "kontakt", "referente", "firmato", "firmado",
    "employee", "mitarbeiter", "mitarbeiterin", "customer", "kunde", "kundin", "beneficiary", "holder", "empfänger",
    "empfängerin", "titular", "thanks", "thank you", "danke", "merci", "regards", "saludos", "i am", "this is", "asked",
    "fragte", "dit", "dice", "tribute to", "producer", "with", "to",
)  # fmt: skip
# Before a name in small letters.
_BY_NAME: Final = (
    "name is",
    "named",
    "calls me",
    "call me",
    "known as",
    "heiße",
    "m'appelle",
    "mi chiamo",
    "me llamo",
)
_LAST_OF_BY_NAME: Final = frozenset(("is", "named", "me", "as", "heisse", "m'appelle", "chiamo", "llamo"))
_AFTER_TITLE: Final = re.compile(r"\.?[ \t\u00a0]{1,2}")
_AFTER_CUE: Final = " \t\n:,|-\u00a0"


def cue_before(text: str, words: Sequence[Word], at: int) -> Cue:
    """Return what the words before a word tell of it."""
    start = words[at].start
    before = words[at - 1] if at else None
    if before is not None and before.key in TITLES and _AFTER_TITLE.fullmatch(text, before.end, start):
        return Cue.TITLE if before.key in _STRICT and before.is_cap else Cue.INTRODUCTION
    led = text[max(start - CUE_CHARS, 0) : start].rstrip(_AFTER_CUE).lower()
    if _ends_in(led, _INTRODUCTIONS):
        return Cue.INTRODUCTION
    return Cue.SUGGESTION if _ends_in(led, _SUGGESTIONS) else Cue.NONE


def is_called(text: str, words: Sequence[Word], at: int) -> bool:
    """Return whether somebody is said to be called by this word."""
    if not at or words[at - 1].key not in _LAST_OF_BY_NAME:
        return False
    return _ends_in(text[max(words[at].start - CUE_CHARS, 0) : words[at].start].rstrip().lower(), _BY_NAME)


def _ends_in(text: str, cues: tuple[str, ...]) -> bool:
    """Return whether a text ends in a cue that begins where a word begins."""
    if not text.endswith(cues):
        return False
    ends = (text[: -len(cue)] for cue in cues if text.endswith(cue))
    return any(not before or not before[-1].isalnum() for before in ends)

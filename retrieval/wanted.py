"""Read which documents a question asks for, by their date or kind: "in the 2025 travel policy", "laut Präsentation".

A wish, not a filter: "How many days in 2024?" names a year that may stand in a document of any date. What fits it comes
before the same text in what does not; where nothing fits, the order stays as it was. Pure.

A year counts wherever it stands by itself, a kind only behind a word that says where to look: "Is it in the e-mail?"
asks for e-mails, "May I send it by e-mail?" does not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.kinds import Kind, kind_of
from retrieval.language import fold
from retrieval.rank import Candidate
from retrieval.types import Passage

# Folded; in English, German, French, Spanish and Italian, and as far as known in other languages.
_KIND_WORDS: Final[Mapping[Kind, str]] = {
    Kind.PDF: r"pdfs?(?:[- ]?(?:files?|datei(?:en)?|dokument\w*|documents?|fil|bestand))?",
    Kind.PRESENTATION: r"(?:powerpoint|pptx?|slides?|slide deck|deck|folien\w*|diapo\w*|diaporama|prasentation\w*"
    r"|presentation\w*|presentacion\w*|presentazion\w*|presentatie\w*|apresentac\w*|prezentac\w*|prezentar\w*)",
    Kind.SPREADSHEET: r"(?:spreadsheets?|excel\w*(?:[- ]\w+)?|xlsx?|csv|workbook|arbeitsmappe"
    r"|tabellenblatt|kalkulationstabelle|feuille de calcul|tableur|classeur|hoja de calculo"
    r"|foglio di calcolo|foglio excel|rekenblad|spreadsheetet|folha de calculo"
    r"|planilha|arkusz\w*|regneark\w*|kalkylblad\w*)",
    Kind.LETTER: r"(?:word[- ]?(?:document|file|datei|dokument)\w*|docx?|odt|document word|fichier word"
    r"|documento (?:de )?word)",
    Kind.MAIL: r"(?:e-?mails?|mails?|courriel\w*|correo(?: electronico)?|posta elettronica"
    r"|e-postmeddeland\w*|newsletter)",
    Kind.WEB_PAGE: r"(?:web ?(?:page|site)|webseite|website|internetseite|page web|site web|pagina web"
    r"|sitio web|sito web|strona internetowa|webbsida\w*|webpagina)",
    Kind.IMAGE: r"(?:image|scan|photo|foto|bild|imagen|immagine|fotografia|zdjecie)",
    Kind.TEXT: r"(?:text ?file|textdatei|fichier texte|archivo de texto|file di testo|markdown(?: file|-datei)?)",
}  # fmt: skip
# No genitive among them: "the making of a website" is no place to look.
_PLACED: Final = (
    r"\b(?:(?:in|inside|from|on|within|per|according to|see|as per) (?:the|that|this|our|your|last|my)"
    r"|(?:in|aus|auf|nach|gemass|laut|zufolge) (?:de[rmns]|die|das|dieser|diesem|unserer|unserem|ihrer|ihrem)"
    r"|im|laut|gemass|according to"
    r"|(?:dans|selon|d'apres|sur) (?:le|la|l'|les|cette|ce|cet|notre|nos|votre)|dans l'|selon|d'apres"
    r"|(?:en|segun|conforme a) (?:el|la|los|las|esta|este|nuestra)|segun"
    r"|(?:in|secondo|da) (?:il|la|lo|l'|quest[oa])|nel(?:la|lo|l'|le)?|secondo|dal(?:la|lo)?|sul(?:la|lo)?"
    r"|(?:in|volgens|uit) (?:de|het|deze|onze)|volgens|na|segundo|wedlug|enligt|ifolge)"
)
# At most three words between. Lengths are bounded, or a long word would be tried from every start.
_BETWEEN: Final = (
    r"(?:(?<=')[\w-]{1,30})?(?: (?!(?:an?|eine?[mnrs]?|une?|d'une?|una|uno)\b)[\w'-]{1,30}){0,3}? ?"
)
_KINDS: Final = {
    kind: re.compile(rf"{_PLACED}{_BETWEEN}\b(?:{words})\b") for kind, words in _KIND_WORDS.items()
}

_MONTHS: Final[Mapping[int, str]] = {
    1: "january januar janvier gennaio enero januari janeiro styczen stycznia jan",
    2: "february februar fevrier febbraio febrero februari fevereiro luty lutego feb",
    3: "march marz maerz mars marzo maart marco marzec marca mar",
    4: "april avril aprile abril kwiecien kwietnia apr",
    5: "may mai maggio mayo mei maio maj maja",
    6: "june juni juin giugno junio junho czerwiec czerwca jun",
    7: "july juli juillet luglio julio julho lipiec lipca jul",
    8: "august aout agosto augustus sierpien sierpnia aug",
    9: "september septembre settembre septiembre setembro wrzesien wrzesnia sept sep",
    10: "october oktober octobre ottobre octubre outubro pazdziernik pazdziernika oct okt",
    11: "november novembre noviembre novembro listopad listopada nov",
    12: "december dezember decembre dicembre diciembre dezembro grudzien grudnia dec dez",
}
_MONTH_OF: Final = {name: month for month, names in _MONTHS.items() for name in names.split()}
_YEAR: Final = re.compile(r"(?<![\w.,:/§$€£-])((?:19|20)\d\d)(?![\w/-]|[.,]\d|\s?(?:euros?|eur|€|\$))")
_YEAR_IN_NAME: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_MONTH_YEAR: Final = re.compile(
    r"(?<![^\W\d_])([^\W\d_]{3,12})\.?[ _-](?:de |del |of )?((?:19|20)\d\d)(?!\d)"
)
_NUMBERED: Final = re.compile(
    r"(?<!\d)(?:(0?[1-9]|1[0-2])[/.]((?:19|20)\d\d)|((?:19|20)\d\d)-(0[1-9]|1[0-2]))(?!\d)"
)

# In units of the ranking's score, whose features have a deviation of one: enough to pass what is as good, not to bury
# a passage that answers under one that happens to be of the right year.
BONUS: Final = 0.7
OTHER_MONTH: Final = 0.5  # of the right year, where the month asked for is another one


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold what a question says of the documents it asks for; empty parts ask for nothing."""

    years: frozenset[str] = frozenset()  # "2025"
    months: frozenset[str] = frozenset()  # "2025-05"
    kinds: frozenset[Kind] = frozenset()

    def __bool__(self) -> bool:
        """Say whether anything is asked for."""
        return bool(self.years or self.kinds)

    def bonus(self, passage: Passage) -> float:
        """Return what to add to a passage's score, from 0 to BONUS: the share of the wishes that it meets."""
        met = [self._dates(passage)] if self.years else []
        met += [kind_of(passage.media_type) in self.kinds] if self.kinds else []
        return BONUS * sum(met) / len(met) if met else 0.0

    def _dates(self, passage: Passage) -> float:
        """Return how well a passage's date fits; the years that its document is called by go before its file's date."""
        name = fold(" ".join((passage.title, passage.file_name, *passage.heading_path)))
        years, months = set(_YEAR_IN_NAME.findall(name)), _months(name)
        if not years:
            years, months = {passage.dated[:4]}, {passage.dated[:7]}
        elif not months and passage.dated[:4] in years:
            months = {passage.dated[:7]}
        if not years & self.years:
            return 0.0
        return OTHER_MONTH if self.months and not months & self.months else 1.0


def preferred(scored: Sequence[tuple[Candidate, float]], wishes: Wanted) -> Sequence[tuple[Candidate, float]]:
    """Return candidates and scores with what the question wishes for before its equals; else as they are."""
    if not wishes:
        return scored
    moved = [(one, score + wishes.bonus(one.passage)) for one, score in scored]
    return sorted(moved, key=lambda pair: -pair[1])


def wanted(question: str) -> Wanted:
    """Return what `question`, in any of the languages known here, says of the documents it asks for."""
    text = " ".join(fold(question).replace("’", "'").split())
    months = _months(text)
    years = {*_YEAR.findall(text), *(month[:4] for month in months)}
    kinds = frozenset(kind for kind, pattern in _KINDS.items() if pattern.search(text))
    return Wanted(frozenset(years), frozenset(months), kinds)


def _months(text: str) -> set[str]:
    named = [(_MONTH_OF.get(name), year) for name, year in _MONTH_YEAR.findall(text)]
    numbered = [(int(one[0] or one[3]), one[1] or one[2]) for one in _NUMBERED.findall(text)]
    return {f"{year}-{month:02}" for month, year in (*named, *numbered) if month}

"""Tell a question for documents from a question for an answer: "Which documents mention X?". Pure.

In English, German, French, Spanish and Italian. Only whole questions of this form count; whoever asks in other words
gets an answer, as to any question.
"""

import re
from dataclasses import dataclass

from retrieval.language import fold


@dataclass(frozen=True, slots=True)
class _Form:
    """Hold how such a question begins, what it does with the documents, and how it must end; folded."""

    opening: str
    verbs: str
    closing: str = ""

    def pattern(self) -> re.Pattern[str]:
        end = f" (?:{self.closing})" if self.closing else ""
        return re.compile(f"(?:{self.opening}) (?:{self.verbs})(?: |(?<='))(?P<what>.+?){end}")


# Where the noun is of many and the verb of one, the documents are what is held: "quels documents contient le dossier".
# So each number has a form of its own.
_EN = "(?:documents?|files?|papers?)"
_DE = "(?:dokumente?n?|dateie?n?|unterlagen|schriftstucke?n?)"
_FR = "(?:documents?|fichiers?|dossiers?)"
_ES = "(?:documentos?|archivos?|ficheros?)"
_IT = "(?:documenti|documento|file)"
_QUOTED = '(?= (?:(?:das wort|der begriff) )?["„“«»])'  # what stands there letter by letter
_FORMS = tuple(
    form.pattern()
    for form in (
        _Form(
            f"(?:which|what)(?: of (?:the|our|my))? {_EN}(?: do| does)?(?: that)?",
            "mentions?|contains?|cites?|refers? to|talks? about|speaks? of|speaks? about|says? something about"
            "|deals? with|(?:are|is) about(?! to\\b)",
        ),
        _Form(
            f"in (?:which|what)(?: of (?:the|our|my))? {_EN}",
            "is|are|was|were|does|do",
            "mentioned|named|cited|discussed|referred to|appear|occur|stand|come up|found",
        ),
        _Form("where", "is|are|was|were|does|do", "mentioned|named|cited|referred to"),
        _Form(
            f"(?:list|show|find|give)(?: me)?(?: all)?(?: the)? {_EN}(?: that| which)?",
            "mention|mentioning|contain|containing|naming|cite|citing|refer to|referring to|about",
        ),
        _Form(
            "welche (?:dokumente|dateien|unterlagen|schriftstucke)",
            "erwahnen|nennen|enthalten|zitieren|behandeln|handeln von|sprechen von",
        ),
        _Form(
            "welche[sr]? (?:dokument|datei|schriftstuck)",
            "erwahnt|nennt|enthalt|zitiert|behandelt|handelt von|spricht von",
        ),
        _Form(
            f"in welche[nmr] {_DE}",
            "steht etwas uber|steht etwas zu|ist die rede von|geht es um|findet sich|finden sich"
            f"|(?:steht|stehen){_QUOTED}",
        ),
        _Form(
            f"in welche[nmr] {_DE}",
            "wird|werden|kommt|kommen|ist|sind",
            "erwahnt|genannt|zitiert|behandelt|vor|zu finden|die rede",
        ),
        _Form("wo", "wird|werden|ist|sind", "erwahnt|genannt|zitiert"),
        _Form("wo", "kommt|kommen", "vor"),
        _Form("wo", "ist die rede von"),
        _Form("wo", "ist von", "die rede"),
        _Form(
            f"(?:zeige?|finde|nenne|liste)(?: mir)?(?: alle)?(?: die)? {_DE},?",
            "die|in denen",
            "erwahnen|nennen|enthalten|vorkommt|vorkommen|steht|erwahnt wird|erwahnt werden",
        ),
        _Form(f"(?:zeige?|finde|nenne|liste)(?: mir)?(?: alle)?(?: die)? {_DE},?", "zu|uber|mit"),
        _Form(
            "quels (?:documents|fichiers|dossiers)",
            "mentionnent|parlent de|parlent d'|contiennent|citent|evoquent|traitent de|traitent d'|nomment",
        ),
        _Form(
            "quel (?:document|fichier|dossier)",
            "mentionne|parle de|parle d'|contient|cite|evoque|traite de|traite d'|nomme",
        ),
        _Form(
            f"dans quels? {_FR}",
            "est mentionnee?|sont mentionnee?s|est citee?|est-il question de|est-il question d'|figurent|figure"
            "|apparaissent|apparait|parle-t-on de|parle-t-on d'|trouve-t-on",
        ),
        _Form(f"dans quels? {_FR}", "est|sont", "mentionnee?s?|citee?s?|evoquee?s?"),
        _Form("ou", "est|sont", "mentionnee?s?|citee?s?|evoquee?s?"),
        _Form(
            "ou",
            "est mentionnee?|sont mentionnee?s|est citee?|sont citee?s|est-il question de|est-il question d'"
            "|parle-t-on de|parle-t-on d'",
        ),
        _Form(
            "(?:que|cuales|cuales son los) (?:documentos|archivos|ficheros)(?: que)?",
            "mencionan|hablan de|contienen|citan|nombran|tratan de",
        ),
        _Form(
            "(?:que|cual) (?:documento|archivo|fichero)(?: que)?",
            "menciona|habla de|contiene|cita|nombra|trata de",
        ),
        _Form(
            f"en (?:que|cuales|cual) {_ES}",
            "se menciona|se mencionan|se habla de|se cita|se nombra|aparecen?|figuran?",
        ),
        _Form("donde", "se menciona|se mencionan|se habla de|se cita|se citan|se nombra"),
        _Form(
            "(?:quali|che) (?:documenti|file)",
            "menzionano|parlano di|contengono|citano|nominano|trattano di",
        ),
        _Form("(?:quale|che) (?:documento|file)", "menziona|parla di|contiene|cita|nomina|tratta di"),
        _Form("dove", "si parla di|si menziona|si cita|e menzionat[oa]|sono menzionat[ie]"),
        _Form(
            f"in (?:quali|quale|che) {_IT}",
            "si parla di|si menziona|compare|compaiono|appare|e menzionat[oa]|sono menzionat[ie]",
        ),
    )
)
# In lower case alone: "Los Angeles" and "Den Haag" begin with no article.
_LEADING = re.compile(
    r"(?:the|das|der|die|den|dem|le|la|les|el|los|las|il|lo|i|gli)"
    r"(?: (?:word|term|[Ww]ort|[Bb]egriff|mot|terme|palabra|parola))? |l'"
)


def looked_for(question: str) -> str | None:
    """Return what a question wants all documents for, quotation marks kept; None where it asks for something else."""
    plain = " ".join(question.replace("’", "'").split()).strip("¿?!. ")
    parts = [fold(character) for character in plain]
    places = [place for place, part in enumerate(parts) for _ in part]  # a letter may fold into two
    for form in _FORMS:
        if found := form.fullmatch("".join(parts)):
            start, end = found.span("what")
            what = plain[places[start] : places[end - 1] + 1].strip(" ,:")
            return what.removeprefix(article.group()) if (article := _LEADING.match(what)) else what
    return None

"""Tell a question for documents from a question for an answer: "Which documents mention X?". Pure.

In English, German, French, Spanish and Italian. Only whole questions of this form count; whoever asks in other words
gets an answer, as to any question.
"""

import re
from dataclasses import dataclass

from retrieval.language import fold


@dataclass(frozen=True, slots=True)
class _Form:
    """Hold how such a question begins, what it does with the documents, and how it may end; folded."""

    opening: str
    verbs: str
    closing: str = ""

    def pattern(self) -> re.Pattern[str]:
        end = f"(?: (?:{self.closing}))?" if self.closing else ""
        return re.compile(f"(?:{self.opening}) (?:{self.verbs}) ?(?P<what>.+?){end}")


_EN = "(?:documents?|files?|papers?)"
_DE = "(?:dokumente?n?|dateie?n?|unterlagen|schriftstucke?n?)"
_FR = "(?:documents?|fichiers?|dossiers?)"
_ES = "(?:documentos?|archivos?|ficheros?)"
_IT = "(?:documenti|documento|file)"
_FORMS = tuple(
    form.pattern()
    for form in (
        _Form(
            f"(?:which|what)(?: of (?:the|our|my))? {_EN}(?: do| does)?(?: that)?",
            "mentions?|contains?|names?|cites?|refers? to|talks? about|speaks? of|speaks? about|says? something about"
            "|deals? with|are about|is about",
        ),
        _Form(
            f"in (?:which|what)(?: of (?:the|our|my))? {_EN}",
            "is|are|was|were|does|do",
            "mentioned|named|cited|discussed|referred to|appear|occur|stand|come up|found",
        ),
        _Form(
            f"(?:list|show|find|give)(?: me)?(?: all)?(?: the)? {_EN}(?: that| which)?",
            "mention|mentioning|contain|containing|name|naming|cite|citing|refer to|referring to|about",
        ),
        _Form(
            f"welche[sr]? {_DE}",
            "erwahnen|erwahnt|nennen|nennt|enthalten|enthalt|zitieren|zitiert|behandeln|behandelt|betreffen|betrifft"
            "|handeln von|handelt von|sprechen von|spricht von",
        ),
        _Form(
            f"in welche[nmr] {_DE}",
            "steht etwas uber|steht etwas zu|steht|stehen|wird|werden|kommt|kommen|ist die rede von|ist|sind|geht es um"
            "|findet sich|finden sich",
            "erwahnt|genannt|zitiert|behandelt|vor|zu finden|die rede",
        ),
        _Form(
            f"(?:zeige?|finde|nenne|liste)(?: mir)?(?: alle)?(?: die)? {_DE},?",
            "die|in denen|zu|uber|mit",
            "erwahnen|nennen|enthalten|vorkommt|vorkommen|steht|erwahnt wird|erwahnt werden",
        ),
        _Form(
            f"quels? {_FR}",
            "mentionnent|mentionne|parlent de|parlent d'|parle de|parle d'|contiennent|contient|citent|cite|evoquent"
            "|evoque|traitent de|traitent d'|nomment",
        ),
        _Form(
            f"dans quels? {_FR}",
            "est mentionnee?|sont mentionnee?s|est citee?|est-il question de|est-il question d'|figurent|figure"
            "|apparaissent|apparait|parle-t-on de|parle-t-on d'|trouve-t-on|est|sont",
            "mentionnee?s?|citee?s?|evoquee?s?",
        ),
        _Form(
            f"(?:que|cuales|cual|cuales son los) {_ES}(?: que)?",
            "mencionan?|hablan? de|contienen?|citan?|nombran?|tratan? de",
        ),
        _Form(
            f"en (?:que|cuales|cual) {_ES}",
            "se menciona|se mencionan|se habla de|se cita|se nombra|aparecen?|figuran?|esta",
        ),
        _Form(
            f"(?:quali|quale|che) {_IT}",
            "menzionano|menziona|parlano di|parla di|contengono|contiene|citano|cita|nominano|trattano di",
        ),
        _Form(
            f"in (?:quali|quale|che) {_IT}",
            "si parla di|si menziona|compare|compaiono|appare|e menzionat[oa]|sono menzionat[ie]|si trova",
        ),
    )
)
_LEADING = re.compile(
    r"(?:(?:the|das|der|die|den|dem|le|la|les|el|los|las|il|lo|i|gli)(?: (?:word|term|wort|begriff|mot|terme|palabra"
    r"|parola))? |l')",
    re.IGNORECASE,
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
            return _LEADING.sub("", what, count=1) if (_LEADING.match(what)) else what
    return None

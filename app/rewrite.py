"""Make a follow-up question stand alone for the search, without asking a model. Pure.

"And for interns?" finds nothing by itself. Such a question is searched together with the content words of the question
before it; the model still gets the question as it was asked, and the conversation.
"""

import re

from app.facts import fold
from app.looked_for import looked_for
from app.sentences import word_set
from app.types import Turn
from retrieval.compounds import parts
from retrieval.language import UNKNOWN, detect, terms

FEW_TERMS = 2  # a question with no more content words than this, after a turn, rarely names its subject
SOME_TERMS = 4  # with a pronoun or a joining word in front, up to this many
CARRIED_WORDS = 12  # more would drown the new question
LOOK_BACK = 3  # questions; a chain of "and for …?" still reaches its subject

_JOINING = re.compile(
    r"^[\W_]*(?:and|und|et|e|ed|y|but|aber|mais|ma|pero|also|or|oder|ou|what about|how about|was ist mit|wie ist es"
    r"|qu'en est-il|che dire|qué pasa con|then|dann|alors|allora|entonces|why|warum|pourquoi|perché|por qué)\b",
    re.IGNORECASE,
)
_POINTING = word_set(
    "it its they them their that this those these there he she his her then such one ones same er sie es dies "
    "diese dieser dieses das dort dafur davon damit darauf dabei danach davor darin daraus hierfur hierzu ihr "
    "ihre dessen deren dazu il elle ils elles cela ca celui celle ceux y en leur ce cette lui esso essa essi cio "
    "questo questa quello quella ne ello esto eso esta este ese esa aquello"
)


def standalone(question: str, history: tuple[Turn, ...], language: str) -> str:
    """Return what to search for: the question, with words of earlier questions where it leans on them."""
    # Of a question for documents only what they were wanted for is a subject.
    asked = (turn.text for turn in history if turn.role == "user")
    earlier = [looked_for(text) or text for text in asked][-LOOK_BACK:]
    if not earlier or not is_elliptic(question, language):
        return question
    if _is_turned_to(language, earlier[-1]) and not _leans(question):
        return question
    known = set(terms(question, language))
    carried: list[str] = []
    for text in reversed(earlier):
        for word in re.findall(r"[\w][\w.\-/]*[\w]|\w", text):
            found = terms(word, language)
            if found and not known & set(found):
                carried.append(word)
                known |= set(found)
        if not is_elliptic(text, language):
            break
    return " ".join((question, *carried[:CARRIED_WORDS]))


def is_elliptic(question: str, language: str) -> bool:
    """Return whether a question seems to lean on the one before it; a compound says as much as its parts."""
    content = len({*terms(question, language), *parts(question, language)})
    return content <= (SOME_TERMS if _leans(question) else FEW_TERMS)


def _leans(question: str) -> bool:
    words = set(re.findall(r"[a-z]+", fold(question)))
    return bool(_JOINING.match(question)) or bool(words & _POINTING)


def _is_turned_to(language: str, before: str) -> bool:
    """Return whether the person went over to this language: who does so seldom goes on with the subject."""
    former = detect(before)
    return UNKNOWN not in (language, former) and former != language

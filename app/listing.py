"""Write down which documents mention something: a list that no model is asked for. Pure.

Each line cites the passage at which its document opens, so that it is shown again only to whoever may read it then.
"""

from collections.abc import Sequence

from app.phrases import phrases_in
from app.prompt import neutralise
from app.sentences import marks
from app.types import Sentence, Sources, Verdict
from retrieval.types import Mention, Mentions, RankedPassage

LISTED = 20  # documents in an answer; a longer list is looked through in the terminal or by a program


def sources_of(found: Mentions) -> Sources:
    """Return the passages at which the documents open, in the order of the list."""
    ranked = (RankedPassage(one.passage, place, 0.0, None, None) for place, one in enumerate(found.documents))
    return Sources(tuple(ranked))


def written(what: str, found: Mentions, language: str) -> tuple[str, tuple[Sentence, ...]]:
    """Return the list as an answer's text and sentences, each of a document with its citation."""
    fixed = phrases_in(language)
    head = Sentence(fixed.mentioned.format(what=_line(what), count=found.total), (), Verdict.NOT_A_CLAIM)
    lines = tuple(
        Sentence(_document(one, fixed.in_passages), (number,), Verdict.SUPPORTED)
        for number, one in enumerate(found.documents, start=1)
    )
    sentences = (head, *lines)
    return text_of(sentences), sentences


def reread(lines: Sequence[Sentence], language: str) -> tuple[str, tuple[Sentence, ...]]:
    """Return what is left of a list as text and sentences, under a head that counts these lines alone.

    The first head counted every document that mentioned it, also those beyond the list; some may be closed by now.
    """
    head = Sentence(phrases_in(language).listed.format(count=len(lines)), (), Verdict.NOT_A_CLAIM)
    sentences = (head, *lines)
    return text_of(sentences), sentences


def text_of(sentences: Sequence[Sentence]) -> str:
    """Return a list's sentences as its text: a line each, those of documents with a dash and their citation."""
    return "\n".join(
        f"- {one.text}{marks(one.citations)}" if one.citations else one.text for one in sentences
    )


def _document(one: Mention, in_passages: str) -> str:
    passage = one.passage
    facts = [
        _line(passage.file_name),
        passage.collection_id,
        passage.dated,
        in_passages.format(count=one.passages) if one.passages else "",
    ]
    return f"{_line(passage.title)} ({', '.join(fact for fact in facts if fact)})"


def _line(text: str) -> str:
    return " ".join(neutralise(text).split())

"""Leave out of an answer what rests on text that is closed or gone. Pure."""

from collections.abc import Iterable, Set
from dataclasses import replace

from app.listing import LISTED, reread
from app.phrases import phrases_in
from app.sentences import with_marks
from app.types import Answer, Outcome, Sentence, Verdict


def without(answer: Answer, *, readable: Set[int], read: int) -> Answer:
    """Return the answer without what rests on others than the `readable` ones of the passages it read, from 1.

    A notice says that it is shorter, and that of an erasure stays.
    """
    is_list = answer.outcome is Outcome.DOCUMENTS
    # The head of a full list counts documents beyond it, and some of them may be closed by now.
    is_cut_off = is_list and read >= LISTED
    is_whole = len(readable) == read
    if is_whole and not is_cut_off:
        return answer
    # A sentence without a citation may rest on any passage the model read.
    kept = tuple(s for s in answer.sentences if s.citations and set(s.citations) <= readable)
    fixed = phrases_in(answer.language)
    is_erased = answer.notice == fixed.erased
    closed = fixed.erased if is_erased else fixed.closed
    lost = [s for s in answer.sentences if s not in kept and s.verdict is not Verdict.NOT_A_CLAIM]
    is_shorter = any(s.verdict is not Verdict.UNSUPPORTED for s in lost) or (answer.text and not kept)
    if is_list:
        text, sentences = reread(kept, answer.language) if kept else (closed, ())
        return replace(answer, sentences=sentences, text=text, notice=None if is_whole else closed)
    # Another notice may repeat a word of what is closed.
    notice = closed if is_shorter or is_erased else None
    return replace(answer, sentences=kept, text=_text(kept) or (closed if answer.text else ""), notice=notice)


def without_uncited(answer: Answer) -> Answer:
    """Return the answer without what cites nothing or is not shown: it may repeat what was said before it."""
    kept = tuple(s for s in answer.sentences if s.citations and s.verdict is not Verdict.UNSUPPORTED)
    if answer.outcome is Outcome.DOCUMENTS or kept == answer.sentences:
        return answer
    emptied = phrases_in(answer.language).erased if answer.text else ""
    return replace(answer, sentences=kept, text=_text(kept) or emptied)


def _text(sentences: Iterable[Sentence]) -> str:
    return " ".join(with_marks(one.text, one.citations) for one in sentences)

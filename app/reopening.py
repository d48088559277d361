"""Show an answer as the reader of today: whatever rests on text that was closed, replaced or forgotten is left out.

Every way out of a stored or running answer passes here: the open conversation, the stream that is followed again, and
the history that a follow-up question hands to the model.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from app.history import HISTORY_TURNS, Message
from app.listing import LISTED, reread
from app.phrases import phrases_in
from app.sentences import with_marks
from app.types import Answer, Outcome, Turn, Verdict
from ingest.guard.policy import look_again, masked
from retrieval.types import Passage, PassageStore, Reader


@dataclass(frozen=True, slots=True)
class Today:
    """Hold who looks, and where text is fetched; the rights are those of the moment of each call."""

    passages: PassageStore
    reader: Reader

    def sources(self, chunk_ids: Sequence[str]) -> dict[int, Passage]:
        """Return the passages that may be read, under the 1-based numbers they are cited by."""
        found = self.passages.fetch(chunk_ids, reader=self.reader)
        numbered = enumerate(chunk_ids, start=1)
        return {number: found[chunk_id] for number, chunk_id in numbered if chunk_id in found}

    def answer(self, answer: Answer, chunk_ids: Sequence[str]) -> Answer:
        """Return the answer that read these passages, without what rests on one that is closed.

        Where one is masked for this reader by now, so are the words that rest on it: they may be older than that.
        """
        sources = self.sources(chunk_ids)
        shown = self._open(answer, sources.keys(), chunk_ids)
        return _bare(shown) if any(one.is_masked for one in sources.values()) else shown

    def _open(self, answer: Answer, readable: Set[int], chunk_ids: Sequence[str]) -> Answer:
        is_whole = len(readable) == len(chunk_ids)
        is_list = answer.outcome is Outcome.DOCUMENTS
        # The head of a full list counts documents beyond it, and some of them may be closed by now.
        is_cut_off = is_list and len(chunk_ids) >= LISTED
        if is_whole and not is_cut_off:
            return answer
        # A sentence without a citation may rest on any passage the model read.
        kept = tuple(s for s in answer.sentences if s.citations and set(s.citations) <= readable)
        closed = phrases_in(answer.language).closed
        lost = [s for s in answer.sentences if s not in kept and s.verdict is not Verdict.NOT_A_CLAIM]
        is_shorter = any(s.verdict is not Verdict.UNSUPPORTED for s in lost) or (answer.text and not kept)
        if is_list:
            text, sentences = reread(kept, answer.language) if kept else (closed, ())
            return replace(answer, sentences=sentences, text=text, notice=None if is_whole else closed)
        text = " ".join(with_marks(s.text, s.citations) for s in kept)
        return replace(
            answer,
            sentences=kept,
            text=text or (closed if answer.text else ""),
            notice=closed if is_shorter else None,  # it may repeat a word of what is closed
        )

    def turns(self, messages: Sequence[Message]) -> tuple[Turn, ...]:
        """Return the last messages, oldest first, as context for a follow-up question."""
        return tuple(Turn(one.role, self.text(one)) for one in messages[-HISTORY_TURNS:])

    def text(self, message: Message) -> str:
        """Return the words of a message, without what rests on text that is closed."""
        stored = message.stored
        return message.text if stored is None else self.answer(stored.answer, stored.chunk_ids).text


def _bare(answer: Answer) -> Answer:
    """Return an answer without personal data. What it marked in its passages stands elsewhere in masked ones."""

    def bare(text: str) -> str:
        return masked(text, look_again(text, answer.language))

    sentences = tuple(replace(one, text=bare(one.text), phrases=()) for one in answer.sentences)
    return replace(answer, text=bare(answer.text), sentences=sentences)

"""Show an answer as the reader of today: whatever rests on text that was closed, replaced or forgotten is left out.

Every way out of a stored or running answer passes here: the open conversation, the stream that is followed again, and
the history that a follow-up question hands to the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.history import HISTORY_TURNS, Message
from app.leaving_out import without
from app.types import Answer, Turn
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
        shown = without(answer, readable=sources.keys(), read=len(chunk_ids))
        return _bare(shown) if any(one.is_masked for one in sources.values()) else shown

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

"""Say what an answer was made from: who asked, what was looked into and read, how the model was used. Pure.

People stand here by a pseudonym, a keyed hash: whoever reads the ledger tells one person's answers from another's, and
nobody is named. It is still about a person: it goes with the answer, the answer with its conversation, and the
conversation with the account.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from app.secret import keyed
from app.types import Answer, Outcome, Question, Sources
from retrieval.readers import reader_of
from retrieval.types import Only, Reader

# What a model wrote is marked for machines too (AI Act, Art. 50(2)), with the term that IPTC has for it.
AI_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
JUDGED = "quoting"  # the stage of an answer in which the model only judges


@dataclass(frozen=True, slots=True)
class Making:
    """Say how the model was used."""

    weights: str | None  # digits of the SHA-256 of its files; None where they are not installed here
    prompt_version: str
    temperature: float
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Hold what goes on record beside the answer. A part is None where an earlier release did not record it."""

    asker: str | None = None  # pseudonym
    question_id: str | None = None  # the message that asked
    earlier_turns: int | None = None
    only: Only | None = None
    scope: tuple[str, ...] | None = None  # ids of the collections that the asker chose; None = all
    making: Making | None = None  # None also where no model wrote or judged the answer


@dataclass(frozen=True, slots=True)
class Imprint:
    """Mark the answers of this process. `key` is a secret of this installation; without it no pseudonym is undone."""

    key: bytes = field(repr=False)
    writing: Making
    judging: Making  # where the model says of quotations whether they answer

    def mark(self, question: Question, answer: Answer, *, question_id: str, only: Only) -> Provenance:
        """Return the provenance of a finished answer."""
        return Provenance(
            asker=pseudonym(question.reader, self.key),
            question_id=question_id,
            earlier_turns=len(question.history),
            only=only,
            making=self._making(answer),
        )

    def _making(self, answer: Answer) -> Making | None:
        if JUDGED in answer.timings_ms:
            return self.judging
        return self.writing if answer.prompt_tokens else None


def pseudonym(reader: Reader, key: bytes) -> str:
    """Return letters and digits that differ by account, stay the same for it, and cannot be told without the key."""
    return keyed(reader.subject, key)


def is_ai_made(outcome: str) -> bool:
    """Return whether a model had a part in an answer that ended so: all that is answered, but lists of documents."""
    return outcome != Outcome.DOCUMENTS


def ai_mark(outcome: str) -> dict[str, str | bool | None]:
    """Return the mark for machines of an answer that ended so, the same in every route and file that carries one."""
    is_made = is_ai_made(outcome)
    return {"ai_generated": is_made, "digital_source_type": AI_SOURCE if is_made else None}


@dataclass(frozen=True, slots=True)
class Given:
    """Hold a finished answer on its way into a conversation."""

    answer_id: str
    conversation: str
    question: Question
    sources: Sources
    answer: Answer
    provenance: Provenance


class Standing(StrEnum):
    """Say what became of a passage since an answer read it."""

    THERE = "there"
    REPLACED = "replaced"  # its document has another version by now
    HIDDEN = "hidden"  # its document is there, and shown to nobody
    GONE = "gone"  # its document was forgotten


@dataclass(frozen=True, slots=True)
class PassageRead:
    """Hold a passage that an answer read, by where it stands and without its text."""

    number: int  # 1-based, as cited
    chunk_id: str
    document_id: str
    version_id: str
    sha256: str | None  # of the version's bytes
    standing: Standing
    title: str | None  # of the document, while it is there
    file_name: str | None
    page: int | None  # 1-based
    dated: str | None  # ISO date of the version, while it is there


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold all that is on record of one answer."""

    id: str
    answered_at: str
    conversation: str
    user: str  # whose conversation that is
    question_id: str | None  # the message that asked
    question: str
    answer: Answer
    feedback: str | None
    principals: tuple[str, ...]  # the reader filter that applied
    collections: tuple[str, ...]
    provenance: Provenance
    passages: tuple[PassageRead, ...]  # in citation order

    @property
    def chunk_ids(self) -> tuple[str, ...]:
        """Return the ids of the passages it read, in citation order."""
        return tuple(passage.chunk_id for passage in self.passages)

    def read_as(self, *, with_name: bool) -> tuple[str, ...]:
        """Return the reader filter; the account itself stands in it as "the asker" where it is not to be named."""
        own = reader_of(self.user, ()).subject
        return tuple("the asker" if one == own and not with_name else one for one in self.principals)


@dataclass(frozen=True, slots=True)
class Usage:
    """Say that an answer used a document: it read `numbers` of its passages, and shows a sentence that cites one."""

    answer_id: str
    answered_at: str
    asker: str | None
    outcome: Outcome
    numbers: tuple[int, ...]  # 1-based, as cited
    is_cited: bool

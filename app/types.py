"""Hold the records of "one question". All are frozen; none does any work."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Event as Stop
from typing import Literal, Protocol

from retrieval.types import RankedPassage, Reader


class Verdict(StrEnum):
    """Say what the check found for a sentence."""

    QUOTED = "quoted"  # it stands in the cited passage word for word; whether it answers is for the reader to judge
    SUPPORTED = "supported"  # a cited passage supports it
    REPAIRED = "repaired"  # the citation was wrong or missing; a passage that supports it was put in
    UNSUPPORTED = "unsupported"  # no passage read supports it
    NOT_A_CLAIM = "not_a_claim"  # greeting, lead-in, question: nothing to check


class Outcome(StrEnum):
    """Say what became of a question."""

    ANSWERED = "answered"
    NOT_IN_DOCUMENTS = "not_in_documents"  # evidence too thin, or no sentence could be supported
    DOCUMENTS = "documents"  # all that mention something were asked for: a list, no model's answer
    PASSAGES_ONLY = "passages_only"  # the model is loading or down: ranked passages instead of an answer
    STOPPED = "stopped"  # by the asker
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold one earlier message of a conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """Hold what is asked, by whom, and where to look. `collections` is explicit: purpose limitation."""

    text: str
    reader: Reader
    collections: frozenset[str]
    history: tuple[Turn, ...] = ()
    documents: frozenset[str] | None = None  # the only ones to look into; None = all
    is_quoted: bool | None = None  # answer in the documents' own words; None = as the house does


@dataclass(frozen=True, slots=True)
class Sentence:
    """Hold one sentence of an answer with the 1-based numbers of the sources it cites, and the check's verdict."""

    text: str  # without citation marks
    citations: tuple[int, ...]
    verdict: Verdict
    # Of each citation, where in its passage's text the supporting words stand (end exclusive); (0, 0) where nowhere.
    phrases: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Noticed:
    """Tell the asker which personal data the question holds that it hardly needs; never a value of it."""

    kinds: tuple[str, ...]  # of ingest.guard.types.Kind


@dataclass(frozen=True, slots=True)
class Sources:
    """Announce the passages the answer is written from; citation n means passages[n - 1]."""

    passages: tuple[RankedPassage, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Say that the model is busy with others: `position` is the place in the line, from 1; 0 after the wait."""

    position: int


@dataclass(frozen=True, slots=True)
class Token:
    """Carry the next piece of the answer, unchecked."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Close the stream with the checked answer; it replaces whatever the tokens showed."""

    outcome: Outcome
    text: str  # checked, with [n] marks; in the question's language
    sentences: tuple[Sentence, ...]
    language: str
    model: str
    notice: str | None  # e.g. why there are only passages
    timings_ms: Mapping[str, float]  # of each stage, and "total"
    prompt_tokens: int
    dropped: tuple[str, ...]  # what did not fit the prompt: "passage 7", "history 0-3"
    completion_tokens: int | None = None  # written by the model; None where it was stopped or does not say


@dataclass(frozen=True, slots=True)
class Failure:
    """Close the stream with an error; nothing shown before it counts as an answer."""

    message: str
    remedy: str


Event = Noticed | Sources | Waiting | Token | Answer | Failure

WIRE_NAMES: Mapping[type[Event], str] = {
    Noticed: "noticed",
    Sources: "sources",
    Waiting: "waiting",
    Token: "token",
    Answer: "answer",
    Failure: "error",
}


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Hold one message for the model."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """Stand for any OpenAI-compatible vLLM. Raises ModelUnavailable, which keeps the reason."""

    @property
    def name(self) -> str:
        """Return the served model's name."""

    @property
    def context_tokens(self) -> int:
        """Return the longest sequence (prompt and answer) the served model takes."""

    def state(self) -> Literal["loading", "ready", "down"]:
        """Return whether a generation would work, from a check no older than a few seconds; never blocks for long."""

    def probe(self) -> None:
        """Generate one real token. Raises ModelUnavailable."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the exact number of prompt tokens, template included."""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: Stop
    ) -> Generator[str, None, int | None]:
        """Yield the answer piece by piece; closing the iterator or setting `stop` frees the model.

        Returns the tokens written, None where that is not known.
        """

    def leanings(
        self, prompts: Sequence[Sequence[ChatMessage]], *, cache_salt: str, stop: Stop
    ) -> list[float]:
        """Return by how much each prompt's answer is likelier to begin with yes than with no, in natural logarithms.

        All are asked at once, for one token each. An empty list once `stop` is set.
        """

"""Tell the story "one question": search, enough evidence, prompt, stream, check each sentence, answer."""

import hashlib
import hmac
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event as Stop
from typing import Protocol
from uuid import uuid4

from app import citations, listing, prompt
from app.claims import Similarity
from app.looked_for import looked_for
from app.phrases import phrases_in
from app.refusal import streamed, without_refusal
from app.restate import FollowUp, restated
from app.rewrite import standalone
from app.types import Answer, ChatModel, Event, Failure, Outcome, Question, Sentence, Sources, Verdict
from retrieval.errors import IntramurosError, InvalidRequest, ModelUnavailable
from retrieval.evidence import Answerability, judge
from retrieval.expand import Reading
from retrieval.language import UNKNOWN, detect
from retrieval.mentions import wording_of
from retrieval.types import Mentions, Passage, Reader, SearchResult


class FindDocuments(Protocol):
    """Stand for `retrieval.mentions.DocumentSearch.find`."""

    def __call__(
        self,
        wanted: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        skip: int,
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> Mentions:
        """Return documents that mention `wanted`, of `documents` alone. Raises Unavailable, InvalidRequest."""


class Search(Protocol):
    """Stand for `retrieval.search.Searcher.search`, and in tests for one that is down or told what to find."""

    def __call__(
        self,
        question: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> SearchResult:
        """Return ranked passages this reader may see, of `documents` alone. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """Hold how much an answer may read and write."""

    passages: int = 8  # found and shown
    prompt_tokens: int = 1300  # read by the model; a trial on CPU reads about 400 a second
    answer_tokens: int = 300


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answer questions. `salt_key` is a secret of this installation; it keeps readers' caches in vLLM apart."""

    search: Search
    find_documents: FindDocuments
    model: ChatModel
    salt_key: bytes
    limits: AnswerLimits = field(default_factory=AnswerLimits)
    restates: bool = False  # whether the model restates follow-ups better than the rules; the catalogue knows
    takes_system: bool = True  # a property of the served model's template; the catalogue knows
    similarity: Similarity | None = None
    judge: Callable[[str, SearchResult], Answerability] = judge  # can the passages answer this at all
    clock: Callable[[], float] = time.perf_counter
    draw: Callable[[], str] = lambda: uuid4().hex[:12]

    def answer(self, question: Question, *, stop: Stop) -> Iterator[Event]:
        """Yield Sources, Tokens and one Answer; or a Failure, and then nothing before it counts."""
        work = _Work(self.model.name, self.clock, _language_of(question.text))
        try:
            if (what := _wanted_documents(question.text)) and (
                listed := self._list(what, question, work)
            ).documents:
                yield listing.sources_of(listed)
                yield work.listed(what, listed)
                return
            found = self._find(question, work, stop)
            yield Sources(found.passages)
            if not self.judge(Reading(found.corrections).correct(question.text), found).is_answerable:
                yield work.not_in_documents()
            elif (state := self.model.state()) != "ready":
                yield work.passages_only(is_loading=state == "loading")
            else:
                yield from self._write(question, [ranked.passage for ranked in found.passages], work, stop)
        except ModelUnavailable:
            yield work.passages_only(is_loading=False)
        except InvalidRequest as error:
            yield Failure(error.message, error.remedy)
        except IntramurosError:
            yield work.failure()

    def _list(self, what: str, question: Question, work: "_Work") -> Mentions:
        """Return the documents that mention something; where there are none, the question may have meant another."""
        found = self.find_documents(
            what,
            reader=question.reader,
            collections=question.collections,
            skip=0,
            limit=listing.LISTED,
            documents=question.documents,
        )
        work.lap("search")
        return found

    def _find(self, question: Question, work: "_Work", stop: Stop) -> SearchResult:
        """Search for the question, made to stand alone where it leans on the one before it."""
        wanted = standalone(question.text, question.history, work.language)
        if self.restates and wanted != question.text:
            asked = FollowUp(question.text, question.history, work.language)
            salt = cache_salt(question.reader, self.salt_key)
            wanted = restated(asked, model=self.model, cache_salt=salt, draw=self.draw, stop=stop) or wanted
            work.lap("restate")
        found = self.search(
            wanted,
            reader=question.reader,
            collections=question.collections,
            limit=self.limits.passages,
            documents=question.documents,
        )
        work.searched(found)
        return found

    def _write(
        self, question: Question, passages: Sequence[Passage], work: "_Work", stop: Stop
    ) -> Iterator[Event]:
        """Have the model write from the passages that fit, and check what it wrote."""
        asked = prompt.Asked(question.text, work.language, question.history)
        room = self.model.context_tokens - self.limits.answer_tokens
        shape = prompt.Shape(min(room, self.limits.prompt_tokens), self.takes_system, self.limits.passages)
        written = prompt.build(
            asked, passages, shape=shape, count_tokens=self.model.count_tokens, draw=self.draw
        )
        work.wrote(written)
        pieces = self.model.stream(
            written.messages,
            max_tokens=self.limits.answer_tokens,
            cache_salt=cache_salt(question.reader, self.salt_key),
            stop=stop,
        )
        text = yield from streamed(work.counted(pieces), begun=lambda: work.lap("first_token"))
        work.lap("generation")
        read = {number: passages[number - 1] for number in written.used}
        text = without_refusal(text)
        checked = citations.check(
            text, read, language=work.language, question=question.text, similarity=self.similarity
        )
        work.lap("check")
        yield work.answered(text, checked, was_stopped=stop.is_set())


def cache_salt(reader: Reader, key: bytes) -> str:
    """Return 32 letters and digits that differ by reader and cannot be told without the key."""
    return hmac.new(key, reader.subject.encode(), hashlib.sha256).hexdigest()[:32]


def _wanted_documents(text: str) -> str | None:
    """Return what all documents are wanted for, None where it is no such question, or too long a wording for one."""
    what = looked_for(text)
    try:
        wording_of(what or "")
    except InvalidRequest:
        return None
    return what


def _language_of(text: str) -> str:
    language = detect(text)
    return "en" if language == UNKNOWN else language


@dataclass(slots=True)
class _Work:
    """Collect what is known of the answer in the making, and close it in one of its ways."""

    model: str
    clock: Callable[[], float]
    language: str
    timings: dict[str, float] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int | None = None
    dropped: tuple[str, ...] = ()
    is_degraded: bool = False
    read_as: tuple[str, ...] = ()
    began: float = 0.0
    last: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.last = self.clock()

    def lap(self, stage: str) -> None:
        """Note the milliseconds since the last lap."""
        now = self.clock()
        self.timings[stage] = (now - self.last) * 1000
        self.last = now

    def searched(self, found: SearchResult) -> None:
        """Note what the search says about itself."""
        self.timings.update(found.timings_ms)
        self.is_degraded = "embedder" in found.degraded
        self.read_as = tuple(dict.fromkeys(found.corrections.values()))
        self.lap("search")

    def wrote(self, written: prompt.Prompt) -> None:
        """Note the prompt's size and what did not fit."""
        self.prompt_tokens, self.dropped = written.tokens, written.dropped
        self.lap("prompt")

    def counted(self, pieces: Generator[str, None, int | None]) -> Generator[str, None, None]:
        """Yield the pieces, and note how many tokens they were."""
        self.completion_tokens = yield from pieces

    def answered(self, raw: str, checked: tuple[Sentence, ...], *, was_stopped: bool) -> Answer:
        """Return the checked answer, or "not in the documents" where nothing in it holds."""
        fixed = phrases_in(self.language)
        shown = citations.compose(raw, checked)
        if was_stopped:
            return self._answer(Outcome.STOPPED, shown, fixed.stopped, checked if shown else ())
        if not shown:
            return self.not_in_documents()
        withheld = sum(sentence.verdict is Verdict.UNSUPPORTED for sentence in checked)
        notice = fixed.withheld.format(count=withheld) if withheld else None
        return self._answer(Outcome.ANSWERED, shown, notice, checked)

    def not_in_documents(self) -> Answer:
        """Return the fixed sentence; what a model may have written instead is not shown."""
        return self._answer(Outcome.NOT_IN_DOCUMENTS, phrases_in(self.language).not_in_documents, None, ())

    def listed(self, what: str, found: Mentions) -> Answer:
        """Return the list of documents; nothing is written, so no model is asked."""
        fixed = phrases_in(self.language)
        self.model = ""
        shown = len(found.documents)
        more = fixed.first_of.format(shown=shown, count=found.total) if shown < found.total else None
        text, lines = listing.written(what, found, self.language)
        return self._answer(Outcome.DOCUMENTS, text, more, lines)

    def passages_only(self, *, is_loading: bool) -> Answer:
        """Return no text: the passages stand for themselves, and the notice says why."""
        fixed = phrases_in(self.language)
        return self._answer(
            Outcome.PASSAGES_ONLY, "", fixed.model_loading if is_loading else fixed.model_down, ()
        )

    def failure(self) -> Failure:
        """Return that nothing can be searched, in the asker's language and without internals."""
        fixed = phrases_in(self.language)
        return Failure(fixed.search_down, fixed.search_down_remedy)

    def _answer(
        self, outcome: Outcome, text: str, notice: str | None, checked: tuple[Sentence, ...]
    ) -> Answer:
        fixed = phrases_in(self.language)
        words_only = fixed.words_only if self.is_degraded else None
        read_as = fixed.read_as.format(words=", ".join(self.read_as)) if self.read_as else None
        notices = " ".join(part for part in (notice, words_only, read_as) if part) or None
        timings = {**self.timings, "total": (self.clock() - self.began) * 1000}
        return Answer(
            outcome,
            text,
            checked,
            self.language,
            self.model,
            notices,
            timings,
            self.prompt_tokens,
            self.dropped,
            self.completion_tokens,
        )

"""Tell the story "one question": search each part, enough evidence, then quote, or write and check; answer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event as Stop
from typing import Protocol
from uuid import uuid4

from app import citations, listing, prompt
from app.claims import Similarity
from app.looked_for import looked_for
from app.parts import Part, parts_of, together
from app.quoting import Likeness, Quotation, Quoter, each_once
from app.refusal import streamed, without_refusal
from app.restate import FollowUp, restated
from app.rewrite import standalone
from app.secret import keyed
from app.types import ChatModel, Event, Failure, Question, Sentence, Sources, Waiting
from app.unfinished import Unfinished
from app.waiting import WaitingLine
from retrieval.errors import EmbedderUnavailable, IntramurosError, InvalidRequest, ModelUnavailable
from retrieval.evidence import Judge, judge
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


# Whether a person may still read these chunks, with the rights of this moment. Raises Unavailable.
MayStillRead = Callable[[Reader, Sequence[str]], bool]


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
    line: WaitingLine  # before the model
    salt_key: bytes
    limits: AnswerLimits = field(default_factory=AnswerLimits)
    restates: bool = False  # whether the model restates follow-ups better than the rules; the catalogue knows
    takes_system: bool = True  # a property of the served model's template; the catalogue knows
    # Whether answers are quotations where nobody says otherwise; better of a small model.
    quotes: bool = False
    quoted_collections: frozenset[str] = frozenset()  # from which nothing is told in other words
    similarity: Similarity | None = None
    likeness: Likeness | None = None
    may_still_read: MayStillRead = lambda _reader, _chunks: True  # asked after a wait in the line
    judge: Judge = judge  # can the passages answer this at all
    clock: Callable[[], float] = time.perf_counter
    draw: Callable[[], str] = lambda: uuid4().hex[:12]

    def answer(self, question: Question, *, stop: Stop) -> Iterator[Event]:
        """Yield Sources, Waiting, Tokens and one Answer; or a Failure, and then nothing before it counts."""
        work = Unfinished(self.model.name, self.clock, _language_of(question.text))
        try:
            if listed := self._listed(question, work):
                yield from listed
                return
            parts = self._searched(question, work, stop)
            found = together(parts)
            work.searched(found)
            yield Sources(found.passages)
            answerable = self._answerable(parts, work)
            if not answerable:
                yield work.not_in_documents()
            elif (state := self.model.state()) != "ready":
                yield work.passages_only(is_loading=state == "loading")
            else:
                answering = self._quote if self._is_quoted(question, found) else self._write
                answer = answering(answerable, question, found, work, stop)
                yield from self._in_turn(answer, question, found, work, stop)
        except ModelUnavailable:
            yield work.passages_only(is_loading=False)
        except InvalidRequest as error:
            yield Failure(error.message, error.remedy)
        except IntramurosError:
            yield work.failure()

    def _listed(self, question: Question, work: Unfinished) -> tuple[Event, ...]:
        """Return the list of documents that mention something, where it was asked for and there are any.

        Where there are none, the question may have meant something else.
        """
        wanted = _wanted_documents(question.text)
        if not wanted:
            return ()
        found = self.find_documents(
            wanted,
            reader=question.reader,
            collections=question.collections,
            skip=0,
            limit=listing.LISTED,
            documents=question.documents,
        )
        work.lap("search")
        if not found.documents:
            work.looked_for = wanted
            return ()
        return listing.sources_of(found), work.listed(wanted, found)

    def _searched(self, question: Question, work: Unfinished, stop: Stop) -> tuple[Part, ...]:
        """Return what is asked, mostly one thing, and what was found for each part."""
        wanted = self._standing_alone(question, work, stop)
        work.lap("rewrite")
        work.is_follow_up = wanted != question.text
        asked = ((question.text, wanted),) if work.is_follow_up else parts_of(wanted, work.language)
        return tuple(Part(text, alone, self._find(alone, question)) for text, alone in asked)

    def _standing_alone(self, question: Question, work: Unfinished, stop: Stop) -> str:
        """Return the question as it is searched: made to stand alone where it leans on the one before it.

        By rules; by the model where it does so better and nobody waits for it.
        """
        wanted = standalone(question.text, question.history, work.language)
        if self.restates and wanted != question.text and self.line.is_free:
            asked = FollowUp(question.text, question.history, work.language)
            salt = cache_salt(question.reader, self.salt_key)
            wanted = restated(asked, model=self.model, cache_salt=salt, draw=self.draw, stop=stop) or wanted
            work.lap("restate")
        return wanted

    def _answerable(self, parts: Sequence[Part], work: Unfinished) -> tuple[Part, ...]:
        """Return the parts for which there is evidence; the others are gaps."""
        told = {part: self.judge(part.corrected(part.text), part.found).is_answerable for part in parts}
        work.gaps += tuple(part.text for part, is_answerable in told.items() if not is_answerable)
        return tuple(part for part, is_answerable in told.items() if is_answerable)

    def _find(self, wanted: str, question: Question) -> SearchResult:
        return self.search(
            wanted,
            reader=question.reader,
            collections=question.collections,
            limit=self.limits.passages,
            documents=question.documents,
        )

    def _is_quoted(self, question: Question, found: SearchResult) -> bool:
        """Return whether the answer is to quote: as a collection wants it, as was asked, or as is usual here."""
        if any(ranked.passage.collection_id in self.quoted_collections for ranked in found.passages):
            return True
        return self.quotes if question.is_quoted is None else question.is_quoted

    def _in_turn(
        self, answer: Iterator[Event], question: Question, found: SearchResult, work: Unfinished, stop: Stop
    ) -> Iterator[Event]:
        """Begin `answer` when there is a place at the model, and tell until then how long the line is.

        A wait may outlast the right to read what was found: then nothing is answered. Raises InvalidRequest.
        """
        chunks = [ranked.passage.chunk_id for ranked in found.passages]
        has_waited = False
        with self.line.joined(stop) as positions:
            for position in positions:
                has_waited = True
                yield Waiting(position)
            work.lap("queue")
            if stop.is_set():
                yield work.stopped()
                return
            if has_waited and not self.may_still_read(question.reader, chunks):
                raise InvalidRequest("your rights changed while the question waited", remedy="ask it again")
            yield from answer

    def _quote(
        self, parts: Sequence[Part], question: Question, found: SearchResult, work: Unfinished, stop: Stop
    ) -> Iterator[Event]:
        """Have the model judge what could be quoted, and quote what answers each part."""
        quoter = Quoter(self.model, self.likeness, takes_system=self.takes_system)
        numbers = {ranked.passage.chunk_id: number for number, ranked in enumerate(found.passages, 1)}
        quotations: list[Quotation] = []
        for part in parts:
            passages = (ranked.passage for ranked in part.found.passages)
            answering = quoter.quotations(
                part.corrected(part.wanted),
                work.language,
                {numbers[passage.chunk_id]: passage for passage in passages},
                cache_salt=cache_salt(question.reader, self.salt_key),
                stop=stop,
            )
            work.gaps += () if answering else (part.text,)
            quotations += answering
        work.lap("quoting")
        yield work.stopped() if stop.is_set() else work.quoted(each_once(quotations))

    def _write(
        self, parts: Sequence[Part], question: Question, found: SearchResult, work: Unfinished, stop: Stop
    ) -> Iterator[Event]:
        """Have the model write from the passages that fit, and check what it wrote."""
        passages = [ranked.passage for ranked in found.passages]
        # A question that stands alone is answered without what was said before, which only misleads; and asked for what
        # the documents do not hold, a model makes it up.
        history = question.history if work.is_follow_up else ()
        text = " ".join(part.wanted for part in parts) if work.gaps else question.text
        asked = prompt.Asked(text, work.language, history)
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
        checked = self._checked(text, read, question, work)
        work.lap("check")
        yield work.answered(text, checked, was_stopped=stop.is_set())

    def _checked(
        self, text: str, read: Mapping[int, Passage], question: Question, work: Unfinished
    ) -> tuple[Sentence, ...]:
        """Return the checked sentences; where the embedder goes while the model writes, words and facts decide."""
        check = partial(citations.check, text, read, language=work.language, question=question.text)
        try:
            return check(similarity=self.similarity)
        except EmbedderUnavailable:
            work.is_degraded = True
            return check(similarity=None)


def cache_salt(reader: Reader, key: bytes) -> str:
    """Return 32 letters and digits that differ by reader and cannot be told without the key."""
    return keyed(reader.subject, key)


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

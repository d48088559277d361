"""Collect what is known of an answer in the making, and close it in one of its ways."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from app import citations, listing, prompt
from app.phrases import phrases_in
from app.quoting import Quotation, sentences_of
from app.sentences import with_marks
from app.types import Answer, Failure, Outcome, Sentence, Verdict
from retrieval.types import Mentions, SearchResult


@dataclass(slots=True)
class Unfinished:
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
    is_follow_up: bool = False  # it leans on the turns before it
    looked_for: str = ""  # what documents were to mention, where none does
    gaps: tuple[str, ...] = ()  # parts of the question that the documents do not answer
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
            return self._answer(Outcome.STOPPED, shown, fixed.stopped, checked) if shown else self.stopped()
        if not shown:
            return self.not_in_documents()
        withheld = sum(sentence.verdict is Verdict.UNSUPPORTED for sentence in checked)
        notice = fixed.withheld.format(count=withheld) if withheld else None
        return self._answer(Outcome.ANSWERED, shown, notice, checked)

    def stopped(self) -> Answer:
        """Return that it was stopped before there was anything to show."""
        return self._answer(Outcome.STOPPED, "", phrases_in(self.language).stopped_early, ())

    def quoted(self, quotations: Sequence[Quotation]) -> Answer:
        """Return the answer that consists of quotations alone, or "not in the documents" where there are none."""
        fixed = phrases_in(self.language)
        if not quotations:
            return self.not_in_documents()
        checked = sentences_of(quotations)
        text = "\n\n".join(with_marks(one.text, one.citations) for one in checked)
        notice = " ".join(part for part in (fixed.quoted, _dates(quotations, fixed.dated)) if part)
        return self._answer(Outcome.ANSWERED, text, notice, checked)

    def not_in_documents(self) -> Answer:
        """Return the fixed sentence; what a model may have written instead is not shown."""
        fixed = phrases_in(self.language)
        text = (
            fixed.mentioned.format(what=self.looked_for, count=0)
            if self.looked_for
            else fixed.not_in_documents
        )
        return self._answer(Outcome.NOT_IN_DOCUMENTS, text, fixed.other_words, ())

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
        gaps = " ".join(f"“{gap}”" for gap in self.gaps) if outcome is Outcome.ANSWERED else ""
        not_answered = fixed.gaps.format(gaps=gaps) if gaps else None
        notices = " ".join(part for part in (not_answered, notice, words_only, read_as) if part) or None
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


def _dates(quotations: Sequence[Quotation], wording: str) -> str:
    """Return of when the documents quoted are, where they are several: they may contradict each other."""
    by_document = {one.passage.document_id: one for one in quotations if one.passage.dated}
    if len({one.passage.dated for one in by_document.values()}) < 2:
        return ""
    newest_first = sorted(by_document.values(), key=lambda one: one.passage.dated, reverse=True)
    return wording.format(dates=", ".join(f"({one.number}) {one.passage.dated}" for one in newest_first))

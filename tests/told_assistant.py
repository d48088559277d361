"""Build an assistant around a search and a model that do as they are told, and ask it."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.answer import AnswerLimits, Assistant
from app.types import Answer, Event, Question, Token, Turn
from app.waiting import WaitingLine
from retrieval.errors import IntramurosError
from retrieval.evidence import Answerability
from retrieval.readers import reader_of
from retrieval.types import Mention, Mentions, Passage, RankedPassage, Reader, SearchResult
from tests.fakes import ScriptedModel

ANNA = reader_of("anna.keller", ["hr"])
TEXT = "A night costs at most 145 euros in France. Breakfast is included."


def passage(number: int, text: str) -> RankedPassage:
    """Return the passage of this number (1-based)."""
    made = Passage(
        chunk_id=f"chunk-{number}",
        document_id="document",
        version_id="version",
        collection_id="handbook",
        title="Travel policy",
        file_name=f"travel-{number}.pdf",
        media_type="application/pdf",
        language="en",
        heading_path=("Hotels",),
        text=text,
        position=number,
        page=1,
        boxes=(),
        dated="2025-02-01",
    )
    return RankedPassage(made, number - 1, 1 / number, 0.9, 10.0)


@dataclass
class ToldSearch:
    """Find what it is told; remember what it was asked."""

    texts: tuple[str, ...] = (TEXT, "Dogs stay at home.")
    error: IntramurosError | None = None
    degraded: tuple[str, ...] = ()
    corrections: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Reader, frozenset[str], int]] = field(default_factory=list)
    scopes: list[frozenset[str] | None] = field(default_factory=list)

    def __call__(
        self,
        question: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> SearchResult:
        """Return the passages told."""
        self.asked.append((question, reader, collections, limit))
        self.scopes.append(documents)
        if self.error:
            raise self.error
        found = tuple(passage(number, text) for number, text in enumerate(self.texts, 1))
        return SearchResult(found, "en", {"embed": 1.0, "sparse": 2.0}, self.degraded, self.corrections)


@dataclass
class ToldDocuments:
    """Find the documents it is told; remember what it was asked."""

    texts: tuple[str, ...] = (TEXT, "Hotels need a receipt.")
    total: int = 2
    asked: list[tuple[str, Reader, frozenset[str]]] = field(default_factory=list)
    scopes: list[frozenset[str] | None] = field(default_factory=list)

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
        """Return the documents told."""
        self.asked.append((wanted, reader, collections))
        self.scopes.append(documents)
        passages = (passage(number, text).passage for number, text in enumerate(self.texts, 1))
        return Mentions(tuple(Mention(one, 3) for one in list(passages)[skip:limit]), self.total)


def judged(*, is_answerable: bool = True) -> Callable[[str, SearchResult], Answerability]:
    """Return a judge who always says the same."""
    verdict = Answerability(score=float(is_answerable), is_answerable=is_answerable, reason="told")
    return lambda _question, _result: verdict


def assistant(
    model: ScriptedModel,
    search: ToldSearch | None = None,
    *,
    is_answerable: bool = True,
    documents: ToldDocuments | None = None,
    line: WaitingLine | None = None,
) -> Assistant:
    """Return an assistant around the fakes."""
    ticks = itertools.count()
    return Assistant(
        find_documents=documents or ToldDocuments(),
        search=search or ToldSearch(),
        model=model,
        line=line or WaitingLine(1),
        salt_key=b"k" * 32,
        limits=AnswerLimits(passages=5, prompt_tokens=900, answer_tokens=100),
        judge=judged(is_answerable=is_answerable),
        clock=lambda: float(next(ticks)),
        draw=lambda: "0f1e2d3c4b5a",
    )


def ask(
    assistant: Assistant, text: str = "What may a hotel cost?", *, history: tuple[Turn, ...] = ()
) -> list[Event]:
    """Return all events of one question."""
    question = Question(text, ANNA, frozenset({"handbook"}), history)
    return list(assistant.answer(question, stop=threading.Event()))


def last(events: list[Event]) -> Answer:
    """Return the answer that closes the stream."""
    closing = events[-1]
    assert isinstance(closing, Answer)
    return closing


def shown(events: list[Event]) -> str:
    """Return what a page shows while the answer streams."""
    return "".join(event.text for event in events if isinstance(event, Token))

"""Judge an index by golden questions: what people ask, and in which documents the answer stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.evaluate import Labelled
from retrieval.metrics import collapse, hit, mean, reciprocal_rank
from retrieval.types import Reader, SearchResult

DEPTH = 10
NAMED = 20  # questions that fare worse, told by their ids


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what came of the questions. Both figures are means over the questions, 0 to 1.

    `first_right` is 1/rank of the first document that answers, among ten: of several it says that any will do.
    """

    questions: int
    first_right_before: float
    first_right_after: float
    found_before: float  # share of the questions with a document that answers among ten
    found_after: float
    margin: float
    worse: tuple[str, ...]  # ids of questions

    @property
    def is_good_enough(self) -> bool:
        """Return whether the new index is worse by no more than the margin."""
        return self.first_right_before - self.first_right_after <= self.margin


def usable(questions: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Return the questions that say where their answer stands."""
    return tuple(one for one in questions if one.expected == "answered" and one.source)


class Ranks(Protocol):
    """Rank passages for a question; `retrieval.search.Searcher` does."""

    def ranked(
        self, question: str, *, reader: Reader, collections: frozenset[str], enough: int
    ) -> SearchResult:
        """Return every candidate this reader may see, best first. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask both indexes the same questions, each as the person it names, in all collections this person may read."""

    readers: Mapping[str, Reader]  # by account
    collections: frozenset[str]
    rest: Callable[[], None]  # after each question, for those of the house

    def judge(self, questions: Sequence[Labelled], *, before: Ranks, after: Ranks, margin: float) -> Verdict:
        """Return the verdict. Raises Unavailable."""
        ranked = [(self._ranks(before, one), self._ranks(after, one)) for one in questions]
        worse = [
            one.id for one, (old, new) in zip(questions, ranked, strict=True) if new["first"] < old["first"]
        ]
        return Verdict(
            len(questions),
            first_right_before=mean([old["first"] for old, _ in ranked]),
            first_right_after=mean([new["first"] for _, new in ranked]),
            found_before=mean([old["found"] for old, _ in ranked]),
            found_after=mean([new["found"] for _, new in ranked]),
            margin=margin,
            worse=tuple(worse[:NAMED]),
        )

    def _ranks(self, searcher: Ranks, asked: Labelled) -> dict[str, float]:
        found = searcher.ranked(
            asked.question, reader=self.readers[asked.asker], collections=self.collections, enough=DEPTH
        )
        files = collapse(one.passage.file_name for one in found.passages)
        self.rest()
        grades = dict.fromkeys(asked.source, 1)
        return {"first": reciprocal_rank(files, grades, DEPTH), "found": hit(files, grades, DEPTH)}

"""Suggest what to ask next: other sections of what an answer cites, as questions that they answer.

Each is searched before it is offered: only one that leads its asker to that very section, today, is a suggestion.
Sections of documents that were found and not cited are left out: mostly they only share words with the question.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.answer import Search
from app.ledger import StoredAnswer
from app.phrases import phrases_in
from app.reopening import Today
from retrieval.evidence import Judge
from retrieval.types import Passage

MOST: Final = 3
TRIED: Final = 6  # sections; each costs a search
LONGEST_CHARS: Final = 120  # of a question: it has to fit a button
_NUMBERING = re.compile(r"^(?:\d{1,3}\.)*\d{0,3}[.)]?\s+(?=\w)")


@dataclass(frozen=True, slots=True)
class Suggesting:
    """Find questions that the documents answer."""

    search: Search
    judge: Judge

    def after(self, stored: StoredAnswer, today: Today, collections: frozenset[str]) -> tuple[str, ...]:
        """Return up to MOST questions for whom `today` stands, in the answer's language. Raises Unavailable."""
        likely = islice(_candidates(stored, today), TRIED)
        leading = (text for text, passage in likely if self._leads_to(passage, text, today, collections))
        return tuple(islice(leading, MOST))

    def _leads_to(self, passage: Passage, question: str, today: Today, collections: frozenset[str]) -> bool:
        result = self.search(question, reader=today.reader, collections=collections, limit=MOST)
        best = next((ranked.passage for ranked in result.passages), None)
        return (
            best is not None
            and _place(best) == _place(passage)
            and self.judge(question, result).is_answerable
        )


def _candidates(stored: StoredAnswer, today: Today) -> Iterator[tuple[str, Passage]]:
    """Yield a question for each section of the cited documents that was found and not cited, best first."""
    sources = today.sources(stored.chunk_ids)
    numbers = {number for sentence in stored.answer.sentences for number in sentence.citations}
    cited = [passage for number, passage in sources.items() if number in numbers]
    documents, known = {passage.document_id for passage in cited}, {_place(passage) for passage in cited}
    for passage in sources.values():
        question = _question(passage, stored.answer.language)
        if question and passage.document_id in documents and _place(passage) not in known:
            known.add(_place(passage))
            yield question, passage


def _place(passage: Passage) -> tuple[str, tuple[str, ...]]:
    return passage.document_id, passage.heading_path


def _question(passage: Passage, language: str) -> str:
    """Return what a section answers, empty where it has no heading of its own; some headings are questions."""
    heading = _NUMBERING.sub("", passage.heading_path[-1]).strip() if passage.heading_path else ""
    if not heading or heading == passage.title:
        return ""
    asked = phrases_in(language).what_it_says.format(title=passage.title, heading=heading)
    question = heading if heading.endswith("?") else asked
    return question if len(question) <= LONGEST_CHARS else ""

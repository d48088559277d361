"""Measure answers on labelled questions: right, from the right source, refused where nobody could know."""

import re
import statistics
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.types import Answer, Outcome, Verdict
from retrieval.errors import InvalidRequest

Ask = Callable[
    [str, str], tuple[Answer, tuple[str, ...]]
]  # (question, user) to the answer and its sources' file names


class Labelled(BaseModel):
    """Hold one line of a questions file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: str
    language: str = "und"
    asker: str = Field(alias="as")
    expected: Literal["answered", "not_in_documents"]
    answer: tuple[tuple[str, ...], ...] = ()  # every group must occur, by any of its words
    source: tuple[str, ...] = ()  # file names, any of which will do


@dataclass(frozen=True, slots=True)
class Case:
    """Hold what became of one question."""

    id: str
    language: str
    expected: str
    outcome: str
    is_right: bool  # the words expected, or refused as expected
    cites_source: bool  # a sentence shown cites a source expected; true where none is expected
    unsupported_shown: int  # sentences in the text shown that the check had called unsupported
    unsupported_withheld: int
    total_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the figures of a run. JSON-able with `dataclasses.asdict`."""

    model: str
    answerable: int
    answered_right: int
    answered_right_and_cited: int
    unanswerable: int
    refused: int
    refused_wrongly: int  # answerable, but "not in the documents"
    unsupported_shown: int
    unsupported_withheld: int
    p50_ms: float
    p95_ms: float
    cases: tuple[Case, ...]


def evaluate_answers(questions: Path, ask: Ask) -> Report:
    """Ask every question as the person it names and return the figures. Raises InvalidRequest for a bad file."""
    cases: list[Case] = []
    model = ""
    for labelled in read_questions(questions):
        answer, files = ask(labelled.question, labelled.asker)
        model = answer.model
        cases.append(judge_case(labelled, answer, files))
    return _report(model, cases)


def read_questions(path: Path) -> tuple[Labelled, ...]:
    """Return the questions of a JSONL file. Raises InvalidRequest naming the first bad line."""
    found: list[Labelled] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(Labelled.model_validate_json(line))
        except ValidationError as error:
            wrong = ", ".join(str(one["loc"][0]) if one["loc"] else "the line" for one in error.errors())
            raise InvalidRequest(
                f"{path.name}, line {number}: missing or wrong: {wrong}",
                remedy="see deploy/sample/questions.jsonl for the format",
            ) from error
    if not found:
        raise InvalidRequest(f"{path.name} holds no questions", remedy="name a file with one question a line")
    return tuple(found)


def judge_case(labelled: Labelled, answer: Answer, files: Sequence[str]) -> Case:
    """Return whether the answer is what the label wants. `files` are the sources' names in citation order."""
    is_answered = answer.outcome is Outcome.ANSWERED
    cited = {files[number - 1] for sentence in answer.sentences for number in sentence.citations}
    unsupported = [sentence for sentence in answer.sentences if sentence.verdict is Verdict.UNSUPPORTED]
    shown = sum(bool(sentence.text) and sentence.text in answer.text for sentence in unsupported)
    wanted = labelled.expected == "answered"
    right = is_answered and contains(answer.text, labelled.answer)
    return Case(
        id=labelled.id,
        language=labelled.language,
        expected=labelled.expected,
        outcome=answer.outcome.value,
        is_right=right if wanted else answer.outcome is Outcome.NOT_IN_DOCUMENTS,
        cites_source=not wanted or not labelled.source or bool(cited & set(labelled.source)),
        unsupported_shown=shown,
        unsupported_withheld=len(unsupported) - shown,
        total_ms=answer.timings_ms.get("total", 0.0),
        text=answer.text,
    )


def contains(text: str, groups: Sequence[Sequence[str]]) -> bool:
    """Return whether each group has a member in the text; case, spaces and the look of numbers do not matter."""
    plain = _plain(re.sub(r"\[\d+\]", "", text))
    return all(any(_occurs(_plain(word), plain) for word in group) for group in groups)


def _occurs(word: str, text: str) -> bool:
    before = r"(?<![\d.])" if word[:1].isdigit() else ""
    after = r"(?!\d|\.\d)" if word[-1:].isdigit() else ""
    return re.search(before + re.escape(word) + after, text) is not None


def _plain(text: str) -> str:
    text = re.sub(
        r"(?<=\d)[.,' ’\u00a0\u202f](?=\d{3}(?!\d))", "", unicodedata.normalize("NFKC", text).casefold()
    )
    return re.sub(r"\s+", "", re.sub(r"(?<=\d),(?=\d)", ".", text))


def _report(model: str, cases: Sequence[Case]) -> Report:
    answerable = [case for case in cases if case.expected == "answered"]
    unanswerable = [case for case in cases if case.expected == "not_in_documents"]
    spent = sorted(case.total_ms for case in cases)
    refusal = Outcome.NOT_IN_DOCUMENTS.value
    return Report(
        model=model,
        answerable=len(answerable),
        answered_right=sum(case.is_right for case in answerable),
        answered_right_and_cited=sum(case.is_right and case.cites_source for case in answerable),
        unanswerable=len(unanswerable),
        refused=sum(case.is_right for case in unanswerable),
        refused_wrongly=sum(case.outcome == refusal for case in answerable),
        unsupported_shown=sum(case.unsupported_shown for case in cases),
        unsupported_withheld=sum(case.unsupported_withheld for case in cases),
        p50_ms=statistics.median(spent) if spent else 0.0,
        p95_ms=spent[min(len(spent) - 1, int(len(spent) * 0.95))] if spent else 0.0,
        cases=tuple(cases),
    )

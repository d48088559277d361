"""Measure the check of citations on sentences that are known to be true or false: `intramuros eval citations`. Pure.

Each sentence stands with the passages a model would have been shown and the numbers it would have cited. It is kept
where the check leaves it in the answer, with these numbers or with better ones. Of each kind and truth every second
sentence is held out: the check is improved on the others alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.citations import check
from app.claims import Similarity
from app.sentences import marks
from app.types import Verdict
from retrieval.errors import InvalidRequest
from retrieval.types import Passage

Half = Literal["held out", "dev"]
By = Literal["all", "language", "kind"]
HALVES: Final[tuple[Half, ...]] = ("held out", "dev")
FIGURES: Final = ("supported_precision", "supported_recall", "unsupported_precision", "unsupported_recall")
ACROSS: Final = "across"  # in place of a language: sentence and passages are in two
DIGITS: Final = 4


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    headings: tuple[str, ...]
    text: str


class _Sentence(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    kind: str
    is_true: bool
    cites: tuple[int, ...]
    text: str


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    title: str
    language: str
    dated: str
    passages: tuple[_Shown, ...]
    sentences: tuple[_Sentence, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Hold one sentence, what it was made from, and whether what was shown supports it."""

    kind: str  # how a true one relates to its passage, what is wrong with a false one
    language: str
    is_across: bool
    is_true: bool
    half: Half
    text: str
    cites: tuple[int, ...]
    shown: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the figures of one half by one measure; a share is None where nothing was of its kind."""

    half: Half
    by: By
    name: str
    true: int
    kept: int  # of the true ones
    false: int
    caught: int  # of the false ones
    supported_precision: float | None
    supported_recall: float | None
    unsupported_precision: float | None
    unsupported_recall: float | None

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what names the row."""
        return self.half, self.by, self.name


def read_labelled(file: Path) -> tuple[Labelled, ...]:
    """Return the sentences of a JSONL file, a document a line. Raises InvalidRequest naming the first bad line."""
    found: list[Labelled] = []
    seen: Counter[tuple[str, bool]] = Counter()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            document = _Document.model_validate_json(line)
        except ValidationError as error:
            raise InvalidRequest(
                f"{file.name}, line {number}: {error.errors()[0]['msg']} at {error.errors()[0]['loc']}",
                remedy="write it anew with `python -m tests.labelled.claims`",
            ) from error
        shown = tuple(_passages(document))
        for one in document.sentences:
            group = (one.kind, one.is_true)
            half = HALVES[seen[group] % 2]
            seen[group] += 1
            is_across = one.language != document.language
            found.append(
                Labelled(one.kind, one.language, is_across, one.is_true, half, one.text, one.cites, shown)
            )
    return tuple(found)


def is_kept(one: Labelled, similarity: Similarity | None) -> bool:
    """Return whether the check leaves the sentence in an answer."""
    passages = dict(enumerate(one.shown, 1))
    checked = check(one.text + marks(one.cites), passages, language=one.language, similarity=similarity)
    return all(sentence.verdict is not Verdict.UNSUPPORTED for sentence in checked)


def rows_of(judged: Sequence[tuple[Labelled, bool]]) -> tuple[Row, ...]:
    """Return the figures of sentences and whether they were kept: of each half as a whole, by language, by kind."""
    measures: tuple[tuple[By, Callable[[Labelled], str]], ...] = (
        ("all", lambda _one: "all"),
        ("language", lambda one: ACROSS if one.is_across else one.language),
        ("kind", lambda one: f"{'true' if one.is_true else 'false'}: {one.kind}"),
    )
    return tuple(
        _row(half, by, name, [pair for pair in of_half if name_of(pair[0]) == name])
        for half in HALVES
        for of_half in [[pair for pair in judged if pair[0].half == half]]
        for by, name_of in measures
        for name in sorted({name_of(one) for one, _ in of_half})
    )


def _row(half: Half, by: By, name: str, judged: Sequence[tuple[Labelled, bool]]) -> Row:
    true = sum(one.is_true for one, _ in judged)
    kept = sum(is_kept for one, is_kept in judged if one.is_true)
    false = len(judged) - true
    caught = sum(not is_kept for one, is_kept in judged if not one.is_true)
    is_mixed = by != "kind"  # a kind is all true or all false: what is kept of it says nothing of precision
    return Row(
        half,
        by,
        name,
        true,
        kept,
        false,
        caught,
        _share(kept, kept + false - caught) if is_mixed else None,
        _share(kept, true),
        _share(caught, caught + true - kept) if is_mixed else None,
        _share(caught, false),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def _passages(document: _Document) -> Iterator[Passage]:
    for position, one in enumerate(document.passages):
        yield Passage(
            chunk_id=f"{document.document}#{position}",
            document_id=document.document,
            version_id=document.document,
            collection_id="labelled",
            title=document.title,
            file_name=document.document,
            media_type="text/plain",
            language=document.language,
            heading_path=one.headings,
            text=one.text,
            position=position,
            page=None,
            boxes=(),
            dated=document.dated,
        )

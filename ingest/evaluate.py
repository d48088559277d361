"""Measure parsing on a labelled set: snippet recall, values of tables, leaks, words of scans, awkward files.

The format of the set and the metrics are those of `manifest.jsonl`: one JSON object a file with `file`, `format`,
`category`, `expect`, `expected_snippets`, `forbidden_snippets` and `metric`. It may also hold `expected_cells`, a list
of objects with `column`, `row` and `value`: the value stands in one table with, in its row, the key `row`, and above
it the header `column`. A file without expected cells counts nowhere in that figure.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Any

from ingest.evaluate_tables import Table, missing_cells, normalised, tables_of
from ingest.types import ParsedDocument
from retrieval.errors import (
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    IntramurosError,
    NotFound,
    UnsupportedType,
)

Parse = Callable[[Path, str], ParsedDocument]

MANIFEST = "manifest.jsonl"
PARSED = "parsed"  # as the outcome of a file
MAX_SECONDS = 120.0  # a file that takes longer counts as a hang


class Metric(StrEnum):
    """Name by what a file is judged."""

    SNIPPET_RECALL = "snippet_recall"
    WORD_RECALL = "word_recall"
    BEHAVIOUR = "behaviour"


@dataclass(frozen=True, slots=True)
class FileResult:
    """Hold what became of one file."""

    file: str
    format: str
    category: str
    metric: Metric
    score: float  # 0..1; of behaviour 1 = as expected
    forbidden_found: int
    forbidden: int
    seconds: float
    outcome: str  # PARSED, or the name of the error, whatever that is
    reason: str  # why the score is below 1
    missing: tuple[str, ...]  # expected snippets not found
    cells: int  # values expected in tables
    missing_cells: tuple[str, ...]  # those not found in the row of their key and under their header


@dataclass(frozen=True, slots=True)
class Mean:
    """Hold the macro mean of a group of files."""

    name: str
    files: int
    score: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Share:
    """Hold how many of the snippets or values of a group of files were found."""

    name: str
    found: int
    expected: int
    share: float  # 0 where none was expected


@dataclass(frozen=True, slots=True)
class Report:
    """Hold the results of a set; `dataclasses.asdict` of it is JSON."""

    snippet_recall: float  # macro over files with that metric
    word_recall: float
    behaviour_passed: int
    behaviour_cases: int
    cells: float  # of all values expected in tables, how many stand in their row and under their header
    forbidden_share: float  # of all forbidden snippets, how many leaked
    crashes: int  # errors outside the tree
    hangs: int
    seconds: float
    by_format: tuple[Mean, ...]  # snippet recall
    by_category: tuple[Mean, ...]  # snippet and word recall
    cells_by_format: tuple[Share, ...]  # of files that name values of tables
    forbidden_by_format: tuple[Share, ...]  # of files that name forbidden snippets
    files: tuple[FileResult, ...]


@dataclass(frozen=True, slots=True)
class _Attempt:
    text: str  # normalised
    words: Counter[str]
    tables: tuple[Table, ...]
    error: Exception | None
    seconds: float


def evaluate_parsing(data: Path, parse: Parse) -> Report:
    """Return how well `parse(path, file_name)` reads the set in `data`. Raises NotFound without a manifest."""
    manifest = data / MANIFEST
    if not manifest.is_file():
        raise NotFound(
            f"'{data}' has no {MANIFEST}", remedy="name the directory that holds the labelled files"
        )
    cases = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip()]
    return _report([_measure(case, data, parse) for case in cases])


def _words(text: str) -> Counter[str]:
    return Counter(word for word in map(normalised, text.split()) if word)


def _attempt(path: Path, parse: Parse) -> _Attempt:
    start = perf_counter()
    try:
        document = parse(path, path.name)
    except Exception as error:  # noqa: BLE001  an evaluation must outlive whatever one file does; the kind is reported
        return _Attempt("", Counter(), (), error, perf_counter() - start)
    text = "\n".join([document.title, *(block.text for block in document.blocks)])
    return _Attempt(normalised(text), _words(text), tables_of(document), None, perf_counter() - start)


def _measure(case: dict[str, Any], data: Path, parse: Parse) -> FileResult:
    attempt = _attempt(data / case["file"], parse)
    expected: list[str] = case.get("expected_snippets", [])
    forbidden: list[str] = case.get("forbidden_snippets", [])
    leaked = sum(1 for snippet in forbidden if normalised(snippet) in attempt.text)
    cells: list[dict[str, str]] = case.get("expected_cells", [])
    missing = tuple(snippet for snippet in expected if normalised(snippet) not in attempt.text)
    metric = Metric(case["metric"])
    if metric is Metric.BEHAVIOUR:
        reason = _misbehaviour(case["expect"], attempt, missing)
        score = 0.0 if reason else 1.0
    else:
        score = _recall(metric, expected, missing, attempt)
        reason = str(attempt.error) if attempt.error else ""
    return FileResult(
        file=case["file"],
        format=case["format"],
        category=case["category"],
        metric=metric,
        score=round(score, 4),
        forbidden_found=leaked,
        forbidden=len(forbidden),
        seconds=round(attempt.seconds, 3),
        outcome=type(attempt.error).__name__ if attempt.error else PARSED,
        reason=reason,
        missing=missing,
        cells=len(cells),
        missing_cells=missing_cells(cells, attempt.tables),
    )


def _recall(metric: Metric, expected: Sequence[str], missing: Sequence[str], attempt: _Attempt) -> float:
    if attempt.error is not None:
        return 0.0
    if metric is Metric.WORD_RECALL:
        wanted = sum((_words(snippet) for snippet in expected), Counter[str]())
        return (wanted & attempt.words).total() / max(wanted.total(), 1)
    return 1.0 if not expected else 1 - len(missing) / len(expected)


def _misbehaviour(expect: str, attempt: _Attempt, missing: Sequence[str]) -> str:
    """Return what is wrong with the way a file was treated, "" where it is as expected."""
    error = attempt.error
    if attempt.seconds > MAX_SECONDS:
        return f"took {attempt.seconds:.0f} s"
    if error is not None and not isinstance(error, IntramurosError):
        return f"crashed with {type(error).__name__}: {error}"
    wanted = {"encrypted": EncryptedDocument, "unsupported": UnsupportedType}.get(expect)
    if wanted is not None:
        # A type the gate does not take at all is refused as clearly by its type as by its encryption.
        is_right = isinstance(error, wanted | UnsupportedType)
        return (
            "" if is_right else f"expected {wanted.__name__}, got {type(error).__name__ if error else 'text'}"
        )
    if expect == "empty":
        is_right = attempt.text == "" or isinstance(error, EmptyDocument | DocumentRejected)
        return "" if is_right else "expected an empty document"
    if expect == "text" and (error is not None or missing):
        return f"expected text, got {error or 'not all of it'}"
    return ""


def _report(results: Sequence[FileResult]) -> Report:
    snippets = [result for result in results if result.metric is Metric.SNIPPET_RECALL]
    scans = [result for result in results if result.metric is Metric.WORD_RECALL]
    behaviour = [result for result in results if result.metric is Metric.BEHAVIOUR]
    known = {kind.__name__ for kind in _kinds(IntramurosError)}
    return Report(
        snippet_recall=_mean(snippets),
        word_recall=_mean(scans),
        behaviour_passed=sum(1 for result in behaviour if result.score == 1),
        behaviour_cases=len(behaviour),
        cells=_cells("all", results).share,
        forbidden_share=_forbidden("all", results).share,
        crashes=sum(1 for result in results if result.outcome not in known | {PARSED}),
        hangs=sum(1 for result in results if result.seconds > MAX_SECONDS),
        seconds=round(sum(result.seconds for result in results), 2),
        by_format=_means(snippets, lambda result: result.format),
        by_category=_means([*snippets, *scans], lambda result: result.category),
        cells_by_format=_shares(results, _cells),
        forbidden_by_format=_shares(results, _forbidden),
        files=tuple(results),
    )


def _kinds(kind: type[IntramurosError]) -> Iterable[type[IntramurosError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _mean(results: Sequence[FileResult]) -> float:
    return round(sum(result.score for result in results) / len(results), 4) if results else 0.0


def _means(results: Sequence[FileResult], key: Callable[[FileResult], str]) -> tuple[Mean, ...]:
    return tuple(
        Mean(name, len(group), _mean(group), round(sum(result.seconds for result in group), 2))
        for name, group in _groups(results, key)
    )


def _shares(
    results: Sequence[FileResult], share: Callable[[str, Sequence[FileResult]], Share]
) -> tuple[Share, ...]:
    shares = (share(name, group) for name, group in _groups(results, lambda result: result.format))
    return tuple(found for found in shares if found.expected)


def _cells(name: str, results: Sequence[FileResult]) -> Share:
    expected = sum(result.cells for result in results)
    return _share(name, expected - sum(len(result.missing_cells) for result in results), expected)


def _forbidden(name: str, results: Sequence[FileResult]) -> Share:
    found = sum(result.forbidden_found for result in results)
    return _share(name, found, sum(result.forbidden for result in results))


def _share(name: str, found: int, expected: int) -> Share:
    return Share(name, found, expected, round(found / expected, 4) if expected else 0.0)


def _groups(
    results: Sequence[FileResult], key: Callable[[FileResult], str]
) -> list[tuple[str, list[FileResult]]]:
    groups: dict[str, list[FileResult]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return sorted(groups.items())

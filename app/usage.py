"""Sum up a week of questions: how many, what became of them, how long they took, what was cited. Names nobody. Pure.

A report is of a whole week that is over, Monday to Sunday in UTC, and of no other span: spans that overlap could be
subtracted from each other, and a week that goes on tells each day what the last one added.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Final

from app.suppression import TOTAL, Answers, Figure, hidden
from app.types import Outcome
from retrieval.errors import InvalidRequest

HOUSE: Final = ""  # the scope of all questions
WEEKS: Final = 26  # half a year shows a trend
MOST_CITED: Final = 20
FEWEST_FOR_P95: Final = 20  # of fewer, it is the slowest or second slowest answer
FATES: Final[Mapping[Outcome, str]] = {
    Outcome.ANSWERED: "answered",
    Outcome.DOCUMENTS: "answered",
    Outcome.NOT_IN_DOCUMENTS: "refused",
    Outcome.PASSAGES_ONLY: "passages_only",
    Outcome.STOPPED: "stopped",
    Outcome.FAILED: "failed",
}
OUTCOMES: Final = tuple(dict.fromkeys(FATES.values()))
THUMBS: Final = ("up", "down")
STAGES: Final = (
    "search",
    "queue",
    "quoting",
    "first_token",
    "generation",
    "total",
)  # those that people wait for


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a report needs of one answer. `asker` tells people apart within the report and is in none."""

    asker: str = field(repr=False)
    day: date
    outcome: Outcome
    collections: frozenset[str]  # that it looked into and the asker could read by their rule
    thumb: str | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    cited: frozenset[tuple[str, str]] = frozenset()  # collection and document


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold how long a stage took. None = too few people, or of the p95 too few answers."""

    stage: str
    median_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Hold the questions of a week and what became of them. None = hidden."""

    week: date  # its Monday
    questions: int | None
    outcomes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Report:
    """Hold a week of one scope. None = hidden."""

    count: WeekCount
    days: Mapping[date, int | None]
    thumbs: Mapping[str, int | None]
    stages: tuple[Pace, ...]
    documents: tuple[tuple[str, int], ...]  # id and answers that cite it, most first; hidden ones left out


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_over(now: datetime, *, kept_days: int = WEEKS * 7 + 7) -> tuple[date, ...]:
    """Return the Mondays of the weeks that are over, the latest first, of which every answer is still there.

    A week whose answers go by their term, one after the other, would tell with each look who asked what went.
    """
    this, oldest = monday(now.date()), now - timedelta(days=kept_days)
    weeks = (this - timedelta(weeks=count) for count in range(1, WEEKS + 1))
    return tuple(one for one in weeks if datetime.combine(one, time(), now.tzinfo) > oldest)


def week_named(text: str, *, now: datetime, kept_days: int = WEEKS * 7 + 7) -> date:
    """Return the Monday that is named, "" for the last week that is over.

    Raises InvalidRequest for every day that does not begin such a week.
    """
    known = weeks_over(now, kept_days=kept_days)
    for one in known:
        if text in ("", one.isoformat()):
            return one
    if not known:
        raise InvalidRequest(
            f"answers are kept for {kept_days} days, which no whole week fits into",
            remedy="raise retention.chat_days, in agreement with the works council",
        )
    raise InvalidRequest(
        f"'{text[:10]}' is no Monday of a week that is over",
        remedy=f"name one from {known[-1]} to {known[0]}, as 2026-03-02; no other span of time is told",
    )


def count_week(asked: Sequence[Asked], week: date, scopes: Sequence[str]) -> dict[str, WeekCount]:
    """Return questions and outcomes of a week by scope, from the answers of that week."""
    table = {scope: _counts(asked, scope) for scope in _with_house(scopes)}
    shown = _Shown(table, asked)
    return {scope: shown.week(scope, week) for scope in scopes}


def report_week(asked: Sequence[Asked], week: date, scopes: Sequence[str], *, of: str) -> Report:
    """Return the report on one of the scopes; what is hidden is decided over all of them, the house included."""
    table = {scope: _counts(asked, scope) | _details(asked, scope, week) for scope in _with_house(scopes)}
    shown = _Shown(table, asked)
    days = [week + timedelta(days=count) for count in range(7)]
    cited = {figure.part: shown.number(of, figure) for figure in table[of] if figure.kind == "document"}
    told = [(document, count) for document, count in cited.items() if count is not None]
    return Report(
        count=shown.week(of, week),
        days={day: shown.number(of, Figure("day", day.isoformat())) for day in days},
        thumbs={thumb: shown.number(of, Figure("thumb", thumb)) for thumb in THUMBS},
        stages=tuple(shown.pace(of, stage) for stage in STAGES),
        documents=tuple(sorted(told, key=lambda one: (-one[1], one[0]))[:MOST_CITED]),
    )


class _Shown:
    """Tell the figures of a table that may be told."""

    def __init__(self, table: Mapping[str, Mapping[Figure, Answers]], asked: Sequence[Asked]) -> None:
        self._table, self._asked = table, asked
        self._hidden = hidden(table, [one.asker for one in asked])

    def number(self, scope: str, figure: Figure) -> int | None:
        return None if (scope, figure) in self._hidden else len(self._table[scope][figure])

    def week(self, scope: str, week: date) -> WeekCount:
        outcomes = {fate: self.number(scope, Figure("outcome", fate)) for fate in OUTCOMES}
        return WeekCount(week, self.number(scope, TOTAL), outcomes)

    def pace(self, scope: str, stage: str) -> Pace:
        figure = Figure("stage", stage)
        if (scope, figure) in self._hidden:
            return Pace(stage, None, None)
        spent = sorted(self._asked[one].timings_ms[stage] for one in self._table[scope][figure])
        at = math.ceil(0.95 * len(spent)) - 1
        return Pace(stage, round(median(spent)), round(spent[at]) if len(spent) >= FEWEST_FOR_P95 else None)


def _with_house(scopes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((HOUSE, *scopes)))


def _counts(asked: Sequence[Asked], scope: str) -> dict[Figure, Answers]:
    """Return questions and outcomes of a scope, each as the numbers of its answers."""
    mine = frozenset(n for n, one in enumerate(asked) if scope == HOUSE or scope in one.collections)
    by_fate = {fate: frozenset(n for n in mine if FATES[asked[n].outcome] == fate) for fate in OUTCOMES}
    return {TOTAL: mine} | {Figure("outcome", fate): numbers for fate, numbers in by_fate.items()}


def _details(asked: Sequence[Asked], scope: str, week: date) -> dict[Figure, Answers]:
    """Return days, thumbs, stages and documents of a scope, each as the numbers of its answers."""
    figures: dict[Figure, set[int]] = defaultdict(set)
    days = (week + timedelta(days=count) for count in range(7))
    for figure in (
        *(Figure("day", day.isoformat()) for day in days),
        *(Figure("thumb", thumb) for thumb in THUMBS),
        *(Figure("stage", stage) for stage in STAGES),
    ):
        figures[figure] = set()
    for number, one in enumerate(asked):
        if scope not in {HOUSE, *one.collections}:
            continue
        figures[Figure("day", one.day.isoformat())].add(number)
        if one.thumb in THUMBS:
            figures[Figure("thumb", one.thumb)].add(number)
        for stage in one.timings_ms.keys() & set(STAGES):
            figures[Figure("stage", stage)].add(number)
        for collection, document in one.cited:
            if scope in {HOUSE, collection}:
                figures[Figure("document", document)].add(number)
    return {figure: frozenset(numbers) for figure, numbers in figures.items()}

"""Hold the figures of a run against those committed before it. Pure.

A group is one set, qrels file and question language. It fails where the hybrid loses more than MAX_LOSS nDCG@10, where
its set loses that on the mean of its groups, and where the hybrid lies more than MAX_BELOW_LEG below its better leg.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from retrieval.errors import InvalidRequest
from retrieval.evaluate import LEGS, Leg, Report, Row
from retrieval.metrics import mean

MAX_LOSS: Final = 0.01
MAX_BELOW_LEG: Final = 0.005
DIGITS: Final = (
    4  # figures are kept with as many; differences of them are rounded to that before they are judged
)

State = Literal["measured", "new", "not measured"]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class LegFigures:
    """Hold what is committed of one leg."""

    ndcg_10: float
    recall_10: float
    p50_ms: float


@dataclass(frozen=True, slots=True)
class Group:
    """Hold the figures of one set, qrels file and question language, by leg."""

    set: str
    qrels: str
    language: str
    queries: int
    own_language_10: float | None  # of the hybrid; None where one language was searched
    legs: dict[Leg, LegFigures]

    @property
    def key(self) -> Key:
        """Return what names the group."""
        return self.set, self.qrels, self.language

    @property
    def hybrid(self) -> float:
        """Return the hybrid's nDCG@10."""
        return self.legs["hybrid"].ndcg_10


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold the figures of a run, as they are committed: no date, no machine."""

    embedder: str
    max_queries: int | None
    groups: tuple[Group, ...]


NOTHING: Final = Figures("", None, ())  # where nothing is committed


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a group beside what was committed of it; `change` is the hybrid's in nDCG@10."""

    state: State
    group: Group  # as committed where it was not measured
    before: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold every group of either side, and what went wrong, in words."""

    lines: tuple[Line, ...]
    faults: tuple[str, ...]

    def count(self, state: State) -> int:
        """Return how many groups are in this state."""
        return sum(line.state == state for line in self.lines)


def figures_of(report: Report) -> Figures:
    """Return what is committed of a report. Raises InvalidRequest where not all legs ran."""
    by_key: dict[Key, list[Row]] = {}
    for row in report.rows:
        by_key.setdefault((row.set, row.qrels, row.language), []).append(row)
    return Figures(report.embedder, report.max_queries, tuple(_group(rows) for rows in by_key.values()))


def compare(measured: Figures, committed: Figures) -> Comparison:
    """Return both sides group by group. Raises InvalidRequest where they were not made in the same way."""
    if committed.groups:
        refuse_other_make(measured, committed)
    before = {group.key: group for group in committed.groups}
    now = {group.key for group in measured.groups}
    lines = [_line(group, before.get(group.key)) for group in measured.groups]
    lines += [
        Line("not measured", group, group.hybrid, None) for group in committed.groups if group.key not in now
    ]
    return Comparison(
        tuple(sorted(lines, key=lambda line: line.group.key)), tuple(_faults(measured, before, lines))
    )


def merged(measured: Figures, committed: Figures) -> Figures:
    """Return what to commit: the new figures, and the old ones of groups that were not measured.

    Raises InvalidRequest where old ones would stand beside new ones that were made in another way.
    """
    new = {group.key for group in measured.groups}
    kept = tuple(group for group in committed.groups if group.key not in new)
    if kept:
        refuse_other_make(measured, committed)
    groups = sorted((*measured.groups, *kept), key=lambda group: group.key)
    return Figures(measured.embedder, measured.max_queries, tuple(groups))


def is_made_alike(one: Figures, other: Figures) -> bool:
    """Return whether both come from the same embedder and number of questions, and so mean the same."""
    return (one.embedder, one.max_queries) == (other.embedder, other.max_queries)


def refuse_other_make(measured: Figures, committed: Figures) -> None:
    """Raise InvalidRequest where the figures were not made alike."""
    if is_made_alike(measured, committed):
        return
    if measured.embedder != committed.embedder:
        raise InvalidRequest(
            f"the committed figures are of {committed.embedder}, these of {measured.embedder}",
            remedy="name that embedder in the settings, or measure all sets and write new figures with --save",
        )
    raise InvalidRequest(
        f"the committed figures were made with --max-queries {committed.max_queries or 0}, "
        f"these with {measured.max_queries or 0}",
        remedy=f"measure with --max-queries {committed.max_queries or 0}, or all sets anew with --save",
    )


def means(figures: Figures, leg: Leg) -> dict[str, float]:
    """Return the leg's nDCG@10 of each set, the mean of its groups."""
    return {
        name: mean([group.legs[leg].ndcg_10 for group in groups])
        for name, groups in by_set(figures.groups).items()
    }


def by_set(groups: Iterable[Group]) -> dict[str, list[Group]]:
    """Return the groups by their set, in order."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        found.setdefault(group.set, []).append(group)
    return found


def _group(rows: Sequence[Row]) -> Group:
    of = {row.leg: row for row in rows}
    if set(of) != set(LEGS):
        raise InvalidRequest(
            f"of {rows[0].set} only {', '.join(of)} ran",
            remedy="measure with an embedder: `intramuros models fetch`",
        )
    legs = {leg: LegFigures(of[leg].ndcg_10, of[leg].recall_10, of[leg].p50_ms) for leg in LEGS}
    best = of["hybrid"]
    return Group(best.set, best.qrels, best.language, best.queries, best.own_language_10, legs)


def _line(group: Group, before: Group | None) -> Line:
    if before is None:
        return Line("new", group, None, None)
    return Line("measured", group, before.hybrid, round(group.hybrid - before.hybrid, DIGITS))


def _faults(measured: Figures, before: dict[Key, Group], lines: Sequence[Line]) -> Iterable[str]:
    for line in lines:
        name = " ".join(part for part in line.group.key if part)
        known = before.get(line.group.key)
        if line.state != "not measured" and known and known.queries != line.group.queries:
            yield f"{name}: {line.group.queries} questions, {known.queries} committed: the data differ"
        if line.change is not None and line.change < -MAX_LOSS:
            yield f"{name}: the hybrid lost {-line.change:.4f} nDCG@10 ({line.before} before)"
        legs = line.group.legs
        below = round(max(legs["bm25"].ndcg_10, legs["dense"].ndcg_10) - line.group.hybrid, DIGITS)
        if line.state != "not measured" and below > MAX_BELOW_LEG:
            yield f"{name}: the hybrid is {below:.4f} nDCG@10 below its better leg"
    for name, groups in by_set(measured.groups).items():
        both = [(group.hybrid, before[group.key].hybrid) for group in groups if group.key in before]
        lost = round(mean([old for _, old in both]) - mean([new for new, _ in both]), DIGITS)
        if lost > MAX_LOSS:
            yield f"{name}: the hybrid lost {lost:.4f} nDCG@10 on the mean of its {len(both)} groups"

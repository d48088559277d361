"""Find the cells that drawn lines make. Pure.

Lines that touch form a grid; a missing line between two of its cells makes them one, as in merged headers.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.parse.pdf.words import Place

SNAP = 3.0  # points; borders of neighbouring cells are often drawn twice, that far apart
TOUCH = 3.5  # points; corners are drawn a line's width short or long
OPEN_SIDE = 10.0  # points that level lines must reach beyond the last upright one to make a cell there
MAX_CELLS = 5_000  # a grid; squared paper has more


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a straight line: where it is across its direction, and from where to where it runs."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Rules:
    """Gather the level and upright lines of a page."""

    level: list[Rule] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.level) + len(self.upright)

    def add(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Add a line given by its thin box."""
        if x1 - x0 >= y1 - y0:
            self.level.append(Rule((y0 + y1) / 2, x0, x1))
        else:
            self.upright.append(Rule((x0 + x1) / 2, y0, y1))


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold a cell with the rows and columns it spans, [start, end), 0-based."""

    place: Place
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """Hold the cells between touching lines and where the columns and rows end."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[Cell, ...]

    @property
    def place(self) -> Place:
        """Return the box around the grid."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]


def grids(rules: Rules) -> list[Grid]:
    """Return the grids of at least two rows and two columns, from top to bottom."""
    level, upright = _merged(rules.level), _merged(rules.upright)
    found = [_grid(some_level, some_upright) for some_level, some_upright in _touching(level, upright)]
    return sorted((grid for grid in found if grid is not None), key=lambda grid: grid.place[1])


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Return lines with those on one another, and those that go on where another ends, made one."""
    merged: list[Rule] = []
    for same in _clustered(sorted(rules, key=lambda rule: rule.at)):
        at = sum(rule.at for rule in same) / len(same)
        start = end = None
        for rule in sorted(same, key=lambda rule: rule.start):
            if start is None or end is None or rule.start > end + TOUCH:
                if start is not None and end is not None:
                    merged.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            else:
                end = max(end, rule.end)
        if start is not None and end is not None:
            merged.append(Rule(at, start, end))
    return merged


def _clustered(rules: Sequence[Rule]) -> list[list[Rule]]:
    clusters: list[list[Rule]] = []
    for rule in rules:
        if clusters and rule.at - clusters[-1][0].at <= SNAP:
            clusters[-1].append(rule)
        else:
            clusters.append([rule])
    return clusters


def _touching(level: Sequence[Rule], upright: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Return the lines in groups that hang together through crossings."""
    parent = list(range(len(level) + len(upright)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    heights = [rule.at for rule in level]  # sorted, as `_merged` leaves them
    for number, wall in enumerate(upright, len(level)):
        for index in range(bisect_left(heights, wall.start - TOUCH), len(level)):
            floor = level[index]
            if floor.at > wall.end + TOUCH:
                break
            if floor.start - TOUCH <= wall.at <= floor.end + TOUCH:
                parent[root(number)] = root(index)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for index, rule in enumerate([*level, *upright]):
        groups[root(index)][0 if index < len(level) else 1].append(rule)
    return list(groups.values())


def _grid(level: Sequence[Rule], upright: Sequence[Rule]) -> Grid | None:
    if len(level) < 2 or not upright:
        return None
    xs = _ends([rule.at for rule in upright], level)
    ys = _ends([rule.at for rule in level], upright)
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2 or rows * columns > MAX_CELLS:
        return None
    return Grid(tuple(xs), tuple(ys), tuple(_cells(xs, ys, level, upright)))


def _ends(ats: Iterable[float], across: Sequence[Rule]) -> list[float]:
    """Return the positions of lines, with the ends of the lines across them where a side is open."""
    found: list[float] = []
    for at in sorted(ats):
        if not found or at - found[-1] > SNAP:
            found.append(at)
    first, last = min(rule.start for rule in across), max(rule.end for rule in across)
    if first < found[0] - OPEN_SIDE:
        found.insert(0, first)
    if last > found[-1] + OPEN_SIDE:
        found.append(last)
    return found


def _cells(
    xs: Sequence[float], ys: Sequence[float], level: Sequence[Rule], upright: Sequence[Rule]
) -> Iterable[Cell]:
    """Yield the cells: squares of the grid, joined where no line parts them."""
    columns, rows = len(xs) - 1, len(ys) - 1
    walls, floors = _by_place(upright, xs), _by_place(level, ys)
    taken: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            middle = (ys[row] + ys[row + 1]) / 2
            right = column + 1
            while right < columns and (row, right) not in taken and not _has(walls[right], middle):
                right += 1
            middles = [(xs[at] + xs[at + 1]) / 2 for at in range(column, right)]
            below = row + 1
            while below < rows and not any(_has(floors[below], middle) for middle in middles):
                below += 1
            taken.update((y, x) for y in range(row, below) for x in range(column, right))
            yield Cell((xs[column], ys[row], xs[right], ys[below]), (row, below), (column, right))


def _by_place(rules: Sequence[Rule], places: Sequence[float]) -> list[list[Rule]]:
    found: list[list[Rule]] = [[] for _ in places]
    for rule in rules:
        nearest = min(range(len(places)), key=lambda index: abs(places[index] - rule.at))
        found[nearest].append(rule)
    return found


def _has(rules: Sequence[Rule], at: float) -> bool:
    return any(rule.start <= at <= rule.end for rule in rules)

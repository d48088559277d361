"""Hold the grids that drawn lines make, and that no drawing breaks them."""

from collections.abc import Sequence
from math import isfinite

from hypothesis import given
from hypothesis import strategies as some

from ingest.parse.pdf.ruling import MAX_CELLS, Cell, Grid, Rules, grids

XS, YS = (50.0, 150.0, 250.0, 350.0), (100.0, 120.0, 140.0, 160.0)


def lattice(xs: Sequence[float] = XS, ys: Sequence[float] = YS) -> Rules:
    """Return the lines of a full grid."""
    rules = Rules()
    for y in ys:
        rules.add(xs[0], y, xs[-1], y)
    for x in xs:
        rules.add(x, ys[0], x, ys[-1])
    return rules


def spans(grid: Grid) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the rows and columns of the cells that span more than one."""
    return [
        (cell.rows, cell.columns)
        for cell in grid.cells
        if (cell.rows[1] - cell.rows[0]) * (cell.columns[1] - cell.columns[0]) > 1
    ]


def test_full_grid() -> None:
    """Lines that cross make a cell in every square, row by row."""
    (grid,) = grids(lattice())
    assert (grid.xs, grid.ys, grid.place) == (XS, YS, (50, 100, 350, 160))
    assert [(cell.rows[0], cell.columns[0]) for cell in grid.cells] == [
        (row, column) for row in range(3) for column in range(3)
    ]
    assert grid.cells[4] == Cell((150, 120, 250, 140), (1, 2), (1, 2))


def test_missing_wall_makes_one_cell() -> None:
    """Where a line is missing between two squares, they are one cell, as in merged headers."""
    rules = Rules()
    for y in YS:
        rules.add(XS[0], y, XS[-1], y)
    for x in (XS[0], XS[1], XS[3]):
        rules.add(x, YS[0], x, YS[-1])
    rules.add(XS[2], YS[1], XS[2], YS[-1])

    (grid,) = grids(rules)
    assert spans(grid) == [((0, 1), (1, 3))]
    assert len(grid.cells) == 8


def test_missing_floor_makes_one_cell() -> None:
    """A cell may go on over two rows in one column."""
    rules = Rules()
    for y in (YS[0], YS[1], YS[3]):
        rules.add(XS[0], y, XS[-1], y)
    rules.add(XS[1], YS[2], XS[-1], YS[2])
    for x in XS:
        rules.add(x, YS[0], x, YS[-1])

    (grid,) = grids(rules)
    assert spans(grid) == [((1, 3), (0, 1))]


def test_borders_of_single_cells_make_one_grid() -> None:
    """Cells drawn as boxes of their own, a point apart, are one grid."""
    rules = Rules()
    for x in (50.0, 150.0, 250.0):
        for y in (100.0, 120.0):
            rules.add(x, y, x + 99, y)
            rules.add(x, y + 19, x + 99, y + 19)
            rules.add(x, y, x, y + 19)
            rules.add(x + 99, y, x + 99, y + 19)

    (grid,) = grids(rules)
    assert (len(grid.xs), len(grid.ys), len(grid.cells)) == (4, 3, 6)


def test_open_sides_are_closed() -> None:
    """Level lines that reach beyond the last upright one make a column there, as tables without outer walls have."""
    rules = Rules()
    for y in YS:
        rules.add(XS[0], y, XS[-1], y)
    for x in XS[1:-1]:
        rules.add(x, YS[0], x, YS[-1])

    (grid,) = grids(rules)
    assert grid.xs == XS
    assert len(grid.cells) == 9


def test_two_tables_are_two_grids_from_the_top() -> None:
    """Lines that do not touch make grids of their own, the upper one first."""
    below, above = lattice(), lattice(ys=(30.0, 45.0, 60.0))
    rules = Rules(below.level + above.level, below.upright + above.upright)
    assert [grid.place[1] for grid in grids(rules)] == [30, 100]


def test_box_line_and_squared_paper_are_no_grids() -> None:
    """A frame, a single line and a sheet of squares hold no table."""
    underline = Rules()
    underline.add(50, 100, 400, 100.5)
    squares = [10.0 * number for number in range(80)]
    assert grids(Rules()) == []
    assert grids(underline) == []
    assert grids(lattice(xs=XS[:2], ys=YS[:2])) == []
    assert grids(lattice(xs=squares, ys=squares)) == []


NUMBERS = some.floats(-2000, 2000, allow_nan=False)
PLACES = some.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(
    lambda place: (min(place[::2]), min(place[1::2]), max(place[::2]), max(place[1::2]))
)
NEAR = some.integers(0, 12).map(lambda number: number * 2.0)  # many touch, snap and lie on one another
CLOSE = some.tuples(NEAR, NEAR, NEAR, some.booleans()).map(
    lambda some_of: (
        (some_of[0], some_of[1], some_of[0] + 3 * some_of[2], some_of[1])
        if some_of[3]
        else (some_of[0], some_of[1], some_of[0], some_of[1] + 3 * some_of[2])
    )
)


@given(places=some.lists(some.one_of(PLACES, CLOSE), max_size=60))
def test_any_drawing_makes_whole_grids(places: list[tuple[float, float, float, float]]) -> None:
    """Whatever is drawn, each square of a grid belongs to exactly one cell, and nothing lies outside the drawing."""
    rules = Rules()
    for place in places:
        rules.add(*place)

    for grid in grids(rules):
        rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
        assert rows >= 2
        assert columns >= 2
        assert rows * columns <= MAX_CELLS
        assert all(map(isfinite, (*grid.xs, *grid.ys)))
        assert list(grid.xs) == sorted(set(grid.xs))
        assert list(grid.ys) == sorted(set(grid.ys))
        squares = [
            (row, column)
            for cell in grid.cells
            for row in range(*cell.rows)
            for column in range(*cell.columns)
        ]
        assert sorted(squares) == [(row, column) for row in range(rows) for column in range(columns)]
        assert min(place[0] for place in places) <= grid.xs[0]
        assert grid.xs[-1] <= max(place[2] for place in places)
        assert min(place[1] for place in places) <= grid.ys[0]
        assert grid.ys[-1] <= max(place[3] for place in places)


@given(
    xs=some.lists(some.integers(0, 50), min_size=3, max_size=8, unique=True),
    ys=some.lists(some.integers(0, 70), min_size=3, max_size=8, unique=True),
    shake=some.lists(some.floats(-0.9, 0.9), min_size=16, max_size=16),
)
def test_lattice_is_found_as_drawn(xs: list[int], ys: list[int], shake: list[float]) -> None:
    """A full grid has all its cells, however uneven, even where corners are drawn a little short or long."""
    places_x, places_y = sorted(12.0 * x for x in xs), sorted(12.0 * y for y in ys)
    rules = Rules()
    for index, y in enumerate(places_y):
        rules.add(places_x[0] + shake[index], y, places_x[-1] + shake[-index], y)
    for index, x in enumerate(places_x):
        rules.add(x, places_y[0] + shake[index], x, places_y[-1] + shake[-index])

    (grid,) = grids(rules)
    assert list(grid.xs) == places_x
    assert list(grid.ys) == places_y
    assert len(grid.cells) == (len(xs) - 1) * (len(ys) - 1)

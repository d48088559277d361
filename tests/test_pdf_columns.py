"""Hold which words in aligned columns are tables, and that none of them is lost."""

from collections.abc import Iterable, Sequence
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.parse.pdf.columns import aligned_tables, gutter, parted
from ingest.parse.pdf.words import Word, rows_of

WIDTH, HEIGHT = 595.0, 842.0
LETTER, LINE, WORD_SPACE = 5.0, 11.0, 3.0  # points
EDGES = (72.0, 222.0, 342.0)
PLACES = (
    ("Town", "People", "Area"),
    ("Bonn", "336 000", "141"),
    ("Kiel", "246 000", "118"),
    ("Ulm", "126 000", "118"),
)
PROSE = (
    "The board meets on the first Monday of a month",
    "and hears what the departments have to report",
    "about money, people and houses; a minute is kept",
    "by the secretary, who sends it to all members",
    "within a week, unless a holiday falls into it or",
    "the chair asks for more time to read the whole",
    "text and to put right what was understood in a",
    "way that nobody who spoke had ever had in mind.",
)


def written(text: str, x: float, y: float) -> list[Word]:
    """Return the words of a line of eleven points that begins at (x, y)."""
    words = []
    for part in text.split():
        words.append(Word(part, 0, len(part), x, y, x + LETTER * len(part), y + LINE))
        x = words[-1].x1 + WORD_SPACE
    return words


def numbered(words: Iterable[Word]) -> list[Word]:
    """Return the words with places of their own among the page's characters."""
    return [
        word._replace(start=100 * index, end=100 * index + len(word.text)) for index, word in enumerate(words)
    ]


def page(
    rows: Sequence[Sequence[str]], *, edges: Sequence[float] = EDGES, top: float = 100, leading: float = 14
) -> list[Word]:
    """Return the words of rows whose cells begin at the edges."""
    return numbered(
        word
        for number, row in enumerate(rows)
        for x, cell in zip(edges, row, strict=False)
        for word in written(cell, x, top + leading * number)
    )


def test_aligned_rows_are_a_table() -> None:
    """Rows in columns are a table, whose columns begin where its words do."""
    (table,) = aligned_tables(page(PLACES), WIDTH)
    assert table.rows == PLACES
    assert table.columns == pytest.approx(EDGES, abs=1)
    assert table.place == pytest.approx((72, 100, 362, 153), abs=1)


def test_numbers_set_to_the_right_are_a_column() -> None:
    """Cells may share their right edge instead of their left one."""
    rows = [("Rent", "1 200"), ("Power", "85"), ("Water and waste", "1 040"), ("Sum", "2 325")]
    words = numbered(
        word
        for number, (name, amount) in enumerate(rows)
        for word in [
            *written(name, 72, 100 + 14 * number),
            *written(amount, 400 - LETTER * len(amount), 100 + 14 * number),
        ]
    )
    (table,) = aligned_tables(words, WIDTH)
    assert list(table.rows) == rows


def test_wrapped_cell_is_one_row() -> None:
    """A line that only goes on in one column belongs to the row above it."""
    rows = [
        ("Rule", "Applies to", "Since"),
        ("Journeys by", "the board", "2019"),
        ("rail and bus", "", ""),
        ("Hotels", "everybody", "2021"),
        ("Meals", "everybody", "2022"),
    ]
    words = [
        word
        for row, y in zip(rows, (100, 120, 132, 152, 172), strict=True)
        for x, cell in zip(EDGES, row, strict=True)
        for word in written(cell, x, y)
    ]
    (table,) = aligned_tables(numbered(words), WIDTH)
    assert table.rows[1] == ("Journeys by rail and bus", "the board", "2019")
    assert len(table.rows) == 4


def test_currency_sign_joins_its_amount() -> None:
    """A column of signs is no column of its own."""
    rows = [("Item", "", "Price"), ("Chair", "€", "120"), ("Table", "€", "480"), ("Lamp", "€", "35")]
    (table,) = aligned_tables(page(rows, edges=(72, 300, 320)), WIDTH)
    assert table.rows == (("Item", "Price"), ("Chair", "€120"), ("Table", "€480"), ("Lamp", "€35"))


CONTENTS = [
    (str(number), f"{title} . . . . . . . . . .", str(4 * number))
    for number, title in enumerate(("Aim", "Scope", "Rules", "Costs", "Law"), 1)
]
BARE_CONTENTS = [
    (title, str(4 * number)) for number, title in enumerate(("Aim", "Scope", "Rules", "Costs", "Law"), 1)
]
LIST = [(f"{number}.", line) for number, line in enumerate(PROSE, 1)]
BULLETS = [("•", line) for line in PROSE]
TERMS = [("Name", "." * 40), ("Street", "_" * 40), ("Town", "." * 40), ("Date", "_" * 40)]
COLUMNS = [(line, PROSE[-1 - number]) for number, line in enumerate(PROSE)]


@pytest.mark.parametrize(
    ("rows", "edges"),
    [
        (CONTENTS, (72, 100, 450)),
        (BARE_CONTENTS, (72, 480)),
        (LIST, (72, 110)),
        (BULLETS, (72, 110)),
        (TERMS, (72, 200)),
        (COLUMNS, (50, 320)),
        ([(line,) for line in PROSE], (72,)),
        (PLACES[:2], EDGES),
    ],
    ids=["contents", "bare contents", "list", "bullets", "form", "columns", "prose", "two rows"],
)
def test_what_looks_alike_is_no_table(rows: Sequence[Sequence[str]], edges: Sequence[float]) -> None:
    """Contents, lists, dotted lines, columns of prose and what is too short are left as text."""
    assert aligned_tables(page(rows, edges=edges), WIDTH) == []


def test_columns_of_prose_have_a_gutter() -> None:
    """The gutter lies between two columns of prose; a page of one column and a table have none."""
    at = gutter(rows_of(page(COLUMNS, edges=(50, 320))), WIDTH)
    assert at is not None
    assert 295 < at < 320
    assert gutter(rows_of(page([(line,) for line in PROSE], edges=(72,))), WIDTH) is None
    assert gutter(rows_of(page([*PLACES, *PLACES])), WIDTH) is None


def test_table_in_one_of_two_columns_is_found() -> None:
    """A narrow table under prose in the left column does not swallow the prose beside it."""
    left = [*written(PROSE[0], 40, 100), *written(PROSE[1], 40, 114)]
    left += [
        word for line, y in zip(PROSE, range(128, 240, 14), strict=True) for word in written(line, 40, y)
    ]
    table = page(PLACES, edges=(40, 120, 200), top=280)
    right = [word for number in range(16) for word in written(PROSE[number % 8], 320, 100 + 14 * number)]
    words = numbered([*left, *table, *right])

    (found,) = aligned_tables(words, WIDTH)
    assert found.rows == PLACES
    assert {word.x0 < 300 for word in found.words} == {True}


SLOTS = some.dictionaries(
    some.tuples(some.integers(0, 4), some.integers(0, 8)),
    some.tuples(some.text(alphabet="abcd", min_size=1, max_size=6), some.sampled_from([0, 0, 0, 30])),
    min_size=20,
    max_size=45,
)


def scattered(slots: dict[tuple[int, int], tuple[str, int]]) -> list[Word]:
    """Return words in slots of 110 by 14 points, each with a text of its own, some out of line."""
    return [
        Word(f"{text}{index}", 10 * index, 10 * index + 8, x, y, x + LETTER * len(text), y + LINE)
        for index, ((column, row), (text, shift)) in enumerate(slots.items())
        for x, y in [(110.0 * column + shift, 14.0 * row)]
    ]


@settings(max_examples=60)
@given(slots=SLOTS)
def test_no_word_of_a_table_is_lost(slots: dict[tuple[int, int], tuple[str, int]]) -> None:
    """A table says each word it is made of; no word is in two tables; its box is finite and on the page."""
    words = scattered(slots)

    tables = aligned_tables(words, WIDTH)

    used = [word for table in tables for word in table.words]
    assert len(used) == len(set(used))
    assert set(used) <= set(words)
    for table in tables:
        said = {part for row in table.rows for cell in row for part in cell.split()}
        assert {word.text for word in table.words} <= said
        assert len({len(row) for row in table.rows}) == 1
        assert all(map(isfinite, (*table.place, *table.columns)))
        assert 0 <= table.place[0] < table.place[2] <= WIDTH
        assert 0 <= table.place[1] < table.place[3] <= HEIGHT


@settings(max_examples=60)
@given(slots=SLOTS)
def test_parting_a_page_loses_no_word(slots: dict[tuple[int, int], tuple[str, int]]) -> None:
    """Each word of a page is in exactly one of its columns, and in exactly one of its rows."""
    words = scattered(slots)
    found = [word for rows in parted(words, WIDTH) for row in rows for word in row.words]
    assert sorted(found) == sorted(words)
    assert sorted(word for row in rows_of(words) for word in row.words) == sorted(words)


def test_table_over_the_whole_width_is_not_parted() -> None:
    """Names on the left and amounts on the right are one table, not two columns of prose."""
    names = [" ".join(line.split()[:4]) for line in PROSE]
    rows = [("Item", "2021", "2022", "2023", "2024")]
    rows += [(name, "1 200 345", "2 300 456", "3 400 567", "4 500 678") for name in names]
    words = page(rows, edges=(60, 300, 365, 430, 495))
    assert gutter(rows_of(words), WIDTH) is None
    (table,) = aligned_tables(words, WIDTH)
    assert list(table.rows) == rows


def test_amounts_under_one_another_are_two_rows() -> None:
    """Rows set as close as the lines of a cell stay rows where both hold amounts."""
    rows = [("Item", "2023", "2024"), ("Rent", "120", "130"), ("Power", "85", "90"), ("Water", "40", "45")]
    words = [
        word
        for row, y in zip(rows, (100, 125, 136, 161), strict=True)
        for x, cell in zip(EDGES, row, strict=True)
        for word in written(cell, x, y)
    ]
    (table,) = aligned_tables(numbered(words), WIDTH)
    assert list(table.rows) == rows


def test_name_over_a_sign_and_its_amount_is_said_once() -> None:
    """Where a column of signs joins its amounts, their names are kept apart by a space and not doubled."""
    rows = [("Item", "Price", "net"), ("Chair", "€", "120"), ("Table", "€", "480"), ("Lamp", "€", "35")]
    (table,) = aligned_tables(page(rows, edges=(72, 300, 340)), WIDTH)
    assert table.rows[:2] == (("Item", "Price net"), ("Chair", "€120"))


def test_sign_in_a_table_without_a_header_is_kept() -> None:
    """Where the first row holds amounts, a sign before one is not taken for a part of the one behind it."""
    rows = [("Chair", "$", "120 $"), ("Table", "$", "480 $"), ("Lamp", "$", "35 $")]
    (table,) = aligned_tables(page(rows, edges=(72, 300, 320)), WIDTH)
    assert table.rows[0] == ("Chair", "$120 $")


def test_name_in_the_middle_of_a_group_is_said_in_each_of_its_columns() -> None:
    """A year centred over two columns, a row apart from their names, is part of the header of both."""
    rows = [("Item", "Pieces", "Price", "Pieces", "Price")]
    rows += [(name, "100042", "12050", "130077", "14110") for name in ("Chair", "Table", "Lamp", "Shelf") * 2]
    edges = (72, 200, 250, 310, 360)
    above = [*written("2023", 227.5, 83), *written("2024", 337.5, 83)]  # over 200 to 275 and 310 to 385
    (table,) = aligned_tables(numbered([*above, *page(rows, edges=edges, leading=17)]), WIDTH)
    assert table.rows[0] == ("Item", "2023 Pieces", "2023 Price", "2024 Pieces", "2024 Price")
    assert list(table.rows[1:]) == rows[1:]


def set_right(rows: Sequence[Sequence[str]], edges: Sequence[float], top: float) -> list[Word]:
    """Return the words of rows whose cells end at the edges, but for the first, which begin at 72 points."""
    return [
        word
        for number, row in enumerate(rows)
        for at, cell in enumerate(row)
        for word in written(cell, 72 if not at else edges[at - 1] - width_of(cell), top + 17 * number)
    ]


def width_of(text: str) -> float:
    """Return how wide a text is written."""
    return written(text, 0, 0)[-1].x1


GROUPED = [
    ("Item", "Pieces", "Sum in euros", "Pieces", "Sum in euros"),
    *((f"Shelf {row}", f"{row}466", f"{row} 430,23", f"{row}749", f"{row}1 830,99") for row in range(1, 10)),
]


@pytest.mark.parametrize("aside", [0, 6, 12])
def test_names_reach_across_gutters(aside: float) -> None:
    """Names wider than the amounts below them and as close as words part columns; years above need no middle."""
    edges = (200, 272, 340, 412)  # the names of two columns are eight points apart
    years = [*written("2024", 210 - aside, 83), *written("2025", 350 - aside, 83)]
    (table,) = aligned_tables(numbered([*years, *set_right(GROUPED, edges, 100)]), WIDTH)
    assert table.rows[0] == ("Item", "2024 Pieces", "2024 Sum in euros", "2025 Pieces", "2025 Sum in euros")
    assert list(table.rows[1:]) == GROUPED[1:]


def test_column_outside_the_groups_has_its_own_name_only() -> None:
    """A column that no group's name stands over keeps out of the groups beside it."""
    rows = [("Item", "Unit", "Pieces", "Price", "Pieces", "Price")]
    rows += [(f"Shelf {row}", "7", f"{row}466", f"{row}430", f"{row}749", f"{row}830") for row in range(1, 9)]
    edges = (180, 250, 320, 390, 460)
    years = [*written("2024", 260, 83), *written("2025", 400, 83)]  # over 220 to 320 and 360 to 460
    (table,) = aligned_tables(numbered([*years, *set_right(rows, edges, 100)]), WIDTH)
    assert table.rows[0] == ("Item", "Unit", "2024 Pieces", "2024 Price", "2025 Pieces", "2025 Price")


def test_dash_does_not_say_where_columns_are() -> None:
    """Rows whose only figures are dashes are told apart by all of their words."""
    rows = [("Title", "Symbol", "Exchange")]
    rows += [(f"Notes due {year}", "-", "The Stock Market") for year in range(2022, 2030)]
    (table,) = aligned_tables(page(rows), WIDTH)
    assert list(table.rows) == rows

"""Hold which parts of a PDF are tables, and what a table turns into."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.pdf.document import parse_pdf
from ingest.parse.pdf.layout import Line
from ingest.parse.pdf.ruling import Rules
from ingest.parse.pdf.tables import page_of
from ingest.parse.pdf.text import Piece
from ingest.parse.pdf.words import Place, Word, place_of, text_of
from ingest.types import Block, Kind
from tests.test_pdf_columns import PROSE
from tests.test_pdf_document import HEIGHT, WIDTH, drawn, write

Rows = Sequence[Sequence[str]]
EDGES = (72.0, 222.0, 342.0, 462.0)  # of three columns
ROW = 20.0  # points
STAFF = (
    ("Name", "Office", "Telephone"),
    ("Anna Arnold", "Hamburg", "040 1201"),
    ("Bernd Beyer", "Leipzig", "0341 77"),
    ("Carla Conti", "Munich", "089 5510"),
)


def ruled(canvas: Canvas, rows: Rows, *, top: float = 100, edges: Sequence[float] = EDGES) -> None:
    """Draw rows in a grid of lines; a cell of several lines holds line feeds."""
    y = top
    ends = [y]
    for row in rows:
        for x, cell in zip(edges, row, strict=False):
            for number, line in enumerate(cell.split("\n")):
                write(canvas, x + 5, y + 14 + 12 * number, line)
        y += ROW + 12 * max(cell.count("\n") for cell in row)
        ends.append(y)
    canvas.grid(list(edges), [HEIGHT - end for end in ends])


def aligned(canvas: Canvas, rows: Rows, *, top: float = 100, edges: Sequence[float] = EDGES) -> None:
    """Write rows in columns without lines."""
    for number, row in enumerate(rows):
        for x, cell in zip(edges, row, strict=False):
            write(canvas, x, top + 15 * number, cell)


def tables(path: Path, *pages: Callable[[Canvas], None]) -> list[Block]:
    """Return the tables of a PDF with these pages."""
    blocks = parse_pdf(drawn(path / "a.pdf", *pages)).blocks
    return [block for block in blocks if block.kind is Kind.TABLE]


def cells(block: Block) -> list[list[str]]:
    """Return a table's cells by row, the header first, without the rule below it."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.text.split("\n")]
    assert all(set(cell) == {"-"} for cell in rows[1])
    return [rows[0], *rows[2:]]


@pytest.mark.parametrize("draw", [ruled, aligned])
def test_table_is_one_block(tmp_path: Path, draw: Callable[[Canvas, Rows], None]) -> None:
    """A table, ruled or only aligned, is one block: Markdown with the header first, HTML, and a box around it."""

    def page(canvas: Canvas) -> None:
        write(canvas, 72, 80, "These are the people to ask when the office is closed.")
        draw(canvas, STAFF)
        write(canvas, 72, 300, "Nobody else may be called at night.")

    blocks = parse_pdf(drawn(tmp_path / "a.pdf", page)).blocks
    assert [block.kind for block in blocks] == [Kind.PARAGRAPH, Kind.TABLE, Kind.PARAGRAPH]
    table = blocks[1]
    assert cells(table) == [list(row) for row in STAFF]
    assert table.page == 1
    assert table.html is not None
    assert table.html.index("<th>Name</th>") < table.html.index("<td>Anna Arnold</td>")
    (box,) = table.boxes
    assert box.page == 1
    assert box.x0 <= 77
    assert box.x1 >= EDGES[2]
    assert 80 < box.y0 <= 102
    assert 140 < box.y1 < 300


@pytest.mark.parametrize("is_repeated", [True, False])
def test_table_over_two_pages_has_its_header_on_both(tmp_path: Path, *, is_repeated: bool) -> None:
    """What goes on over the page has the header once a block, whether the file repeats it or not."""
    more = [
        ("Doris Daum", "Bremen", "0421 8"),
        ("Emil Eck", "Essen", "0201 9"),
        ("Fritz Fuchs", "Fulda", "06"),
    ]
    second = [STAFF[0], *more] if is_repeated else more

    found = tables(
        tmp_path, lambda canvas: ruled(canvas, STAFF, top=700), lambda canvas: ruled(canvas, second, top=90)
    )
    assert [cells(table) for table in found] == [
        [list(row) for row in STAFF],
        [list(row) for row in (STAFF[0], *more)],
    ]
    assert [table.page for table in found] == [1, 2]


def test_two_tables_on_one_page_keep_their_own_headers(tmp_path: Path) -> None:
    """A second table below another one, alike in its columns, is not a table that goes on."""
    rooms = [("Room", "Seats", "Screen"), ("Elbe", "12", "yes"), ("Rhein", "30", "no")]

    def page(canvas: Canvas) -> None:
        ruled(canvas, STAFF, top=100)
        ruled(canvas, rooms, top=300)

    assert [cells(table)[0] for table in tables(tmp_path, page)] == [list(STAFF[0]), list(rooms[0])]


def prose(canvas: Canvas) -> None:
    """Write two columns of prose, line beside line."""
    for number, line in enumerate(PROSE):
        write(canvas, 60, 200 + 13 * number, line)
        write(canvas, 320, 200 + 13 * number, PROSE[-1 - number])


def contents(canvas: Canvas) -> None:
    """Write a table of contents with leaders."""
    titles = ("Purpose", "Who is meant", "Booking a journey", "Hotels", "Meals and tips", "Accidents")
    for number, title in enumerate(titles):
        write(canvas, 72, 150 + 16 * number, f"{number + 1}")
        write(canvas, 100, 150 + 16 * number, f"{title} {'.' * (60 - len(title))}")
        write(canvas, 480, 150 + 16 * number, str(3 + 4 * number))


def numbered(canvas: Canvas) -> None:
    """Write a list whose numbers stand far before its items."""
    for number, line in enumerate(PROSE[:6]):
        write(canvas, 72, 150 + 14 * number, f"{number + 1}.")
        write(canvas, 110, 150 + 14 * number, line)


def dotted(canvas: Canvas) -> None:
    """Write a form that is filled in on dotted lines."""
    for number, label in enumerate(("Name", "Street and number", "Town", "Date of birth", "Signature")):
        write(canvas, 72, 150 + 20 * number, label)
        write(canvas, 220, 150 + 20 * number, "." * 70)


@pytest.mark.parametrize("page", [prose, contents, numbered, dotted])
def test_looks_like_a_table_and_is_none(tmp_path: Path, page: Callable[[Canvas], None]) -> None:
    """Columns of prose, a table of contents, a numbered list and a form's dotted lines are read as text."""
    blocks = parse_pdf(drawn(tmp_path / "a.pdf", page)).blocks
    assert blocks
    assert all(block.kind is not Kind.TABLE for block in blocks)


@pytest.mark.parametrize("page", [prose, numbered])
def test_text_in_line_with_other_text_is_kept(tmp_path: Path, page: Callable[[Canvas], None]) -> None:
    """What is refused as a table loses none of its words."""
    text = " ".join(block.text for block in parse_pdf(drawn(tmp_path / "a.pdf", page)).blocks)
    assert all(word in text.split() for line in PROSE[:6] for word in line.split())


def test_text_beside_a_ruled_table_is_kept(tmp_path: Path) -> None:
    """A remark that stands close before a ruled row is outside the table and not lost with it."""

    def page(canvas: Canvas) -> None:
        canvas.grid(list(EDGES), [HEIGHT - y for y in (100, 120, 140, 160, 180)])
        for number, row in enumerate(STAFF):
            if number == 1:
                write(canvas, 42, 134, "see 3)")
            for x, cell in zip(EDGES, row, strict=False):
                write(canvas, x + 5, 114 + ROW * number, cell)

    text = " ".join(block.text for block in parse_pdf(drawn(tmp_path / "a.pdf", page)).blocks)
    assert "see 3)" in text
    assert "Anna Arnold" in text


def test_box_around_prose_is_no_table(tmp_path: Path) -> None:
    """A frame around a paragraph and an empty grid to be filled in are no tables."""

    def page(canvas: Canvas) -> None:
        canvas.rect(60, HEIGHT - 300, 400, 130)
        for number, line in enumerate(PROSE):
            write(canvas, 72, 190 + 13 * number, line)
        canvas.grid([60, 200, 340], [HEIGHT - y for y in (400, 420, 440, 460)])

    assert tables(tmp_path, page) == []


PLACED = some.lists(
    some.tuples(some.integers(0, 40), some.integers(0, 14), some.integers(3, 12)),
    min_size=20,
    max_size=60,
    unique_by=lambda item: item[1] * 100 + item[0] // 5,  # no two upon one another
).map(
    lambda places: [
        (f"{'abcdefgh'[index % 8] * length}{index}", *rest) for index, (*rest, length) in enumerate(places)
    ]
)
ENDS = some.lists(some.integers(0, 14), min_size=3, max_size=6, unique=True).map(sorted)


def pieces_of(placed: Sequence[tuple[str, int, int]]) -> list[Piece]:
    """Return words on a lattice as lines of a page, words that are next to one another in one piece."""
    rows: dict[int, list[Word]] = {}
    for index, (text, column, row) in enumerate(sorted(placed, key=lambda item: (item[2], item[1]))):
        x, y = 12.0 * column, 13.0 * row
        place: Place = (x, y, min(x + 6.0 * len(text), WIDTH), y + 11)
        rows.setdefault(row, []).append(Word(text, index * 10, index * 10 + len(text), *place))
    parts: list[list[Word]] = []
    for words in rows.values():
        parts += [[]]
        for word in words:
            if parts[-1] and word.x0 - parts[-1][-1].x1 > 20:
                parts.append([])
            parts[-1].append(word)
    return [Piece(Line(text_of(part), 1, *place_of(part), size=11), tuple(part)) for part in parts if part]


@given(placed=PLACED, xs=ENDS, ys=ENDS, gap=some.integers(0, 5))
def test_no_word_is_lost(placed: list[tuple[str, int, int]], xs: list[int], ys: list[int], gap: int) -> None:
    """Whatever words stand in and around a grid, each is in a line or in a cell, and tables are on the page."""
    rules = Rules()
    for row in ys:
        rules.add(36.0 * xs[0], 13.0 * row - 2, 36.0 * xs[-1], 13.0 * row - 2)
    for number, column in enumerate(xs):
        start = ys[1] if number == gap else ys[0]  # without a wall in the first row, two cells are one
        rules.add(36.0 * column - 2, 13.0 * start - 2, 36.0 * column - 2, 13.0 * ys[-1] - 2)

    page = page_of(1, (WIDTH, HEIGHT), pieces_of(placed), rules)

    kept = [line.text for line in page.lines]
    kept += [cell for table in page.tables for row in table.rows for cell in row]
    assert {text for text, _, _ in placed} <= set(" ".join(kept).split())
    assert all(0 <= table.at <= len(page.lines) for table in page.tables)
    for x0, y0, x1, y1 in (table.place for table in page.tables):
        assert -2 <= x0 < x1 <= WIDTH
        assert -2 <= y0 < y1 <= HEIGHT

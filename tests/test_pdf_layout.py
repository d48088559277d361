"""Hold how the lines of pages become blocks: columns, turned pages, captions, code, and that nothing is lost."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.pdf.document import parse_pdf
from ingest.parse.pdf.layout import Line, Page, Table, blocks_of, with_header_of
from ingest.types import Block, Kind
from tests.test_pdf_document import HEIGHT, WIDTH, drawn, write

LEFT = (
    "The board meets on the first Monday of a month",
    "and hears what the departments have to report",
    "about money, people and houses; a minute is kept",
    "by the secretary, who sends it to all members",
    "within a week, unless a holiday falls into it or",
    "the chair asks for more time to read it again.",
)
RIGHT = (
    "Whoever travels for the company books through",
    "the travel office, which knows the contracts and",
    "pays at once; what is booked elsewhere has to be",
    "paid in advance and is given back only after the",
    "journey, against the tickets and the bills, when",
    "the head of the department has signed the sheet.",
)
BODY = "Lines of ten points make up most of this page, so that its usual size is known."


def line(text: str, y0: float, *, page: int = 1, x0: float = 72, size: float = 10) -> Line:
    """Return a line of regular letters."""
    return Line(text, page, x0, y0, x0 + size / 2 * len(text), y0 + 1.1 * size, size=size)


def mono(text: str, y0: float, *, x0: float = 72) -> Line:
    """Return a line of letters equally wide, six points each."""
    return Line(text, 1, x0, y0, x0 + 6 * len(text), y0 + 11, size=10, is_mono=True)


def page(*lines: Line, number: int = 1, tables: Sequence[Table] = ()) -> Page:
    """Return a page of A4."""
    return Page(number, WIDTH, HEIGHT, lines, tuple(tables))


def texts(path: Path) -> str:
    """Return the running text of a PDF."""
    return " ".join(block.text for block in parse_pdf(path).blocks)


@pytest.mark.parametrize("gutter", [14, 24, 40])
def test_columns_written_line_by_line_are_read_one_by_one(tmp_path: Path, gutter: float) -> None:
    """Where a file holds two columns line beside line, the left one is read to its end first."""

    def sheet(canvas: Canvas) -> None:
        write(canvas, 60, 150, "Rules of the house", size=18)
        start = 60 + max(canvas.stringWidth(text, "Helvetica", 10) for text in LEFT) + gutter
        for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            write(canvas, 60, 200 + 13 * number, left)
            write(canvas, start, 200 + 13 * number, right)

    assert texts(drawn(tmp_path / "a.pdf", sheet)) == " ".join(("Rules of the house", *LEFT, *RIGHT))


@pytest.mark.parametrize("across", [1, 6])
def test_columns_below_lines_across_the_page(tmp_path: Path, across: int) -> None:
    """A title and an abstract over both columns come first, even where the file holds them last."""
    abstract = [f"{number} {text}, {RIGHT[number]}" for number, text in enumerate(LEFT)][:across]

    def sheet(canvas: Canvas) -> None:
        for number, (left, right) in enumerate(zip(LEFT * 4, RIGHT * 4, strict=True)):
            write(canvas, 60, 200 + 13 * number, left)
            write(canvas, 320, 200 + 13 * number, right)
        for number, text in enumerate(abstract):
            write(canvas, 60, 100 + 13 * number, text)

    text = texts(drawn(tmp_path / "a.pdf", sheet))
    assert text == " ".join((*abstract, *(LEFT * 4), *(RIGHT * 4)))


@pytest.mark.parametrize("leading", [13, 10.5])  # apart, and closer than letters are high
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_page(tmp_path: Path, turn: int, leading: float) -> None:
    """A page that is shown turned is read like any other; its boxes lie on the page as shown."""

    def sheet(canvas: Canvas) -> None:
        for number, text in enumerate(LEFT):
            write(canvas, 100, 200 + leading * number, text)

    writer = PdfWriter(clone_from=drawn(tmp_path / "plain.pdf", sheet))
    writer.pages[0].rotate(turn)
    writer.write(tmp_path / "a.pdf")

    (block,) = parse_pdf(tmp_path / "a.pdf").blocks
    (box,) = block.boxes
    assert block.text == " ".join(LEFT)
    x0, y0, x1, y1 = 100, 191, 325, 203 + 5 * leading  # as written
    shown = {
        0: (x0, y0, x1, y1),
        90: (HEIGHT - y1, x0, HEIGHT - y0, x1),
        180: (WIDTH - x1, HEIGHT - y1, WIDTH - x0, HEIGHT - y0),
        270: (y0, WIDTH - x1, y1, WIDTH - x0),
    }
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(shown[turn], abs=6)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_text_drawn_turned(tmp_path: Path, turn: int) -> None:
    """A landscape page that was laid on its side as it was drawn is read along its lines."""

    def sheet(canvas: Canvas) -> None:
        canvas.translate(WIDTH / 2, HEIGHT / 2)
        canvas.rotate(turn)
        for number, text in enumerate(LEFT):
            canvas.drawString(-110, -13 * number, text)

    (block,) = parse_pdf(drawn(tmp_path / "a.pdf", sheet)).blocks
    (box,) = block.boxes
    assert block.text == " ".join(LEFT)
    assert 0 <= box.x0 < box.x1 <= WIDTH
    assert 0 <= box.y0 < box.y1 <= HEIGHT
    assert (box.x1 - box.x0 > box.y1 - box.y0) is (turn == 180)


def test_hyphenated_word_is_joined(tmp_path: Path) -> None:
    """A word cut at a line's end is whole; a hyphen that belongs to a word stays."""

    def sheet(canvas: Canvas) -> None:
        write(canvas, 72, 200, "Journeys are booked through the com-")
        write(canvas, 72, 212, "pany's travel office, by rail where it is well-known and on")
        write(canvas, 72, 224, "time.")

    assert "company's travel office, by rail where it is well-known and on time." in texts(
        drawn(tmp_path / "a.pdf", sheet)
    )


@pytest.mark.parametrize(
    "caption",
    [
        "Figure 3: Turnover by region",
        "Fig. 12 – Plan of the ground floor",
        "Abbildung 2 Anteil der Bahnreisen",
        "Tabelle 4.1: Reisekosten nach Abteilung",
        "Table A-2. Costs of journeys by department",
    ],
)
def test_caption(caption: str) -> None:
    """A line that names a figure or a table by its number is a caption of its own."""
    blocks = blocks_of([page(line(BODY, 200), line(caption, 213), line(BODY, 250))])
    assert [(block.kind, block.text) for block in blocks][1] == (Kind.CAPTION, caption)


@pytest.mark.parametrize(
    "sentence",
    [
        "Figure 3 shows how the turnover of the regions has grown.",
        "Table manners are taught in the first week of the course.",
        "Abbildung 2 zeigt den Anteil der Bahnreisen.",
        "Figure 1: Turnover by region ............................ 12",
    ],
)
def test_sentence_about_a_figure_is_no_caption(sentence: str) -> None:
    """A sentence that speaks of a figure is text, and so is a line of a list of figures."""
    blocks = blocks_of([page(line(BODY, 200), line(sentence, 300), line(BODY, 400))])
    assert all(block.kind is not Kind.CAPTION for block in blocks)


def test_code_keeps_its_lines(tmp_path: Path) -> None:
    """A listing in letters equally wide is one block with its line breaks and its indents."""

    def sheet(canvas: Canvas) -> None:
        for number, text in enumerate(LEFT):
            write(canvas, 72, 150 + 13 * number, text)
        for number, text in enumerate(("def total(bills):", "    return sum(bills)", "print(total([1, 2]))")):
            indent = 6 * (len(text) - len(text.lstrip()))
            write(canvas, 72 + indent, 260 + 12 * number, text.strip(), font="Courier")

    blocks = parse_pdf(drawn(tmp_path / "a.pdf", sheet)).blocks
    assert [(block.kind, block.text) for block in blocks[1:]] == [
        (Kind.CODE, "def total(bills):\n    return sum(bills)\nprint(total([1, 2]))")
    ]


def test_code_in_columns_keeps_its_columns() -> None:
    """Parts of one row of a listing stay on one line, as far apart as they are set."""
    prose = [line(BODY, 100 + 12 * number) for number in range(6)]
    code = [mono("ls", 300), mono("# lists", 300, x0=132), mono("cd", 312), mono("# moves", 312, x0=132)]
    assert blocks_of([page(*prose, *code)])[-1].text == "ls        # lists\ncd        # moves"


def test_code_parts_upon_one_another_stay_apart() -> None:
    """Parts of a listing that overlap run together into no word that nobody wrote."""
    prose = [line(BODY, 100 + 12 * number) for number in range(6)]
    assert blocks_of([page(*prose, mono("make", 300), mono("test", 300, x0=84))])[-1].text == "make test"


def test_typed_page_is_no_code() -> None:
    """A letter typed on a typewriter is text."""
    (block,) = blocks_of([page(*(mono(text, 200 + 12 * number) for number, text in enumerate(LEFT)))])
    assert (block.kind, block.text) == (Kind.PARAGRAPH, " ".join(LEFT))


def table(*rows: tuple[str, ...], columns: tuple[float, ...] = (72, 200), at: int = 0) -> Table:
    """Return a table in the middle of a page."""
    return Table(rows, columns, (72, 300, 400, 360), at)


def test_table_that_goes_on_gets_the_header() -> None:
    """The header of the page before is put on a table that goes on, unless it has it or its columns differ."""
    first = table(("Town", "People"), ("Bonn", "336"))
    more = table(("Kiel", "246"))
    assert with_header_of(first, more).rows == (("Town", "People"), ("Kiel", "246"))
    assert with_header_of(first, first).rows == first.rows
    assert with_header_of(first, replaced := table(("Kiel", "246"), columns=(72, 260))) is replaced
    assert with_header_of(first, third := table(("a", "b", "c"), columns=(72, 200, 300))) is third


def test_text_between_two_tables_parts_them() -> None:
    """A table after a paragraph is not the one before it."""
    first, second = table(("Town", "People"), ("Bonn", "336")), table(("Room", "Seats"), ("Elbe", "12"))
    blocks = blocks_of([page(tables=[first]), page(line(BODY, 100, page=2), number=2, tables=[second])])
    assert [block.kind for block in blocks] == [Kind.TABLE, Kind.TABLE, Kind.PARAGRAPH]
    blocks = blocks_of([page(line(BODY, 400), tables=[first]), page(number=2, tables=[second])])
    assert blocks[-1].text.startswith("| Room | Seats |")


WORDS = some.text(alphabet="abcdefgh", min_size=1, max_size=9)
SIZES = some.sampled_from([8.0, 10.0, 10.0, 10.0, 14.0, 20.0])
LINES = some.lists(
    some.builds(
        lambda words, x, y, size, flags: Line(
            " ".join(words), 1, x, y, x + 3 * len(" ".join(words)), y + size, size, *flags
        ),
        some.lists(WORDS, min_size=1, max_size=6),
        some.integers(0, 400),
        some.integers(0, 800),
        SIZES,
        some.tuples(some.booleans(), some.booleans(), some.booleans()),
    ),
    max_size=15,
)


def boxes_of(blocks: Sequence[Block]) -> list[tuple[float, float, float, float]]:
    """Return the places of all blocks."""
    return [(box.x0, box.y0, box.x1, box.y1) for block in blocks for box in block.boxes]


@given(pages=some.lists(LINES, max_size=4))
def test_no_line_is_lost(pages: list[list[Line]]) -> None:
    """Every word of every line is in a block, in the order of the lines; boxes are finite and on the page."""
    lines = [[replace(item, page=number) for item in some_of] for number, some_of in enumerate(pages, 1)]

    blocks = blocks_of([page(*some_of, number=number) for number, some_of in enumerate(lines, 1)])

    said = " ".join(block.text for block in blocks).split()
    assert said == [word for some_of in lines for item in some_of for word in item.text.split()]
    assert all(block.boxes and block.page == block.boxes[0].page for block in blocks)
    assert all(block.level >= 1 if block.kind is Kind.HEADING else block.level == 0 for block in blocks)
    for x0, y0, x1, y1 in boxes_of(blocks):
        assert all(map(isfinite, (x0, y0, x1, y1)))
        assert 0 <= x0 < x1 <= WIDTH
        assert 0 <= y0 < y1 <= HEIGHT

"""Hold what is taken off the edges of pages, and what stays."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from reportlab.pdfgen.canvas import Canvas

from ingest.parse.pdf.document import parse_pdf
from ingest.parse.pdf.furniture import without_furniture
from ingest.parse.pdf.layout import Line, Page, Table
from tests.test_pdf_document import drawn, write

TOP, MIDDLE, BOTTOM = 30.0, 400.0, 810.0  # points on a page of 842
NEWS = "The council spoke about the {} in a long session".format
MATTERS = ("budget", "building", "cantine", "garden", "harbour")


def line(text: str, page: int, y0: float, *, x0: float = 72) -> Line:
    """Return a line of ten points."""
    return Line(text, page, x0, y0, x0 + 5 * len(text), y0 + 11, size=10)


def page(number: int, *lines: tuple[str, float], tables: Sequence[Table] = ()) -> Page:
    """Return a page of A4 with lines at the given heights."""
    return Page(number, 595, 842, tuple(line(text, number, y) for text, y in lines), tuple(tables))


def texts(pages: Sequence[Page]) -> list[list[str]]:
    """Return what is left on each page."""
    return [[line.text for line in page.lines] for page in without_furniture(pages)]


def test_header_footer_and_numbers_of_three_pages_go(tmp_path: Path) -> None:
    """Three pages are enough to tell a running header, a footer and page numbers from the text."""

    def report(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            write(canvas, 72, 40, "Meridian Corp. - internal")
            write(canvas, 72, MIDDLE, NEWS(MATTERS[number]))
            write(canvas, 72, 815, "Printed on recycled paper")
            write(canvas, 500, 815, str(number))

        return draw

    blocks = parse_pdf(drawn(tmp_path / "a.pdf", report(1), report(2), report(3))).blocks
    assert [block.text for block in blocks] == [NEWS(MATTERS[number]) for number in (1, 2, 3)]
    assert [block.page for block in blocks] == [1, 2, 3]


def test_line_that_occurs_twice_stays() -> None:
    """A line at the top of two of five pages may be a heading that comes twice."""
    pages = [
        page(number, ("Questions" if number in (2, 4) else NEWS(matter), TOP), (NEWS(matter), MIDDLE))
        for number, matter in enumerate(MATTERS, 1)
    ]
    assert texts(pages) == [[line.text for line in page.lines] for page in pages]


def test_line_on_two_of_three_pages_stays() -> None:
    """In a short document furniture is on every page."""
    pages = [
        page(1, ("Minutes", TOP), (NEWS("budget"), MIDDLE)),
        page(2, ("Minutes", TOP), (NEWS("garden"), MIDDLE)),
        page(3, (NEWS("harbour"), MIDDLE)),
    ]
    assert texts(pages)[:2] == [["Minutes", NEWS("budget")], ["Minutes", NEWS("garden")]]


def test_what_repeats_in_the_middle_stays() -> None:
    """The same sentence in the middle of every page is text: "Continued on the next page" of a form, say."""
    pages = [page(number, ("Please fill in and sign", MIDDLE)) for number in range(1, 6)]
    assert texts(pages) == [["Please fill in and sign"]] * 5


def test_left_and_right_pages_alternate() -> None:
    """A header on every second page is furniture, too."""
    pages = [
        page(number, ("Handbook" if number % 2 else "Travel", TOP), (NEWS(number), MIDDLE))
        for number in range(1, 11)
    ]
    assert texts(pages) == [[NEWS(number)] for number in range(1, 11)]


@pytest.mark.parametrize("number", ["7", "- 7 -", "Page 7", "Seite 7 von 12", "vii", "7 / 12", "p. 7", "[7]"])
def test_page_number_goes(number: str) -> None:
    """Page numbers are known by their form, even where a document shows just one."""
    pages = [page(1, (NEWS("budget"), MIDDLE)), page(2, (NEWS("garden"), MIDDLE), (number, BOTTOM))]
    assert texts(pages) == [[NEWS("budget")], [NEWS("garden")]]


@pytest.mark.parametrize("text", ["Page turner", "7 days", "2024 at a glance", "Civil", "Lil", "§ 7 Travel"])
def test_heading_at_the_edge_stays(text: str) -> None:
    """A heading at the top of one page is no page number."""
    pages = [page(1, (NEWS("budget"), MIDDLE)), page(2, (text, TOP), (NEWS("garden"), MIDDLE))]
    assert texts(pages)[1] == [text, NEWS("garden")]


def test_number_alone_on_the_only_page_stays() -> None:
    """A sheet without further pages has no page numbers to leave out; "Page 1 of 1" is one all the same."""
    assert texts([page(1, ("42", TOP), (NEWS("budget"), MIDDLE))]) == [["42", NEWS("budget")]]
    assert texts([page(1, (NEWS("budget"), MIDDLE), ("Page 1 of 1", BOTTOM))]) == [[NEWS("budget")]]


def test_running_head_in_columns_is_no_table() -> None:
    """Lines at every page's top that were taken for a table are furniture; a table keeps its place among the lines."""

    def sheet(number: int) -> Page:
        head = (line("Meridian", number, TOP), line("internal", number, TOP, x0=300))
        body = (line(f"Item {NEWS(number)}", number, 300), line(str(number * 1000), number, 300, x0=400))
        tables = (
            Table((("Meridian", "internal"),), (72, 300), (72, 30, 400, 41), at=0, lines=head),
            Table((("Item", "Amount"),), (72, 400), (72, 300, 500, 311), at=2, lines=body),
        )
        return page(number, (f"Handbook {number}", TOP + 14), (NEWS(number), MIDDLE), tables=tables)

    for cleared in without_furniture([sheet(number) for number in range(1, 5)]):
        assert [line.text for line in cleared.lines] == [NEWS(cleared.number)]
        assert [(table.rows[0][0], table.at) for table in cleared.tables] == [("Item", 1)]


LINES = some.lists(
    some.tuples(some.sampled_from(["Alpha", "Beta 1", "Beta 2", "7", "Gamma delta"]), some.integers(0, 830)),
    max_size=6,
)


@given(documents=some.lists(LINES, max_size=6))
def test_only_edges_are_cleared(documents: list[list[tuple[str, int]]]) -> None:
    """What goes stood at an edge; the rest keeps its order, and pages keep their number and size."""
    pages = [page(number, *lines) for number, lines in enumerate(documents, 1)]

    cleared = without_furniture(pages)

    assert [(page.number, page.width, page.height) for page in cleared] == [
        (page.number, page.width, page.height) for page in pages
    ]
    for before, after in zip(pages, cleared, strict=True):
        kept = [line for line in before.lines if line in after.lines]
        assert kept == list(after.lines)
        gone = [line for line in before.lines if line not in after.lines]
        assert all(line.y1 < 0.12 * 842 or line.y0 > 0.88 * 842 for line in gone)


@given(lines=LINES)
def test_one_page_has_no_furniture(lines: list[tuple[str, int]]) -> None:
    """Nothing can repeat on a single page, so all of it stays."""
    assert texts([page(1, *lines)]) == [[text for text, _ in lines]]

"""Hold what the rows of a drawn grid turn into: merged headers, wrapped cells, rows without lines between them."""

from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from tests.test_pdf_document import HEIGHT, write
from tests.test_pdf_tables import EDGES, aligned, cells, ruled, tables


def test_merged_header_is_said_in_each_column(tmp_path: Path) -> None:
    """A header cell over two columns stands before the name of each; a row below it stays a row."""

    def page(canvas: Canvas) -> None:
        ys = [HEIGHT - y for y in (100, 120, 140, 160, 180)]
        for y in ys[:1] + ys[2:]:
            canvas.line(EDGES[0], y, EDGES[-1], y)
        canvas.line(EDGES[1], ys[1], EDGES[-1], ys[1])
        for x in (EDGES[0], EDGES[1], EDGES[3]):
            canvas.line(x, ys[0], x, ys[-1])
        canvas.line(EDGES[2], ys[1], EDGES[2], ys[-1])
        write(canvas, 77, 124, "City")
        write(canvas, 300, 114, "Turnover")
        aligned(canvas, [("", "2023", "2024"), ("Bonn", "17", "19"), ("Kiel", "4", "6")], top=134)

    (table,) = tables(tmp_path, page)
    assert cells(table)[0] == ["City", "Turnover 2023", "Turnover 2024"]
    assert cells(table)[1:] == [["Bonn", "17", "19"], ["Kiel", "4", "6"]]


def test_merged_header_over_data_leaves_the_data(tmp_path: Path) -> None:
    """A header cell over two columns that have no names of their own takes no row of data into the header."""

    def page(canvas: Canvas) -> None:
        ys = [HEIGHT - y for y in (100, 120, 140, 160)]
        for y in ys:
            canvas.line(EDGES[0], y, EDGES[-1], y)
        for x in (EDGES[0], EDGES[1], EDGES[3]):
            canvas.line(x, ys[0], x, ys[-1])
        canvas.line(EDGES[2], ys[1], EDGES[2], ys[-1])
        rows = [("Name", "Contact", ""), ("Ann", "040 12", "ann@example.org"), ("Bob", "by post", "none")]
        aligned(canvas, [rows[0]], top=114)
        aligned(canvas, [rows[1]], top=134)
        aligned(canvas, [rows[2]], top=154)

    (table,) = tables(tmp_path, page)
    assert cells(table) == [
        ["Name", "Contact", "Contact"],
        ["Ann", "040 12", "ann@example.org"],
        ["Bob", "by post", "none"],
    ]


def test_rows_between_which_no_lines_are_drawn(tmp_path: Path) -> None:
    """A grid that rules only the header and the sum holds a row a line in between."""
    rows = [
        ("Item", "2023", "2024"),
        ("Rent\nPower\nWater\nWaste", "1 200\n85\n1 040\n33", "1 250\n90\n1 060\n35"),
        ("Sum", "2 358", "2 435"),
    ]
    (table,) = tables(tmp_path, lambda canvas: ruled(canvas, rows))
    assert cells(table) == [
        ["Item", "2023", "2024"],
        ["Rent", "1 200", "1 250"],
        ["Power", "85", "90"],
        ["Water", "1 040", "1 060"],
        ["Waste", "33", "35"],
        ["Sum", "2 358", "2 435"],
    ]


def test_address_in_one_ruled_row_is_one_row(tmp_path: Path) -> None:
    """Where other rows are ruled one by one, three lines in each cell are one row."""
    rows = [
        ("Office", "Address"),
        ("Main office\nTravel desk\nSecond floor", "Elbe Street 5\n20354 Hamburg\nGermany"),
        ("Branch", "Leipzig"),
    ]
    (table,) = tables(tmp_path, lambda canvas: ruled(canvas, rows, edges=EDGES[:3]))
    assert cells(table)[1:] == [
        ["Main office Travel desk Second floor", "Elbe Street 5 20354 Hamburg Germany"],
        ["Branch", "Leipzig"],
    ]


def test_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    """Lines of one cell are joined, hyphenated words too; they make no rows of their own."""
    rows = [
        ("Rule", "Applies to"),
        ("Journeys by rail in\nfirst class", "the board and its\nsecre-\ntaries"),
        ("Hotels", "everybody"),
    ]

    (table,) = tables(tmp_path, lambda canvas: ruled(canvas, rows, edges=EDGES[:3]))
    assert cells(table) == [
        ["Rule", "Applies to"],
        ["Journeys by rail in first class", "the board and its secretaries"],
        ["Hotels", "everybody"],
    ]

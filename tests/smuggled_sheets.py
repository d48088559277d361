"""Make Excel workbooks that hide a text, and ordinary ones that only look as if they did."""

import io
from collections.abc import Callable

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from tests.parcel import ORDER, SEEN


def in_xlsx(change: Callable[[Worksheet], None]) -> bytes:
    """Return a workbook of one sheet, six rows of three columns and the order in B4, changed."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for number in range(1, 7):
        sheet.append([f"item {number}", f"note {number}", SEEN])
    sheet["B4"] = ORDER
    change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cell(**look: object) -> Callable[[Worksheet], None]:
    """Return what gives the order's cell a look."""

    def change(sheet: Worksheet) -> None:
        for name, value in look.items():
            setattr(sheet["B4"], name, value)

    return change


def fold(sheet: Worksheet) -> None:
    """Fold the order's row away."""
    sheet.row_dimensions.group(4, 4, hidden=True)


def hide_row(sheet: Worksheet) -> None:
    """Hide the order's row."""
    sheet.row_dimensions[4].hidden = True


def lower(sheet: Worksheet) -> None:
    """Make the order's row too low to be seen."""
    sheet.row_dimensions[4].height = 0.1


def hide_column(sheet: Worksheet) -> None:
    """Hide the order's column."""
    sheet.column_dimensions["B"].hidden = True


def hide_sheet(sheet: Worksheet, state: str = "veryHidden") -> None:
    """Put the order on a sheet that no menu shows."""
    sheet["B4"] = "note"
    other = sheet.parent.create_sheet("Lists")
    other["A1"] = ORDER
    other.sheet_state = state


def whiten_run(sheet: Worksheet) -> None:
    """Write the order as white letters behind others in one cell."""
    sheet["B4"] = CellRichText("See ", TextBlock(InlineFont(color="FFFFFFFF"), ORDER))


def table(sheet: Worksheet, name: str) -> None:
    """Make a styled table of all, whose order is white."""
    sheet["B4"].font = Font(color="FFFFFFFF")
    sheet["A1"], sheet["B1"], sheet["C1"] = "Item", "Note", "Rule"
    found = Table(displayName="T", ref="A1:C6")
    found.tableStyleInfo = TableStyleInfo(name=name, showRowStripes=True)
    sheet.add_table(found)


def head(sheet: Worksheet) -> None:
    """Write a table's head in white, on what the table's style paints."""
    table(sheet, "TableStyleMedium2")
    sheet["B4"].font = Font()
    for place in ("A1", "B1", "C1"):
        sheet[place].font = Font(color="FFFFFFFF")


def choose(sheet: Worksheet) -> None:
    """Filter the table by its notes, which hides a row."""
    sheet.auto_filter.ref = "A1:C6"
    sheet.auto_filter.add_filter_column(1, ["note 2"])
    hide_row(sheet)


BLUE = PatternFill("solid", fgColor="FF1F3864")
SHEETS: dict[str, Callable[[], bytes]] = {
    "hidden row": lambda: in_xlsx(hide_row),
    "low row": lambda: in_xlsx(lower),
    "folded row": lambda: in_xlsx(fold),
    "hidden column": lambda: in_xlsx(hide_column),
    "hidden sheet": lambda: in_xlsx(lambda sheet: hide_sheet(sheet, "hidden")),
    "very hidden sheet": lambda: in_xlsx(hide_sheet),
    "white": lambda: in_xlsx(cell(font=Font(color="FFFFFFFF"))),
    "white of the theme": lambda: in_xlsx(cell(font=Font(color=openpyxl.styles.colors.Color(theme=0)))),
    "white by number": lambda: in_xlsx(cell(font=Font(color=openpyxl.styles.colors.Color(indexed=9)))),
    "its fill's colour": lambda: in_xlsx(cell(font=Font(color="FF1F3864"), fill=BLUE)),
    "white letters in a cell": lambda: in_xlsx(whiten_run),
    "white in a light table": lambda: in_xlsx(lambda sheet: table(sheet, "TableStyleLight9")),
    "no number format": lambda: in_xlsx(cell(number_format=";;;")),
    "one point": lambda: in_xlsx(cell(font=Font(size=1))),
}
PLAIN_SHEETS: dict[str, Callable[[], bytes]] = {
    "filtered row": lambda: in_xlsx(choose),
    "white on a dark cell": lambda: in_xlsx(cell(font=Font(color="FFFFFFFF"), fill=BLUE)),
    "white head of a table": lambda: in_xlsx(head),
    "white in a dark table": lambda: in_xlsx(lambda sheet: table(sheet, "TableStyleDark2")),
    "no zeros": lambda: in_xlsx(cell(number_format="0;-0;;@")),
    "shrunk to fit": lambda: in_xlsx(cell(alignment=Alignment(shrink_to_fit=True))),
}

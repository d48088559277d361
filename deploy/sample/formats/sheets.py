"""Write workbooks: each first-level heading of the source is a sheet."""

import io
import re

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from deploy.sample.formats.brand import COMPANY, DEEP, GREY, PALE
from deploy.sample.formats.package import repack
from deploy.sample.formats.source import (
    Block,
    Heading,
    Listing,
    Note,
    PageBreak,
    Paragraph,
    Source,
    Table,
    by_heading,
    plain,
)

NUMBER = re.compile(r"-?\d+(\.\d+)?")
SHEET_NAME_LIMIT = 31  # a limit of the file format
WIDEST_COLUMN = 46  # characters; longer text wraps


def to_xlsx(source: Source) -> bytes:
    """Return the workbook; numbers in tables become numbers."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title = source.title
    book.properties.creator = f"{COMPANY}, {source.department}"
    for heading, blocks in by_heading(source.blocks()):
        sheet = _add_sheet(book, plain(heading.spans), source)
        for block in blocks:
            _add(sheet, block)
    buffer = io.BytesIO()
    book.save(buffer)
    return repack(buffer.getvalue(), dated=source.dated)


def _add_sheet(book: Workbook, name: str, source: Source) -> Worksheet:
    sheet = book.create_sheet(name[:SHEET_NAME_LIMIT])
    sheet.append([f"{source.title}: {name}"])
    sheet["A1"].font = Font(bold=True, size=14, color=DEEP)
    sheet.append([f"{COMPANY} · {source.department} · {source.dated.isoformat()} · {source.version}"])
    sheet["A2"].font = Font(color=GREY, size=9)
    sheet.append([])
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape"
    return sheet


def _add(sheet: Worksheet, block: Block) -> None:
    match block:
        case Heading(_, spans):
            sheet.append([plain(spans)])
            sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        case Paragraph(spans) | Note(spans):
            sheet.append([plain(spans)])
        case Listing(items):
            for item in items:
                sheet.append([plain(item)])
        case Table():
            _add_table(sheet, block)
        case PageBreak():
            sheet.append([])


def _add_table(sheet: Worksheet, table: Table) -> None:
    first = sheet.max_row + 1
    for number, row in enumerate(table.rows):
        for column, spans in enumerate(row, start=1):
            cell = sheet.cell(first + number, column, _value(plain(spans)))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 0:
                cell.font = Font(bold=True, color="FFFFFF")
                cell.fill = PatternFill("solid", fgColor=DEEP)
                continue
            if isinstance(cell.value, int | float):
                cell.number_format = "#,##0" if isinstance(cell.value, int) else "#,##0.00"
            if number % 2 == 0:
                cell.fill = PatternFill("solid", fgColor=PALE)
    for column, cells in enumerate(zip(*table.rows, strict=True), start=1):
        letter = sheet.cell(first, column).column_letter
        width = min(WIDEST_COLUMN, max(len(plain(spans)) for spans in cells) + 4)
        sheet.column_dimensions[letter].width = max(sheet.column_dimensions[letter].width, width)


def _value(text: str) -> str | int | float:
    if NUMBER.fullmatch(text) is None:
        return text
    return float(text) if "." in text else int(text)

"""Parse XLS (Excel 5 to 2003) into blocks through calamine: a heading a sheet, a table a region with its range.

Of 447 sample and fuzzing files python-calamine reads 422 (8 ms each in the mean), refuses 24, most of them encrypted,
torn or older than Excel 5, and panics at one; a panic is no Exception and is mapped here. Claims for which it would
take all memory are looked for before. It shows neither number formats (0.25 stays so, where Excel shows 25%) nor
charts and comments.
"""

import struct
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.ole import streams
from ingest.parse.table import regions
from ingest.parse.xlsx import shown
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, TooLarge, UnsupportedType

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

FILE_PASS, STRINGS = 0x002F, 0x00FC  # records: encryption, table of strings
SHEET_START, DIMENSIONS = 0x0809, 0x0200
# Records that begin with the row and column of a cell: formula, blanks, numbers, texts, truth values.
CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
MAX_ROWS, MAX_COLUMNS = 65_536, 256  # that a sheet of this format has
MIN_STRING_BYTES = 3  # of an empty one in the table of strings
MAX_AREA = 30_000_000  # cells from the first to the last of each sheet; 24 bytes each
PANIC = "PanicException"  # what Rust's panics become in Python


def parse_xls(path: Path) -> ParsedDocument:
    """Return the sheets' blocks in order. Raises DocumentRejected kinds."""
    from python_calamine import CalamineError, load_workbook  # heavy: keeps --help under 0.3 s

    found = streams(path, "Workbook", "Book")
    _check(found.get("Workbook") or found.get("Book") or b"")
    try:
        with path.open("rb") as stream:
            blocks, pages = _visible_sheets(load_workbook(stream))
    except CalamineError as error:
        raise _broken() from error
    except BaseException as error:
        # A panic is derived from BaseException, so that nobody catches it by chance; here it means a damaged file.
        if type(error).__name__ != PANIC:
            raise
        raise _broken() from error
    parser = f"python-calamine {version('python-calamine')}"
    return ParsedDocument(title="", blocks=tuple(blocks), pages=pages, parser=parser)


def _broken() -> BrokenDocument:
    return BrokenDocument(
        "the workbook cannot be read", remedy="open it in Excel, save it as .xlsx and ingest that"
    )


def _check(workbook: bytes) -> None:
    """Raise DocumentRejected kinds where a workbook is encrypted, or claims what calamine would take memory for.

    calamine lays each sheet out whole, from its first cell to its last, and the process ends where memory does.
    """
    place = area = 0
    corners: tuple[int, int, int, int] | None = None
    while place + 4 <= len(workbook):
        kind, size = struct.unpack_from("<HH", workbook, place)
        if kind == FILE_PASS:
            raise EncryptedDocument(
                "the file is protected by a password", remedy="remove the password and ingest it again"
            )
        if _is_false_claim(workbook, kind, place):
            raise _broken()
        if kind in CELLS and size >= 4:
            row, column = struct.unpack_from("<HH", workbook, place + 4)
            if column >= MAX_COLUMNS:
                raise _broken()
            top, left, bottom, right = corners or (row, column, row, column)
            corners = (min(top, row), min(left, column), max(bottom, row), max(right, column))
        elif kind == SHEET_START:
            area, corners = area + _area(corners), None
        place += 4 + size
    if area + _area(corners) > MAX_AREA:
        raise TooLarge("the workbook's sheets span too many cells", remedy="split it, or save it as .xlsx")


def _is_false_claim(workbook: bytes, kind: int, place: int) -> bool:
    """Return whether the record at `place` claims more strings than fit, or a sheet beyond the format's size."""
    (size,) = struct.unpack_from("<H", workbook, place + 2)
    data = workbook[place + 4 : place + 4 + size]
    if kind == STRINGS and len(data) >= 8:
        return int(struct.unpack_from("<I", data, 4)[0]) * MIN_STRING_BYTES > len(workbook)
    if kind == DIMENSIONS and len(data) >= 10:
        form = "<IIHH" if len(data) >= 14 else "<HHHH"  # the shorter one is that of Excel 5
        top, bottom, left, right = struct.unpack_from(form, data)
        return bool(top > bottom or left > right or bottom > MAX_ROWS or right > MAX_COLUMNS)
    return False


def _area(corners: tuple[int, int, int, int] | None) -> int:
    if corners is None:
        return 0
    top, left, bottom, right = corners
    return (bottom - top + 1) * (right - left + 1)


def _visible_sheets(workbook: "CalamineWorkbook") -> tuple[list[Block], int]:
    """Return the blocks of the visible sheets and the number of all. Raises UnsupportedType at a sheet of macros."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # heavy: keeps --help under 0.3 s

    blocks: list[Block] = []
    for number, sheet in enumerate(workbook.sheets_metadata, 1):
        if sheet.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba):
            raise UnsupportedType("the file holds macros", remedy="save it without macros and ingest that")
        if sheet.typ != SheetTypeEnum.WorkSheet or sheet.visible != SheetVisibleEnum.Visible:
            continue
        found = list(regions(_rows(workbook.get_sheet_by_name(sheet.name)), page=number))
        if found:
            blocks += [Block(kind=Kind.HEADING, text=sheet.name, level=1, page=number), *found]
    return blocks, len(workbook.sheets_metadata)


def _rows(sheet: "CalamineSheet") -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something with their 0-based number, each from column A on."""
    top, left = sheet.start or (0, 0)
    for number, row in enumerate(sheet.to_python(), top):
        if row.count("") < len(row):  # a sheet of two cells in opposite corners has 16 million empty ones
            yield number, [""] * left + [shown(value) for value in row]

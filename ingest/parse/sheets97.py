"""Parse XLS (Excel 5 to 2003) into blocks through calamine: a heading a sheet, a table a region with its range.

Of 447 sample and fuzzing files python-calamine reads 422 (in the mean 8 ms each), refuses 24 of which the most are
encrypted, torn or older than Excel 5, and panics at one; a panic is no Exception and is mapped here. It shows neither
number formats (0.25 stays so, where Excel shows 25%) nor charts and comments.
"""

import struct
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.parse.compound import streams
from ingest.parse.sheets import shown
from ingest.parse.table import regions
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, UnsupportedType

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

FILE_PASS = 0x002F  # the record of an encrypted workbook; it stands among the first
MAX_RECORDS = 1_000  # that are looked through for it
PANIC = "PanicException"  # what Rust's panics become in Python


def parse_xls(path: Path) -> ParsedDocument:
    """Return the sheets' blocks in order. Raises DocumentRejected kinds."""
    from python_calamine import CalamineError, load_workbook  # heavy: keeps --help under 0.3 s

    found = streams(path, "Workbook", "Book")
    _refuse_encrypted(found.get("Workbook") or found.get("Book") or b"")
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


def _refuse_encrypted(workbook: bytes) -> None:
    place = 0
    for _ in range(MAX_RECORDS):
        if place + 4 > len(workbook):
            return
        kind, size = struct.unpack_from("<HH", workbook, place)
        if kind == FILE_PASS:
            raise EncryptedDocument(
                "the file is protected by a password", remedy="remove the password and ingest it again"
            )
        place += 4 + size


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

"""Parse ODS into blocks: a heading a sheet, a table a region with its range of cells, chart data and comments."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from ingest.parse.odf import PARSER, Reader, reader
from ingest.parse.ooxml import attribute, children, descendants, local
from ingest.parse.table import number_text, regions
from ingest.types import Block, Kind, ParsedDocument


def parse_ods(path: Path) -> ParsedDocument:
    """Return the sheets' blocks in order. Raises BadZipFile, XMLSyntaxError or DocumentRejected kinds."""
    with ZipFile(path) as package:
        found = reader(package)
        sheets = children(found.body("spreadsheet"), "table")
        blocks = [block for number, sheet in enumerate(sheets, 1) for block in _sheet(found, sheet, number)]
    return ParsedDocument(
        title="", blocks=tuple(blocks), pages=len(sheets), parser=PARSER, findings=found.findings
    )


def _sheet(found: Reader, sheet: etree._Element, number: int) -> Iterator[Block]:
    """Yield a visible sheet's name, regions, drawings and comments; nothing where it has none of them."""
    if found.is_hidden(sheet):
        return
    found.page, found.notes = number, []
    blocks = list(regions(found.rows(sheet, _shown), page=number))
    for drawing in descendants(
        sheet, "frame", "custom-shape", "annotation", skip=frozenset({"p", "text-box"})
    ):
        if local(drawing) == "annotation":
            found.notes += found.container(drawing)
        else:
            blocks += found.container(drawing)
    if blocks or found.notes:
        name = attribute(sheet, "name") or f"{number}"
        yield Block(kind=Kind.HEADING, text=name, level=1, page=number)
        yield from blocks
        yield from found.notes


def _shown(cell: etree._Element) -> str:
    """Return a cell as a person sees it, dates in ISO form."""
    if attribute(cell, "value-type") == "date" and attribute(cell, "date-value"):
        return (attribute(cell, "date-value") or "").replace("T00:00:00", "").replace("T", " ")
    text = " ".join("".join(item.itertext()) for item in children(cell, "p"))
    value = attribute(cell, "value")
    return text if text.strip() or not value else number_text(float(value))

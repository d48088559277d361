"""Parse ODS into blocks: a heading a sheet, a table a region with its range of cells, chart data and comments."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from ingest.parse.hidden.ods import hidden_columns, hidden_rows
from ingest.parse.hidden.passage import is_text
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
    name = attribute(sheet, "name") or f"{number}"
    if found.is_hidden(sheet):
        found.left_out.append(f"sheet '{name}' is hidden")
        return
    found.page, found.notes = number, []
    blocks = list(regions(_rows(found, sheet, name), page=number))
    for drawing in descendants(
        sheet, "frame", "custom-shape", "annotation", skip=frozenset({"p", "text-box"})
    ):
        if local(drawing) == "annotation":
            found.notes += found.container(drawing)
        else:
            blocks += found.container(drawing)
    if blocks or found.notes:
        yield Block(kind=Kind.HEADING, text=name, level=1, page=number)
        yield from blocks
        yield from found.notes


def _rows(found: Reader, sheet: etree._Element, name: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the rows that hold text, with their 0-based number; None is one that is hidden."""
    rows, columns = hidden_rows(sheet, found.looks), hidden_columns(sheet, found.looks)
    known: dict[str, bool] = {}
    away: set[int] = set()
    hidden = 0
    for number, texts in found.rows(sheet, lambda cell: _seen(found, cell, known)):
        if rows.holds(number):
            hidden += 1
            yield number, None
            continue
        gone = {place for place, text in enumerate(texts) if text and columns.holds(place)}
        away |= gone
        yield number, ["" if place in gone else text for place, text in enumerate(texts)] if gone else texts
    for count, what in ((hidden, "rows"), (len(away), "columns")):
        found.left_out += [f"sheet '{name}': {count} hidden {what}"] if count else []


def _seen(found: Reader, cell: etree._Element, known: dict[str, bool]) -> str:
    """Return what is seen of a cell; words that its look hides are counted. `known` says so of styles met before."""
    paragraphs = children(cell, "p")
    is_words = attribute(cell, "value-type") in (None, "string")
    if not paragraphs:
        return _shown(cell)
    if is_words and any(len(one) or one.attrib for one in paragraphs):
        return " ".join(found.text(one) for one in paragraphs)
    style = attribute(cell, "style-name") or ""
    if style not in known:
        known[style] = found.looks.is_unseen(paragraphs[0])
    if known[style]:
        found.hidden += is_words and is_text("".join(cell.itertext()))
    return "" if known[style] else _shown(cell)


def _shown(cell: etree._Element) -> str:
    """Return a cell as a person sees it, dates in ISO form."""
    if attribute(cell, "value-type") == "date" and attribute(cell, "date-value"):
        return (attribute(cell, "date-value") or "").replace("T00:00:00", "").replace("T", " ")
    text = " ".join("".join(item.itertext()) for item in children(cell, "p"))
    value = attribute(cell, "value")
    return text if text.strip() or not value else number_text(float(value))

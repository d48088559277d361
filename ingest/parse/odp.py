"""Parse ODP into blocks, slide by slide: title, text, tables, chart data, speaker notes, comments."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from ingest.parse.odf import PARSER, Reader, reader
from ingest.parse.ooxml import attribute, children, local
from ingest.types import Block, Kind, ParsedDocument

FURNITURE = ("page-number", "date-time", "header", "footer")  # classes of frames
POINTS = ("outline", "subtitle", "object")  # classes whose paragraphs are a slide's points


def parse_odp(path: Path) -> ParsedDocument:
    """Return the slides' blocks in order. Raises BadZipFile, XMLSyntaxError or DocumentRejected kinds."""
    with ZipFile(path) as package:
        found = reader(package)
        slides = children(found.body("presentation"), "page")
        blocks = [block for number, slide in enumerate(slides, 1) for block in _slide(found, slide, number)]
    title = next((block.text for block in blocks if block.kind is Kind.HEADING), "")
    return ParsedDocument(
        title=title, blocks=tuple(blocks), pages=len(slides), parser=PARSER, findings=found.findings
    )


def _slide(found: Reader, slide: etree._Element, number: int) -> Iterator[Block]:
    found.page, found.notes = number, []
    blocks = [block for item in slide for block in _drawing(found, item)]
    # The title leads, wherever it stands in the drawing order. Without one a slide's name does, lest it seem to belong
    # to the slide before it.
    titles = [block for block in blocks if block.kind is Kind.HEADING]
    name = attribute(slide, "name")
    if name and not titles and (blocks or found.notes):
        titles = [Block(kind=Kind.HEADING, text=name, level=1, page=number)]
    yield from titles
    yield from (block for block in blocks if block.kind is not Kind.HEADING)
    yield from found.notes


def _drawing(found: Reader, item: etree._Element) -> Iterator[Block]:
    """Yield the blocks of a frame, shape or group; those of the notes page come as they stand there."""
    role = attribute(item, "class") or ""
    if local(item) == "notes":
        found.notes += [
            block
            for frame in children(item, "frame")
            if attribute(frame, "class") == "notes"
            for block in found.container(frame)
        ]
    elif local(item) == "annotation":
        found.notes += found.container(item)
    elif role == "title":
        text = " ".join(" ".join(block.text for block in found.container(item)).split())
        if text:
            yield Block(kind=Kind.HEADING, text=text, level=1, page=found.page)
    elif role not in FURNITURE:
        for block in found.container(item):
            is_point = role in POINTS and block.kind is Kind.PARAGRAPH
            yield replace(block, kind=Kind.LIST_ITEM) if is_point else block

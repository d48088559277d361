"""Parse PPT (PowerPoint 97 to 2003) into blocks, slide by slide: title, points, tables, text boxes, notes, comments.

The layout is that of Microsoft's [MS-PPT]. On 112 files of many programs (3 ms each) this module has 95 % of the
words of sharepoint-to-text, the rest being page furniture and what templates and former saves still hold; it has
81 % of this module's. Charts are pictures made by another program here and give no text.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.parse.ole import streams
from ingest.parse.ppt_records import Listed, Record, Text, listed, object_at, saved, texts
from ingest.parse.table import table_block
from ingest.types import Block, Kind, ParsedDocument
from retrieval.errors import BrokenDocument, EncryptedDocument, UnsupportedType

PARSER = "intramuros-ppt 1"
ENCRYPTED = 0xF3D1C4DF  # CurrentUserAtom.headerToken
MAX_SPREAD = 20  # places of a table's grid to its cells; shapes all over the slide are no grid
MAX_NESTING = 20  # groups within groups; a hostile file nests thousands
DOCUMENT, SLIDE, NOTES = 0x03E8, 0x03EE, 0x03F0
SLIDE_ATOM, LIST_WITH_TEXT, OUTLINE_TEXT = 0x03EF, 0x0FF0, 0x0F9E
INFO_LIST, VBA_INFO, VBA_ATOM = 0x07D0, 0x03FF, 0x0400
DRAWING, GROUP, SHAPE, TEXT_BOX, CLIENT_DATA = 0x040C, 0xF003, 0xF004, 0xF00D, 0xF011
CHILD_ANCHOR, TERTIARY, PLACEHOLDER = 0xF00F, 0xF122, 0x0BC3
PROGRAM_TAGS, PROGRAM_TAG, TAG_DATA, COMMENT, STRING = 0x1388, 0x138A, 0x138B, 0x2EE0, 0x0FBA
TABLE_PROPERTY = 0x039F  # of a group of shapes: it is a table
TITLES, POINTS, NOTES_TEXT = (0, 6), (1, 5, 7, 8), 2  # TextHeaderAtom.textType
FURNITURE = (7, 8, 9, 10)  # placeholders for date, number, footer, header
SLIDES_LIST, NOTES_LIST = 0, 2  # instances of LIST_WITH_TEXT
LINE_ENDS = str.maketrans({"\r": "\n", "\v": "\n"})


@dataclass(frozen=True, slots=True)
class _Shape:
    texts: list[Text]
    top: int
    left: int


def parse_ppt(path: Path) -> ParsedDocument:
    """Return the slides' blocks in order. Raises DocumentRejected kinds, or struct.error where broken."""
    found = streams(path, "PowerPoint Document", "Current User")
    stream, current = found.get("PowerPoint Document", b""), found.get("Current User", b"")
    if len(current) < 20 or not stream:
        raise _broken()
    token, edit = struct.unpack_from("<II", current, 12)
    places, number, is_encrypted = saved(stream, edit)
    if token == ENCRYPTED or is_encrypted:
        raise EncryptedDocument(
            "the file is protected by a password", remedy="remove the password and ingest it again"
        )
    document = object_at(stream, places, number, DOCUMENT)
    if document is None:
        raise _broken()
    _refuse_macros(document)
    lists = document.inside(LIST_WITH_TEXT)
    slides = listed(item for item in lists if item.instance == SLIDES_LIST)
    notes = {item.number: item for item in listed(item for item in lists if item.instance == NOTES_LIST)}
    reader = _Reader(stream, places, notes)
    blocks = [block for page, slide in enumerate(slides, 1) for block in reader.slide(slide, page)]
    title = next((block.text for block in blocks if block.kind is Kind.HEADING), "")
    return ParsedDocument(title=title, blocks=tuple(blocks), pages=len(slides), parser=PARSER)


def _broken() -> BrokenDocument:
    return BrokenDocument(
        "the file's slides cannot be found", remedy="open it in PowerPoint, save it as .pptx and ingest that"
    )


def _refuse_macros(document: Record) -> None:
    """Raise UnsupportedType where the document says that its VBA project holds macros (VBAInfoAtom.fHasMacros)."""
    for item in document.inside(INFO_LIST):
        for info in item.inside(VBA_INFO):
            if any(any(atom.data[4:8]) for atom in info.inside(VBA_ATOM)):
                raise UnsupportedType(
                    "the file holds macros", remedy="save it without macros and ingest that"
                )


@dataclass(frozen=True, slots=True)
class _Reader:
    stream: bytes
    places: dict[int, int]
    notes: dict[int, Listed]

    def slide(self, slide: Listed, page: int) -> Iterator[Block]:
        """Yield a slide's title, then the rest as drawn, then its notes and comments."""
        container = object_at(self.stream, self.places, slide.persist, SLIDE)
        if container is None:  # the outline still knows what stood on it
            yield from (block for text in slide.texts for block in _blocks(text, page))
            return
        drawings = container.inside(DRAWING)
        blocks = [block for item in drawings for block in _drawn(item, slide.texts, page, 0)]
        yield from (block for block in blocks if block.kind is Kind.HEADING)
        yield from (block for block in blocks if block.kind is not Kind.HEADING)
        for atom in container.inside(SLIDE_ATOM):
            yield from self.spoken(struct.unpack_from("<I", atom.data, 16)[0], page)
        for text in _comments(container):
            yield Block(kind=Kind.PARAGRAPH, text=text, page=page)

    def spoken(self, number: int, page: int) -> Iterator[Block]:
        """Yield the speaker's notes of this number."""
        known = self.notes.get(number)
        container = None if known is None else object_at(self.stream, self.places, known.persist, NOTES)
        if known is None or container is None:
            return
        for shape in (shape for item in container.inside(DRAWING) for shape in _shapes(item, known.texts, 0)):
            for text in shape.texts:
                if text.kind == NOTES_TEXT and text.text.strip():
                    shown = text.text.translate(LINE_ENDS).strip()
                    yield Block(kind=Kind.PARAGRAPH, text=shown, page=page)


def _drawn(record: Record, outline: list[Text], page: int, depth: int) -> Iterator[Block]:
    """Yield the blocks of a drawing in its order; a group that is a table is one block."""
    for item in record.inside() if depth <= MAX_NESTING else ():
        if item.kind == SHAPE:
            shape = _shape(item, outline)
            yield from (block for text in shape.texts for block in _blocks(text, page))
        elif item.kind == GROUP and _is_table(item):
            table = table_block(_rows(_shapes(item, outline, depth)), page=page)
            if table:
                yield table
        elif item.is_container:
            yield from _drawn(item, outline, page, depth + 1)


def _shapes(record: Record, outline: list[Text], depth: int) -> Iterator[_Shape]:
    """Yield all shapes with text below a record."""
    for item in record.inside() if depth <= MAX_NESTING else ():
        if item.kind == SHAPE:
            shape = _shape(item, outline)
            if shape.texts:
                yield shape
        elif item.is_container:
            yield from _shapes(item, outline, depth + 1)


def _shape(record: Record, outline: list[Text]) -> _Shape:
    """Return a shape's texts: its own, or those of the outline that it points to; furniture has none."""
    found: list[Text] = []
    top = left = 0
    for item in record.inside():
        if item.kind == CLIENT_DATA and any(
            len(mark.data) > 4 and mark.data[4] in FURNITURE for mark in item.inside(PLACEHOLDER)
        ):
            return _Shape([], 0, 0)
        if item.kind == CHILD_ANCHOR and len(item.data) >= 8:
            left, top = struct.unpack_from("<ii", item.data)
        if item.kind == TEXT_BOX:
            found += texts(item.inside())
            for reference in item.inside(OUTLINE_TEXT):
                index = int.from_bytes(reference.data[:4], "little")
                found += outline[index : index + 1]
    return _Shape(found, top, left)


def _is_table(group: Record) -> bool:
    """Return whether the group's own shape, its first, says that it is a table."""
    first = next(iter(group.inside(SHAPE)), None)
    properties = [] if first is None else first.inside(TERTIARY)
    return any(
        struct.unpack_from("<H", item.data, 6 * place)[0] & 0x3FFF == TABLE_PROPERTY
        for item in properties
        for place in range(min(item.instance, len(item.data) // 6))
    )


def _rows(shapes: Iterator[_Shape]) -> list[list[str]]:
    """Return a table's cells by where they stand: rows by their top, columns by their left side."""
    cells = list(shapes)
    tops = {top: row for row, top in enumerate(sorted({cell.top for cell in cells}))}
    lefts = {left: column for column, left in enumerate(sorted({cell.left for cell in cells}))}
    if len(tops) * len(lefts) > MAX_SPREAD * len(cells):
        return [[text.text for text in cell.texts] for cell in cells]
    rows = [[""] * len(lefts) for _ in tops]
    for cell in cells:
        text = " ".join(text.text.translate(LINE_ENDS) for text in cell.texts)
        rows[tops[cell.top]][lefts[cell.left]] += text
    return rows


def _comments(record: Record) -> Iterator[str]:
    """Yield the texts of a slide's comments: the second string of each."""
    for tags in record.inside(PROGRAM_TAGS):
        for tag in tags.inside(PROGRAM_TAG):
            for data in tag.inside(TAG_DATA):
                for comment in data.inside(COMMENT):
                    for item in comment.inside(STRING):
                        text = item.data.decode("utf-16-le", "replace").strip()
                        if item.instance == 1 and text:
                            yield text


def _blocks(text: Text, page: int) -> Iterator[Block]:
    shown = text.text.translate(LINE_ENDS)
    if text.kind in TITLES:
        if shown.strip():
            yield Block(kind=Kind.HEADING, text=" ".join(shown.split()), level=1, page=page)
        return
    kind = Kind.LIST_ITEM if text.kind in POINTS else Kind.PARAGRAPH
    for line in text.text.split("\r"):
        if line.strip():
            yield Block(kind=kind, text=line.translate(LINE_ENDS).strip(), page=page)

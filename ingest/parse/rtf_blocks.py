"""Gather the text of an RTF file into blocks: paragraphs as they look, rows of cells, tables. Pure."""

from dataclasses import dataclass, field

from ingest.parse.hidden.rtf import PLAIN, Letters, Shape
from ingest.parse.table import table_block
from ingest.types import Block, Kind


@dataclass(frozen=True, slots=True)
class Look:
    """Say what the paragraph being read is; the control word pard takes it back."""

    style: int = 0
    level: int = 0
    is_list: bool = False
    is_title: bool = False
    in_table: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Hold what a group inherits and its end takes back."""

    destination: str = ""  # "", "fonttbl", "colortbl", "stylesheet", "title", "note" or "unread"
    letters: Letters = PLAIN
    shape: Shape | None = None  # the drawing that the text stands in
    is_deleted: bool = False
    encoding: str = ""  # of the font, "" = of the document
    skip: int = 1  # plain characters that follow a Unicode one for old readers


@dataclass(slots=True)
class Gathered:
    """Hold the blocks so far, and the text, row and table that are not ended yet."""

    text: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)

    def cell(self) -> None:
        """End a cell."""
        self.row.append(joined("".join(self.text)))
        self.text = []

    def end_row(self) -> None:
        """End a row."""
        self.rows.append(self.row)
        self.row = []

    def paragraph(self, look: Look) -> None:
        """End a paragraph outside tables."""
        text = joined("".join(self.text))
        self.text = []
        if not text.strip():
            return
        self.table()
        if look.is_title or look.level:
            kind = Kind.TITLE if look.is_title else Kind.HEADING
            level = 0 if look.is_title else look.level
            self.blocks.append(Block(kind=kind, text=" ".join(text.split()), level=level))
        else:
            kind = Kind.LIST_ITEM if look.is_list else Kind.PARAGRAPH
            self.blocks.append(Block(kind=kind, text=text.strip()))

    def table(self) -> None:
        """End the table that stands before this place; one of a single cell only frames its text."""
        rows = [*self.rows, self.row] if self.row else self.rows
        self.rows, self.row = [], []
        filled = [cell for row in rows for cell in row if cell.strip()]
        table = table_block(rows) if len(filled) > 1 else None
        if table:
            self.blocks.append(table)
        elif filled:
            self.blocks.append(Block(kind=Kind.PARAGRAPH, text=filled[0].strip()))


def joined(text: str) -> str:
    """Return text whose characters beyond the first plane are whole: RTF writes them in two halves."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

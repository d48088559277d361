"""Hold the records that pass between the stages of "one document". All are frozen; none does any work."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from retrieval.types import Box

UPLOAD = "upload"  # the source of files people upload; they are copies that the worker removes


class Cancelled(Exception):
    """Stop a document because its job was cancelled; it stays as it was before."""


class State(StrEnum):
    """Say where a document stands. The order is that of the story; the last two are ends."""

    FOUND = "found"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    VISIBLE = "visible"
    QUARANTINED = "quarantined"
    FORGOTTEN = "forgotten"


class Kind(StrEnum):
    """Name what a block is."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CAPTION = "caption"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Name a file as its source knows it. `key` is stable across syncs (the path below the source's root)."""

    source: str  # "folder:/srv/policies", "upload"
    key: str
    path: Path  # where its bytes can be read
    file_name: str  # as a person knows it; never used as a path
    readers: tuple[str, ...]  # principals; empty = visible to nobody


@dataclass(frozen=True, slots=True)
class Accepted:
    """Say what the gate found: the media type by content, the size and the fingerprint."""

    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Block:
    """Hold one block of a document in reading order.

    `text` is plain text; of a table it is Markdown with its header row, and `html` is set.
    `level` is the depth of a heading (1 = outermost), else 0.
    """

    kind: Kind
    text: str
    level: int = 0
    page: int | None = None  # 1-based page, slide or sheet number
    boxes: tuple[Box, ...] = ()
    html: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """Hold what a parser made of a file."""

    title: str
    blocks: tuple[Block, ...]
    pages: int | None  # None where the format has no pages
    parser: str  # name and version, e.g. "pypdfium2 5.15.2"
    ocr_pages: tuple[int, ...] = ()  # 1-based pages read by OCR
    ocr_confidence: float | None = None  # mean word confidence 0..100 over those pages
    attachments: tuple[str, ...] = ()  # names only; mail


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold a piece of a document that is embedded and found as one."""

    position: int  # 0-based order within the document
    text: str  # what the reader sees
    heading_path: tuple[str, ...]  # outermost first, without the document title
    language: str  # ISO 639-1, "und" where unknown
    page: int | None
    boxes: tuple[Box, ...]
    tokens: int  # of `indexed_text` by the embedder's tokenizer

    def indexed_text(self, title: str) -> str:
        """Return the text as embedded and searched: title and heading path lead."""
        return "\n".join([" > ".join((title, *self.heading_path)), self.text])


class Source(Protocol):
    """List the files of one place. The pipeline decides what is new; a source only tells what is there."""

    @property
    def name(self) -> str:
        """Return the source's stable name, e.g. "folder:/srv/policies"."""

    def files(self) -> Iterator[SourceFile]:
        """Yield every file present. Raises Unavailable where the place cannot be listed."""

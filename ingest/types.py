"""Hold the records that pass between the stages of "one document", all of them frozen, and the port of a source."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from ingest.guard.types import Mark
from retrieval.types import Box

UPLOAD = "upload"  # the source of files people upload


class Cancelled(Exception):
    """Stop a document because its job was cancelled; it stays as it was before."""


class Busy(Exception):
    """Say that another worker owns the document at present; its lease ends by itself."""


class State(StrEnum):
    """Say where a document stands. The order is that of the story; `ENDED` holds its ends."""

    FOUND = "found"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    VISIBLE = "visible"
    QUARANTINED = "quarantined"
    FORGOTTEN = "forgotten"


# Nobody works on what stands here until somebody orders it again.
ENDED = (State.VISIBLE, State.QUARANTINED, State.FORGOTTEN)


class Kind(StrEnum):
    """Name what a block is."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CAPTION = "caption"
    CODE = "code"


class Origin(StrEnum):
    """Say whose a file is. Whoever deletes files asks this and nothing else."""

    LISTED = "listed"  # the source's own: read, never touched
    COPY = "copy"  # ours, in the spool: an upload or an attachment, deleted once it is shown


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Name a file as its source knows it. `key` is stable across syncs (the path below the source's root)."""

    source: str  # "folder:/srv/policies", "s3:bucket/prefix", "upload"
    key: str
    path: Path  # where its bytes can be read
    file_name: str  # as a person knows it; never used as a path
    readers: tuple[str, ...]  # principals; empty = visible to nobody
    origin: Origin = field(kw_only=True)  # no default: it decides over deleting
    size_bytes: int | None = None  # as listed; None where the source does not say
    signature: str | None = None  # changes whenever the bytes may have; None = they must be read to know
    parent_id: str | None = None  # the document it is attached to
    depth: int = 0  # of attachments within attachments; 0 = attached to nothing


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
    cells: str | None = None  # of a spreadsheet's table: its range, "B4:F20"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Hold a file found inside another one, e.g. in a mail; it becomes a document of its own."""

    # How the sandbox's JSON holds bytes.
    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    file_name: str  # as its sender called it; never used as a path
    content: bytes


@dataclass(frozen=True, slots=True)
class OcrPage:
    """Say how surely a page was read by OCR."""

    page: int  # 1-based
    confidence: float  # mean of its words, 0..100; 0 where no word was found


class FindingKind(StrEnum):
    """Name what a reader of the page would not see, or what was left out."""

    INVISIBLE_CHARACTERS = "invisible characters"
    BIDIRECTIONAL_CONTROLS = "bidirectional controls"
    TAG_CHARACTERS = "tag characters"
    HIDDEN_TEXT = "hidden text"
    ACTIVE_CONTENT = "active content"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """Report something about a document that a person should know; what is hidden is never indexed."""

    kind: FindingKind
    count: int
    detail: str = ""  # e.g. the attachment's name, the limit; never the hidden text itself

    @property
    def needs_review(self) -> bool:
        """Return whether somebody may have tried to speak to the machine behind the reader's back."""
        return self.kind not in (FindingKind.ACTIVE_CONTENT, FindingKind.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """Hold what a parser made of a file."""

    title: str
    blocks: tuple[Block, ...]
    pages: int | None  # None where the format has no pages
    parser: str  # name and version, e.g. "pypdfium2 5.15.2"
    ocr: tuple[OcrPage, ...] = ()  # the pages without usable text of their own
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Name words of a passage to look for where it stands, and how far into the passage they begin, 0 to 1."""

    text: str
    place: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Say which page to draw, what to mark on it, and how wide.

    Of several pages the one is drawn that holds most of the phrases, else the first.
    """

    pages: tuple[int, ...]  # 1-based
    boxes: tuple[Box, ...]  # of the passage
    width_px: int
    phrases: tuple[Phrase, ...] = ()  # marked instead of the passage, where they are found


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a page as it was drawn."""

    # How the sandbox's JSON holds bytes.
    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    png: bytes
    page: int  # 1-based
    width_points: float  # of the page
    has_phrase: bool  # marked; else the passage is, where it stands on this page
    mark_at: tuple[float, float] | None = None  # where the first mark begins: shares of width and height


@dataclass(frozen=True, slots=True)
class Look:
    """Say what a PDF is without having read it."""

    pages: int  # 0 where it does not open without its password
    needs_password: bool
    sampled: int  # pages that were looked at
    scanned: int  # of these, those that only OCR can read


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
    section: int = 0  # 0-based; chunks of one section stand below the same headings of the first two levels
    cells: str | None = None  # of a spreadsheet's table: its range, "B4:F20"
    personal: tuple[Mark, ...] | None = None  # personal data in the text; None where nobody looked

    def indexed_text(self, title: str) -> str:
        """Return the text as embedded and searched: title and heading path lead."""
        return "\n".join([" > ".join((title, *self.heading_path)), self.text])


class Source(Protocol):
    """List the files of one place and lend their bytes. What is new among them is not the source's to decide."""

    @property
    def name(self) -> str:
        """Return the source's stable name, e.g. "folder:/srv/policies" or "s3:bucket/prefix"."""

    def files(self) -> Iterator[SourceFile]:
        """Yield every file present, sorted by key. Raises Unavailable where the place cannot be listed."""

    def local(self, file: SourceFile) -> AbstractContextManager[Path]:
        """Lend a path where the file's bytes can be read, as long as the context lasts.

        Raises Unavailable where the place cannot be reached, BrokenDocument where this one file cannot be read.
        """

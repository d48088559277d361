"""Read one source file: TOML front matter between two `+++` lines, then Markdown."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

FENCE = "+++\n"
HIDDEN = "[hidden] "  # opens a paragraph that the page shows in white: what an attacker would leave in a file


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a heading; `level` 1 is the outermost below the title."""

    level: int
    spans: Spans


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Hold a paragraph; a hidden one is in the file but not seen by people."""

    spans: Spans
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Hold a quoted paragraph: a box on a page, the speaker's notes of a slide."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Listing:
    """Hold a list of one level."""

    items: tuple[Spans, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table; the first row is its header."""

    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """Start a new page."""


Block = Heading | Paragraph | Note | Listing | Table | PageBreak


@dataclass(frozen=True, slots=True)
class Attachment:
    """Hold a text file that travels with a message."""

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Source:
    """Hold one source: what its front matter says, and its body as written."""

    path: Path
    collection: str
    title: str
    language: str  # ISO 639-1
    format: str  # pdf, scanned-pdf, docx, pptx, xlsx, html, eml, md, txt, csv
    dated: date
    version: str
    department: str
    body: str
    readers: tuple[str, ...] | None  # None = the collection's rule
    columns: int
    signatures: tuple[str, ...]
    mail: Mapping[str, str]  # from, to, cc
    attachments: tuple[Attachment, ...]

    @property
    def file_name(self) -> str:
        """Return the name of the rendered file."""
        return f"{self.path.stem}.{'pdf' if self.format == 'scanned-pdf' else self.format}"

    def blocks(self) -> list[Block]:
        """Return the body as blocks in reading order."""
        return read_blocks(self.body)


def read_source(path: Path) -> Source:
    """Return the source at `path`; its folder names the collection. Raises ValueError naming the file."""
    opening, front, body = path.read_text(encoding="utf-8").split(FENCE, 2)
    if opening:
        raise ValueError(f"{path.name} must begin with a line +++")
    meta = tomllib.loads(front)
    try:
        return Source(
            path=path,
            collection=path.parent.name,
            title=meta["title"],
            language=meta["language"],
            format=meta["format"],
            dated=meta["date"],
            version=meta["version"],
            department=meta["department"],
            body=body.strip() + "\n",
            readers=tuple(meta["readers"]) if "readers" in meta else None,
            columns=meta.get("columns", 1),
            signatures=tuple(meta.get("signatures", ())),
            mail=meta.get("mail", {}),
            attachments=tuple(Attachment(**entry) for entry in meta.get("attachment", ())),
        )
    except KeyError as error:
        raise ValueError(f"{path.name} lacks {error} in its front matter") from error


def plain(spans: Spans) -> str:
    """Return the text without its styles."""
    return "".join(span.text for span in spans)


def markdown() -> MarkdownIt:
    """Return the Markdown dialect of the sources: CommonMark with tables, raw HTML shown as text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def read_blocks(body: str) -> list[Block]:
    """Return the blocks of Markdown text in reading order."""
    blocks: list[Block] = []
    tokens = markdown().parse(body)
    position = 0
    while position < len(tokens):
        end = _closing(tokens, position)
        block = _block(tokens[position : end + 1])
        if block is not None:
            blocks.append(block)
        position = end + 1
    return blocks


def by_heading(blocks: Sequence[Block]) -> list[tuple[Heading, list[Block]]]:
    """Return each first-level heading with the blocks below it. What stands before the first is left out."""
    sections: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            sections.append((block, []))
        elif sections:
            sections[-1][1].append(block)
    return sections


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens) - 1


def _block(tokens: Sequence[Token]) -> Block | None:
    first = tokens[0]
    inline = [_spans(token) for token in tokens if token.type == "inline"]
    match first.type:
        case "heading_open":
            # The title is the document's own first level, so "##" in a source is the first heading below it.
            return Heading(max(1, int(first.tag[1]) - 1), inline[0])
        case "paragraph_open":
            return _paragraph(inline[0])
        case "blockquote_open":
            return Note(tuple(span for spans in inline for span in spans))
        case "bullet_list_open" | "ordered_list_open":
            return Listing(tuple(inline), ordered=first.type.startswith("ordered"))
        case "table_open":
            return Table(_rows(tokens))
        case other:
            return PageBreak() if other == "hr" else None


def _paragraph(spans: Spans) -> Paragraph:
    if not spans or not spans[0].text.startswith(HIDDEN):
        return Paragraph(spans)
    return Paragraph((Span(plain(spans).removeprefix(HIDDEN)),), hidden=True)


def _rows(tokens: Sequence[Token]) -> tuple[tuple[Spans, ...], ...]:
    rows: list[list[Spans]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_spans(token))
    return tuple(tuple(row) for row in rows)


def _spans(inline: Token) -> Spans:
    spans: list[Span] = []
    bold = italic = False
    for token in inline.children or ():
        match token.type:
            case "strong_open" | "strong_close":
                bold = token.type == "strong_open"
            case "em_open" | "em_close":
                italic = token.type == "em_open"
            case "softbreak":
                spans.append(Span(" ", bold, italic))
            case "hardbreak":
                spans.append(Span("\n", bold, italic))
            case _:
                if token.content:
                    spans.append(Span(token.content, bold, italic))
    return tuple(spans)

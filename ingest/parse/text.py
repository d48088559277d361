"""Parse TXT, CSV, TSV and Markdown in any encoding."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

from ingest.parse.encoding import decode
from ingest.parse.hidden.characters import hidden_text
from ingest.parse.hidden.terminal import shown_in_terminal
from ingest.parse.html import document_of
from ingest.parse.table import table_block
from ingest.types import Block, Kind, ParsedDocument

PARSER = "intramuros-text 1"
DELIMITERS = ",;\t|"
SNIFF_LINES = 20  # enough rows to see that a delimiter occurs equally often in each
BULLET = re.compile(r"^\s*(?:[-*•‣▪–]|\(?\d{1,3}[.)])\s+")
FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
TITLE_FIELD = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def parse_txt(path: Path) -> ParsedDocument:
    """Return paragraphs (parted by empty lines) and list items."""
    text, concealed = shown_in_terminal(decode(path.read_bytes()))
    blocks = paragraphs(text)
    return ParsedDocument(title="", blocks=blocks, pages=None, parser=PARSER, findings=hidden_text(concealed))


def paragraphs(text: str) -> tuple[Block, ...]:
    """Return plain text as blocks; a bullet starts a new block."""
    blocks: list[Block] = []
    for part in re.split(
        r"\n[^\S\n]*\n", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    ):
        lines: list[str] = []
        for line in part.split("\n"):
            if lines and BULLET.match(line):
                blocks += _prose(lines)
                lines = []
            lines.append(line)
        blocks += _prose(lines)
    return tuple(blocks)


def _prose(lines: list[str]) -> list[Block]:
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    if not text.strip():
        return []
    kind = Kind.LIST_ITEM if BULLET.match(text) else Kind.PARAGRAPH
    return [Block(kind=kind, text=text.strip())]


def parse_csv(path: Path) -> ParsedDocument:
    """Return one table whose first row is the header; the delimiter is found out."""
    text = decode(path.read_bytes())
    return _table(text, _delimiter(text))


def parse_tsv(path: Path) -> ParsedDocument:
    """Return one table whose first row is the header; cells are parted by tabs."""
    return _table(decode(path.read_bytes()), "\t")


def _table(text: str, delimiter: str) -> ParsedDocument:
    csv.field_size_limit(10_000_000)  # the default of 128 KB refuses cells that spreadsheets do write
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    table = table_block(rows)
    return ParsedDocument(title="", blocks=(table,) if table else (), pages=None, parser=PARSER)


def _delimiter(text: str) -> str:
    """Return the delimiter that parts the first lines into most columns, equally many in each line."""
    sample = "\n".join(text.splitlines()[:SNIFF_LINES])

    def columns(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        commonest = max(set(widths), key=widths.count, default=1)
        return (widths.count(commonest) if commonest > 1 else 0, commonest)

    return max(DELIMITERS, key=columns)


def parse_markdown(path: Path) -> ParsedDocument:
    """Return the blocks of Markdown with tables (CommonMark and GitHub's tables), rendered to HTML first."""
    from markdown_it import MarkdownIt  # heavy: keeps --help under 0.3 s

    text = decode(path.read_bytes()).replace("\r\n", "\n")
    front = FRONT_MATTER.match(text)
    named = TITLE_FIELD.search(front.group(1)) if front else None
    markup = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(text[front.end() :] if front else text)
    )
    document = document_of(f"<html><body>{markup}</body></html>")
    title = named.group(1) if named else document.title
    return replace(document, title=title)

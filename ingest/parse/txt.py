"""Parse TXT in any encoding."""

import re
from pathlib import Path

from ingest.parse.encoding import decode
from ingest.parse.hidden.passage import hidden_text
from ingest.parse.hidden.terminal import shown_in_terminal
from ingest.types import Block, Kind, ParsedDocument

PARSER = "intramuros-text 1"
BULLET = re.compile(r"^\s*(?:[-*•‣▪–]|\(?\d{1,3}[.)])\s+")


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

"""Parse Markdown in any encoding, rendered to HTML first."""

import re
from dataclasses import replace
from pathlib import Path

from ingest.parse.encoding import decode
from ingest.parse.hidden.passage import hidden_text
from ingest.parse.hidden.terminal import shown_in_terminal
from ingest.parse.html import document_of
from ingest.types import ParsedDocument

FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
TITLE_FIELD = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def parse_markdown(path: Path) -> ParsedDocument:
    """Return the blocks of Markdown with tables (CommonMark and GitHub's tables), rendered to HTML first."""
    from markdown_it import MarkdownIt  # heavy: keeps --help under 0.3 s

    text, concealed = shown_in_terminal(decode(path.read_bytes()).replace("\r\n", "\n"))
    front = FRONT_MATTER.match(text)
    named = TITLE_FIELD.search(front.group(1)) if front else None
    markup = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .render(text[front.end() :] if front else text)
    )
    document = document_of(f"<html><body>{markup}</body></html>")
    title = named.group(1) if named else document.title
    return replace(document, title=title, findings=(*document.findings, *hidden_text(concealed)))

"""Read a file as ingestion does, and show what became of it."""

from pathlib import Path

from ingest.gate import Limits, inspect
from ingest.parse.dispatch import parse
from ingest.types import Kind, ParsedDocument


def taken(folder: Path, data: str | bytes, name: str) -> ParsedDocument:
    """Return what the gate and the parser make of a file."""
    path = folder / "stored"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return parse(path, inspect(path, name, limits=Limits()).media_type, name)


def shown(document: ParsedDocument) -> list[tuple[Kind, int, str]]:
    """Return kind, level and text of each block."""
    return [(block.kind, block.level, block.text) for block in document.blocks]

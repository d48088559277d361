"""Try what a parser must not be able to do, and tell what came of it."""

import ctypes
import os
from collections.abc import Callable

from ingest.types import Block, Kind, ParsedDocument


def told(lines: list[str]) -> ParsedDocument:
    """Return a document that says what came of the attack."""
    blocks = tuple(Block(kind=Kind.PARAGRAPH, text=line) for line in lines)
    return ParsedDocument(title="attack", blocks=blocks, pages=None, parser="hostile")


def tried(deed: Callable[..., object], *arguments: object) -> str:
    """Return "refused" where the kernel said no, else what the deed brought."""
    try:
        return f"done: {deed(*arguments)}"
    except OSError as error:
        return f"refused: {error.strerror}"


def asked(call: Callable[..., int], *arguments: object) -> int:
    """Make a system call; raise what the kernel answers."""
    found = call(*arguments)
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found

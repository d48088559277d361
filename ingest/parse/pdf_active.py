"""Find what a PDF would do when it is opened: scripts, programs to start, files inside. Pure.

The bytes are searched, not run: names stand plain in the file or in its compressed object streams.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ingest.types import Finding, FindingKind

MAX_STREAM_BYTES = 4_000_000  # unpacked; an object stream of more is no catalogue
MAX_STREAMS = 2_000
NAMES = {
    b"JavaScript": "JavaScript",
    b"JS": "JavaScript",
    b"Launch": "programs to start",
    b"EmbeddedFile": "embedded files",
    b"EmbeddedFiles": "embedded files",
    b"RichMedia": "media",
    b"XFA": "an XFA form",
}
NAME = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?=[\s/<>\[\]()])")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"/ObjStm\b[^>]*?(?:>>[^>]{0,40}?)?stream\r?\n", re.DOTALL)


def active_content(path: Path) -> list[Finding]:
    """Return one finding that names what was found, none for a PDF that only shows something."""
    data = path.read_bytes()
    found: Counter[str] = Counter()
    for part in (data, *_object_streams(data)):
        found.update({NAMES[name]: 1 for name in set(NAME.findall(_unescaped(part)))})
    if not found:
        return []
    return [Finding(kind=FindingKind.ACTIVE_CONTENT, count=len(found), detail=", ".join(sorted(found)))]


def _unescaped(data: bytes) -> bytes:
    """Return names as they are meant: "/J#61vaScript" is one way to write "/JavaScript"."""
    if b"#" not in data:
        return data
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)


def _object_streams(data: bytes) -> Iterator[bytes]:
    for number, found in enumerate(STREAM.finditer(data)):
        if number >= MAX_STREAMS:
            return
        unpacker = zlib.decompressobj()
        try:
            yield unpacker.decompress(data[found.end() : found.end() + MAX_STREAM_BYTES], MAX_STREAM_BYTES)
        except zlib.error:  # encrypted, or packed another way: pdfium's own text is read all the same
            continue

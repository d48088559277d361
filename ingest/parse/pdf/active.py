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
STREAM = re.compile(rb">>(?:\s|%[^\r\n]{0,200}[\r\n])*stream(?:\r\n|\r|\n)")
OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
MAX_HEAD_BYTES = 65_536  # between two streams that are searched for the dictionary of the second


def active_content(path: Path) -> list[Finding]:
    """Return one finding that names what was found, none for a PDF that only shows something."""
    found: Counter[str] = Counter()
    for part in _searched(path.read_bytes()):
        found.update({NAMES[name]: 1 for name in set(NAME.findall(_unescaped(part)))})
    if not found:
        return []
    return [Finding(kind=FindingKind.ACTIVE_CONTENT, count=len(found), detail=", ".join(sorted(found)))]


def _unescaped(data: bytes) -> bytes:
    """Return names as they are meant: "/J#61vaScript" is one way to write "/JavaScript"."""
    if b"#" not in data:
        return data
    return ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)


def _searched(data: bytes) -> Iterator[bytes]:
    """Yield the objects of a file, those in object streams too, without what other streams hold: pictures, fonts."""
    at = unpacked = 0
    for found in STREAM.finditer(data):
        if found.start() < at:  # within the stream before
            continue
        head = _unescaped(data[max(at, found.start() - MAX_HEAD_BYTES) : found.end()])
        if b"/ObjStm" in head and unpacked < MAX_STREAMS:
            unpacked += 1
            yield _unpacked(data, found.end(), is_packed=b"Filter" in head)
        end = data.find(b"endstream", found.end())
        if end < 0:
            break
        # A string may hold the word that opens a stream, to hide what follows: objects begin in no picture.
        if not OBJECT.search(data, found.end(), end):
            yield data[at : found.end()]
            at = end
    yield data[at:]


def _unpacked(data: bytes, start: int, *, is_packed: bool) -> bytes:
    """Return what the object stream that starts at `start` holds, nothing where it cannot be told."""
    packed = data[start : start + MAX_STREAM_BYTES]
    if not is_packed:
        return packed.split(b"endstream", 1)[0]
    try:
        return zlib.decompressobj().decompress(packed, MAX_STREAM_BYTES)
    except zlib.error:  # encrypted, or packed another way: pdfium's own text is read all the same
        return b""

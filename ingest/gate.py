"""Say what may come in, before any parser sees it: type by name and by content, size, archives that expand.

The figures are those of OWASP ASVS 5.2 as far as it gives any, otherwise our own.
"""

import hashlib
import re
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.container import BLOCK_BYTES, MEGABYTE, check_compound, check_package, mismatch
from ingest.container import Limits as Limits  # noqa: PLC0414  the gate's own interface
from ingest.formats import (
    BY_EXTENSION,
    JPEG_MAGIC,
    RTF_MAGIC,
    Compound,
    Format,
    Package,
    Signature,
    Text,
)
from ingest.parse.encoding import decode, is_text
from ingest.parse.ole import OLE_MAGIC
from ingest.types import Accepted
from retrieval.errors import BrokenDocument, EmptyDocument, TooLarge, UnsupportedType

EXTENSIONS = frozenset(BY_EXTENSION)  # what may come in
HEAD_BYTES = 16 * 1024  # where a page shows its first tag and a message its headers
REMEDIES = {  # for types that people do upload; anything else: convert to PDF
    ".zip": "unpack it and ingest the files",
    **dict.fromkeys((".dotm", ".xltm"), "save it without macros and ingest that"),
}
BINARY_MAGICS = (
    b"%PDF-",
    b"PK\x03\x04",
    OLE_MAGIC,
    b"\x7fELF",
    b"MZ\x90",
    RTF_MAGIC,
    b"\x89PNG",
    JPEG_MAGIC,
)


def inspect(path: Path, file_name: str, *, limits: Limits) -> Accepted:
    """Return type, size and fingerprint of a file that may come in. Raises DocumentRejected kinds, nothing else.

    `file_name` is the name as a person knows it; `path` may be called anything. Whether a PDF needs a password is
    left to its parser: a file that only forbids copying looks the same from outside and may be read. So is how large a
    picture is: to read its header is to parse it.
    """
    extension = PurePosixPath(file_name.replace("\\", "/")).suffix.lower()
    form = BY_EXTENSION.get(extension)
    if form is None:
        raise UnsupportedType(
            f"'{file_name}' is of type '{extension or 'none'}', which is not accepted",
            remedy=REMEDIES.get(extension, "convert it to PDF and ingest that"),
        )
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnsupportedType(f"'{file_name}' is not a regular file", remedy="copy the file itself")
        with path.open("rb") as stream:
            size_bytes, sha256 = _fingerprint(stream, file_name, limits)
            _check(stream, form, file_name, limits)
    except OSError as error:
        raise BrokenDocument(
            f"'{file_name}' cannot be read ({error.strerror})",
            remedy="check its permissions and ingest it again",
        ) from error
    return Accepted(media_type=form.media_type, size_bytes=size_bytes, sha256=sha256)


def _fingerprint(stream: BinaryIO, file_name: str, limits: Limits) -> tuple[int, str]:
    """Return size and SHA-256, counted on the bytes themselves because a file may grow while it is read."""
    digest = hashlib.sha256()
    size_bytes = 0
    while block := stream.read(BLOCK_BYTES):
        size_bytes += len(block)
        if size_bytes > limits.max_bytes:
            raise TooLarge(
                f"'{file_name}' is larger than {limits.max_bytes // MEGABYTE} MB",
                remedy="split it, or ask the administrator to raise the limit",
            )
        digest.update(block)
    if size_bytes == 0:
        raise EmptyDocument(
            f"'{file_name}' is empty (0 bytes)", remedy="check the original and send it again"
        )
    return size_bytes, digest.hexdigest()


def _check(stream: BinaryIO, form: Format, file_name: str, limits: Limits) -> None:
    """Raise where a file's content is not what its name says, or is unsafe."""
    stream.seek(0)
    match form.sign:
        case Package(member):
            check_package(stream, form.media_type, member, file_name, limits)
        case Compound(streams):
            check_compound(stream.read(), streams, file_name)
        case Signature(claimed, is_in):
            if not is_in(stream.read()):
                raise mismatch(file_name, claimed)
        case Text(claimed, pattern):
            _check_text(stream.read(), claimed, pattern, file_name)


def _check_text(data: bytes, claimed: str, pattern: re.Pattern[str] | None, file_name: str) -> None:
    if data.startswith(BINARY_MAGICS) or not is_text(data):
        raise mismatch(file_name, "a text file")
    if not data.strip():
        raise EmptyDocument(
            f"'{file_name}' holds only white space", remedy="check the original and send it again"
        )
    if pattern is not None and not pattern.search(decode(data[:HEAD_BYTES])):
        raise mismatch(file_name, claimed)

"""Say what may come in, before any parser sees it: type by name and by content, size, archives that expand.

The figures are those of OWASP ASVS 5.2 as far as it gives any, otherwise our own.
"""

import hashlib
import re
import stat
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.container import BLOCK_BYTES, MEGABYTE, check_compound, check_package, mismatch
from ingest.container import Limits as Limits  # noqa: PLC0414  the gate's own interface
from ingest.parse.encoding import decode, is_text
from ingest.parse.ole import OLE_MAGIC
from ingest.types import Accepted
from retrieval.errors import BrokenDocument, EmptyDocument, TooLarge, UnsupportedType

OFFICE = "application/vnd.openxmlformats-officedocument."
PACKAGES = {  # extension: media type, the member that makes it what it claims to be
    ".docx": (f"{OFFICE}wordprocessingml.document", "word/document.xml"),
    ".pptx": (f"{OFFICE}presentationml.presentation", "ppt/presentation.xml"),
    ".xlsx": (f"{OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
    # Their names promise macros; those that hold none are read like their siblings, the others are refused.
    ".docm": (f"{OFFICE}wordprocessingml.document", "word/document.xml"),
    ".pptm": (f"{OFFICE}presentationml.presentation", "ppt/presentation.xml"),
    ".xlsm": (f"{OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
    ".odt": ("application/vnd.oasis.opendocument.text", "content.xml"),
    ".odp": ("application/vnd.oasis.opendocument.presentation", "content.xml"),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet", "content.xml"),
    ".epub": ("application/epub+zip", "META-INF/container.xml"),
}
COMPOUNDS = {  # extension: media type, the streams of which one makes it what it claims to be
    ".doc": ("application/msword", ("WordDocument",)),
    ".ppt": ("application/vnd.ms-powerpoint", ("PowerPoint Document",)),
    ".xls": ("application/vnd.ms-excel", ("Workbook", "Book")),
}
TEXTS = {
    ".html": "text/html",
    ".htm": "text/html",
    ".eml": "message/rfc822",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".rst": "text/x-rst",
    **dict.fromkeys((".adoc", ".asciidoc", ".asc"), "text/asciidoc"),
}
PDF_MAGIC_WINDOW = 1024  # readers accept a header this far into the file (ISO 32000, implementation notes)
RTF_MAGIC = b"{\\rtf"
MESSAGE_STREAM = "__properties_version1.0".encode("utf-16-le")  # of an OLE container that is a message
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # in both orders of bytes, and BigTIFF
SIGNED: dict[str, tuple[str, str, Callable[[bytes], bool]]] = {  # extension: media type, its name, its sign
    ".pdf": ("application/pdf", "a PDF file", lambda data: b"%PDF-" in data[:PDF_MAGIC_WINDOW]),
    ".rtf": ("application/rtf", "an RTF file", lambda data: data.startswith(RTF_MAGIC)),
    ".msg": (
        "application/vnd.ms-outlook",
        "an Outlook message",
        lambda data: data.startswith(OLE_MAGIC) and MESSAGE_STREAM in data,
    ),
    ".png": ("image/png", "a PNG picture", lambda data: data.startswith(PNG_MAGIC)),
    **dict.fromkeys(
        (".jpg", ".jpeg"), ("image/jpeg", "a JPEG picture", lambda data: data.startswith(JPEG_MAGIC))
    ),
    **dict.fromkeys(
        (".tif", ".tiff"), ("image/tiff", "a TIFF picture", lambda data: data.startswith(TIFF_MAGICS))
    ),
}
EXTENSIONS = frozenset({*SIGNED, *PACKAGES, *COMPOUNDS, *TEXTS})

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
    b"\xff\xd8\xff",
)
HTML_SIGN = re.compile(r"<\s*(?:!doctype|!--|\?xml|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
HEADER_LINE = re.compile(r"^[!-9;-~]+:", re.MULTILINE)


def inspect(path: Path, file_name: str, *, limits: Limits) -> Accepted:
    """Return type, size and fingerprint of a file that may come in. Raises DocumentRejected kinds, nothing else.

    `file_name` is the name as a person knows it; `path` may be called anything. Whether a PDF needs a password is
    left to its parser: a file that only forbids copying looks the same from outside and may be read. So is how large a
    picture is: to read its header is to parse it.
    """
    extension = PurePosixPath(file_name.replace("\\", "/")).suffix.lower()
    if extension not in EXTENSIONS:
        raise UnsupportedType(
            f"'{file_name}' is of type '{extension or 'none'}', which is not accepted",
            remedy=REMEDIES.get(extension, "convert it to PDF and ingest that"),
        )
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnsupportedType(f"'{file_name}' is not a regular file", remedy="copy the file itself")
        with path.open("rb") as stream:
            size_bytes, sha256 = _fingerprint(stream, file_name, limits)
            media_type = _media_type(stream, extension, file_name, limits)
    except OSError as error:
        raise BrokenDocument(
            f"'{file_name}' cannot be read ({error.strerror})",
            remedy="check its permissions and ingest it again",
        ) from error
    return Accepted(media_type=media_type, size_bytes=size_bytes, sha256=sha256)


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


def _media_type(stream: BinaryIO, extension: str, file_name: str, limits: Limits) -> str:
    stream.seek(0)
    if extension in PACKAGES:
        media_type, member = PACKAGES[extension]
        check_package(stream, media_type, member, file_name, limits)
    elif extension in COMPOUNDS:
        media_type, names = COMPOUNDS[extension]
        check_compound(stream.read(), names, file_name)
    elif extension in SIGNED:
        media_type, claimed, is_one = SIGNED[extension]
        if not is_one(stream.read()):
            raise mismatch(file_name, claimed)
    else:
        media_type = TEXTS[extension]
        _check_text(stream.read(), extension, file_name)
    return media_type


def _check_text(data: bytes, extension: str, file_name: str) -> None:
    if data.startswith(BINARY_MAGICS) or not is_text(data):
        raise mismatch(file_name, "a text file")
    if not data.strip():
        raise EmptyDocument(
            f"'{file_name}' holds only white space", remedy="check the original and send it again"
        )
    head = decode(data[: 16 * 1024])
    if extension in (".html", ".htm") and not HTML_SIGN.search(head):
        raise mismatch(file_name, "an HTML page")
    if extension == ".eml" and not HEADER_LINE.search(head):
        raise mismatch(file_name, "an e-mail message")

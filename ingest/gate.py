"""Say what may come in, before any parser sees it: type by name and by content, size, archives that expand.

The figures are those of OWASP ASVS 5.2 as far as it gives any, otherwise our own.
"""

import hashlib
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from ingest.members import check_name, check_nested
from ingest.parse.encoding import decode, is_text
from ingest.parse.image import check_header
from ingest.types import Accepted
from retrieval.errors import (
    BrokenDocument,
    DocumentRejected,
    EmptyDocument,
    EncryptedDocument,
    TooLarge,
    UnsupportedType,
)

MEGABYTE = 1024 * 1024
BLOCK_BYTES = MEGABYTE
RATIO_FLOOR_BYTES = MEGABYTE  # a few kilobytes of blank XML compress beyond any ratio and harm nobody

OFFICE = "application/vnd.openxmlformats-officedocument."
PACKAGES = {  # extension: media type, the member that makes it what it claims to be
    ".docx": (f"{OFFICE}wordprocessingml.document", "word/document.xml"),
    ".pptx": (f"{OFFICE}presentationml.presentation", "ppt/presentation.xml"),
    ".xlsx": (f"{OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
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
}
OUTLOOK = "application/vnd.ms-outlook"
PICTURES = {
    ".png": "image/png",
    **dict.fromkeys((".jpg", ".jpeg"), "image/jpeg"),
    **dict.fromkeys((".tif", ".tiff"), "image/tiff"),
}
EXTENSIONS = frozenset({".pdf", ".msg", *PACKAGES, *TEXTS, *PICTURES})

REMEDIES = {  # for types that people do upload; anything else: convert to PDF
    ".doc": "save it as .docx and ingest that",
    ".xls": "save it as .xlsx and ingest that",
    ".ppt": "save it as .pptx and ingest that",
    ".zip": "unpack it and ingest the files",
    **dict.fromkeys((".docm", ".xlsm", ".pptm", ".dotm", ".xltm"), "save it without macros and ingest that"),
}
PDF_MAGIC_WINDOW = 1024  # readers accept a header this far into the file (ISO 32000, implementation notes)
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode(
    "utf-16-le"
)  # of an OLE container around an encrypted OOXML file
MESSAGE_STREAM = "__properties_version1.0".encode("utf-16-le")  # of an OLE container that is a message
BINARY_MAGICS = (
    b"%PDF-",
    b"PK\x03\x04",
    OLE_MAGIC,
    b"\x7fELF",
    b"MZ\x90",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
)
MACRO_MEMBER = re.compile(r"vbaproject|vbadata|macrosheets/|activex/", re.IGNORECASE)
HTML_SIGN = re.compile(r"<\s*(?:!doctype|!--|\?xml|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
HEADER_LINE = re.compile(r"^[!-9;-~]+:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what one file may cost."""

    max_bytes: int = 50 * MEGABYTE
    max_expanded_bytes: int = 500 * MEGABYTE
    max_ratio: int = 100  # expanded to packed
    max_members: int = 10_000


def inspect(path: Path, file_name: str, *, limits: Limits) -> Accepted:
    """Return type, size and fingerprint of a file that may come in. Raises DocumentRejected kinds, nothing else.

    `file_name` is the name as a person knows it; `path` may be called anything. Whether a PDF needs a password is
    left to its parser: a file that only forbids copying looks the same from outside and may be read.
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
    if extension == ".pdf":
        if b"%PDF-" not in stream.read(PDF_MAGIC_WINDOW):
            raise _mismatch(file_name, "a PDF file")
        return "application/pdf"
    if extension == ".msg":
        data = stream.read()
        if not data.startswith(OLE_MAGIC) or MESSAGE_STREAM not in data:
            raise _mismatch(file_name, "an Outlook message")
        return OUTLOOK
    if extension in PICTURES:
        try:
            check_header(stream, PICTURES[extension])
        except DocumentRejected as refusal:
            raise type(refusal)(f"'{file_name}': {refusal.message}", remedy=refusal.remedy) from refusal
        return PICTURES[extension]
    if extension in PACKAGES:
        media_type, member = PACKAGES[extension]
        _check_package(stream, member, file_name, limits)
        return media_type
    _check_text(stream.read(), extension, file_name)
    return TEXTS[extension]


def _mismatch(file_name: str, claimed: str) -> UnsupportedType:
    return UnsupportedType(
        f"'{file_name}' is not {claimed}, although its name says so",
        remedy="give it the right extension, or save it again in the program that made it",
    )


def _check_text(data: bytes, extension: str, file_name: str) -> None:
    if data.startswith(BINARY_MAGICS) or not is_text(data):
        raise _mismatch(file_name, "a text file")
    if not data.strip():
        raise EmptyDocument(
            f"'{file_name}' holds only white space", remedy="check the original and send it again"
        )
    head = decode(data[: 16 * 1024])
    if extension in (".html", ".htm") and not HTML_SIGN.search(head):
        raise _mismatch(file_name, "an HTML page")
    if extension == ".eml" and not HEADER_LINE.search(head):
        raise _mismatch(file_name, "an e-mail message")


def _check_package(stream: BinaryIO, member: str, file_name: str, limits: Limits) -> None:
    if stream.read(len(OLE_MAGIC)) == OLE_MAGIC:
        if ENCRYPTED_STREAM in stream.read():
            raise EncryptedDocument(
                f"'{file_name}' is protected by a password", remedy="remove the password and ingest it again"
            )
        raise _mismatch(file_name, "an Office file of the present format (DOCX, PPTX, XLSX)")
    stream.seek(0)
    try:
        with ZipFile(stream) as package:
            members = package.infolist()
            _check_members(members, member, file_name, limits)
            _count_expansion(package, members, file_name, limits)
            budget_bytes = max(
                min(limits.max_expanded_bytes, limits.max_ratio * _packed(members)), RATIO_FLOOR_BYTES
            )
            check_nested(package, file_name, max_members=limits.max_members, budget_bytes=budget_bytes)
    # NotImplementedError: an unknown compression; RuntimeError: a member with a password; the rest: damage.
    except (
        BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        LookupError,
        zlib.error,
    ) as error:
        raise BrokenDocument(
            f"'{file_name}' is damaged: its ZIP structure cannot be read",
            remedy="open it in the program that made it, save it again and ingest it again",
        ) from error


def _check_members(members: list[ZipInfo], needed: str, file_name: str, limits: Limits) -> None:
    """Raise on too many, misplaced or macro members, links, a missing main part, or a declared bomb."""
    if len(members) > limits.max_members:
        raise TooLarge(
            f"'{file_name}' has {len(members)} members, more than {limits.max_members}",
            remedy="split it into parts",
        )
    for info in members:
        check_name(info, file_name)
        if MACRO_MEMBER.search(info.filename):
            raise UnsupportedType(
                f"'{file_name}' holds macros", remedy="save it without macros and ingest that"
            )
    if needed not in {info.filename for info in members}:
        raise _mismatch(file_name, "a file of this type")
    _check_expansion(sum(info.file_size for info in members), _packed(members), file_name, limits)


def _packed(members: list[ZipInfo]) -> int:
    return max(sum(info.compress_size for info in members), 1)


def _check_expansion(expanded: int, packed: int, file_name: str, limits: Limits) -> None:
    is_bomb = expanded > RATIO_FLOOR_BYTES and expanded > limits.max_ratio * packed
    if is_bomb or expanded > limits.max_expanded_bytes:
        raise TooLarge(
            f"'{file_name}' expands to {expanded // MEGABYTE} MB or more, {expanded // packed} times its size "
            f"(allowed: {limits.max_expanded_bytes // MEGABYTE} MB and {limits.max_ratio} times)",
            remedy="save it again in the program that made it; large pictures can be left out",
        )


def _count_expansion(package: ZipFile, members: list[ZipInfo], file_name: str, limits: Limits) -> None:
    """Unpack every member into nothing: what is declared may be a lie, and a bad checksum shows here."""
    counted, packed = 0, _packed(members)
    for info in members:
        with package.open(info) as member:
            while block := member.read(BLOCK_BYTES):
                counted += len(block)
                _check_expansion(counted, packed, file_name, limits)

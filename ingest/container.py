"""Check files that hold others, before any parser: ZIP packages (OOXML, OpenDocument, EPUB) and OLE containers."""

import re
import zlib
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from ingest.members import check_name, check_nested
from ingest.parse.ole import OLE_MAGIC, has_entry
from retrieval.errors import BrokenDocument, EncryptedDocument, TooLarge, UnsupportedType

MEGABYTE = 1024 * 1024
BLOCK_BYTES = MEGABYTE  # in memory at a time, however large the file is
RATIO_FLOOR_BYTES = MEGABYTE  # a few kilobytes of blank XML compress beyond any ratio and harm nobody
# Of an OLE container around an encrypted OOXML file.
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
# OpenDocument's own lists of its macros (script-lb.xml) are there without any macro.
MACRO_MEMBER = re.compile(
    r"vbaproject|vbadata|macrosheets/|activex/|^basic/.+/(?!(?:script|dialog)-lb\.xml$)[^/]+\.xml$|^scripts/.+\w$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what one file may cost."""

    max_bytes: int = 50 * MEGABYTE
    max_expanded_bytes: int = 500 * MEGABYTE
    max_ratio: int = 100  # expanded to packed
    max_members: int = 10_000


def mismatch(file_name: str, claimed: str) -> UnsupportedType:
    """Return the error that says a file is not what its name claims."""
    return UnsupportedType(
        f"'{file_name}' is not {claimed}, although its name says so",
        remedy="give it the right extension, or save it again in the program that made it",
    )


def check_compound(data: bytes, names: tuple[str, ...], file_name: str) -> None:
    """Raise where an OLE file is not what its name says, is an encrypted package or holds VBA."""
    if not data.startswith(OLE_MAGIC):
        raise mismatch(file_name, "an Office file of the binary format (DOC, PPT, XLS)")
    if ENCRYPTED_STREAM in data:
        raise _encrypted(file_name)
    if has_entry(data, "_VBA_PROJECT"):
        raise _macros(file_name)
    if not any(has_entry(data, name) for name in names):
        raise mismatch(file_name, "a file of this type")


def _encrypted(file_name: str) -> EncryptedDocument:
    return EncryptedDocument(
        f"'{file_name}' is protected by a password", remedy="remove the password and ingest it again"
    )


def _macros(file_name: str) -> UnsupportedType:
    return UnsupportedType(f"'{file_name}' holds macros", remedy="save it without macros and ingest that")


def check_package(stream: BinaryIO, media_type: str, member: str, file_name: str, limits: Limits) -> None:
    """Raise DocumentRejected where a ZIP package is unsafe, damaged, locked, holds macros or lacks `member`."""
    if stream.read(len(OLE_MAGIC)) == OLE_MAGIC:
        if ENCRYPTED_STREAM in stream.read():
            raise _encrypted(file_name)
        raise mismatch(file_name, "an Office file of the present format (DOCX, PPTX, XLSX)")
    stream.seek(0)
    try:
        with ZipFile(stream) as package:
            members = package.infolist()
            _check_members(members, member, file_name, limits)
            _check_declared(package, media_type, file_name)
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
            raise _macros(file_name)
    if needed not in {info.filename for info in members}:
        raise mismatch(file_name, "a file of this type")
    _check_expansion(sum(info.file_size for info in members), _packed(members), file_name, limits)


def _check_declared(package: ZipFile, media_type: str, file_name: str) -> None:
    """Raise where an OpenDocument or EPUB says of itself that it is another kind; some writers say nothing."""
    if "mimetype" in package.NameToInfo:
        with package.open("mimetype") as member:
            said = member.read(len(media_type) + 1)
        if said.strip() != media_type.encode():
            raise mismatch(file_name, "a file of this type")


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

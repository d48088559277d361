"""Say what the members of a package may be called, and how deep packages may lie within it.

No parser unpacks a member to a path of its name; a name that would lead outside is the mark of an attack all the same.
"""

import stat
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from zipfile import BadZipFile, ZipFile, ZipInfo

from retrieval.errors import BrokenDocument, TooLarge

ZIP_MAGIC = b"PK\x03\x04"
MAX_LEVELS = 3  # a workbook in a document in a presentation
MAX_NAME_BYTES = 255  # of one part of a path, as file systems take it
BLOCK_BYTES = 1024 * 1024  # in memory at a time, however far a member expands
IN_MEMORY_BYTES = 8 * BLOCK_BYTES  # larger packages within are checked from disk
UNREADABLE = (BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, LookupError, zlib.error)
REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(info: ZipInfo, file_name: str) -> None:
    """Raise BrokenDocument on a link, and on a name that leads outside or shows another than it is."""
    written = info.orig_filename
    parts = PurePosixPath(written.replace("\\", "/")).parts
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    leads_outside = ".." in parts or parts[:1] in (("/",), ("//",)) or ":" in written
    is_odd = any(ord(letter) < 32 or ord(letter) == 127 or letter in REORDERING for letter in written)
    if (
        is_link
        or leads_outside
        or is_odd
        or any(len(p.encode("utf-8", "replace")) > MAX_NAME_BYTES for p in parts)
    ):
        raise BrokenDocument(
            f"'{file_name}' holds a link or a path that leads outside",
            remedy="do not open it; ask its sender for a clean copy",
        )


def check_nested(package: ZipFile, file_name: str, *, max_members: int, budget_bytes: int) -> None:
    """Raise TooLarge where packages within hold too many members, lie too deep, or expand beyond the budget together.

    Raises also what `zipfile` raises on damage. The budget is that of the whole file.
    """
    _Nested(file_name, max_members, budget_bytes).check(package, 1)


class _Nested:
    def __init__(self, file_name: str, max_members: int, budget_bytes: int) -> None:
        self.file_name = file_name
        self.members_left = max_members
        self.bytes_left = budget_bytes

    def check(self, package: ZipFile, level: int) -> None:
        for info in package.infolist():
            if not self._is_package(package, info):
                continue
            if level >= MAX_LEVELS:
                raise self._refusal(f"holds packages more than {MAX_LEVELS} deep within each other")
            with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as copy:
                for block in _blocks(package, info):
                    copy.write(block)
                copy.seek(0)
                # What is damaged or locked cannot be unpacked, so it cannot expand either.
                with suppress(*UNREADABLE), ZipFile(copy) as inner:
                    self._count(inner)
                    self.check(inner, level + 1)

    def _is_package(self, package: ZipFile, info: ZipInfo) -> bool:
        with package.open(info) as member:
            return member.read(len(ZIP_MAGIC)) == ZIP_MAGIC

    def _count(self, package: ZipFile) -> None:
        members = package.infolist()
        self.members_left -= len(members)
        if self.members_left < 0:
            raise self._refusal("holds too many files in packages within it")
        for info in members:
            for block in _blocks(package, info):
                self.bytes_left -= len(block)
                if self.bytes_left < 0:
                    raise self._refusal("expands too far through packages within it")

    def _refusal(self, what: str) -> TooLarge:
        return TooLarge(
            f"'{self.file_name}' {what}", remedy="save the embedded files separately and ingest them"
        )


def _blocks(package: ZipFile, info: ZipInfo) -> Iterator[bytes]:
    with package.open(info) as member:
        while block := member.read(BLOCK_BYTES):
            yield block

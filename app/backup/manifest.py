"""Say what a backup is made of, and seal it: HMAC-SHA256 with a key that does not lie in the backup.

`manifest.json` names the release, the schema, counts and the SHA-256 of `parts.jsonl`, which has one line a file.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import TypeAdapter, ValidationError

from app.checksum import sha256_of
from ingest.originals import opened
from retrieval.errors import BackupRejected, BrokenDocument

FORMAT: Final = 1
MANIFEST, SEAL, PARTS = "manifest.json", "manifest.mac", "parts.jsonl"
OURS: Final = (MANIFEST, SEAL, PARTS)
TABLES, ORIGINALS, VECTORS = "tables", "originals", "vectors.bin"
_PART: Final = re.compile(
    rf"{TABLES}/[a-z_]{{1,63}}\.jsonl\.gz|{ORIGINALS}/[0-9a-f]{{2}}/[0-9a-f]{{32}}\.original|{VECTORS}"
)
GET_ANOTHER: Final = "take another backup, or this one from another copy"


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one file of a backup."""

    path: str  # within it, with slashes
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hold what a backup says of itself."""

    format: int
    release: str
    schema: str
    made_at: str  # when its snapshot was taken
    embedder: str
    tables: Mapping[str, int]  # rows
    originals: int
    vectors: int  # texts whose vectors are in it; 0 = a restore embeds them anew
    parts_sha256: str
    parts: int
    # Versions whose originals were missing or other bytes in the house itself, when it was backed up.
    missing: tuple[str, ...] = field(default=())
    changed: tuple[str, ...] = field(default=())


class Writer:
    """Write the parts of a backup into a folder, hashing them on their way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts = (folder / PARTS).open("w", encoding="ascii")
        self.parts = 0

    def open(self, path: str) -> "Hashed":
        """Return a new part, open for writing; close it with `add`."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return Hashed(place.open("xb"), path)

    def add(self, part: "Hashed") -> str:
        """Close a part, list it and return its SHA-256."""
        part.file.close()
        digest = part.digest.hexdigest()
        self._parts.write(json.dumps(asdict(Part(part.path, digest, part.size_bytes))) + "\n")
        self.parts += 1
        return digest

    def close(self) -> str:
        """Close the list and return its SHA-256."""
        self._parts.close()
        return sha256_of(self.folder / PARTS)


class Hashed:
    """Be a file that is hashed while it is written."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self.file, self.path = file, path
        self.digest, self.size_bytes = hashlib.sha256(), 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write and hash; return the number of bytes."""
        self.digest.update(data)
        self.size_bytes += len(data)
        return self.file.write(data)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self.file.flush()


def seal(folder: Path, manifest: Manifest, key: bytes) -> None:
    """Write the manifest and its seal; with them, the backup is whole."""
    data = json.dumps(asdict(manifest), indent=1).encode("ascii")
    (folder / MANIFEST).write_bytes(data)
    (folder / SEAL).write_text(_mac(data, key), encoding="ascii")


def is_sealed(folder: Path, manifest: bytes, key: bytes) -> bool:
    """Return whether this manifest, as it was read, was sealed with this key."""
    try:
        with own_file(folder, SEAL) as file:
            return hmac.compare_digest(file.read(), _mac(manifest, key).encode())
    except (OSError, BackupRejected):
        return False


def manifest_bytes(folder: Path) -> bytes:
    """Return the manifest of a backup, to be read once: what is believed is what is sealed. Raises BackupRejected."""
    with own_file(folder, MANIFEST) as file:
        return file.read()


def own_file(folder: Path, name: str) -> BufferedReader:
    """Return a file that says what a backup is, open; a pipe in its place does not block. Raises BackupRejected."""
    try:
        return opened(folder / name)
    except BrokenDocument as error:
        raise BackupRejected(
            f"{folder} is no whole backup: {error.message}",
            remedy=GET_ANOTHER,
        ) from error


def manifest_in(data: bytes, folder: Path) -> Manifest:
    """Return what a manifest says, whoever sealed it. Raises BackupRejected."""
    try:
        manifest = TypeAdapter(Manifest).validate_json(data)
    except ValidationError as error:
        raise BackupRejected(f"{MANIFEST} of {folder} was changed", remedy=GET_ANOTHER) from error
    if manifest.format > FORMAT:
        raise BackupRejected(
            f"{folder} was made by release {manifest.release}, which is newer than this one",
            remedy="restore it with that release",
        )
    return manifest


def read_parts(folder: Path) -> Iterator[Part]:
    """Yield what a backup lists. Raises BackupRejected."""
    with own_file(folder, PARTS) as lines:
        yield from parts_in(lines, folder)


def parts_in(lines: Iterable[bytes], folder: Path) -> Iterator[Part]:
    """Yield what the lines of a backup's list name. Raises BackupRejected."""
    for line in lines:
        try:
            part = TypeAdapter(Part).validate_json(line)
        except ValidationError as error:
            raise BackupRejected(
                f"{PARTS} of {folder} is missing or was changed", remedy=GET_ANOTHER
            ) from error
        if not _PART.fullmatch(part.path):  # also what would lead out of the folder
            raise BackupRejected(f"{PARTS} names what is no part of a backup", remedy=GET_ANOTHER)
        yield part


def table_part(table: str) -> str:
    """Return the path of a table's rows within a backup."""
    return f"{TABLES}/{table}.jsonl.gz"


def original_part(version: str) -> str:
    """Return the path of an original within a backup."""
    name = version.replace("-", "")
    return f"{ORIGINALS}/{name[:2]}/{name}.original"


def _mac(data: bytes, key: bytes) -> str:
    return hmac.digest(key, b"backup\n" + data, "sha256").hex()

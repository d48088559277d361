"""Open OLE compound files (DOC, XLS, PPT): the one door to olefile.

olefile follows no chain of sectors further than the stream or the file is long, so that a chain that runs in a circle
ends; what it raises on damage is one kind of OSError, mapped here.
"""

import struct
from pathlib import Path

from retrieval.errors import BrokenDocument

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAME_BYTES = 64  # of a directory entry, padded (MS-CFB 2.6.1)
MAX_STREAM_BYTES = 256 * 1024 * 1024  # five times the largest upload; a false size claims gigabytes


def has_entry(data: bytes, name: str) -> bool:
    """Return whether a compound file's bytes hold a directory entry of this name.

    The directory is not followed: each entry is found by its own bytes, its padded name and the length of that, so
    that no loop or false size leads the check astray.
    """
    encoded = name.encode("utf-16-le")
    return encoded.ljust(NAME_BYTES, b"\0") + struct.pack("<H", len(encoded) + 2) in data


def streams(path: Path, *names: str) -> dict[str, bytes]:
    """Return the streams of these names that the file has. Raises BrokenDocument where it cannot be followed."""
    import olefile  # heavy: keeps --help under 0.3 s

    try:
        with olefile.OleFileIO(path.read_bytes(), raise_defects=olefile.DEFECT_FATAL) as container:
            found = {}
            for name in names:
                if container.exists(name) and container.get_size(name) <= MAX_STREAM_BYTES:
                    found[name] = container.openstream(name).read()
            return found
    except (OSError, ValueError, IndexError, TypeError, AttributeError, struct.error) as error:
        raise BrokenDocument(
            "the file's structure cannot be followed",
            remedy="open it in the program that made it, save it again and ingest it again",
        ) from error

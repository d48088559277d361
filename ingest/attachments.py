"""Make files of what was found inside a document: each becomes a document of its own, with the readers of the first.

An attachment is known by its content, so that it stays the same document, and is cited under the same id, whatever is
attached before it or taken away.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from uuid import uuid4

from ingest.draft import Draft
from ingest.gate import EXTENSIONS
from ingest.names import last_part
from ingest.sources.folder import RESERVED
from ingest.types import Attachment, Origin, SourceFile
from retrieval.errors import OriginalsUnavailable

MAX_DEPTH = 3  # of attachments within attachments, as of archives (OWASP ASVS 5.2)
MAX_NAME_CHARS = 200  # of an attachment within its key, which every database must be able to hold
DIGEST_CHARS = 16  # 64 bits tell the attachments of one document apart


def files_inside(draft: Draft, *, spool: Path) -> list[SourceFile]:
    """Write what can be read of the files found inside to `spool`, where it waits; return it as files of their source.

    Raises OriginalsUnavailable where the spool takes no more.
    """
    if draft.file.depth >= MAX_DEPTH:
        return []
    keys = keys_inside(draft.file.key, draft.attachments)
    return [
        replace(
            draft.file,
            key=key,
            path=_spooled(one.content, spool),
            file_name=one.file_name,
            origin=Origin.COPY,
            parent_id=draft.document,
            depth=draft.file.depth + 1,
            size_bytes=len(one.content),
            signature=None,
        )
        for key, one in zip(keys, draft.attachments, strict=True)
        if PurePosixPath(_end_of(one.file_name)).suffix.lower()
        in EXTENSIONS  # the mail's text names the others
    ]


def keys_inside(key: str, attachments: Sequence[Attachment]) -> list[str]:
    """Return the keys of what was found inside the document at `key`, in the same order.

    No listed file's key holds the character that follows the document's own, so none is ever that of an attachment.
    """
    seen: Counter[str] = Counter()
    keys = []
    for one in attachments:
        sha256 = hashlib.sha256(one.content).hexdigest()
        first = key_inside(key, one.file_name, sha256=sha256, copy=1)
        seen[first] += 1
        keys.append(key_inside(key, one.file_name, sha256=sha256, copy=seen[first]))
    return keys


def key_inside(key: str, file_name: str, *, sha256: str, copy: int) -> str:
    """Return the key of one attachment; `copy` counts those of the same name and content, from 1."""
    return f"{key}{RESERVED}{sha256[:DIGEST_CHARS]}.{copy}-{_end_of(file_name)}"


def _end_of(name: str) -> str:
    """Return the end of a name that a sender made up."""
    return last_part(name).replace(RESERVED, "")[-MAX_NAME_CHARS:]


def _spooled(content: bytes, spool: Path) -> Path:
    path = spool / uuid4().hex
    try:
        spool.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OriginalsUnavailable(
            f"attachments cannot be kept in {spool}: {error.strerror}",
            remedy="free disk space or make the directory writable, then sync again",
        ) from error
    return path

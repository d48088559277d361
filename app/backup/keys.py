"""Keep the keys of a house in a file of their own: what they open must not lie beside them."""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.audit.recorder import ANCHORS, key_dir
from app.audit.recorder import KEY as AUDIT_KEY
from app.privacy.receipt import KEY as RECEIPT_KEY
from app.secret import own_secret
from app.settings import Settings
from ingest.erasures import FILE_NAME
from retrieval.errors import BackupRejected, SetupRefused

KEY: Final = "backup-key"
OWNER_ONLY: Final = 0o600
_NAME: Final = re.compile(
    r"(?!.*\.before-)[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
)  # of a file, and of none set aside
LOST: Final = (
    "the pseudonyms: people's older answers and records on the audit trail are no longer told to be theirs",
    "the audit trail: it is set aside in a file, because nobody can tell any more whether it was touched",
    "the seal of the backup: that nobody changed it together with its hashes cannot be told",
)


def backup_key(settings: Settings) -> bytes:
    """Return the key that seals backups, making it on first use. Raises SetupRefused."""
    return own_secret(key_dir(settings) / KEY)


def known_key(settings: Settings) -> bytes | None:
    """Return the key that seals backups where there is one here; makes none."""
    return backup_key(settings) if (key_dir(settings) / KEY).is_file() else None


def require_free(file: Path) -> None:
    """Raise SetupRefused where keys cannot be written into a new file of this name: before hours of a backup."""
    if file.exists():
        raise SetupRefused(
            f"{file} exists already, and keys are not overwritten",
            remedy="name a new file, on a medium of its own; a nightly backup needs none, the keys stay the same",
        )
    if not file.absolute().parent.is_dir():
        raise SetupRefused(
            f"{file.absolute().parent} is no folder", remedy="name a file in one that is there"
        )


def export(settings: Settings, file: Path) -> int:
    """Write the keys of the house into a new file for its owner alone; return how many. Raises SetupRefused."""
    backup_key(settings)
    held = {place.name: base64.b64encode(place.read_bytes()).decode("ascii") for place in _held(settings)}
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                json.dump(held, stream)
        except OSError:
            file.unlink()  # half of it opens nothing, and would be in the way of the next
            raise
    except OSError as error:
        raise SetupRefused(
            f"the keys cannot be written to {file}: {error.strerror}",
            remedy="name a file that does not exist, on a medium of its own",
        ) from error
    return len(held)


def read(file: Path) -> Mapping[str, bytes]:
    """Return the keys in a file by their name. Raises BackupRejected."""
    try:
        told = TypeAdapter(dict[str, str]).validate_json(file.read_bytes())
        return {name: base64.b64decode(text, validate=True) for name, text in told.items()}
    except (OSError, ValidationError, ValueError) as error:
        raise BackupRejected(
            f"{file} holds no keys of a house: {type(error).__name__}",
            remedy="name the file that `intramuros backup create --with-keys` wrote",
        ) from error


def key_among(keys: Mapping[str, bytes]) -> bytes | None:
    """Return the key that seals backups."""
    return keys.get(KEY)


def restore(settings: Settings, keys: Mapping[str, bytes], *, moment: str) -> None:
    """Put keys where they belong; other ones that lie there are kept under a name with the moment.

    The list of erasures only ever grows, and anchors of the same audit trail that are there are newer: both stay.
    Raises SetupRefused, BackupRejected.
    """
    audit = _place(settings, AUDIT_KEY)
    has_newer_anchors = audit.is_file() and audit.read_bytes() == keys.get(AUDIT_KEY)
    for name, content in keys.items():
        if not _NAME.fullmatch(name):
            raise BackupRejected(f"the file of keys names {name!r}", remedy="take the file from another copy")
        place = _place(settings, name)
        if place.is_file() and name == ANCHORS and has_newer_anchors:
            continue
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            known = place.read_bytes() if place.is_file() else b""
            if name != FILE_NAME and known not in (b"", content):
                place.rename(place.with_name(f"{name}.before-{moment}"))
            _write(place, united(known, content) if name == FILE_NAME else content)
        except OSError as error:
            raise SetupRefused(
                f"the key {place} cannot be written: {error.strerror}",
                remedy="give the account that runs Intramuros the right to write there",
            ) from error


def united(here: bytes, there: bytes) -> bytes:
    """Return the lines of two lists of erasures, each once, the oldest first."""
    lines = sorted({*here.splitlines(), *there.splitlines()})  # a line begins with its time
    return b"".join(line + b"\n" for line in lines)


def _write(place: Path, content: bytes) -> None:
    fresh = place.with_name(f"{place.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as stream:
        stream.write(content)
    fresh.replace(place)


def _held(settings: Settings) -> Iterator[Path]:
    for folder in {settings.site.secrets_dir, key_dir(settings)}:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.is_file() and _NAME.fullmatch(file.name) and not file.name.endswith(".new"):
                yield file


def _place(settings: Settings, name: str) -> Path:
    of_audit = (KEY, AUDIT_KEY, ANCHORS, RECEIPT_KEY, FILE_NAME)
    return (key_dir(settings) if name in of_audit else settings.site.secrets_dir) / name

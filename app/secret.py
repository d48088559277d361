"""Keep the keys that this installation makes for itself."""

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from retrieval.errors import SetupRefused

KEYED_CHARS = 32  # of the hash: 128 bits, which no two of a house's people share
KEY_BYTES = 32  # as many as the hash they key


def own_secret(path: Path) -> bytes:
    """Return the key in `path`, making it on first use, readable by this account alone. Raises SetupRefused.

    It appears whole: of several processes that start together all have the key of the one that was first.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise SetupRefused(
            f"the key {path} cannot be read or made: {error.strerror}",
            remedy="give the account that runs Intramuros write access to the data directory",
        ) from error
    if len(key) < KEY_BYTES:
        raise SetupRefused(
            f"the key {path} is cut short: {len(key)} of {KEY_BYTES} bytes",
            remedy="put it back from the copy of the keys; what another key sealed cannot be checked with a new one",
        )
    return key


def _make(path: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:  # mode 0600
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(file.name, path)


def keyed(text: str, key: bytes) -> str:
    """Return 32 letters and digits that stay the same for a text, differ by it, and cannot be told without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:KEYED_CHARS]

"""Keep the keys that this installation makes for itself."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from retrieval.errors import SetupRefused

KEYED_CHARS = 32  # of the hash: 128 bits, which no two of a house's people share
KEY_BYTES = 32  # as many as the hash they key


def own_secret(path: Path) -> bytes:
    """Return the key in `path`, making it on first use, readable by this account alone. Raises SetupRefused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        return path.read_bytes()
    except OSError as error:
        raise SetupRefused(
            f"the key {path} cannot be read or made: {error.strerror}",
            remedy="give the account that runs Intramuros write access to the data directory",
        ) from error


def keyed(text: str, key: bytes) -> str:
    """Return 32 letters and digits that stay the same for a text, differ by it, and cannot be told without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:KEYED_CHARS]

"""List the SHA-256 of every file of a bundle, sign the list with Ed25519, and compare both.

The list has the form of coreutils' sha256sum and the signature that of `openssl pkeyutl -rawin`, so that the other side
checks them with tools it has.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from app.checksum import sha256_of
from retrieval.errors import SetupRefused

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
SHA256_DIGITS = 64  # in hexadecimal; two blanks follow
UNLISTED = frozenset({SUMS, SIGNATURE})
NEW_KEY = (
    "openssl genpkey -algorithm ed25519 -out bundle.key; openssl pkey -in bundle.key -pubout -out bundle.pub"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Say what is wrong with one file of a bundle."""

    name: str
    state: Literal["changed", "missing", "added", "unsigned"]


def write_seal(folder: Path, key: Ed25519PrivateKey, *, on_file: Callable[[str], None]) -> None:
    """Write the list of all files in `folder` and its signature; `on_file` hears the name of each."""
    if strays := _strays(folder):
        raise SetupRefused(f"'{folder / strays[0]}' is no file that can be listed", remedy="remove it")
    lines = []
    for name in _names(folder):
        on_file(name)
        lines.append(f"{sha256_of(folder / name)}  {name}\n")
    listed = "".join(lines).encode()
    (folder / SUMS).write_bytes(listed)
    (folder / SIGNATURE).write_bytes(key.sign(listed))


def differences(folder: Path, key: Ed25519PublicKey, *, on_file: Callable[[str], None]) -> list[Difference]:
    """Return what differs from the signed list, in order of name; a list that is not signed by `key` comes alone."""
    try:
        listed = (folder / SUMS).read_bytes()
        key.verify((folder / SIGNATURE).read_bytes(), listed)
    except (OSError, InvalidSignature):
        return [Difference(SUMS, "unsigned")]
    known = {line[SHA256_DIGITS + 2 :]: line[:SHA256_DIGITS] for line in listed.decode().splitlines()}
    present = set(_names(folder))
    found = [Difference(name, "added") for name in (present - known.keys()).union(_strays(folder))]
    for name, sha256 in known.items():
        on_file(name)
        if name not in present:
            found.append(Difference(name, "missing"))
        elif sha256_of(folder / name) != sha256:
            found.append(Difference(name, "changed"))
    return sorted(found, key=lambda one: one.name)


def private_key(file: Path) -> Ed25519PrivateKey:
    """Return the key that signs, from a PEM file. Raises SetupRefused."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(file) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(file)
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """Return the key that checks, from a PEM file. Raises SetupRefused."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _no_key(file) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(file)
    return key


def _no_key(file: Path) -> SetupRefused:
    return SetupRefused(
        f"'{file}' is no Ed25519 key in PEM form without a password", remedy=f"make one: {NEW_KEY}"
    )


def _strays(folder: Path) -> list[str]:
    """Return what no list of files can name: folders without anything in them, sockets, devices."""
    below = sorted(folder.rglob("*"))
    holding = {path.parent for path in below}
    strays = [path for path in below if not path.is_file() and not (path.is_dir() and path in holding)]
    return [path.relative_to(folder).as_posix() for path in strays]


def _names(folder: Path) -> Iterator[str]:
    """Return the name of every file below, as sha256sum has it. A link is refused: it could lead out of the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise SetupRefused(f"'{path}' is a link", remedy="put the file itself there")
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in UNLISTED:
            yield name

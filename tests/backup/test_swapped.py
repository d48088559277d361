"""Whoever can write beside a backup while it is restored puts nothing of their own into the house."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backup import keys
from app.backup.manifest import MANIFEST, PARTS, VECTORS, is_sealed, manifest_bytes
from app.records import open_records
from retrieval.errors import BackupRejected, SetupRefused
from tests.backups import elsewhere, restored
from tests.house import House

USERS = "tables/users.jsonl.gz"


def _with_every_role(folder: Path) -> None:
    """Make everybody an administrator, in a table that is as well formed as before."""
    head, *lines = gzip.decompress((folder / USERS).read_bytes()).splitlines()
    role = json.loads(head).index("role")
    users = [json.loads(line) for line in lines]
    for one in users:
        one[role] = "admin"
    rest = b"".join(json.dumps(one).encode() + b"\n" for one in users)
    (folder / USERS).write_bytes(gzip.compress(head + b"\n" + rest))


def _other_bytes(path: Path) -> None:
    """Write other bytes of the same length into the same file: whoever mapped or opened it sees them."""
    with path.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))


def _first_original(folder: Path) -> Path:
    return min(folder.glob("originals/*/*.original"))


SWAPS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "table": ("verified", _with_every_role, USERS),
    "original": ("verified", lambda folder: _other_bytes(_first_original(folder)), ".original"),
    "original, gone": ("verified", lambda folder: _first_original(folder).unlink(), ".original"),
    "original, once rows are in": ("rows", lambda folder: _other_bytes(_first_original(folder)), ".original"),
    "vectors": ("verified", lambda folder: _other_bytes(folder / VECTORS), VECTORS),
    "list": ("verified", lambda folder: _other_bytes(folder / PARTS), PARTS),
}


@pytest.mark.parametrize("case", SWAPS)
def test_what_is_swapped_after_it_was_verified_is_not_taken(
    house: House, backup: Path, tmp_path: Path, case: str
) -> None:
    """The restore ends with a refusal, and nobody can open what it has written so far."""
    when, swap, named = SWAPS[case]
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    swapped: list[str] = []

    def report(what: str, done: int, total: int) -> None:
        if what == when and done == total and not swapped:
            swapped.append(what)
            swap(backup)

    with pytest.raises(BackupRejected, match=named):
        restored(new, backup, report=report)

    assert swapped == [when]
    if new.site.database_file.is_file() and case != "list":
        with pytest.raises(SetupRefused, match="has not come to its end"):
            open_records(new)


def test_vectors_are_not_read_again_once_they_were_compared(
    house: House, backup: Path, tmp_path: Path
) -> None:
    """What is written into the file afterwards changes nothing of the index."""
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    size = (backup / VECTORS).stat().st_size

    def report(what: str, done: int, _total: int) -> None:
        if (what, done) == ("index", 1):
            (backup / VECTORS).write_bytes(b"{}\n" + b"\0" * (size - 3))

    assert not restored(new, backup, report=report).finding.faults


def test_seal_is_of_the_manifest_that_was_read(house: House, backup: Path) -> None:
    """Not of the file: another one that lies there by then is none that is believed."""
    key = keys.backup_key(house.services.settings)
    was_read = manifest_bytes(backup)
    (backup / MANIFEST).write_text(json.dumps(json.loads(was_read) | {"parts": 0}))
    assert is_sealed(backup, was_read, key)
    assert not is_sealed(backup, manifest_bytes(backup), key)

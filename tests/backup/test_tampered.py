"""A backup that is not what was sealed is named part by part, and nothing of it is written anywhere."""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backup import keys
from app.backup.manifest import MANIFEST, PARTS, SEAL, VECTORS
from app.backup.verify import verify
from app.settings import Settings
from retrieval.errors import BackupRejected
from tests.backups import backed_up, elsewhere, manifest_of, restored, seeded

Tampering = Callable[[Path], object]
TABLE = "tables/documents.jsonl.gz"
TEXTS = "tables/chunks.jsonl.gz"
TRAIL = "tables/audit_events.jsonl.gz"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    """Give a whole backup and the house's settings; neither is to be changed."""
    place = tmp_path_factory.mktemp("tampered")
    house = seeded(place / "data", place / "share")
    backed_up(house, place / "backup")
    house.services.close()
    return place / "backup", house.services.settings


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _wiped(folder: Path) -> None:
    for one in folder.rglob("*"):
        if one.is_file():
            one.unlink()


def _an_original(folder: Path) -> Path:
    return min(folder.glob("originals/*/*.original"))


def _edited(**changes: object) -> Tampering:
    def edit(folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(manifest_of(folder) | changes))

    return edit


def _rehashed(folder: Path) -> None:
    """Change a table as somebody does who knows the form, hashes included; only the seal tells."""
    place = folder / TABLE
    place.write_bytes(gzip.compress(gzip.decompress(place.read_bytes()).replace(b"salary", b"celery")))
    parts = [json.loads(line) for line in (folder / PARTS).read_text().splitlines()]
    for part in parts:
        if part["path"] == TABLE:
            part["sha256"] = hashlib.sha256(place.read_bytes()).hexdigest()
            part["size_bytes"] = place.stat().st_size
    (folder / PARTS).write_text("".join(json.dumps(part) + "\n" for part in parts))
    digest = hashlib.sha256((folder / PARTS).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest_of(folder) | {"parts_sha256": digest}))


def _linked(folder: Path) -> None:
    place = _an_original(folder)
    moved = folder.parent / "moved.original"
    place.rename(moved)
    place.symlink_to(moved)


def _leading_out(folder: Path) -> None:
    with (folder / PARTS).open("a") as file:
        file.write(
            json.dumps({"path": "originals/../../../evil", "sha256": "0" * 64, "size_bytes": 1}) + "\n"
        )


def _piped(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


TAMPERED: dict[str, tuple[Tampering, str]] = {
    "table, a bit": (lambda f: _flipped(f / TABLE), f"{TABLE} was changed"),
    "table, cut": (lambda f: _cut(f / TABLE), f"{TABLE} is truncated"),
    "table, emptied": (lambda f: _emptied(f / TEXTS), f"{TEXTS} is truncated"),
    "table, gone": (lambda f: (f / TEXTS).unlink(), f"{TEXTS} is missing"),
    "table, another's": (lambda f: shutil.copy(f / TABLE, f / TEXTS), TEXTS),
    "table, longer": (lambda f: (f / TRAIL).write_bytes((f / TRAIL).read_bytes() + b"\n"), f"{TRAIL} was"),
    "table, added": (lambda f: (f / "tables/more.jsonl.gz").write_bytes(b"x"), "more.jsonl.gz was added"),
    "table, with its hashes": (_rehashed, f"{MANIFEST} was changed"),
    "original, a bit": (lambda f: _flipped(_an_original(f)), ".original was changed"),
    "original, cut": (lambda f: _cut(_an_original(f)), ".original is truncated"),
    "original, gone": (lambda f: _an_original(f).unlink(), ".original is missing"),
    "original, a link": (_linked, ".original is missing"),
    "original, added": (lambda f: (f / "originals/evil").write_bytes(b"x"), "originals/evil was added"),
    "originals, gone": (lambda f: shutil.rmtree(f / "originals"), ".original is missing"),
    "vectors, a bit": (lambda f: _flipped(f / VECTORS), f"{VECTORS} was changed"),
    "vectors, cut": (lambda f: _cut(f / VECTORS), f"{VECTORS} is truncated"),
    "vectors, gone": (lambda f: (f / VECTORS).unlink(), f"{VECTORS} is missing"),
    "parts, a line less": (
        lambda f: (f / PARTS).write_text("".join((f / PARTS).read_text().splitlines(keepends=True)[1:])),
        f"{PARTS} was changed",
    ),
    "parts, cut": (lambda f: _cut(f / PARTS), f"{PARTS} was changed"),
    "parts, gone": (lambda f: (f / PARTS).unlink(), f"'{PARTS}' cannot be read"),
    "parts, leading out": (_leading_out, PARTS),
    "manifest, a count": (_edited(originals=1), f"{MANIFEST} was changed"),
    "manifest, its schema": (_edited(schema="0001"), f"{MANIFEST} was changed"),
    "manifest, its release": (_edited(release="9.9.9"), f"{MANIFEST} was changed"),
    "manifest, its time": (_edited(made_at="2020-01-01"), f"{MANIFEST} was changed"),
    "manifest, a newer form": (_edited(format=99), "is newer than this one"),
    "manifest, cut": (lambda f: _cut(f / MANIFEST), f"{MANIFEST} of"),
    "manifest, emptied": (lambda f: _emptied(f / MANIFEST), f"{MANIFEST} of"),
    "manifest, gone": (lambda f: (f / MANIFEST).unlink(), "is no whole backup"),
    "seal, a digit": (lambda f: _flipped(f / SEAL), f"{MANIFEST} was changed, or sealed with another key"),
    "seal, gone": (lambda f: (f / SEAL).unlink(), f"{SEAL} is missing"),
    "manifest, a pipe": (lambda f: _piped(f / MANIFEST), "is no whole backup"),
    "parts, a pipe": (lambda f: _piped(f / PARTS), "is no whole backup"),
    "seal, a pipe": (lambda f: _piped(f / SEAL), f"{SEAL} is missing"),
    "original, a pipe": (lambda f: _piped(_an_original(f)), ".original is missing"),
    "everything, gone": (_wiped, "no whole backup"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_tampered_backup_is_named_and_refused(
    original: tuple[Path, Settings], tmp_path: Path, case: str
) -> None:
    """Verification names it, and a restore refuses it before anything is written."""
    source, settings = original
    tamper, expected = TAMPERED[case]
    folder = tmp_path / "backup"
    shutil.copytree(source, folder)
    tamper(folder)
    key = keys.known_key(settings)
    assert key is not None

    verdict = verify(folder, key)

    assert not verdict.is_whole
    assert any(expected in fault for fault in verdict.faults), verdict.faults
    new = elsewhere(tmp_path)
    shutil.copytree(settings.site.secrets_dir, new.site.secrets_dir)
    before = sorted(new.site.data_dir.rglob("*"))
    with pytest.raises(BackupRejected):
        restored(new, folder)
    assert sorted(new.site.data_dir.rglob("*")) == before


def test_whole_backup_is_found_whole_and_left_as_it_is(original: tuple[Path, Settings]) -> None:
    """With the key it is known to be ours; without it, that is not claimed."""
    source, settings = original
    before = {one: one.stat().st_mtime_ns for one in source.rglob("*")}
    with_key, without = verify(source, keys.known_key(settings)), verify(source, None)
    assert (with_key.faults, with_key.is_sealed) == ((), True)
    assert (without.faults, without.is_sealed) == ((), None)
    assert {one: one.stat().st_mtime_ns for one in source.rglob("*")} == before


def test_hashes_alone_do_not_show_what_was_changed_with_them(
    original: tuple[Path, Settings], tmp_path: Path
) -> None:
    """Which is why the key is asked for: without it, such a backup looks whole."""
    folder = tmp_path / "backup"
    shutil.copytree(original[0], folder)
    _rehashed(folder)
    assert verify(folder, None).is_whole
    assert not verify(folder, b"another key").is_whole

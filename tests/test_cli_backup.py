"""Backups from the command line, as processes, as people run them."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.backup.manifest import Manifest
from app.backup.newest import Newest, check_backup, remember
from app.cli.restoring import embedded_anew
from app.doctor import Severity
from app.records import open_records
from app.settings import load
from ingest.database import stamp, utc_now
from tests.conftest import ROOT


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the variables of a house without documents, on a machine without models."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "data"),
        "INTRAMUROS_SITE__MODELS_DIR": str(tmp_path / "models"),
    }
    open_records(load(None, environment)).engine.dispose()
    return environment


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what `intramuros backup` does with these arguments."""
    program = [sys.executable, "-c", "from app.cli.main import main; main()", "backup", *arguments]
    return subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_backup_is_made_verified_and_refused_once_changed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """With a file of keys for its owner alone; a changed part is named, exit 1, also for machines."""
    folder, key_file = str(tmp_path / "monday"), tmp_path / "keys.json"
    made = run(environment, "create", folder, "--with-keys", str(key_file))
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    whole = run(environment, "verify", folder)
    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "the backup is whole")
    assert check_backup(load(None, environment), now=utc_now()).severity is Severity.OK

    (tmp_path / "monday" / "tables" / "users.jsonl.gz").write_bytes(b"")
    broken = run(environment, "verify", folder, "--keys", str(key_file), "--json")

    assert broken.returncode == 1
    told = json.loads(broken.stdout)
    assert (told["is_whole"], told["is_sealed"]) == (False, True)
    assert told["faults"][0].startswith("tables/users.jsonl.gz is truncated")


def test_keys_that_cannot_be_written_are_told_before_the_backup_begins(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A file that is there, or a folder that is not: refused at once, and no night is spent on a backup."""
    taken = tmp_path / "keys.json"
    taken.write_text("{}")
    for place, said in ((taken, "exists already"), (tmp_path / "nowhere" / "keys.json", "is no folder")):
        refused = run(environment, "create", str(tmp_path / "monday"), "--with-keys", str(place))
        assert (refused.returncode, said in refused.stderr) == (3, True), refused.stderr
    assert not (tmp_path / "monday").exists()
    assert taken.read_text() == "{}"


def test_backup_counts_whatever_becomes_of_the_keys(environment: dict[str, str], tmp_path: Path) -> None:
    """It is there and whole when the keys fail: the doctor must not call the house one without a backup."""
    failed = run(environment, "create", str(tmp_path / "monday"), "--with-keys", "/proc/keys-of-this-house")
    assert failed.returncode == 3
    assert "keys cannot be written" in failed.stderr
    assert run(environment, "verify", str(tmp_path / "monday")).returncode == 0
    assert check_backup(load(None, environment), now=utc_now()).severity is Severity.OK


def test_restore_without_a_list_of_erasures_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    """Nobody could say what must not come back; the file that is missing is named."""
    run(environment, "create", str(tmp_path / "monday"))
    elsewhere = environment | {"INTRAMUROS_SITE__DATA_DIR": str(tmp_path / "new")}
    refused = run(elsewhere, "restore", str(tmp_path / "monday"))
    assert refused.returncode == 3
    assert "erasures.jsonl is missing" in refused.stderr
    assert not (tmp_path / "new" / "intramuros.db").exists()


@pytest.mark.parametrize(
    ("vectors", "embedder", "expected"),
    [
        (9, "e5", ""),
        (0, "e5", "holds no vectors: all texts were embedded anew by e5"),
        (9, "bge", "are of e5: all texts"),
    ],
)
def test_restore_tells_of_an_index_made_by_another_embedder(
    vectors: int, embedder: str, expected: str
) -> None:
    """Settings that name another one than the house had would change how it searches, and nobody would notice."""
    manifest = Manifest(1, "1.0", "0001", "2026-01-01", "e5", {}, 0, vectors, "", 0)
    told = embedded_anew(manifest, embedder)
    assert (expected in told, bool(told)) == (True, bool(expected))


def test_old_backup_is_a_warning(environment: dict[str, str]) -> None:
    """The doctor names its age; a house that was never backed up is told so."""
    settings = load(None, environment)
    assert check_backup(settings, now=utc_now()).message == "this house was never backed up"
    remember(settings, Newest("2026-01-01T00:00:00+00:00", "/backups/old"))
    check = check_backup(settings, now=utc_now())
    assert check.severity is Severity.WARNING
    assert "days old" in check.message
    remember(settings, Newest(stamp(utc_now()), "/backups/new"))
    assert check_backup(settings, now=utc_now()).severity is Severity.OK

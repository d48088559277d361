"""A backup is taken beside a house at work, one at a time, and tells what the house itself lacks."""

import shutil
import threading
from pathlib import Path

import pytest

from app.backup import keys
from app.backup.verify import verify
from retrieval.errors import SetupRefused
from tests.backups import (
    backed_up,
    elsewhere,
    manifest_of,
    restored,
)
from tests.house import House


def test_backup_of_a_house_at_work_is_whole(house: House, tmp_path: Path) -> None:
    """While documents come, change and go, each backup holds every original that its snapshot shows, and restores."""
    stop, faults = threading.Event(), []

    def work() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            try:
                house.bring_in(
                    tmp_path / "busy", "handbook", **{f"n{turn % 3}": f"# Note\n\nTurn {turn} of many.\n"}
                )
                if turn % 2:
                    house.services.pipeline.forget(house.document(f"n{turn % 3}.md"))
            except Exception as error:  # told to the test
                faults.append(error)
                raise

    worker = threading.Thread(target=work)
    worker.start()
    key = keys.backup_key(house.services.settings)
    try:
        for turn in range(5):
            folder = tmp_path / f"b{turn}"
            manifest = backed_up(house, folder)
            assert (manifest.missing, manifest.changed) == ((), ())
            assert verify(folder, key).faults == ()
    finally:
        stop.set()
        worker.join()
    assert not faults
    assert not (tmp_path / "data" / "originals" / "outgoing").exists()
    for turn in range(5):
        new = elsewhere(tmp_path, f"new{turn}")
        shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
        got = restored(new, tmp_path / f"b{turn}")
        assert [one.message for one in got.finding.faults] == []


def test_original_that_goes_during_a_backup_is_copied_first(house: House) -> None:
    """A deletion waits for the end of the backup, and happens then."""
    originals, version = house.services.originals, house.services.versions
    (salary,) = version.of_document(house.document("salary.md"))
    with originals.keeping():
        originals.forget(salary)
        kept = originals.kept(salary)
        assert kept is not None
        assert b"61,400" in kept.read_bytes()
    assert originals.kept(salary) is None
    assert not kept.exists()


def test_second_backup_at_the_same_time_is_refused(house: House, tmp_path: Path) -> None:
    """And leaves nothing behind; afterwards one can be made."""
    with house.services.originals.keeping(), pytest.raises(SetupRefused, match="another backup"):
        backed_up(house, tmp_path / "backup")
    assert not list(tmp_path.glob("*backup*"))
    backed_up(house, tmp_path / "backup")


def test_backup_tells_what_the_house_itself_lacks(house: House, tmp_path: Path) -> None:
    """A missing and a changed original are named by their versions; the backup holds everything else."""
    ids = [house.services.versions.of_document(house.document(name))[0] for name in ("pump.md", "valve.md")]
    house.services.originals.path(ids[0]).unlink()
    house.services.originals.path(ids[1]).write_bytes(b"other")
    manifest = backed_up(house, tmp_path / "backup")
    assert (manifest.missing, manifest.changed) == ((ids[0],), (ids[1],))
    assert manifest_of(tmp_path / "backup")["originals"] == 12

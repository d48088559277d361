"""Killed at any moment, or on a full disk, an erasure is finished by the same command, and shows nothing meanwhile."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app.privacy import purging
from app.privacy.erasing import erase, finish_begun
from app.privacy.holds import Kind
from ingest.database import utc_now
from retrieval.errors import DiskFull
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import House, open_house
from tests.privacy.erasable import PLUM, filled, stored, tables_with, tell
from tests.small_disk import MEGABYTE, small_disk

CHILD = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from app.privacy.erasing import erase
from app.privacy.holds import Kind
from tests.fakes import ScriptedModel
from tests.house import open_house

house, last, writes = open_house(Path(sys.argv[1]), ScriptedModel("")), int(sys.argv[4]), 0

@event.listens_for(house.services.engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global writes
    writes += statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
    if writes == last > 0:
        os.kill(os.getpid(), signal.SIGKILL)

erase(house.services, Kind(sys.argv[2]), sys.argv[3], answers="redact", by="root")
print(writes)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Kind.DOCUMENT, Kind.PERSON])
def test_killed_at_any_write_it_is_finished(tmp_path: Path, kind: Kind) -> None:
    """Killed before each of its writes in turn: the request or nothing is there, and done again nothing is left."""
    seed = filled(tmp_path / "seed")
    given = tell(seed, "ben", (f"Leave is {PLUM}.", ("leave.md",)))
    target = "anna" if kind is Kind.PERSON else seed.document("leave.md")
    seed.services.close()
    whole = int(run(tmp_path, 0, kind, target).stdout)
    assert whole > 10
    for last in range(1, whole + 1, max(1, whole // 6)):
        assert run(tmp_path, last, kind, target).returncode < 0
        # As the seed has them; whoever was disabled meanwhile is saved anew by a test's house, and erased all the same.
        house = open_house(tmp_path / "data", ScriptedModel(""))
        try:
            finish_begun(house.services, now=utc_now() + timedelta(hours=2))
            if still_there(house, kind, target):
                erase(house.services, kind, target, answers="redact", by="root")
            if kind is Kind.DOCUMENT:
                assert not tables_with(house, PLUM), last
                assert stored(house, given)[1] == [], last
            else:
                assert not tables_with(house, "Mirabelle"), last
                assert "anna" not in {one.id for one, _, _ in house.services.accounts.listed()}, last
        finally:
            house.services.close()


def still_there(house: House, kind: Kind, target: str) -> bool:
    """Return whether what is to be erased is there."""
    if kind is Kind.PERSON:
        return bool(house.services.accounts.listed(target))
    return any(one.id == target for one in house.services.catalog.listed())


def run(tmp_path: Path, last: int, kind: Kind, target: str) -> subprocess.CompletedProcess[str]:
    """Return how a process ended that erases in a copy of the seed and is killed before this write."""
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    shutil.copytree(tmp_path / "seed" / "data", tmp_path / "data")
    command = [sys.executable, "-c", CHILD, str(tmp_path / "data"), kind.value, target, str(last)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)


def test_full_disk_hides_and_the_same_command_finishes(tmp_path: Path) -> None:
    """What cannot be deleted for want of room is out of sight and quoted by no answer; with room it goes."""
    with small_disk(tmp_path / "disk", 400) as disk:
        house = filled(disk.folder)
        given = tell(house, "ben", (f"Leave is {PLUM}.", ("leave.md",)))
        document = house.document("leave.md")
        disk.fill(leave_bytes=8 * MEGABYTE)
        with pytest.raises(DiskFull):
            erase(house.services, Kind.DOCUMENT, document, answers="redact", by="root")
        with pytest.raises(DiskFull):
            purging.purge(house.services, now=utc_now())
        assert stored(house, given)[1] == []
        assert house.services.catalog.get(document).visible_version_id is None
        disk.clear()
        erase(house.services, Kind.DOCUMENT, document, answers="redact", by="root")
        purging.purge(house.services, now=utc_now())
        assert not tables_with(house, PLUM)
        house.services.close()

"""Whatever breaks a backup or a restore off leaves nothing that looks whole, and the next attempt succeeds."""

import errno
import multiprocessing
import os
import resource
import shutil
import signal
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.backup import keys, place
from app.backup.create import HOUSE, Holdings, Vectors, create
from app.backup.unfinished import NOTE, Unfinished, note
from app.backup.vectors import Held
from app.backup.verify import verify
from app.records import open_records
from app.settings import Settings
from ingest.database import open_database, sqlite_url
from ingest.originals import FolderOriginals
from retrieval.errors import IndexUnavailable, IntramurosError, InvalidRequest, SetupRefused
from tests.backups import backed_up, copied, elsewhere, restored, seeded, told
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import COLLECTIONS, open_house, settings_of

SMALL_BYTES = 100_000  # more than what SQLite writes to be read, less than the largest original


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a house that was filled and closed; not to be changed."""
    here = tmp_path_factory.mktemp("seed")
    seeded(here / "data", here / "share").services.close()
    return here / "data"


def holdings(settings: Settings) -> Holdings:
    """Return what a backup beside the house takes."""
    engine = open_database(sqlite_url(settings.site.database_file))
    originals = FolderOriginals(settings.site.originals_dir)
    return Holdings(engine, originals, None, settings.site.data_dir, "1.2.3")


def _killed_backup(data_dir: Path, folder: Path, what: str) -> None:
    settings = settings_of(data_dir, *COLLECTIONS)

    def report(doing: str, done: int, _total: int) -> None:
        if (doing, done > 3) == (what, True):
            os.kill(os.getpid(), signal.SIGKILL)

    create(holdings(settings), folder, keys.backup_key(settings), report=report)


def _killed_restore(data_dir: Path, folder: Path, what: str) -> None:
    def report(doing: str, done: int, _total: int) -> None:
        if (doing, done > 3) == (what, True):
            os.kill(os.getpid(), signal.SIGKILL)

    restored(settings_of(data_dir, *COLLECTIONS), folder, report=report, replaces=True)


def _cramped_backup(data_dir: Path, folder: Path, pipe: Connection) -> None:
    settings = settings_of(data_dir, *COLLECTIONS)
    taken = holdings(settings)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))
    try:
        create(taken, folder, keys.backup_key(settings))
    except SetupRefused as refused:
        pipe.send((refused.message, refused.remedy))
    else:
        pipe.send(("it was written", ""))


def exit_code(target: object, *given: object) -> int | None:
    """Run a function in a process of its own and return how that ended."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=given)  # type: ignore[arg-type]  # any
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.parametrize("what", ["rows", "originals"])
def test_killed_backup_leaves_none(seed: Path, tmp_path: Path, what: str) -> None:
    """No folder has the name; the next one takes away what was left, and is whole."""
    shutil.copytree(seed, tmp_path / "data")
    (tmp_path / "backups").mkdir()
    folder = tmp_path / "backups" / "monday"
    assert exit_code(_killed_backup, tmp_path / "data", folder, what) == -signal.SIGKILL
    assert [one.name for one in (tmp_path / "backups").iterdir()] == [".monday.partial"]

    settings = settings_of(tmp_path / "data", *COLLECTIONS)
    taken = holdings(settings)
    create(taken, tmp_path / "backups" / "tuesday", keys.backup_key(settings))
    taken.engine.dispose()

    assert [one.name for one in (tmp_path / "backups").iterdir()] == ["tuesday"]
    assert verify(tmp_path / "backups" / "tuesday", keys.known_key(settings)).faults == ()


def test_backup_of_another_house_that_is_under_way_stays(seed: Path, tmp_path: Path) -> None:
    """In containers every house lies in /data: two that share a folder of backups do not sweep each other's away."""
    folder = tmp_path / "backups"
    houses = [settings_of(shutil.copytree(seed, tmp_path / name), *COLLECTIONS) for name in ("one", "other")]
    (houses[1].site.secrets_dir / keys.KEY).unlink(missing_ok=True)  # a house makes its own
    taken = [replace(holdings(settings), data_dir=Path("/data")) for settings in houses]
    begun: list[str] = []

    def meanwhile(_what: str, _done: int, _total: int) -> None:
        if not begun:
            begun.append("other")
            create(taken[1], folder / "other", keys.backup_key(houses[1]))

    create(taken[0], folder / "one", keys.backup_key(houses[0]), report=meanwhile)

    assert sorted(one.name for one in folder.iterdir()) == ["one", "other"]
    for name, settings in zip(("one", "other"), houses, strict=True):
        assert verify(folder / name, keys.known_key(settings)).is_whole
    for one in taken:
        one.engine.dispose()


def test_note_that_cannot_be_read_is_no_fault_of_this_backup(seed: Path, tmp_path: Path) -> None:
    """Another house may be ending its backup at this moment: what it left half made is its own affair."""
    settings = settings_of(shutil.copytree(seed, tmp_path / "data"), *COLLECTIONS)
    foreign = tmp_path / "backups" / ".foreign.partial" / HOUSE
    foreign.mkdir(parents=True)  # reading it fails, for any account
    taken = holdings(settings)

    create(taken, tmp_path / "backups" / "monday", keys.backup_key(settings))

    taken.engine.dispose()
    assert sorted(one.name for one in (tmp_path / "backups").iterdir()) == [".foreign.partial", "monday"]


@pytest.mark.parametrize("kind", [IndexUnavailable, SetupRefused])
def test_backup_does_not_fail_for_an_index_that_cannot_be_read(
    seed: Path, tmp_path: Path, kind: type[IntramurosError]
) -> None:
    """In use by the house, or of a kind that this release does not take: it is derived data, a restore embeds anew."""
    settings = settings_of(shutil.copytree(seed, tmp_path / "data"), *COLLECTIONS)

    def reach() -> nullcontext[Held]:
        raise kind("the index cannot be read", remedy="none")

    taken = replace(holdings(settings), vectors=Vectors(HashEmbedder(), reach))

    assert create(taken, tmp_path / "monday", keys.backup_key(settings)).vectors == 0

    taken.engine.dispose()
    assert verify(tmp_path / "monday", keys.known_key(settings)).is_whole


def test_full_disk_is_told_and_leaves_nothing(seed: Path, tmp_path: Path) -> None:
    """A backup that finds no room says so, and takes away what it had written."""
    shutil.copytree(seed, tmp_path / "data")
    (tmp_path / "backups").mkdir()
    large = min((tmp_path / "data" / "originals").glob("*/*.original"))
    large.write_bytes(b"x" * 2 * SMALL_BYTES)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    exit_code(_cramped_backup, tmp_path / "data", tmp_path / "backups" / "monday", theirs)
    assert ours.poll()
    message, remedy = ours.recv()
    assert message.endswith(f"monday cannot be written: {os.strerror(errno.EFBIG)}")
    assert "free disk space" in remedy
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("what", ["rows", "originals", "index", "compared"])
def test_killed_restore_says_so_and_begins_anew(seed: Path, tmp_path: Path, what: str) -> None:
    """Nobody can open what is there; done again, everything is as it was backed up, and what was there before too."""
    house = copied(seed, tmp_path / "data")
    backed_up(house, tmp_path / "backup", with_vectors=False)
    before, settings = told(house.services.engine), house.services.settings
    house.services.close()
    assert exit_code(_killed_restore, tmp_path / "data", tmp_path / "backup", what) == -signal.SIGKILL
    with pytest.raises(SetupRefused, match="has not come to its end"):
        open_records(settings)

    got = restored(settings, tmp_path / "backup")

    assert not got.finding.faults
    assert got.trail.is_whole
    engine = open_database(sqlite_url(settings.site.database_file))
    assert told(engine) == before
    engine.dispose()
    aside = open_database(sqlite_url(settings.site.data_dir / got.aside / "intramuros.db"))
    assert told(aside) == before
    aside.dispose()
    open_house(tmp_path / "data", ScriptedModel("none")).services.close()


def test_half_set_aside_is_set_aside_whole(seed: Path, tmp_path: Path) -> None:
    """What an interrupted attempt had moved stays there, and the rest follows; nothing of the old house is lost."""
    house = copied(seed, tmp_path / "data")
    backed_up(house, tmp_path / "backup")
    settings = house.services.settings
    house.services.close()
    data, aside = tmp_path / "data", tmp_path / "data" / "before_restore_1"
    aside.mkdir()
    (data / "originals").rename(aside / "originals")
    note(settings, Unfinished(str(tmp_path / "backup"), aside.name, is_aside=False))

    got = restored(settings, tmp_path / "backup")

    assert got.aside == aside.name
    assert len(list((aside / "originals").glob("*/*.original"))) == 13
    old = open_database(sqlite_url(aside / "intramuros.db"))
    assert len(told(old)["documents"]) == 13
    old.dispose()
    assert not got.finding.faults


def _cramped_keys(data_dir: Path, file: Path) -> None:
    settings = settings_of(data_dir, *COLLECTIONS)
    keys.backup_key(settings)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, 60))
    with pytest.raises(SetupRefused, match="cannot be written"):
        keys.export(settings, file)


def test_keys_that_do_not_fit_leave_no_file(seed: Path, tmp_path: Path) -> None:
    """Half a file of keys would be taken for keys, and be in the way of the next attempt."""
    shutil.copytree(seed, tmp_path / "data")
    assert exit_code(_cramped_keys, tmp_path / "data", tmp_path / "keys") == 0
    assert not (tmp_path / "keys").exists()


def test_backup_goes_neither_over_another_nor_into_the_house(seed: Path, tmp_path: Path) -> None:
    """Both are refused, and an earlier backup stays as it is."""
    house = copied(seed, tmp_path / "data")
    backed_up(house, tmp_path / "backup")
    with pytest.raises(SetupRefused, match="exists already"):
        backed_up(house, tmp_path / "backup")
    with pytest.raises(SetupRefused, match=r"lies in site\.data_dir"):
        backed_up(house, tmp_path / "data" / "backup")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    for way in (tmp_path / "link" / "backup", tmp_path / "backup" / ".." / "data" / "backup"):
        with pytest.raises(SetupRefused, match=r"lies in site\.data_dir"):
            backed_up(house, way)
    assert verify(tmp_path / "backup", keys.known_key(house.services.settings)).faults == ()
    house.services.close()


def test_second_restore_at_once_is_refused(seed: Path, tmp_path: Path) -> None:
    """It touches nothing of what the first has written, and the first comes to its end as if it were alone."""
    house = copied(seed, tmp_path / "data")
    backed_up(house, tmp_path / "backup")
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    house.services.close()
    refused: list[str] = []

    def meanwhile(what: str, done: int, _total: int) -> None:
        if (what, done) == ("originals", 5):
            with pytest.raises(SetupRefused, match="another restore is at work") as caught:
                restored(new, tmp_path / "backup")
            refused.append(caught.value.remedy)

    got = restored(new, tmp_path / "backup", report=meanwhile)

    assert refused == ["wait until it has ended"]
    assert (got.documents, got.finding.faults) == (13, ())
    assert not list(new.site.data_dir.glob("restore-*"))


def _put_back(settings: Settings, aside: Path, *names: str) -> None:
    """Move what was set aside to where it was, over what a restore left half made."""
    for name in names:
        target = settings.site.data_dir / name
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        (aside / name).rename(target)


@pytest.mark.parametrize("names", [("intramuros.db", "originals"), ("originals",), ("intramuros.db",)])
def test_house_that_was_put_back_is_not_deleted(seed: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    """The command that the house names is refused; with --replace it is set aside, in a place of its own."""
    house = copied(seed, tmp_path / "data")
    backed_up(house, tmp_path / "backup")
    settings = house.services.settings
    house.services.close()
    with_mark = tmp_path / "data" / "originals" / "ab" / "mark.original"
    with_mark.parent.mkdir(exist_ok=True)
    with_mark.write_bytes(b"newer than the backup")
    assert exit_code(_killed_restore, tmp_path / "data", tmp_path / "backup", "originals") == -signal.SIGKILL
    (aside,) = (tmp_path / "data").glob("before_restore_*")
    _put_back(settings, aside, *names)
    before = sorted((tmp_path / "data").rglob("*.original"))

    with pytest.raises(SetupRefused, match="has not come to its end") as told_first:
        open_records(settings)
    with pytest.raises(InvalidRequest, match="is not there any more") as refused:
        restored(settings, tmp_path / "backup")

    assert f"delete {tmp_path / 'data' / NOTE}" in told_first.value.remedy
    assert f"delete {tmp_path / 'data' / NOTE}" in refused.value.remedy
    assert sorted((tmp_path / "data").rglob("*.original")) == before
    got = restored(settings, tmp_path / "backup", replaces=True)
    assert got.aside != aside.name
    assert len(list((tmp_path / "data").rglob("mark.original"))) == 1
    assert not got.finding.faults


def test_empty_place_is_known(tmp_path: Path) -> None:
    """An installation in which nothing was ever kept takes a restore; one original alone is something."""
    settings = elsewhere(tmp_path)
    settings.site.data_dir.mkdir()
    engine = open_database(sqlite_url(settings.site.database_file))
    assert place.is_empty(settings, engine)
    (settings.site.originals_dir / "ab").mkdir(parents=True)
    (settings.site.originals_dir / "ab" / "x.original").write_bytes(b"")
    assert not place.is_empty(settings, engine)
    engine.dispose()

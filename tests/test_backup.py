"""A backup brings the whole house back, on either database, and nothing of what was erased since."""

import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.backup import keys
from app.backup.create import Holdings, create
from app.backup.unfinished import Unfinished, note
from app.backup.verify import verify
from app.cli.restoring import Consent, _erasures
from app.records import open_records
from ingest.database import open_database, sqlite_url, utc_now
from ingest.erasures import FILE_NAME, Erased, Erasure, Erasures
from ingest.index_store import IndexStore, Wish
from ingest.originals import FolderOriginals, fingerprint
from ingest.schema import documents
from retrieval.errors import BackupRejected, InvalidRequest, SetupRefused, Unavailable
from tests.backups import (
    backed_up,
    copied,
    elsewhere,
    found,
    indexed,
    is_chain_whole,
    manifest_of,
    restored,
    seeded,
    told,
)
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house, settings_of
from tests.two_documents import QUESTION


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a house that was filled and closed; not to be changed."""
    place = tmp_path_factory.mktemp("seed")
    seeded(place / "data", place / "share").services.close()
    return place / "data"


@pytest.fixture
def house(seed: Path, tmp_path: Path) -> Iterator[House]:
    """Give a house with a little of everything."""
    opened = copied(seed, tmp_path / "data")
    with opened.client:
        yield opened
    opened.services.close()


@pytest.fixture
def backup(house: House, tmp_path: Path) -> Path:
    """Give a backup of that house."""
    backed_up(house, tmp_path / "backup")
    return tmp_path / "backup"


@pytest.mark.parametrize("with_vectors", [True, False])
def test_house_comes_back_as_it_was(house: House, tmp_path: Path, *, with_vectors: bool) -> None:
    """Rows, originals, chunk ids, readers, the ten best of fifty probes and the audit trail are the same."""
    backed_up(house, tmp_path / "backup", with_vectors=with_vectors)
    before, records, best = told(house.services.engine), indexed(house), found(house)
    originals = {one.name: fingerprint(one) for one in (tmp_path / "data" / "originals").glob("*/*.original")}
    house.services.close()
    key_file = tmp_path / "keys.json"
    keys.export(house.services.settings, key_file)
    shutil.rmtree(tmp_path / "data")

    got = restored(house.services.settings, tmp_path / "backup", keys=keys.read(key_file))

    assert not got.finding.faults
    assert got.trail.is_whole
    assert got.finding.originals == len(originals) == 13
    assert told(open_database(sqlite_url(tmp_path / "data" / "intramuros.db"))) == before
    again = open_house(tmp_path / "data", ScriptedModel("none"))
    assert {
        one.name: fingerprint(one) for one in (tmp_path / "data" / "originals").glob("*/*.original")
    } == originals
    assert indexed(again) == records
    assert found(again) == best
    assert all(len(one) == 10 for one in best)
    assert is_chain_whole(again)
    again.services.close()


def test_no_index_stands_beside_a_restored_one(house: House, tmp_path: Path) -> None:
    """A change of embedder that was under way is over: one index was built anew, and other rows would lead astray."""
    store = IndexStore(house.services.engine)
    store.adopt("former-embedder", now=utc_now())
    store.order("next-embedder", Wish((), 0.0, accept=True), now=utc_now())
    backed_up(house, tmp_path / "backup", with_vectors=False)
    house.services.close()
    keys.export(house.services.settings, tmp_path / "keys.json")
    shutil.rmtree(tmp_path / "data")
    restored(house.services.settings, tmp_path / "backup", keys=keys.read(tmp_path / "keys.json"))
    assert IndexStore(open_database(sqlite_url(tmp_path / "data" / "intramuros.db"))).all() == ()


def test_erasures_that_came_with_the_keys_are_replayed(tmp_path: Path) -> None:
    """The list as it was when the keys were written counts beside the one that is named."""
    line = b'{"at": "2026-01-02T03:04:05.000+00:00", "kind": "document", "id": "gone"}\n'
    consent = Consent(without_keys=False, without_erasures=True, replaces=False)
    found = _erasures(settings_of(tmp_path), [], {FILE_NAME: line}, consent)
    assert [(one.kind, one.id) for one in found] == [(Erased.DOCUMENT, "gone")]


def test_index_that_is_lost_is_rebuilt_the_same(house: House, tmp_path: Path) -> None:
    """Of the database alone: identical ids, readers and the ten best of fifty probes (the index is derived data)."""
    records, best = indexed(house), found(house)
    house.services.close()
    shutil.rmtree(tmp_path / "data" / "index")
    again = open_house(tmp_path / "data", ScriptedModel("none"))
    assert indexed(again) == []

    again.services.pipeline.indexer.rebuild(report=lambda _done, _total: None)

    assert indexed(again) == records
    assert found(again) == best
    again.services.close()


@pytest.mark.postgres
def test_from_one_database_to_the_other_and_back(house: House, tmp_path: Path, postgres_url: str) -> None:
    """What SQLite held is the same in PostgreSQL, and again in SQLite, JSON letter for letter."""
    backed_up(house, tmp_path / "backup")
    before = _texts(house.services.engine)
    there = elsewhere(tmp_path, "there")
    shutil.copytree(house.services.settings.site.secrets_dir, there.site.secrets_dir)

    got = restored(there, tmp_path / "backup", url=postgres_url)
    assert not got.finding.faults
    assert got.trail.is_whole
    postgres = open_database(postgres_url)
    assert _texts(postgres) == before
    assert told(postgres) == told(house.services.engine)

    holdings = Holdings(
        postgres, FolderOriginals(there.site.originals_dir), None, there.site.data_dir, "1.2.3"
    )
    create(holdings, tmp_path / "second", keys.backup_key(there))
    postgres.dispose()
    back = elsewhere(tmp_path, "back")
    shutil.copytree(there.site.secrets_dir, back.site.secrets_dir)
    got = restored(back, tmp_path / "second")

    assert not got.finding.faults
    engine = open_database(sqlite_url(back.site.database_file))
    assert _texts(engine) == before
    assert told(engine) == told(house.services.engine)
    engine.dispose()


def test_restore_needs_an_empty_place_or_a_word(house: House, backup: Path, tmp_path: Path) -> None:
    """A house that is there is not mixed with; with a word it is set aside, whole, and can be opened there."""
    settings = house.services.settings
    house.bring_in(tmp_path / "later", "handbook", later="# Later\n\nThis came after the backup.\n")
    with pytest.raises(SetupRefused, match="is at work"):
        restored(settings, backup, replaces=True)
    house.services.close()
    with pytest.raises(InvalidRequest, match="there is a house"):
        restored(settings, backup)

    got = restored(settings, backup, replaces=True)

    assert not got.finding.faults
    assert got.aside.startswith("before_restore_")
    aside = settings.site.data_dir / got.aside
    assert "later.md" in _names(open_database(sqlite_url(aside / "intramuros.db")))
    assert "later.md" not in _names(open_database(sqlite_url(settings.site.database_file)))
    assert len(list((aside / "originals").glob("*/*.original"))) == 14


@pytest.mark.postgres
def test_postgres_sets_aside_in_a_schema(
    house: House, backup: Path, tmp_path: Path, postgres_url: str
) -> None:
    """The tables that were there lie in a schema of their own, and a second restore finds its place."""
    there = elsewhere(tmp_path, "there")
    shutil.copytree(house.services.settings.site.secrets_dir, there.site.secrets_dir)
    restored(there, backup, url=postgres_url, replaces=True)

    got = restored(there, backup, url=postgres_url, replaces=True)

    assert not got.finding.faults
    engine = open_database(postgres_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f'SELECT count(*) FROM "{got.aside}".documents').scalar()
    assert rows == 13
    engine.dispose()


def test_what_was_erased_since_does_not_come_back(house: House, backup: Path, tmp_path: Path) -> None:
    """Document with original and chunks, conversation, thumb, key and a leaver's account, to the last byte."""
    services, anna = house.services, house.token("anna")
    salary, (talk,) = house.document("salary.md"), services.history.listed("anna")
    services.pipeline.forget(salary)
    (key,) = house.client.get("/api/keys", headers=anna).json()
    assert house.client.delete(f"/api/keys/{key['id']}", headers=anna).status_code == 204
    assert house.client.delete(f"/api/conversations/{talk.id}", headers=anna).status_code == 204
    services.erasures.add(Erased.DISABLED, "ben", now=utc_now())
    erasures = services.erasures.all()
    assert "61,400" not in services.erasures.path.read_text()
    services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, backup, erasures=erasures)

    assert not got.finding.faults
    assert got.erased == {
        Erased.DOCUMENT: 1,
        Erased.KEY: 1,
        Erased.CONVERSATION: 1,
        Erased.DISABLED: 1,
    }
    for file in new.site.data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert b"61,400" not in content, file
        assert b"annual leave do employees" not in content, file
    again = open_records(new)
    assert again.history.listed("anna") == ()
    assert [one for one, is_disabled, _ in again.accounts.listed("ben") if not is_disabled] == []


def test_what_was_made_again_after_its_erasure_stays(house: House, tmp_path: Path) -> None:
    """A document that came back to its place under its old id before the backup is no erased one."""
    text = {"bonus": "# Bonus\n\nThe bonus is paid in March.\n"}
    house.bring_in(tmp_path / "place", "hr", **text)
    before = house.document("bonus.md")
    house.services.pipeline.forget(before)
    house.bring_in(tmp_path / "place", "hr", **text)
    assert house.document("bonus.md") == before
    backed_up(house, tmp_path / "backup")
    erasures = house.services.erasures.all()
    assert [one.id for one in erasures] == [before]

    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    got = restored(new, tmp_path / "backup", erasures=erasures)

    assert got.erased.get(Erased.DOCUMENT, 0) == 0
    assert got.documents == 14


def test_attachment_goes_with_its_document(house: House, backup: Path, tmp_path: Path) -> None:
    """Also where the list names the document it is attached to alone."""
    engine = house.services.engine
    with engine.begin() as connection:
        child, parent = house.document("pump.md"), house.document("valve.md")
        connection.execute(documents.update().where(documents.c.id == child).values(parent_id=parent))
    backed_up(house, tmp_path / "second")
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, tmp_path / "second", erasures=[Erasure("9999", Erased.DOCUMENT, parent)])

    assert got.erased == {Erased.DOCUMENT: 2}
    assert backup.is_dir()


def test_account_that_was_let_in_again_may_sign_in(house: House, backup: Path, tmp_path: Path) -> None:
    """The last word on an account counts, whatever the order of the backup."""
    lines = [Erasure("1", Erased.DISABLED, "ben"), Erasure("2", Erased.ENABLED, "ben")]
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    assert restored(new, backup, erasures=lines).erased == {Erased.ENABLED: 0}
    assert open_records(new).accounts.person("ben").id == "ben"


def test_sign_ins_end_with_a_restore(house: House, tmp_path: Path) -> None:
    """Who signed out after the backup stays out; everybody signs in anew."""
    anna = house.token("anna")
    backed_up(house, tmp_path / "backup")
    settings = house.services.settings
    house.services.close()
    restored(settings, tmp_path / "backup", replaces=True)
    again = open_house(tmp_path / "data", ScriptedModel("none"))
    with again.client:
        assert again.client.get("/api/conversations", headers=anna).status_code == 401
        assert again.client.get("/api/conversations", headers=again.token("anna")).status_code == 200
    again.services.close()


def test_without_keys_the_trail_begins_anew(house: House, backup: Path, tmp_path: Path) -> None:
    """What is lost is named and refused; accepted, the old trail lies in a file, and the new one is whole."""
    records = house.services.audit.trail.head()
    new = elsewhere(tmp_path)
    with pytest.raises(SetupRefused, match=r"pseudonyms.*audit trail.*seal"):
        restored(new, backup)
    assert not (new.site.data_dir / "originals").exists()

    got = restored(new, backup, without_keys=True)

    assert got.trail.is_whole
    assert got.trail.aside is not None
    assert records is not None
    assert len(got.trail.aside.read_text().splitlines()) >= records.seq
    again = open_house(new.site.data_dir, ScriptedModel("none"))
    assert is_chain_whole(again)
    again.services.close()


def test_records_after_the_backup_are_told_as_lost(house: House, backup: Path) -> None:
    """Their anchors do not make the restored trail a broken one; they are kept beside it."""
    settings, audit = house.services.settings, house.services.audit
    ask(house, "anna", QUESTION)
    audit.anchor()
    house.services.close()

    got = restored(settings, backup, replaces=True)

    assert got.trail.is_whole
    assert got.trail.lost > 0
    assert list(settings.site.secrets_dir.glob("audit-anchors.jsonl.before-*"))


def test_keys_are_never_in_a_backup(house: House, backup: Path, tmp_path: Path) -> None:
    """They are written to a file of their own on demand, for its owner alone, and not over another one."""
    file = tmp_path / "keys.json"
    assert keys.export(house.services.settings, file) >= 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(SetupRefused):
        keys.export(house.services.settings, file)
    secrets = [one.read_bytes() for one in house.services.settings.site.secrets_dir.iterdir()]
    for part in backup.rglob("*"):
        content = part.read_bytes() if part.is_file() else b""
        assert not any(
            len(one) == 32 and (one in content or one.hex().encode() in content) for one in secrets
        )


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


def test_erasure_that_cannot_be_listed_is_refused(house: House, tmp_path: Path) -> None:
    """What would come back with a restore is not erased: the document stays, and the command can be repeated."""
    erasures = Erasures(tmp_path / "no" / "such")
    (tmp_path / "no").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="list of erasures"):
        erasures.document(house.document("salary.md"))


def test_list_with_half_a_line_is_read(tmp_path: Path) -> None:
    """A crash may cut a line, before anything was erased; a whole line without sense is told."""
    place = tmp_path / "erasures.jsonl"
    Erasures(place).document("one")
    with place.open("a") as file:
        file.write('{"at": "2026')
    assert [one.id for one in Erasures(place).all()] == ["one"]
    Erasures(place).document("two")
    assert [one.id for one in Erasures(place).all()] == ["one", "two"]
    with place.open("a") as file:
        file.write('{"at": "2026"}\n')
    with pytest.raises(BackupRejected, match="line 4"):
        Erasures(place).all()


def test_house_of_an_unfinished_restore_is_not_opened(house: House) -> None:
    """Whatever opens the records is told what to do."""
    settings = house.services.settings
    note(settings, Unfinished("/backups/monday", "", is_aside=True))
    with pytest.raises(SetupRefused, match="has not come to its end") as refused:
        open_records(settings)
    assert "/backups/monday" in refused.value.remedy


def _names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        names = set(connection.execute(select(documents.c.file_name)).scalars())
    engine.dispose()
    return names


def _texts(engine: Engine) -> list[tuple[str, str, str]]:
    """Return JSON columns as they are stored."""
    statement = "SELECT id, CAST(heading_path AS TEXT), CAST(boxes AS TEXT) FROM chunks ORDER BY id"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]

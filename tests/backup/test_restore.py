"""A backup brings the whole house back, on either database, and refuses a place that is taken."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.backup import keys
from app.backup.create import Holdings, create
from app.backup.unfinished import Unfinished, note
from app.records import open_records
from ingest.database import open_database, sqlite_url, utc_now
from ingest.index_store import IndexStore, Wish
from ingest.originals import FolderOriginals, fingerprint
from ingest.schema import documents
from retrieval.errors import InvalidRequest, SetupRefused
from tests.backups import (
    backed_up,
    elsewhere,
    found,
    indexed,
    is_chain_whole,
    restored,
    told,
)
from tests.fakes import ScriptedModel
from tests.house import House, open_house


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

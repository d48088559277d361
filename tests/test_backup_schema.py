"""A backup of an earlier release is upgraded as it is restored; one of a later release is refused."""

import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from app.backup import keys, rows
from app.backup.manifest import FORMAT, Manifest, Writer, original_part, seal
from app.migrate import current_revision, newest_revision
from app.schema import answers
from ingest.database import snapshot
from ingest.schema import documents
from retrieval.errors import BackupRejected
from tests.backups import elsewhere, indexed, is_chain_whole, restored, seeded, told
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import House, open_house

OLD = "0007"  # the schema before answers knew their scope


def old_backup(house: House, folder: Path, *, schema: str = OLD) -> None:
    """Write a backup as the release of an earlier schema wrote it."""
    services = house.services
    config = Config()
    config.set_main_option("script_location", str(ROOT / "app" / "migrations"))
    with services.engine.begin() as connection:
        visible = connection.execute(select(documents.c.visible_version_id)).scalars().all()
        config.attributes["connection"] = connection
        command.downgrade(config, OLD)
    folder.mkdir()
    writer = Writer(folder)
    with snapshot(services.engine) as connection:
        tables = {
            one.name: rows.dump(connection, one, writer, lambda _count: None)
            for one in rows.tables_of(connection)
        }
    for version in visible:
        part = writer.open(original_part(version))
        part.write(services.originals.path(version).read_bytes())
        writer.add(part)
    digest = writer.close()
    manifest = Manifest(
        FORMAT, "0.0.1", schema, "2026-01-01", "", tables, len(visible), 0, digest, writer.parts
    )
    seal(folder, manifest, keys.backup_key(services.settings))


def test_backup_of_an_earlier_schema_is_upgraded(tmp_path: Path) -> None:
    """Documents, readers and answers are all there, in the schema of this release."""
    house = seeded(tmp_path / "data", tmp_path / "share")
    records, before = indexed(house), told(house.services.engine)
    old_backup(house, tmp_path / "backup")
    house.services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, tmp_path / "backup")

    assert not got.finding.faults
    assert got.trail.is_whole
    again = open_house(new.site.data_dir, ScriptedModel("none"))
    assert current_revision(again.services.engine) == newest_revision()
    after = told(again.services.engine)
    assert {name: len(found) for name, found in after.items()} == {
        name: len(found) for name, found in before.items()
    }
    assert after["documents"] == before["documents"]
    assert after["document_readers"] == before["document_readers"]
    # Where personal data stands in a text was not asked then, and is looked for when the text is first masked.
    unasked = [row.removesuffix(", [])") + ", None)" for row in before["chunks"]]
    assert after["chunks"] == unasked != before["chunks"]
    with again.services.engine.connect() as connection:
        assert connection.execute(select(answers.c.scope)).scalars().all() == [None]
    assert indexed(again) == records
    assert is_chain_whole(again)
    again.services.close()


def test_backup_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """Whole and sealed as it is: this release does not know what its rows mean."""
    house = seeded(tmp_path / "data", tmp_path / "share")
    old_backup(house, tmp_path / "backup", schema="9999")
    house.services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    with pytest.raises(BackupRejected, match="newer than this release knows"):
        restored(new, tmp_path / "backup")
    assert not new.site.database_file.exists()

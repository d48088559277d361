"""The migration history ends in the schema that the code declares, and a newer one is refused."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, insert, select, update

from app.history import History
from app.identity import Accounts
from app.ledger import Ledger
from app.migrate import current_revision, newest_revision, upgrade
from app.provenance import Provenance
from app.schema import metadata
from ingest.database import open_database, sqlite_url
from ingest.schema import documents, job_items
from retrieval.errors import SetupRefused
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import open_house
from tests.test_attachments import a_mail
from tests.test_history import ANNA, given
from tests.test_importing import LEAVE, aged, found, sync


def test_migrations_make_the_declared_schema(database: Engine) -> None:
    """Nothing is missing from the migrations, nothing is in them that the code does not declare."""
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_looking_at_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    """It is empty, and stays as absent as it was."""
    engine = open_database(sqlite_url(tmp_path / "house.db"))
    assert current_revision(engine) is None
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def test_upgrade_of_a_current_database_does_nothing(database: Engine) -> None:
    """The second upgrade finds nothing to do."""
    upgrade(database)

    assert current_revision(database) == newest_revision()


def test_newer_database_is_refused(database: Engine) -> None:
    """A schema that a later release wrote is not touched."""
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SetupRefused, match="newer release"):
        upgrade(database)


def test_attachments_of_the_last_schema_keep_their_documents(tmp_path: Path) -> None:
    """Under new keys they have the ids that answers cite; the next sync doubles nothing and leaves nothing over."""
    house, folder = open_house(tmp_path / "data", ScriptedModel()), tmp_path / "share"
    folder.mkdir()
    inner = a_mail(("deep.txt", b"The deep end is two metres."))
    leave, bad = ("leave.txt", LEAVE.encode()), ("bad.pdf", b"%PDF-1.7 nothing")
    aged(folder / "m.eml", a_mail(leave, leave, ("i.eml", inner), bad))
    sync(house, folder)
    before = {d.key: d for d in house.services.catalog.listed()}
    with house.services.engine.begin() as connection:
        _bring_back_old_keys(connection)
        command.downgrade(_history(connection), "0002")

    upgrade(house.services.engine)

    assert {d.id: d.file_name for d in house.services.catalog.listed()} == {
        d.id: d.file_name for d in before.values()
    }
    assert {d.key for d in house.services.catalog.listed()} == set(before)
    with house.services.engine.connect() as connection:
        items = connection.execute(select(job_items)).mappings().all()
    assert {(i["key"], i["origin"], i["parent_id"], i["depth"]) for i in items} == {
        (d.key, "copy" if d.parent_id else "listed", d.parent_id, d.key.count("\x1f"))
        for d in before.values()
    }
    aged(folder / "m.eml", a_mail(leave, ("i.eml", inner)))
    sync(house, folder)
    kept = {d.file_name: d.id for d in house.services.catalog.listed()}
    assert sorted(kept) == ["deep.txt", "i.eml", "leave.txt", "m.eml"]
    assert set(kept.values()) < {d.id for d in before.values()}
    assert found(house, "annual leave in Kassel").count(LEAVE) == 1
    assert list(house.services.settings.site.uploads_dir.iterdir()) == []
    house.services.close()


def test_attachment_whose_content_is_unknown_gives_way(tmp_path: Path) -> None:
    """One that was never read keeps its old key, comes in under it, and answers once after its mail is read again."""
    house, folder = open_house(tmp_path / "data", ScriptedModel()), tmp_path / "share"
    folder.mkdir()
    aged(folder / "m.eml", a_mail(("leave.txt", LEAVE.encode())))
    sync(house, folder)
    with house.services.engine.begin() as connection:
        _bring_back_old_keys(connection)
        connection.execute(
            update(documents).where(documents.c.parent_id.is_not(None)).values(visible_version_id=None)
        )
        command.downgrade(_history(connection), "0002")

    upgrade(house.services.engine)
    aged(folder / "m.eml", a_mail(("pay.txt", b"Paid monthly."), ("leave.txt", LEAVE.encode())))
    sync(house, folder)

    assert sorted(d.file_name for d in house.services.catalog.listed()) == ["leave.txt", "m.eml", "pay.txt"]
    assert found(house, "annual leave in Kassel").count(LEAVE) == 1
    assert house.services.index.count() == 3
    house.services.close()


def test_answers_of_the_last_schema_get_the_hash_of_what_they_read(database: Engine) -> None:
    """Where the version is still there; their time is that of the answer, and going back loses no answer."""
    Accounts(database).save(ANNA, password="long enough")
    ledger = Ledger(database)
    history = History(database, ledger)
    history.record(given(history.start("anna").id))
    with database.begin() as connection:
        command.downgrade(_history(connection), "0004")
        moment = connection.exec_driver_sql("SELECT created_at FROM answers").scalar()
        for statement in (
            (
                "INSERT INTO documents (id, collection_id, source, key, file_name, title, media_type, state,"
                " created_at, updated_at) VALUES ('d1', 'handbook', 's', 'k', 'f', 't', 'm', 'ready', '', '')"
            ),
            (
                "INSERT INTO versions (id, document_id, sha256, size_bytes, parser, embedder, ocr, findings,"
                " tables_found, timings_ms, dated, created_at)"
                " VALUES ('v1', 'd1', 'abc', 1, 'p', 'e', '[]', '[]', 0, '{}', '', '')"
            ),
            (
                "INSERT INTO answer_passages (answer_id, number, chunk_id, document_id, version_id)"
                " VALUES ('a1', 2, 'c2', 'd2', 'gone')"
            ),
        ):
            connection.exec_driver_sql(statement)

    upgrade(database)

    assert [one.sha256 for one in ledger.entry("a1").passages] == ["abc", None]
    assert [use.answered_at for document in ("d1", "d2") for use in ledger.using(document)] == [moment] * 2
    assert ledger.entry("a1").provenance == Provenance()


def test_file_of_a_share_never_becomes_ours(tmp_path: Path) -> None:
    """What an earlier release took for its copy because of its name stays the share's after the migration."""
    house, folder = open_house(tmp_path / "data", ScriptedModel()), tmp_path / "share"
    folder.mkdir()
    aged(folder / "a.txt", LEAVE)
    sync(house, folder)
    with house.services.engine.begin() as connection:
        [row] = connection.execute(select(job_items)).mappings()
        path = str(folder / "a.txt\x1fb.txt")
        connection.execute(insert(job_items).values({**row, "key": "a.txt\x1fb.txt", "path": path}))
        command.downgrade(_history(connection), "0002")

    upgrade(house.services.engine)

    with house.services.engine.connect() as connection:
        assert set(connection.execute(select(job_items.c.origin)).scalars()) == {"listed"}
    house.services.close()


def _history(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "app" / "migrations"))
    config.attributes["connection"] = connection
    return config


def _bring_back_old_keys(connection: Connection) -> None:
    """Name attachments by their position, as the last schema did."""
    for table in (documents, job_items):
        keys = sorted(connection.execute(select(table.c.key)).scalars())
        for key in keys:
            parts = key.split("\x1f")
            old = [f"{keys.index(key)}-{part.partition('-')[2]}" for part in parts[1:]]
            if len(parts) == 3:
                old[0] = f"{keys.index(parts[0] + chr(31) + parts[1])}-{parts[1].partition('-')[2]}"
            connection.execute(
                update(table).where(table.c.key == key).values(key="\x1f".join([parts[0], *old]))
            )

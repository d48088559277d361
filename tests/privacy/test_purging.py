"""After a purge no byte of what was erased is left on the disk; before it there is, or the scan would prove nothing."""

import gc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.doctor import Severity
from app.privacy import purging, retention
from app.privacy.erasing import erase
from app.privacy.erasure_requests import ErasureRequests
from app.privacy.holds import Kind
from app.schema import messages, retention_runs
from ingest.database import purge_deleted, reading, utc_now
from ingest.schema import metadata
from retrieval.errors import DatabaseUnavailable
from tests.house import House
from tests.privacy.erasable import PEAR, PLUM, filled, tell

HOUR = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house that was used."""
    opened = filled(tmp_path)
    yield opened
    opened.services.close()


def files_with(folder: Path, word: str | bytes) -> set[str]:
    """Return the files below a folder that hold a word."""
    wanted = word.encode() if isinstance(word, str) else word
    return {one.name for one in folder.rglob("*") if one.is_file() and wanted in one.read_bytes()}


def test_no_byte_is_left_after_a_purge(house: House) -> None:
    """Text, answer, original and vectors of a document: found before, nowhere after; another's are still there."""
    services, document = house.services, house.document("leave.md")
    tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    folder, version = services.settings.site.data_dir, services.catalog.get(document).visible_version_id or ""
    chunk = services.versions.chunks(version)[0][0]
    vector = services.index.vectors([chunk])[chunk].tobytes()
    assert files_with(folder, PLUM)
    erase(services, Kind.DOCUMENT, document, answers="redact", by="root")
    assert files_with(folder / "index", vector)  # the engine keeps what it deletes

    purging.purge(services, now=utc_now())

    assert files_with(folder, PLUM) == set()
    assert files_with(folder / "index", vector) == set()
    assert files_with(folder, PEAR)
    assert services.index.count() == 3
    (done,) = ErasureRequests(services.engine).listed()
    assert done.purged_at


def test_what_a_worker_wrote_after_all_goes(house: House) -> None:
    """Points and an original of a version that the database has lost go with the purge; others stay."""
    services, document = house.services, house.document("leave.md")
    version = services.catalog.get(document).visible_version_id or ""
    services.catalog.drop_document(
        document
    )  # as where a worker wrote both in the moment after they were deleted
    assert services.index.count(version_id=version)
    purging.purge(services, now=utc_now())
    assert services.index.count(version_id=version) == 0
    assert services.originals.kept(version) is None
    assert len(services.originals.versions()) == services.index.count() == 3
    assert files_with(services.settings.site.data_dir, PLUM) == set()


def test_person_leaves_no_byte(house: House) -> None:
    """Account, chats and own files are gone from every file, the list of erasures too."""
    services = house.services
    tell(house, "anna", ("Annas Reneklode.", ("tax.md",)))
    folder = services.settings.site.data_dir
    erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    purging.purge(services, now=utc_now())
    gc.collect()
    assert files_with(folder, "Reneklode") == files_with(folder, "Mirabelle") == set()
    assert files_with(folder, "user:anna") == files_with(folder, '"anna"') == set()


def test_database_is_written_anew(database: Engine, request: pytest.FixtureRequest) -> None:
    """On both databases a deleted text leaves no trace in the files of tables."""
    if database.dialect.name == "sqlite":
        place = Path(str(database.url.database)).parent
    else:
        with database.connect() as connection:
            place = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar())) / "base"
    word = "Zibarte" * 40
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS notes (id INTEGER, body TEXT)")
        for number in range(200):
            connection.exec_driver_sql(f"INSERT INTO notes VALUES ({number}, '{word}')")
    with database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM notes WHERE id <> 1000")
    if database.dialect.name == "postgresql":
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
        assert files_with(place, word)
    purge_deleted(database, ["notes"])
    if database.dialect.name == "postgresql":
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
    assert files_with(place, word) == set()
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE notes")


def test_reader_in_the_way_is_told_and_it_is_tried_again(database: Engine) -> None:
    """Where somebody reads all the while, nothing is claimed to be purged."""
    with reading(database) as connection:
        connection.execute(select(messages)).all()
        if database.dialect.name == "postgresql":
            with pytest.raises(DatabaseUnavailable):
                purge_deleted(database, ["messages"])
            return
        with database.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout=100")
        with pytest.raises(DatabaseUnavailable):
            purge_deleted(database, list(metadata.tables))


def test_house_purges_by_itself_within_a_day(house: House) -> None:
    """The hourly run purges once something was erased, and not again before twenty hours; then what came meanwhile."""
    services, now = house.services, utc_now() + HOUR
    retention.keep(services, now=now)
    assert purging.last(services.engine) == ""
    services.pipeline.forget(house.document("leave.md"))
    retention.keep(services, now=now + HOUR)
    first = purging.last(services.engine)
    assert first
    services.erasures.document("another", made_at="2999")
    retention.keep(services, now=now + 3 * HOUR)
    assert purging.last(services.engine) == first
    retention.keep(services, now=now + 22 * HOUR)
    assert purging.last(services.engine) > first


def test_erasure_is_due_a_day_after_it(house: House) -> None:
    """Nothing is overdue in the first day; after it, until a purge, it is counted as kept for too long."""
    services, now = house.services, utc_now()
    services.pipeline.forget(house.document("leave.md"))
    kept = {one.store: one.due for one in retention.standing(services.settings, services.engine, now=now)}
    assert kept["traces of erasures"] == 0
    later = retention.standing(services.settings, services.engine, now=now + 25 * HOUR)
    assert {one.store: one.due for one in later}["traces of erasures"] == 1
    purging.purge(services, now=utc_now())
    purged = retention.standing(services.settings, services.engine, now=now + 25 * HOUR)
    assert {one.store: one.due for one in purged}["traces of erasures"] == 0


def test_purge_that_fails_is_an_error_of_the_doctor(house: House) -> None:
    """What cannot be purged is told by name; the row says which error it was."""
    services, now = house.services, utc_now() + HOUR
    services.pipeline.forget(house.document("leave.md"))
    services.index.close()
    retention.keep(services, now=now)
    with reading(services.engine) as connection:
        mine = retention_runs.c.store == "traces of erasures"
        assert connection.execute(select(retention_runs.c.failure).where(mine)).scalar() == "IndexUnavailable"
    found = retention.check_retention(
        retention.standing(services.settings, services.engine, now=now), now=now
    )
    assert (found.severity, "traces of erasures" in found.message) == (Severity.ERROR, True)

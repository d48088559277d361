"""The proof of erasure proves on both databases, and fails where something is left: one that cannot fail is none."""

import gzip
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from app.privacy.inventory import STORES
from app.selftest.canaries import UNPLANTED, Canary
from app.selftest.looking import on_disk
from app.selftest.planting import NAMES
from app.selftest.proving import Proof, prove
from app.selftest.told import report
from app.wiring import Services
from ingest.database import open_database, utc_now
from retrieval.errors import SetupRefused

pytestmark = pytest.mark.slow  # each proof takes some twenty seconds
LONGEST_S = 300.0  # on two cores


@pytest.fixture(scope="module")
def proof() -> Proof:
    """Give the proof on SQLite, made once."""
    return prove()


def test_nothing_is_left_on_sqlite(proof: Proof) -> None:
    """Every word is found before and none after: by no route, in no row, in no byte, nor after a restore."""
    assert proof.faults == ()
    assert all(row.before for row in proof.rows)
    assert not any(any(row.left.values()) for row in proof.rows)
    assert len(proof.rows) == len(NAMES)  # without the bystander, and with a vector
    assert proof.seconds < LONGEST_S
    assert proof.erase_s < 5  # out of sight


@pytest.mark.postgres
def test_nothing_is_left_on_postgresql(postgres_url: str) -> None:
    """The same on a server's database, which is left as empty as it was lent."""
    found = prove(postgres_url)
    assert found.faults == ()
    assert found.database == "PostgreSQL"
    assert found.seconds < LONGEST_S
    engine = open_database(postgres_url)
    with engine.begin() as connection:
        count = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        assert connection.exec_driver_sql(count).scalar() == 0
        connection.exec_driver_sql("CREATE TABLE diary (id INTEGER)")
    with pytest.raises(SetupRefused, match="1 tables"):
        prove(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE diary")
    engine.dispose()


def test_house_that_does_not_purge_is_found_out() -> None:
    """Without a purge the vector of an erased text lies in the index, and the proof says so."""

    def idle(services: Services, *, now: datetime) -> None:
        del services, now

    found = prove(wipe=idle)
    assert not found.is_proven
    assert any("vector of a text" in one and "index/" in one for one in found.faults)
    assert "NOT PROVEN" in report(found, release="1", now=utc_now())


def test_every_store_has_a_word_or_a_reason(proof: Proof) -> None:
    """A store that is added to the inventory is planted, or left out for a reason that the report tells."""
    planted = {row.canary.store for row in proof.rows} | {"sign-ins", "answers"}
    assert planted.isdisjoint(UNPLANTED)
    assert {one.name for one in STORES if one.is_personal} <= planted | set(UNPLANTED)


def test_report_can_be_filed(proof: Proof) -> None:
    """It says when, of what and with what end, store by store, and repeats no word that was planted."""
    text = report(proof, release="1.2.3", now=utc_now())
    assert "**PROVEN** · Intramuros 1.2.3 · SQLite" in text
    assert all(f"| {row.canary.store} | {row.canary.what} |" in text for row in proof.rows)
    assert all(store in text for store in UNPLANTED)
    assert not [row for row in proof.rows if row.canary.word and row.canary.word in text]


def test_scan_reads_what_is_compressed(tmp_path: Path) -> None:
    """A word in a zip, in gzip and in a file's name is found; a file that only begins like one breaks nothing."""
    word = Canary("texts", "word", b"Mispel" * 3)
    with ZipFile(tmp_path / "a.docx", "w", ZIP_DEFLATED) as archive:
        archive.writestr("word.xml", word.needle)
    (tmp_path / "b.gz").write_bytes(gzip.compress(word.needle))
    (tmp_path / "c.gz").write_bytes(b"\x1f\x8b not at all")
    (tmp_path / f"{word.word}.txt").write_bytes(b"")
    assert on_disk(tmp_path, [word])[word] == {"a.docx", "b.gz", f"{word.word}.txt"}

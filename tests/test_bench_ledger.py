"""The ledger bench at a small size: what it counts is what it made."""

from pathlib import Path

from sqlalchemy import func, select

from app.bench import ledger as bench
from app.ledger import Ledger
from app.schema import answer_passages
from ingest.database import open_database, sqlite_url

ROWS = 300


def test_every_made_answer_is_found_by_what_it_read(tmp_path: Path) -> None:
    """The bench counts the answers that read a document as the table has them; a few documents are read by many."""
    last = bench.fill(tmp_path / "ledger.sqlite", ROWS)
    engine = open_database(sqlite_url(tmp_path / "ledger.sqlite"))
    ledger = Ledger(engine)
    read = answer_passages.c
    count = select(func.count(read.answer_id.distinct())).where(read.document_id == bench.document_id(0))
    with engine.connect() as connection:
        assert connection.execute(select(func.count(read.answer_id.distinct()))).scalar() == ROWS
        most = connection.execute(count).scalar()
    engine.dispose()

    assert most
    assert bench.using(ledger, bench.document_id(0))["answers"] == most > ROWS / 10
    assert bench.using(ledger, bench.document_id(bench.DOCUMENTS))["answers"] == 0
    assert len(ledger.entry(last).passages) == bench.READ


def test_bench_of_a_small_ledger() -> None:
    """It fills and asks from another process, and tells time and memory of each question."""
    filled, asked = bench.run(ROWS)
    assert filled.rows[0].figures["disk_mb"] > 0
    most, _, unread, one = (row.figures["answers"] for row in asked.rows)
    assert (most > 0, unread, one) == (True, 0, 1)
    assert all(row.figures["memory_mb"] >= 0 for row in asked.rows)

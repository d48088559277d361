"""What it takes the database to hand out text."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from ingest.database import open_database, reading, sqlite_url
from ingest.passages import DatabasePassages
from ingest.schema import metadata
from retrieval.readers import reader_of


def test_fetching_looks_up_and_never_scans(tmp_path: Path) -> None:
    """A question costs what its passages cost, however many documents the house has: each table is read by a key."""
    engine = open_database(sqlite_url(tmp_path / "house.sqlite"))
    metadata.create_all(engine)
    asked: list[tuple[str, Any]] = []

    def remember(_: Connection, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", remember)
    DatabasePassages(engine).fetch([str(number) for number in range(90)], reader=reader_of("anna", ["hr"]))
    steps: list[str] = []
    for statement, values in [one for one in asked if "FROM chunks" in one[0]]:
        with reading(engine) as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        steps += [str(step[-1]) for step in plan]
    engine.dispose()
    assert any(step.startswith("SEARCH documents") for step in steps)
    assert not {f"SCAN {table}" for table in metadata.tables} & set(steps)

"""What it takes the database to hand out text."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, event, update

from ingest.database import open_database, reading, sqlite_url
from ingest.passages import DatabasePassages
from ingest.schema import metadata, versions
from retrieval.readers import reader_of
from tests.house import House


def test_fetching_looks_up_and_never_scans(tmp_path: Path) -> None:
    """A question costs what its passages cost, however many documents the house has: each table is read by a key."""
    engine = open_database(sqlite_url(tmp_path / "house.sqlite"))
    metadata.create_all(engine)
    asked: list[tuple[str, Any]] = []

    def remember(_: Connection, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", remember)
    ids, reader = [str(number) for number in range(90)], reader_of("anna", ["hr"])
    DatabasePassages(engine).fetch(ids, reader=reader)
    DatabasePassages(engine).titles(ids, embedder="e5", reader=reader)
    steps: list[str] = []
    for statement, values in [one for one in asked if re.search("FROM (chunks|versions)", one[0])]:
        with reading(engine) as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        steps += [str(step[-1]) for step in plan]
    engine.dispose()
    assert any(step.startswith("SEARCH documents") for step in steps)
    assert not {f"SCAN {table}" for table in metadata.tables} & set(steps)


def test_titles_are_handed_out_like_text(house: House, tmp_path: Path) -> None:
    """Whoever may read a document gets its title's vector; another gets none, nor anybody that of a hidden version."""
    house.bring_in(tmp_path / "hr", "hr", salary="# Salary bands\n\nBand E7 starts at 61,400 EUR.")
    services = house.services
    (document,) = services.catalog.listed()
    version = document.visible_version_id or ""
    titles = partial(services.passages.titles, embedder=services.embedder.name)
    anna, ben = reader_of("anna", ["hr"]), reader_of("ben", ["finance"])
    (held,) = titles({version, "unknown"}, reader=anna).values()
    (expected,) = services.embedder.embed_passages([document.title])
    np.testing.assert_allclose(held, expected, atol=1e-3)
    assert titles({version}, reader=ben) == {}
    assert services.passages.titles({version}, embedder="another", reader=anna) == {}
    with services.engine.begin() as connection:
        connection.execute(update(versions).values(title_vector=None))
    assert titles({version}, reader=anna) == {}
    services.pipeline.indexer.rebuild(report=lambda _done, _whole: None)
    assert titles({version}, reader=anna).keys() == {version}
    services.catalog.hide(document.id)
    assert titles({version}, reader=anna) == {}

"""Check that whatever is being written when the disk ends is whole or not there: originals, database, index, log."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from app import logs
from ingest.database import open_database, reading, sqlite_url, writing
from ingest.events import event, logger
from ingest.originals import STAGING, FolderOriginals
from retrieval.edge import EdgeIndex
from retrieval.errors import DatabaseUnavailable, DiskFull
from retrieval.types import IndexEntry, SparseVector
from tests.small_disk import MEGABYTE, small_disk


def test_originals_that_do_not_fit_leave_nothing(tmp_path: Path) -> None:
    """Half a copy is removed, the error says what is wrong, and the same file fits once there is room."""
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(4 * MEGABYTE))
    with small_disk(tmp_path / "disk", 50) as disk:
        originals = FolderOriginals(disk.folder / "originals")
        kept = str(uuid4())
        originals.keep(kept, originals.stage(source))
        disk.fill(leave_bytes=MEGABYTE)
        with pytest.raises(DiskFull, match="does not fit"):
            originals.stage(source)
        assert not list((disk.folder / "originals" / STAGING).iterdir())
        assert originals.path(kept).read_bytes() == source.read_bytes()
        disk.clear()
        again = str(uuid4())
        originals.keep(again, originals.stage(source))
        assert originals.path(again).read_bytes() == source.read_bytes()


def test_the_database_survives_a_full_disk(tmp_path: Path) -> None:
    """Writing is refused with a clear error, reading goes on, nothing is corrupt, and with room it takes rows again."""
    with small_disk(tmp_path / "disk", 50) as disk:
        engine = open_database(sqlite_url(disk.folder / "house.db"))

        def write(rows: int) -> None:
            with writing(engine) as connection:
                for _ in range(rows):
                    connection.exec_driver_sql("INSERT INTO held VALUES (randomblob(20000))")

        def count() -> int:
            with reading(engine) as connection:
                return int(connection.exec_driver_sql("SELECT count(*) FROM held").scalar_one())

        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE held (content BLOB)")
        write(10)
        disk.fill_up()
        with pytest.raises(DatabaseUnavailable, match="full") as caught:
            write(500)
        assert "disk space" in caught.value.remedy
        assert count() == 10
        disk.clear()
        write(5)
        assert count() == 15
        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        engine.dispose()


def entries(count: int, *, since: int = 0) -> list[IndexEntry]:
    """Return made points."""
    draw = np.random.default_rng(1)
    found = []
    for number in range(since, since + count):
        vector = draw.standard_normal(64).astype(np.float32)
        unit = vector / np.linalg.norm(vector)
        terms = SparseVector((1, number + 2), (1.0, 1.0))
        ids = (str(uuid4()), f"d{number}", f"v{number}")
        found.append(IndexEntry(*ids, "c", "en", ("everyone",), unit, terms))
    return found


def test_the_index_refuses_to_write_and_goes_on_reading(tmp_path: Path) -> None:
    """On a disk without a byte left no write reaches the engine, which would end the process; all is there again."""
    with small_disk(tmp_path / "disk", 300) as disk:
        index = EdgeIndex(disk.folder / "index", dimension=64)
        index.upsert(entries(300))
        disk.fill_up()
        refused: tuple[Callable[[], object], ...] = (
            lambda: index.upsert(entries(3000, since=300)),
            lambda: index.forget_version("v1"),
            lambda: index.set_readers("d1", ("group:hr",)),
            lambda: index.optimise(at_least=0),
        )
        for write in refused:
            with pytest.raises(DiskFull, match="disk of the index"):
                write()
        assert index.count() == 300
        disk.clear()
        index.forget_version("v1")
        index.upsert(entries(3000, since=300))
        index.close()
        opened = EdgeIndex(disk.folder / "index", dimension=64)
        assert opened.count() == len(opened.chunk_ids()) == 3299
        opened.close()


def test_a_log_without_room_stops_nobody(tmp_path: Path) -> None:
    """Lines are lost while nothing can be written, and come again; the work they tell of goes on."""
    with small_disk(tmp_path / "disk", 50) as disk:
        log = (disk.folder / "api.log").open("a", buffering=1)
        logs.configure(log)
        try:
            event(logger("answer"), "before")
            disk.fill_up()
            for _ in range(500):
                event(logger("answer"), "during", answer_id="a" * 100)
            disk.clear()
            event(logger("answer"), "after")
        finally:
            logs.configure(io.StringIO())
            log.close()
        lines = (disk.folder / "api.log").read_text(encoding="utf-8").splitlines()
        assert "before" in lines[0]
        assert "after" in lines[-1]

"""Time a backup of made documents, its verification, and its restore, with the vectors in it and without.

The texts are embedded by this installation's model; documents, originals and database are made and thrown away.
"""

import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Engine, insert, select, update

from app.backup import keys
from app.backup.create import Holdings, Vectors, create
from app.backup.restore import House, Wanted, restore
from app.backup.verify import verify
from app.bench import BenchReport, BenchRow
from app.bench.house import collection_row, record
from app.bench.synthetic import BLOCK, Made, blocks
from app.migrate import upgrade
from app.settings import Settings
from ingest.database import open_database, sqlite_url, stamp, utc_now, writing
from ingest.originals import FolderOriginals
from ingest.schema import chunks, collections, documents, versions
from ingest.version_store import VersionStore
from ingest.versions import digest
from retrieval.edge import EdgeIndex
from retrieval.types import Embedder

T = TypeVar("T")

PARAGRAPHS: Final = 40  # of an original: a few pages


def run(embedder: Embedder, count: int) -> Iterator[BenchReport]:
    """Yield one report on a house of `count` chunks: backed up and restored without vectors, then with them."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="intramuros-bench-") as folder:
        here = Path(folder)
        first = _settings(here / "first")
        _fill(first, count)
        anew = _timed(first, _settings(here / "second"), here / "anew", embedder, None)
        held = _timed(_settings(here / "second"), _settings(here / "third"), here / "held", embedder, _index)
        rows = (BenchRow("vectors made anew", anew), BenchRow("vectors in the backup", held))
        yield BenchReport(f"a backup of {count:,} chunks, {count // 10:,} originals", machine, rows)


def _timed(
    source: Settings,
    target: Settings,
    folder: Path,
    embedder: Embedder,
    open_index: Callable[[Settings, Embedder], EdgeIndex] | None,
) -> dict[str, float]:
    engine = _engine(source)
    index = None if open_index is None else open_index(source, embedder)
    vectors = None if index is None else Vectors(embedder, lambda: nullcontext(index.vectors))
    holdings = Holdings(
        engine, FolderOriginals(source.site.originals_dir), vectors, source.site.data_dir, "bench"
    )
    key = keys.backup_key(source)
    _, create_s = _took(lambda: create(holdings, folder, key))
    verdict, verify_s = _took(lambda: verify(folder, key))
    engine.dispose()
    if index is not None:
        index.close()
    shutil.copytree(source.site.secrets_dir, target.site.secrets_dir)
    house = House(target, _engine(target), embedder, lambda: _index(target, embedder), "bench")
    restored, restore_s = _took(lambda: restore(house, Wanted(folder, (), replaces=False)))
    house.engine.dispose()
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    return {
        "create_s": create_s,
        "verify_s": verify_s,
        "restore_s": restore_s,
        "megabytes": size / 1e6,
        "vectors": verdict.manifest.vectors if verdict.manifest else 0,
        "chunks_restored": restored.finding.chunks,
        "faults": verdict.faults_total + len(restored.finding.faults),
    }


def _took(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _settings(data_dir: Path) -> Settings:
    return Settings.model_validate({"site": {"data_dir": data_dir}})


def _engine(settings: Settings) -> Engine:
    settings.site.data_dir.mkdir(exist_ok=True)
    return open_database(sqlite_url(settings.site.database_file))


def _index(settings: Settings, embedder: Embedder) -> EdgeIndex:
    return EdgeIndex(settings.site.index_dir / "bench", dimension=embedder.dimension)


def _fill(settings: Settings, count: int) -> None:
    """Write made documents with their originals; nothing is embedded yet."""
    engine, made = _engine(settings), Made()
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(insert(collections), collection_row())
    for block in range(blocks(count)):
        with writing(engine) as connection:
            record(connection, list(made.chunks(block, min(BLOCK, count - block * BLOCK))))
    store = VersionStore(engine)
    with engine.connect() as connection:
        titles = connection.execute(select(documents.c.id, documents.c.title)).all()
    seen = {"state": "visible", "created_at": stamp(utc_now())}
    for version, title in titles:
        content = f"{title} {version}\n".encode() * PARAGRAPHS
        place = settings.site.originals_dir / version[-2:] / "made"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        FolderOriginals(settings.site.originals_dir).keep(version, place)
        told = {"sha256": hashlib.sha256(content).hexdigest(), "title_vector": None}
        held = store.chunks(version)
        with writing(engine) as connection:
            connection.execute(update(documents).where(documents.c.id == version).values(seen))
            connection.execute(update(versions).where(versions.c.id == version).values(told))
            for chunk_id, chunk in held:
                of_text = {"digest": digest(chunk.indexed_text(title))}
                connection.execute(update(chunks).where(chunks.c.id == chunk_id).values(of_text))
    engine.dispose()

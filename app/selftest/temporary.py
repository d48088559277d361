"""Open a house in a folder of its own, on SQLite or an empty PostgreSQL, and restore an older backup over it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import inspect

from app.api.server import build
from app.backup import keys
from app.backup.create import Holdings, Vectors, create
from app.backup.restore import House as Target
from app.backup.restore import Wanted, restore
from app.logs import JsonLines
from app.records import open_records
from app.selftest.stand_ins import Parrot, WordEmbedder
from app.settings import Settings
from app.wiring import Neighbours, Services, plug
from ingest.database import open_database, sqlite_url
from ingest.erasures import Erasures
from ingest.events import OURS
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from retrieval.edge import EdgeIndex
from retrieval.errors import SetupRefused
from retrieval.level import as_indexed

RELEASE = "selftest"


@dataclass(frozen=True)
class House:
    """Hold the services, and a client of the API around them."""

    services: Services
    model: Parrot
    client: TestClient


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of a house in this folder. Raises SetupRefused where the database is not empty."""
    if url:
        engine = open_database(url)
        try:
            tables = inspect(engine).get_table_names()
        finally:
            engine.dispose()
        if tables:
            raise SetupRefused(
                f"the database holds {len(tables)} tables already: this test deletes all it finds",
                remedy="name an empty database, made for it: CREATE DATABASE selftest",
            )
    return Settings.model_validate(
        {
            "site": {"data_dir": folder},
            "database": {"url": url},
            "model": {"answers": "written"},
            "limits": {"questions_per_minute": 100},
        }
    )


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """Give the house, closed at the end; its lines lie in a file as those of `intramuros up` do."""
    settings.site.run_dir.mkdir(parents=True, exist_ok=True)
    lines = logging.FileHandler(settings.site.run_dir / "selftest.log")
    lines.setFormatter(JsonLines())
    logging.getLogger(OURS).addHandler(lines)
    model, embedder = Parrot(), WordEmbedder()
    index = EdgeIndex(settings.site.index_dir, dimension=embedder.dimension)
    workshop = Sandbox(SandboxLimits.of(settings.ingest.parse_timeout_s))
    services = plug(open_records(settings), Neighbours(embedder, index, model, workshop))
    try:
        yield House(services, model, TestClient(build(services, with_worker=False)))
    finally:
        services.close()
        logging.getLogger(OURS).removeHandler(lines)
        lines.close()


def back_up(house: House, folder: Path) -> None:
    """Make a backup of an open house."""
    services = house.services
    vectors = Vectors(as_indexed(WordEmbedder()), lambda: nullcontext(services.index.vectors))
    data_dir = services.settings.site.data_dir
    services.erasures.begin()
    holdings = Holdings(services.engine, services.originals, vectors, data_dir, RELEASE)
    create(holdings, folder, keys.backup_key(services.settings))


def bring_back(settings: Settings, folder: Path, house_erasures: Path) -> bool:
    """Restore a backup in place of the closed house; return whether everything fits together."""
    engine = open_database(settings.database.url or sqlite_url(settings.site.database_file))
    embedder = as_indexed(WordEmbedder())

    def open_index() -> EdgeIndex:
        return EdgeIndex(settings.site.index_dir, dimension=embedder.dimension)

    target = Target(settings, engine, embedder, open_index, RELEASE)
    try:
        got = restore(target, Wanted(folder, Erasures(house_erasures).all(), replaces=True))
    finally:
        engine.dispose()
    return not got.finding.faults


def clean(settings: Settings) -> None:
    """Leave nothing in a database that was lent for this."""
    if not settings.database.url:
        return
    engine = open_database(settings.database.url)
    with engine.begin() as connection:
        for schema in inspect(connection).get_schema_names():
            if schema == "public" or schema.startswith("before_restore_"):
                connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()

"""Look after the installation that a backup is restored into: empty, set aside, or half restored. Nobody is at work."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from app.backup.rows import VERSION_TABLE, counted, tables_of
from app.settings import Settings
from ingest.database import reading, writing
from retrieval.errors import SetupRefused
from retrieval.lock import holder

WITH_SQLITE: Final = ("", "-wal", "-shm")  # its files


def require_stopped(settings: Settings, engine: Engine) -> None:
    """Raise SetupRefused where a process of the house is at work."""
    for index in (settings.site.index_dir, *settings.site.index_dir.glob("*/")):
        if (owner := holder(index)) is not None:
            raise SetupRefused(f"process {owner} is at work in this house", remedy="stop `intramuros` first")
    if engine.dialect.name == "postgresql":
        activity = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        with reading(engine) as connection:
            others = connection.execute(activity).scalar_one()
        if others:
            raise SetupRefused(
                f"{others} other connections use the database",
                remedy="stop API, worker and whatever else looks into it, then run this again",
            )


def is_empty(settings: Settings, engine: Engine) -> bool:
    """Return whether nothing is here that a restore would mix with."""
    with reading(engine) as connection:
        has_rows = any(counted(connection, tables_of(connection)).values())
    return not has_rows and not any(settings.site.originals_dir.glob("*/*.original"))


def set_aside(settings: Settings, engine: Engine, name: str) -> None:
    """Move all that is here into a folder of this name in site.data_dir; of PostgreSQL, into a schema of this name.

    What is moved already stays moved: an interrupted one is done by doing it again. Raises SetupRefused.
    """
    if engine.dialect.name == "postgresql":
        _schema_aside(engine, name)
    engine.dispose()
    aside = settings.site.data_dir / name
    try:
        aside.mkdir(parents=True, exist_ok=True)
        for place in _places(settings, engine):
            if place.exists() and not (aside / place.name).exists():
                place.rename(aside / place.name)
        (aside / settings.site.originals_dir.name).mkdir(exist_ok=True)  # there for as long as it lies there
    except OSError as error:
        raise SetupRefused(
            f"what is here cannot be moved to {aside}: {error.strerror}",
            remedy="give the account that runs Intramuros the right to write in site.data_dir, and run this again",
        ) from error


def is_back(settings: Settings, engine: Engine, name: str) -> bool:
    """Return whether database or originals that were set aside under this name lie there no longer: moved back, say."""
    aside = settings.site.data_dir / name
    if not (aside / settings.site.originals_dir.name).is_dir():
        return True
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            return not inspect(connection).get_table_names(schema=name)
    return bool(engine.url.database) and not (aside / Path(engine.url.database or "").name).is_file()


def wipe(settings: Settings, engine: Engine) -> None:
    """Delete what a restore that broke off has put here."""
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:
            for table in [*(one.name for one in tables_of(connection)), VERSION_TABLE]:
                connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    engine.dispose()
    for place in _places(settings, engine):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _places(settings: Settings, engine: Engine) -> Iterator[Path]:
    """Yield the files and folders of the house, keys and logs aside."""
    yield settings.site.originals_dir
    yield settings.site.index_dir
    yield settings.site.uploads_dir
    if engine.dialect.name == "sqlite" and engine.url.database:
        for end in WITH_SQLITE:
            yield Path(engine.url.database + end)


def _schema_aside(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        tables = [table.name for table in tables_of(connection)]
        if not tables:
            return  # moved by an attempt before this one, in one transaction
        connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
        for table in [*tables, VERSION_TABLE]:
            connection.exec_driver_sql(f'ALTER TABLE IF EXISTS "{table}" SET SCHEMA "{name}"')

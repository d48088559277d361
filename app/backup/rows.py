"""Take tables out of a database and put them into one, row by row, the same for SQLite and PostgreSQL.

The columns are those that the database has, not those that the code declares: a backup of an earlier schema goes into
a database of that schema, which is upgraded then. JSON travels as the text it is stored as.
"""

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Insert,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from app.backup.manifest import GET_ANOTHER, Writer, table_part
from app.backup.parts import Parts
from retrieval.errors import BackupRejected

VERSION_TABLE: Final = "alembic_version"
ROWS_AT_ONCE: Final = 1_000  # a few megabytes of chunks
FASTEST: Final = 1  # of gzip: text shrinks to a third at the speed of a disk

T = TypeVar("T")

Report = Callable[[int], None]  # rows more


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables of a database, those that others refer to first; without alembic's own."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


def counted(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Return the number of rows of each table."""
    return {
        one.name: connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
    }


def dump(connection: Connection, table: Table, writer: Writer, report: Report) -> int:
    """Write a table as a part of a backup and return the number of its rows; memory stays flat."""
    part, count = writer.open(table_part(table.name)), 0
    with gzip.GzipFile(filename="", fileobj=part, mode="wb", compresslevel=FASTEST, mtime=0) as file:
        file.write(_line([column.name for column in table.columns]))
        rows = connection.execute(_query(table, connection).execution_options(yield_per=ROWS_AT_ONCE))
        for page in rows.partitions():
            file.write(b"".join(_line([_told(value) for value in row]) for row in page))
            count += len(page)
            report(len(page))
    writer.add(part)
    return count


def load(connection: Connection, table: Table, parts: Parts, report: Report) -> int:
    """Put a table of a backup into an empty one and return the number of rows. Raises BackupRejected."""
    count = 0
    try:
        with (
            parts.reading(table_part(table.name)) as file,
            gzip.open(file, "rt", encoding="utf-8") as lines,
        ):
            columns = json.loads(next(lines))
            if sorted(columns) != sorted(column.name for column in table.columns):
                raise _refused(table, "its columns are not those of its schema")
            statement = _insert(table, connection)
            for page in paged(lines, ROWS_AT_ONCE):
                rows = (_row(columns, json.loads(line)) for line in page)
                connection.execute(statement, list(rows))
                count += len(page)
                report(len(page))
    except (OSError, EOFError, ValueError, StopIteration, SQLAlchemyError) as error:
        raise _refused(table, type(error).__name__) from error
    return count


def paged(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the things in lists of `size`, the last one shorter."""
    left = iter(things)
    return iter(lambda: list(islice(left, size)), [])


def _query(table: Table, connection: Connection) -> Select[Any]:
    """Return the query for all rows, with JSON as its text."""
    as_text = type_coerce if connection.dialect.name == "sqlite" else cast
    return select(
        *(
            as_text(column, Text()).label(column.name) if isinstance(column.type, JSON) else column
            for column in table.columns
        )
    )


def _insert(table: Table, connection: Connection) -> Insert:
    """Return the statement that takes rows whose JSON is text."""
    is_sqlite = connection.dialect.name == "sqlite"

    def given(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        if not isinstance(kind, JSON):
            return bindparam(name, type_=kind)
        text = bindparam(name, type_=Text())
        return type_coerce(text, Text()) if is_sqlite else cast(text, kind)

    # Under other names than the columns': those are taken by the statement itself.
    values = {column.name: given(f"b_{column.name}", column.type) for column in table.columns}
    return insert(table).values(values)


def _row(columns: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    pairs = zip(columns, values, strict=True)
    return {f"b_{name}": base64.b64decode(v["b64"]) if isinstance(v, dict) else v for name, v in pairs}


def _told(value: object) -> object:
    """Return a value as JSON has it; bytes as an object, which no other value is."""
    if isinstance(value, bytes | memoryview):
        return {"b64": base64.b64encode(value).decode("ascii")}
    return value


def _line(values: Sequence[object]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _refused(table: Table, why: str) -> BackupRejected:
    return BackupRejected(f"the table {table.name} of the backup cannot be taken: {why}", remedy=GET_ANOTHER)

"""Open the database and hand out transactions; the one place that knows SQLite from PostgreSQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from retrieval.errors import DatabaseUnavailable

# A bulk write of one document takes well under a second; this outlives a long queue of them.
BUSY_TIMEOUT_MS = 30_000
LOCK_TIMEOUT_MS = 5_000  # whoever comes behind one that waits for a table waits too
CONNECT_S = (
    5  # a server that takes no connection would otherwise be waited for as long as the network sees fit
)


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite:///{path}"


def open_database(url: str) -> Engine:
    """Return an engine for `url`, ready for several threads. Connects only when first used."""
    is_server = not url.startswith("sqlite")
    limits = {"connect_timeout": CONNECT_S} if is_server else {}
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=is_server, connect_args=limits)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",  # readers do not wait for the writer
        "synchronous=NORMAL",  # safe with WAL: a crash loses no committed transaction of the process
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "secure_delete=ON",  # deleted text is overwritten on disk: erasure means erased
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A read transaction that turns to writing fails at once if another writer was faster; IMMEDIATE waits its turn.
    writing = connection.get_execution_options().get("intramuros_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that sees one consistent state. Raises DatabaseUnavailable."""
    with _explained(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Give a transaction whose every query sees the state of the first one. Raises DatabaseUnavailable."""
    with _explained(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # SQLite has no weaker one
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that is written whole or not at all. Raises DatabaseUnavailable."""
    with (
        _explained(),
        engine.connect().execution_options(intramuros_writing=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def writing_in_turn(engine: Engine, turn: int) -> Iterator[Connection]:
    """Give a writing transaction that no other one of the same `turn` runs beside. Raises DatabaseUnavailable."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.execute(select(func.pg_advisory_xact_lock(turn)))
        yield connection


def purge_deleted(engine: Engine, tables: Sequence[str]) -> None:
    """Leave no byte of what was deleted in the files of the database. Raises DatabaseUnavailable.

    SQLite is written anew as a whole, and its log is cut off; PostgreSQL writes these tables anew, each behind a lock
    that it waits for only so long, and its own log turns over by itself.
    """
    with _explained():
        if engine.dialect.name == "sqlite":
            _purge_sqlite(engine)
            return
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
            try:
                for table in tables:
                    connection.exec_driver_sql(f'VACUUM (FULL) "{table}"')
            finally:
                connection.exec_driver_sql("RESET lock_timeout")


def _purge_sqlite(engine: Engine) -> None:
    with engine.connect() as connection:
        driver = connection.connection.cursor()  # beside the transactions of ours: VACUUM takes none
        try:
            driver.execute("VACUUM")
            is_busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise DatabaseUnavailable(
                f"the database cannot be written anew: {error}",
                remedy="give its disk as much room as it takes itself; it is tried again every hour",
            ) from error
        finally:
            driver.close()
    if is_busy:
        raise DatabaseUnavailable(
            "the log of the database cannot be cut off while somebody reads",
            remedy="it is tried again every hour; or run `intramuros privacy purge` when less is going on",
        )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, DataError):
        raise  # the fault of what was to be written, or ours: the database is there and nothing else need wait
    except DBAPIError as error:
        raise DatabaseUnavailable(
            f"the database does not answer: {_first_line(error)}",
            remedy="check that it runs, has disk space and may be written to; then `intramuros doctor`",
        ) from error


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def utc_now() -> datetime:
    """Return the present time in UTC; the clock that wiring passes in."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Return a UTC time as stored: ISO 8601 to the millisecond, which sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")

"""Bring the database to the schema of this release, or refuse where a newer release has been at it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from ingest.database import reading, writing_in_turn
from retrieval.errors import SetupRefused

TURN = 0x5C4E3A  # of the lock that migrating processes take on PostgreSQL; any number nobody else takes


def upgrade(engine: Engine) -> None:
    """Apply what is missing, in one transaction: who is killed has changed nothing, and who is second finds it done.

    Raises DatabaseUnavailable; SetupRefused, before anything is written, where a newer release has been at it.
    """
    config = _config()
    found = current_revision(engine)
    _refuse_newer(config, found)
    if found == newest_revision():
        return
    with writing_in_turn(engine, TURN) as connection:
        _refuse_newer(config, MigrationContext.configure(connection).get_current_revision())
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def advance(connection: Connection, revision: str = "head") -> None:
    """Bring the database of an open transaction to a revision of `known_revisions`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> frozenset[str]:
    """Return every schema that this release can start from."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def current_revision(engine: Engine) -> str | None:
    """Return the schema the database has, None where it is empty. Raises DatabaseUnavailable.

    A file that is not there is not made: who only looks leaves nothing behind.
    """
    if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
        return None
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """Return the schema of this release."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _refuse_newer(config: Config, found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SetupRefused(  # waiting would not mend it
            f"the database was written by a newer release of Intramuros: its schema is {found}, "
            f"this release knows those up to {max(known)}",
            remedy="start that release, or restore a backup made by this one",
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config

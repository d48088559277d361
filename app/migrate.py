"""Bring the database to the schema of this release, or refuse where a newer release has been at it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine

from ingest.database import reading, writing
from retrieval.errors import DatabaseUnavailable


def upgrade(engine: Engine) -> None:
    """Apply what is missing, in one transaction. Raises DatabaseUnavailable, also where a newer release wrote it."""
    config = _config()
    try:
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnavailable(
            "the database was written by a newer release of Intramuros",
            remedy="start that release, or restore a backup made by this one",
        ) from error


def current_revision(engine: Engine) -> str | None:
    """Return the schema the database has, None where it is empty. Raises DatabaseUnavailable."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """Return the schema of this release."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config

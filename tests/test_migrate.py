"""The migration history ends in the schema that the code declares, and a newer one is refused."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from app.migrate import current_revision, newest_revision, upgrade
from app.schema import metadata
from retrieval.errors import DatabaseUnavailable


def test_migrations_make_the_declared_schema(database: Engine) -> None:
    """Nothing is missing from the migrations, nothing is in them that the code does not declare."""
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrade_of_a_current_database_does_nothing(database: Engine) -> None:
    """The second upgrade finds nothing to do."""
    upgrade(database)

    assert current_revision(database) == newest_revision()


def test_newer_database_is_refused(database: Engine) -> None:
    """A schema that a later release wrote is not touched."""
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseUnavailable, match="newer release"):
        upgrade(database)

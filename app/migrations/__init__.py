"""Hold the history of the database's tables, for Alembic."""

"""Read the fixtures: which schemas there are, and a database made of one."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

HERE = Path(__file__).resolve().parent
MIGRATIONS = HERE.parent.parent / "app" / "migrations"


def revisions() -> tuple[str, ...]:
    """Return every schema there ever was, the first one first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    history = ScriptDirectory.from_config(config).walk_revisions()
    return tuple(reversed([script.revision for script in history]))


def load(engine: Engine, revision: str) -> None:
    """Make an empty database the house of a schema."""
    text = (HERE / f"{revision}.{engine.dialect.name}.sql").read_text(encoding="utf-8")
    connection = engine.raw_connection()
    try:
        driver = connection.driver_connection
        if engine.dialect.name == "sqlite":
            # A dump names children before their parents.
            driver.executescript(f"PRAGMA foreign_keys=OFF;\n{text}\nPRAGMA foreign_keys=ON;")  # type: ignore[union-attr]
        else:
            driver.execute(text)  # type: ignore[union-attr]
        connection.commit()
    finally:
        connection.close()

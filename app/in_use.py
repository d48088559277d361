"""Say which embedder's index is in use: what the database says, whatever the settings wish for.

The settings name the embedder of a new house. One whose documents were embedded by another stays with it, found and
answered from as before, until `intramuros index change` has built the new index beside it.
"""

from sqlalchemy import Engine, func, select

from app.settings import Settings
from ingest.database import reading
from ingest.index_store import IndexStore, Standing
from ingest.schema import documents, versions


def in_use(settings: Settings, engine: Engine) -> Settings:
    """Return the settings with the embedder in use. The database has the present schema. Raises DatabaseUnavailable."""
    rows = IndexStore(engine).all()
    is_known = bool(rows) and rows[0].state is Standing.CURRENT
    return with_embedder(settings, rows[0].model if is_known else _made_by(settings, engine))


def with_embedder(settings: Settings, model: str) -> Settings:
    """Return the settings with another embedder."""
    if model == settings.embedder.model:
        return settings
    return settings.model_copy(update={"embedder": settings.embedder.model_copy(update={"model": model})})


def _made_by(settings: Settings, engine: Engine) -> str:
    """Return who embedded most of the shown documents, where its files are here; else whom the settings name."""
    counted = (
        select(versions.c.embedder, func.count())
        .join(documents, documents.c.visible_version_id == versions.c.id)
        .group_by(versions.c.embedder)
    )
    with reading(engine) as connection:
        found = {name.partition("@")[0]: count for name, count in connection.execute(counted)}
    is_there = {
        name: count for name, count in found.items() if (settings.site.models_dir / name).is_dir() and name
    }
    if not is_there or settings.embedder.model in is_there:
        return settings.embedder.model
    return str(max(is_there, key=is_there.__getitem__))

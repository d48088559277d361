"""Read what the catalog holds, for decisions that are taken before anything is done. Writes nothing."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Engine, select

from ingest.database import reading
from ingest.inventory import Inventory
from ingest.schema import documents, versions
from ingest.sync import Known

# Versions that past timings are taken from: what this machine does with these documents at present.
RECENT = 2_000


class Place(NamedTuple):
    """Name a source within a collection."""

    collection_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """Hold what is known of one source, and the contents of all other documents."""

    known: tuple[Known, ...] = ()
    elsewhere: frozenset[str] = frozenset()  # SHA-256 of what other sources and collections show


@dataclass(frozen=True, slots=True)
class PastRun:
    """Say how long one document took, from file to visible version."""

    pages: int | None  # None where its format has none
    ocr_pages: int
    seconds: float


def read_holdings(engine: Engine, place: Place) -> Holdings:
    """Return what the catalog holds of a source and besides it. Raises DatabaseUnavailable."""
    is_here = (documents.c.collection_id == place.collection_id) & (documents.c.source == place.source)
    with reading(engine) as connection:
        others = select(versions.c.sha256).join(documents, documents.c.visible_version_id == versions.c.id)
        elsewhere = frozenset(connection.execute(others.where(~is_here)).scalars())
    return Holdings(tuple(Inventory(engine).known(*place)), elsewhere)


def past_runs(engine: Engine) -> tuple[PastRun, ...]:
    """Return how long the latest documents took. Raises DatabaseUnavailable."""
    query = select(versions.c.pages, versions.c.ocr, versions.c.timings_ms)
    with reading(engine) as connection:
        return tuple(
            PastRun(row.pages, len(row.ocr or ()), sum(row.timings_ms.values()) / 1000)
            for row in connection.execute(query.order_by(versions.c.created_at.desc()).limit(RECENT))
        )

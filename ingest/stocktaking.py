"""Read from the database what a consistency check compares: ids, states, readers and hashes; never text."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, RowMapping, Select, func, select

from ingest.consistency import Holding, ShownVersion, StoredChunk
from ingest.database import reading, stamp
from ingest.schema import chunks, collections, document_readers, documents, versions
from ingest.types import State

ROWS_AT_ONCE = 2_000  # a few hundred kilobytes; fewer would cost round trips


class Stocktaking:
    """Read in transactions of their own, without a lock that anybody waits for. Raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def documents(self, *, now: datetime) -> dict[str, Holding]:
        """Return every document by id, with its readers and the version it shows."""
        with reading(self._engine) as connection:
            readers: dict[str, list[str]] = {}
            for document, principal in connection.execute(
                select(document_readers.c.document_id, document_readers.c.principal)
            ):
                readers.setdefault(document, []).append(principal)
            rules: dict[tuple[str, ...], tuple[str, ...]] = {}  # thousands of documents share a few rules
            found: dict[str, Holding] = {}
            for row in connection.execute(_holdings()).mappings():
                rule = tuple(sorted(readers.pop(row["id"], ())))
                found[row["id"]] = _holding(row, rules.setdefault(rule, rule), now)
            return found

    def chunks(self) -> Iterator[StoredChunk]:
        """Yield every chunk by ascending id, shown or not, a page in memory."""
        query = (
            select(chunks.c.id, versions.c.document_id, chunks.c.version_id)
            .join(versions, versions.c.id == chunks.c.version_id)
            .order_by(chunks.c.id)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                yield StoredChunk(*row)

    def embedded_otherwise(self, embedder: str) -> int:
        """Return of how many shown documents another embedder made the vectors; no question compares with them."""
        shown = documents.join(versions, documents.c.visible_version_id == versions.c.id)
        query = select(func.count()).select_from(shown).where(versions.c.embedder != embedder)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def retention_days(self) -> dict[str, int]:
        """Return for how many days each collection keeps documents, by its id."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(collections.c.id, collections.c.retention_days))
            return {row[0]: row[1] for row in rows}


def _holdings() -> Select[tuple[object, ...]]:
    return select(
        documents.c.id,
        documents.c.collection_id,
        documents.c.state,
        documents.c.created_at,
        documents.c.worker,
        documents.c.leased_until,
        documents.c.visible_version_id,
        versions.c.id.label("version_id"),
        versions.c.document_id.label("owner_id"),
        versions.c.sha256,
        versions.c.embedder,
    ).outerjoin(versions, versions.c.id == documents.c.visible_version_id)


def _holding(row: RowMapping, readers: tuple[str, ...], now: datetime) -> Holding:
    shown = None
    if row["version_id"] is not None:
        shown = ShownVersion(row["version_id"], row["owner_id"], row["sha256"], row["embedder"])
    return Holding(
        id=row["id"],
        collection_id=row["collection_id"],
        state=State(row["state"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        is_in_work=row["worker"] is not None and (row["leased_until"] or "") > stamp(now),
        readers=readers,
        visible_version_id=row["visible_version_id"],
        shown=shown,
    )

"""Hand out text to those who may read it: the second reader check, in the database."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Column, Engine, RowMapping, Select, select

from ingest.catalog import allowed
from ingest.database import reading
from ingest.schema import chunks, document_readers, documents, versions
from retrieval.types import Box, Passage, Reader

# By the key of `documents`: without it each chunk would be looked for among all documents.
SHOWN: Final = (documents.c.id == versions.c.document_id) & (documents.c.visible_version_id == versions.c.id)
# Of visible versions; who may read them is asked before.
PASSAGES: Final = (
    select(
        chunks.c.id.label("chunk_id"),
        chunks.c.text,
        chunks.c.heading_path,
        chunks.c.language,
        chunks.c.page,
        chunks.c.boxes,
        chunks.c.position,
        chunks.c.section,
        chunks.c.cells,
        versions.c.id.label("version_id"),
        versions.c.dated,
        documents.c.id.label("document_id"),
        documents.c.collection_id,
        documents.c.title,
        documents.c.file_name,
        documents.c.media_type,
    )
    .join(versions, versions.c.id == chunks.c.version_id)
    .join(documents, SHOWN)
)


class DatabasePassages:
    """Fetch passages of visible versions; implements `retrieval.types.PassageStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return the passages of visible versions among `chunk_ids` that this reader may see, by chunk id."""
        with reading(self._engine) as connection:
            pairs = _readers_of(chunks.c.id).where(chunks.c.id.in_(chunk_ids))
            query = PASSAGES.where(chunks.c.id.in_(allowed(connection, pairs, reader)))
            return {row["chunk_id"]: _passage(row) for row in connection.execute(query).mappings()}

    def neighbours(self, passage: Passage, *, reader: Reader, reach: int) -> tuple[Passage, ...]:
        """Return the passages up to `reach` before and after in the same version, in order, itself among them."""
        here = chunks.c.version_id == passage.version_id
        here &= chunks.c.position.between(passage.position - reach, passage.position + reach)
        with reading(self._engine) as connection:
            near = allowed(connection, _readers_of(chunks.c.id).where(here), reader)
            query = PASSAGES.where(chunks.c.id.in_(near)).order_by(chunks.c.position)
            return tuple(_passage(row) for row in connection.execute(query).mappings())


def _readers_of(column: Column[str]) -> Select[tuple[str, str]]:
    """Return the query for pairs of a column and a reader, of passages of visible versions."""
    return (
        select(column, document_readers.c.principal)
        .select_from(chunks)
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(documents, SHOWN)
        .join(document_readers, document_readers.c.document_id == documents.c.id)
    )


def _passage(row: RowMapping) -> Passage:
    values = dict(row)
    values["heading_path"] = tuple(row["heading_path"])
    values["boxes"] = tuple(Box(**box) for box in row["boxes"])
    return Passage(**values)

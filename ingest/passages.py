"""Hand out text to those who may read it: the second reader check, in the database."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from sqlalchemy import Column, Engine, RowMapping, Select, case, or_, select

from ingest.catalog import allowed, readable_by
from ingest.database import reading
from ingest.guard.policy import bare_name, is_masked_for, look_again, masked
from ingest.guard.types import Mark
from ingest.schema import chunks, collections, document_readers, documents, title_vectors, versions
from ingest.version_store import marks_of
from retrieval.types import Box, FloatVector, Only, Passage, Place, Reader

IDS_AT_ONCE: Final = 5_000  # parameters of one statement; SQLite takes 32,766, PostgreSQL's protocol 65,535

# By the key of `documents`: without it each chunk would be looked for among all documents.
SHOWN: Final = (
    (documents.c.id == versions.c.document_id)
    & (documents.c.visible_version_id == versions.c.id)
    & documents.c.restricted_at.is_(None)
)
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
        chunks.c.personal,
        collections.c.personal_data,
        collections.c.personal_data_readers,
    )
    .join(versions, versions.c.id == chunks.c.version_id)
    .join(documents, SHOWN)
    .join(collections, collections.c.id == documents.c.collection_id)
)
NOT_SHOWN: Final = frozenset({"personal", "personal_data", "personal_data_readers"})


class DatabasePassages:
    """Fetch passages of visible versions; implements `retrieval.types.DocumentStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return the passages of visible versions among `chunk_ids` that this reader may see, by chunk id."""
        found: dict[str, Passage] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(chunk_ids), IDS_AT_ONCE):
                pairs = _readers_of(chunks.c.id).where(
                    chunks.c.id.in_(chunk_ids[start : start + IDS_AT_ONCE])
                )
                query = PASSAGES.where(chunks.c.id.in_(allowed(connection, pairs, reader)))
                rows = connection.execute(query).mappings()
                found |= {row["chunk_id"]: _passage(row, reader) for row in rows}
        return found

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Return the (dim,) float32 vectors of titles that this embedder made, by version id.

        Of visible versions that this reader may see. The embedder may be that of an index that is not in use.
        """
        is_kept = (title_vectors.c.version_id == versions.c.id) & (title_vectors.c.embedder == embedder)
        vector = case(
            (versions.c.embedder == embedder, versions.c.title_vector), else_=title_vectors.c.vector
        )
        found: dict[str, FloatVector] = {}
        wanted = sorted(version_ids)
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), IDS_AT_ONCE):
                pairs = (
                    select(versions.c.id, document_readers.c.principal)
                    .join(documents, SHOWN)
                    .join(document_readers, document_readers.c.document_id == documents.c.id)
                    .where(versions.c.id.in_(wanted[start : start + IDS_AT_ONCE]))
                )
                query = select(versions.c.id, vector).outerjoin(title_vectors, is_kept)
                of_theirs = versions.c.id.in_(allowed(connection, pairs, reader))
                rows = connection.execute(query.where(of_theirs, vector.is_not(None)))
                found |= {
                    one: np.frombuffer(held, np.float16).astype(np.float32)
                    for one, held in rows
                    if len(held) % 2 == 0  # bytes of a number; a damaged vector counts as none
                }
        return found

    def places(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Place]:
        """Return the places of the chunks of visible versions that this reader may see, by chunk id."""
        query = (
            select(chunks.c.id, documents.c.id, documents.c.collection_id)
            .add_columns(collections.c.personal_data, collections.c.personal_data_readers)
            .join(documents, documents.c.visible_version_id == chunks.c.version_id)
            .join(collections, collections.c.id == documents.c.collection_id)
            .where(readable_by(reader))
        )
        found: dict[str, Place] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(chunk_ids), IDS_AT_ONCE):
                some = query.where(chunks.c.id.in_(chunk_ids[start : start + IDS_AT_ONCE]))
                found |= {
                    chunk: Place(document, place, is_masked_for(reader, policy, named))
                    for chunk, document, place, policy, named in connection.execute(some)
                }
        return found

    def matching(self, only: Only, *, reader: Reader) -> frozenset[str]:
        """Return the ids of the visible documents that this reader may see and that are of these kinds and dates."""
        query = (
            select(documents.c.id)
            .join(versions, versions.c.id == documents.c.visible_version_id)
            .where(readable_by(reader))
        )
        if only.media_types:
            begins = (documents.c.media_type.startswith(one, autoescape=True) for one in only.media_types)
            query = query.where(or_(*begins))
        if only.since:
            query = query.where(versions.c.dated >= only.since)
        if only.until:
            query = query.where(versions.c.dated <= only.until)
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def neighbours(
        self, passage: Passage, *, reader: Reader, reach: int, with_first: bool = False
    ) -> tuple[Passage, ...]:
        """Return the passages up to `reach` before and after in the same version, in order, itself among them.

        With the first of the document too, where that is asked for: it holds the header of a mail.
        """
        near_by = chunks.c.position.between(passage.position - reach, passage.position + reach)
        here = chunks.c.version_id == passage.version_id
        here &= near_by | (chunks.c.position == 0) if with_first else near_by
        with reading(self._engine) as connection:
            near = allowed(connection, _readers_of(chunks.c.id).where(here), reader)
            query = PASSAGES.where(chunks.c.id.in_(near)).order_by(chunks.c.position)
            return tuple(_passage(row, reader) for row in connection.execute(query).mappings())


def _readers_of(column: Column[str]) -> Select[str, str]:
    """Return the query for pairs of a column and a reader, of passages of visible versions."""
    return (
        select(column, document_readers.c.principal)
        .select_from(chunks)
        .join(versions, versions.c.id == chunks.c.version_id)
        .join(documents, SHOWN)
        .join(document_readers, document_readers.c.document_id == documents.c.id)
    )


def _passage(row: RowMapping, reader: Reader) -> Passage:
    """Return the passage of a row as this reader may see it: the one place where text leaves the database."""
    values = {name: row[name] for name in row if name not in NOT_SHOWN}
    values["heading_path"] = tuple(row["heading_path"])
    values["boxes"] = tuple(Box(**box) for box in row["boxes"])
    passage = Passage(**values)
    if not is_masked_for(reader, row["personal_data"], row["personal_data_readers"]):
        return passage
    return _masked(passage, marks_of(row["personal"]))


def _masked(passage: Passage, marks: Sequence[Mark] | None) -> Passage:
    """Return a passage without personal data; where nobody looked when it was taken in, somebody looks now."""

    def bare(text: str) -> str:
        return masked(text, look_again(text, passage.language))

    text = bare(passage.text) if marks is None else masked(passage.text, marks)
    return replace(
        passage,
        text=text,
        title=bare(passage.title),
        file_name=bare_name(passage.file_name),
        heading_path=tuple(bare(heading) for heading in passage.heading_path),
        is_masked=True,
    )

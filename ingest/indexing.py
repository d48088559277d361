"""Keep the vector index level with the database: what is embedded, written, counted, and written anew when lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from ingest.catalog import Catalog, Document
from ingest.draft import Draft, Stopwatch
from ingest.types import Chunk
from ingest.vectors import Vectors
from ingest.version_store import VersionStore
from retrieval.errors import IndexUnavailable
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, FloatMatrix, FloatVector, IndexEntry, VectorIndex

SLICE_TEXTS: Final = 4  # about 50 ms of one core: as long a question may have to wait for it


@dataclass(frozen=True, slots=True)
class _Written:
    """Hold a version's chunks with their ids."""

    document: str
    collection_id: str
    version: str
    title: str
    chunks: tuple[tuple[str, Chunk], ...]

    @property
    def texts(self) -> list[str]:
        return [chunk.indexed_text(self.title) for _, chunk in self.chunks]


@dataclass(frozen=True, slots=True)
class Indexer:
    """Write versions into the index, many at once."""

    catalog: Catalog
    versions: VersionStore
    embedder: Embedder
    encoder: SparseEncoder
    index: VectorIndex
    beside: "Beside | None" = None

    def entries(self, drafts: Sequence[Draft]) -> list[IndexEntry]:
        """Return what the index shall hold of all drafts; their texts are embedded together.

        Raises Cancelled once one of them is, EmbedderUnavailable, IndexUnavailable.
        """
        written = [_written(draft) for draft in drafts]
        texts = [text for one in written for text in one.texts]
        clock = Stopwatch()
        vectors = Vectors(self.versions, self.embedder, self.index).of(
            texts, cancelled=_any_cancelled(drafts)
        )
        clock.lap("embed")
        entries: list[IndexEntry] = []
        for draft, one in zip(drafts, written, strict=True):
            share = len(one.chunks) / max(len(texts), 1)
            draft.version.timings_ms["embed"] = round(clock.laps["embed"] * share, 2)
            entries += self._entries(one, vectors[len(entries) : len(entries) + len(one.chunks)])
        return entries

    def titles(self, drafts: Sequence[Draft]) -> dict[str, FloatVector]:
        """Return the vectors of the drafts' titles, by version id. Raises EmbedderUnavailable."""
        return self._titles([_written(draft) for draft in drafts])

    def write(self, entries: Sequence[IndexEntry], drafts: Sequence[Draft]) -> None:
        """Write the entries of these drafts. Raises IndexUnavailable.

        An index beside this one gets the same drafts, by its own embedder.
        """
        self.index.upsert(entries)
        if self.beside is not None:
            other = self.beside.indexer
            other.write(other.entries(drafts), drafts)
            self.beside.stage(other.titles(drafts), embedder=other.embedder.name)

    def verify(self, drafts: Sequence[Draft]) -> None:
        """Count what was written of these drafts, here and beside. Raises IndexUnavailable where a chunk is missing."""
        for draft in drafts:
            written = self.index.count(version_id=draft.version.id)
            if written != len(draft.version.chunks):
                raise IndexUnavailable(
                    f"the index holds {written} of {len(draft.version.chunks)} chunks of '{draft.file.file_name}'",
                    remedy="run `intramuros doctor`, then `intramuros ingest retry`",
                )
        if self.beside is not None:
            self.beside.indexer.verify(drafts)

    def fill(self, document: Document, version: str, *, rest: Callable[[], None]) -> FloatVector | None:
        """Write a document into the index anew, from the database; return its title's vector, None where it is gone.

        `rest` is called between slices of its texts.
        """
        written = self._read(document, version)
        if not written.chunks:
            return None
        parts = []
        for start in range(0, len(written.texts), SLICE_TEXTS):
            parts.append(self.embedder.embed_passages(written.texts[start : start + SLICE_TEXTS]))
            rest()
        self.index.upsert(self._entries(written, np.concatenate(parts)))
        (title,) = self._titles([written]).values()
        return title

    def rebuild(self, *, report: Callable[[int, int], None]) -> int:
        """Write every visible document into the index anew, from the database; return how many there were.

        `report` is told how many are done, of how many. The index is derived data: this is how it comes back.
        """
        visible = [document for document in self.catalog.listed() if document.visible_version_id]
        for done, document in enumerate(visible, start=1):
            version = document.visible_version_id or ""
            written = self._read(document, version)
            self.index.upsert(self._entries(written, self.embedder.embed_passages(written.texts)))
            (title,) = self._titles([written]).values()
            self.versions.embedded_anew(version, embedder=self.embedder.name, title=title)
            report(done, len(visible))
        self.index.optimise()
        return len(visible)

    def _read(self, document: Document, version: str) -> _Written:
        chunks = self.versions.chunks(version)
        return _Written(document.id, document.collection_id, version, document.title, chunks)

    def _titles(self, written: Sequence[_Written]) -> dict[str, FloatVector]:
        titles = sorted({one.title for one in written})
        vectors = dict(zip(titles, self.embedder.embed_passages(titles), strict=True))
        return {one.version: vectors[one.title] for one in written}

    def _entries(self, written: _Written, vectors: FloatMatrix) -> list[IndexEntry]:
        readers = self.catalog.readers(written.document)
        return [
            IndexEntry(
                chunk_id=chunk_id,
                document_id=written.document,
                version_id=written.version,
                collection_id=written.collection_id,
                language=chunk.language,
                readers=readers,
                dense=vector,
                sparse=self.encoder.encode_passage(text, chunk.language),
            )
            for (chunk_id, chunk), text, vector in zip(written.chunks, written.texts, vectors, strict=True)
        ]


class Stage(Protocol):
    """Keep the titles' vectors of an index that is not in use."""

    def __call__(self, titles: Mapping[str, FloatVector], *, embedder: str) -> None:
        """Keep them by version id."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Hold what writes into the index that is not in use."""

    indexer: Indexer
    stage: Stage


def _written(draft: Draft) -> _Written:
    version = draft.version
    chunks = tuple(zip(version.chunk_ids(), version.chunks, strict=True))
    return _Written(draft.document, draft.collection_id, version.id, version.parsed.title, chunks)


def _any_cancelled(drafts: Sequence[Draft]) -> Callable[[], bool]:
    return lambda: any(draft.progress.cancelled() for draft in drafts)

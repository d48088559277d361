"""Keep a second index level with the one that is searched: erasures and readers reach both, vectors each its own."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from retrieval.types import FloatVector, Hit, IndexEntry, IndexRecord, Reader, SparseVector, VectorIndex


@dataclass(frozen=True, slots=True)
class MirroredIndex:
    """A VectorIndex over two. All questions go to the first; what the second misses is an error of the call.

    Two embedders made their vectors: `upsert` writes to the first, and whoever has the text writes to the second.
    """

    first: VectorIndex
    second: VectorIndex

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries into the first."""
        self.first.upsert(entries)

    def forget_version(self, version_id: str) -> None:
        """Delete a version's points from both."""
        self.first.forget_version(version_id)
        self.second.forget_version(version_id)

    def set_readers(self, document_id: str, readers: Sequence[str]) -> None:
        """Replace the readers of a document in both."""
        self.first.set_readers(document_id, readers)
        self.second.set_readers(document_id, readers)

    def search_dense(
        self,
        vector: FloatVector,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> list[Hit]:
        """Ask the first."""
        return self.first.search_dense(
            vector, reader=reader, collections=collections, limit=limit, documents=documents
        )

    def search_sparse(
        self,
        vector: SparseVector,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
        also: Collection[str] = (),
    ) -> list[Hit]:
        """Ask the first."""
        return self.first.search_sparse(
            vector, reader=reader, collections=collections, limit=limit, documents=documents, also=also
        )

    def count(self, *, version_id: str | None = None) -> int:
        """Count in the first."""
        return self.first.count(version_id=version_id)

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, FloatVector]:
        """Return vectors of the first."""
        return self.first.vectors(chunk_ids)

    def chunk_ids(self) -> set[str]:
        """Return the ids of the first."""
        return self.first.chunk_ids()

    def records(self) -> Iterator[IndexRecord]:
        """Yield what the first holds."""
        return self.first.records()

    def optimise(self) -> bool:
        """Compact both; return whether either did."""
        ran = self.first.optimise()
        return self.second.optimise() or ran

    def purge(self) -> None:
        """Leave no byte of deleted points in either."""
        self.first.purge()
        self.second.purge()

    def close(self) -> None:
        """Release both."""
        self.first.close()
        self.second.close()

"""Keep the vector index in this process: Qdrant Edge in a directory. With `shard` the only file that knows its engine.

A shard answers searches of several threads at once, also while others write or optimise; writes are put one after the
other here, so that "delete, then count" sees its own work.
"""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import qdrant_edge as edge

from retrieval.errors import DiskFull, IndexUnavailable
from retrieval.floor import require_room
from retrieval.lock import hold
from retrieval.readers import clean_readers
from retrieval.schema import (
    BATCH_POINTS,
    DENSE,
    DOCUMENT,
    INDEXED_FIELDS,
    OVERSAMPLING,
    READERS,
    SCROLL_POINTS,
    SEARCH_BREADTH,
    SPARSE,
    VERSION,
    best_first,
    findable,
    payload_of,
    record_of,
)
from retrieval.shard import POINTS, REBUILD, exchange, open_shard, settle, write_anew
from retrieval.types import FloatVector, Hit, IndexEntry, IndexRecord, Reader, SparseVector

OPTIMISE_AFTER_POINTS: Final = 20_000  # a dense search over as many unindexed points took 0.6 ms
BREADTH: Final = edge.SearchParams(
    hnsw_ef=SEARCH_BREADTH,
    quantization=edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING),
)
EVERY_ONE: Final = edge.SearchParams(exact=True)
# Of a reader who may read few chunks of many, the graph's paths lead through what is hidden: of a million chunks and a
# reader of 9,000, it found 8 of 100. So few are compared one by one, in 2 ms, and 30,000 in 8.
SCANNED_POINTS: Final = 30_000


class EdgeIndex:
    """The VectorIndex port over a directory. Opening takes the directory for this process; `close` gives it back."""

    def __init__(self, path: Path, *, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        self._writing = threading.Lock()
        self._lock = hold(path)
        try:
            settle(path)
            self._shard = open_shard(path / POINTS, dimension)
            self._assert_field_indexes()
        except BaseException:
            self._lock.close()
            raise
        self._unoptimised = 0
        self._is_open = True

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries, replacing those of the same chunk id; on disk when it returns. Raises DiskFull."""
        with self._writing, self._mapped():
            for start in range(0, len(entries), BATCH_POINTS):
                require_room(self._path)
                batch = [_point(entry) for entry in entries[start : start + BATCH_POINTS]]
                self._shard.update(edge.UpdateOperation.upsert_points(batch))
            self._shard.flush()
            self._unoptimised += len(entries)

    def forget_version(self, version_id: str) -> None:
        """Delete a version's points by filter, count what is left, and raise if any is."""
        of_version = edge.Filter(must=[_equals(VERSION, version_id)])
        require_room(self._path)
        with self._writing, self._mapped():
            # By filter, then counted: a delete by id was once seen to leave points searchable.
            self._shard.update(edge.UpdateOperation.delete_points_by_filter(of_version))
            self._shard.flush()
            left = self._shard.count(edge.CountRequest(exact=True, filter=of_version))
        if left:
            raise IndexUnavailable(
                f"{left} points of version {version_id} are still in the index after their deletion",
                remedy="run `intramuros doctor`; nothing of this version is shown, the database hides it",
            )

    def set_readers(self, document_id: str, readers: Sequence[str]) -> None:
        """Replace the readers on all points of a document without touching its vectors."""
        of_document = edge.Filter(must=[_equals(DOCUMENT, document_id)])
        payload = {READERS: list(clean_readers(readers))}
        require_room(self._path)
        with self._writing, self._mapped():
            self._shard.update(edge.UpdateOperation.set_payload_by_filter(of_document, payload))
            self._shard.flush()

    def search_dense(
        self,
        vector: FloatVector,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> list[Hit]:
        """Return the nearest chunks this reader may see in these collections, best first; score is the dot product."""
        allowed = readable(reader, collections, documents)
        if allowed is None or limit < 1:
            return []
        query = edge.Query.Nearest([float(value) for value in vector], using=DENSE)
        with self._mapped():
            share = self._shard.count(edge.CountRequest(exact=False, filter=allowed))
            params = EVERY_ONE if share <= SCANNED_POINTS else BREADTH
            points = self._shard.query(edge.QueryRequest(limit, query=query, filter=allowed, params=params))
        return _hits(points)

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
        """Return the best BM25 chunks this reader may see in these collections, and the scores of those in `also`."""
        corpus = readable(reader, collections)
        if corpus is None or not vector.indices:
            return []
        weights = edge.SparseVector(list(vector.indices), list(vector.values))
        query = edge.Query.Nearest(weights, using=SPARSE)
        params = edge.SearchParams(idf=edge.IdfParams(corpus))
        asked = [
            edge.QueryRequest(most, query=query, filter=allowed, params=params)
            for allowed, most in (
                (readable(reader, collections, documents), limit),
                (readable(reader, collections, documents, chunk_ids=also), len(also)),
            )
            if allowed is not None and most > 0
        ]
        with self._mapped():  # one batch: the terms are counted once for all of it
            found = self._shard.query_batch(edge.QueryBatchRequest(asked)) if asked else []
        return best_first(_hits(points) for points in found)

    def count(self, *, version_id: str | None = None) -> int:
        """Return the number of points, of one version or of all."""
        chosen = None if version_id is None else edge.Filter(must=[_equals(VERSION, version_id)])
        with self._mapped():
            return int(self._shard.count(edge.CountRequest(exact=True, filter=chosen)))

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, FloatVector]:
        """Return the (dim,) float32 dense vectors of the points that exist among `chunk_ids`, by chunk id."""
        with self._mapped():
            records = self._shard.retrieve(list(chunk_ids), with_payload=False, with_vector=[DENSE])
        held = {str(record.id): record.vector for record in records}
        return {
            chunk: np.asarray(vector[DENSE], np.float32)
            for chunk, vector in held.items()
            if isinstance(vector, dict)
        }

    def chunk_ids(self) -> set[str]:
        """Return the ids of all points; for consistency checks."""
        return {str(point.id) for page in self._pages(with_payload=False) for point in page}

    def records(self) -> Iterator[IndexRecord]:
        """Yield what is stored of every point, by ascending chunk id, a page in memory; vectors stay where they are."""
        for page in self._pages(with_payload=True):
            yield from (record_of(str(point.id), point.payload) for point in page)

    def _pages(self, *, with_payload: bool) -> Iterator[list[edge.Record]]:
        offset: edge.PointId | None = None
        while True:
            asked = edge.ScrollRequest(
                offset=offset, limit=SCROLL_POINTS, with_payload=with_payload, with_vector=False
            )
            with self._mapped():
                points, offset = self._shard.scroll(asked)
            yield points
            if offset is None:
                return

    def optimise(self, *, at_least: int = OPTIMISE_AFTER_POINTS) -> bool:
        """Build the search graph and drop deleted points where `at_least` points were written since; True if it ran.

        Searches go on meanwhile; writes wait. Call it after a bulk load.
        """
        if self._unoptimised < at_least:
            return False
        require_room(self._path)
        with self._writing, self._mapped():
            self._shard.optimize()
            self._unoptimised = 0
        return True

    def purge(self) -> None:
        """Write the index anew, so that no byte of a deleted point is left in segments and logs. Raises DiskFull.

        Searches go on in the old one until the new one is in its place; writes wait.
        """
        require_room(self._path)
        with self._writing, self._mapped():
            write_anew(self._shard, self._path, self._dimension)
            self._shard = exchange(self._path, self._dimension)
            self._unoptimised = 0

    def close(self) -> None:
        """Flush and release; the index is unusable afterwards. Closing twice is harmless."""
        with self._writing:
            if not self._is_open:
                return
            self._is_open = False
            try:
                self._shard.flush()
                self._shard.close()
            finally:
                self._lock.close()

    def _assert_field_indexes(self) -> None:
        with self._mapped():
            for field in set(INDEXED_FIELDS) - set(self._shard.info().payload_schema):
                self._shard.update(
                    edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword)
                )
            missing = set(INDEXED_FIELDS) - set(self._shard.info().payload_schema)
        if missing:
            raise IndexUnavailable(
                f"the index in {self._path} has no payload index on {', '.join(sorted(missing))}",
                remedy=REBUILD,
            )

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (IndexUnavailable, DiskFull):
            raise
        except Exception as error:  # the vendor raises nothing more specific
            raise IndexUnavailable(
                f"the index in {self._path} does not answer: {error}", remedy=REBUILD
            ) from error


def readable(
    reader: Reader,
    collections: frozenset[str],
    documents: frozenset[str] | None = None,
    *,
    chunk_ids: Collection[str] | None = None,
) -> edge.Filter | None:
    """Return the one filter of this adapter, made of `schema.findable`; None means that nothing can match."""
    wanted = findable(reader, collections, documents)
    if wanted is None or (chunk_ids is not None and not chunk_ids):
        return None
    chosen = [] if chunk_ids is None else [edge.HasIdCondition(set(chunk_ids))]
    fields = [
        edge.FieldCondition(field, match=edge.MatchAny(sorted(values))) for field, values in wanted.items()
    ]
    return edge.Filter(must=[*chosen, *fields])


def _point(entry: IndexEntry) -> edge.Point:
    return edge.Point(
        entry.chunk_id,
        {
            DENSE: entry.dense.tolist(),
            SPARSE: edge.SparseVector(list(entry.sparse.indices), list(entry.sparse.values)),
        },
        payload_of(entry),
    )


def _hits(points: Sequence[edge.ScoredPoint]) -> list[Hit]:
    return [Hit(chunk_id=str(point.id), score=float(point.score)) for point in points]


def _equals(field: str, value: str) -> edge.FieldCondition:
    return edge.FieldCondition(field, match=edge.MatchValue(value))

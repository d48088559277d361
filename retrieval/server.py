"""Keep the vector index on a Qdrant server. With `server_setup` the only file that knows `qdrant_client`."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import httpx
import numpy as np
from qdrant_client import QdrantClient
from qdrant_client import models as rest
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse
from qdrant_client.http.exceptions import ResponseHandlingException as NoAnswer

from retrieval.errors import IndexUnavailable
from retrieval.readers import clean_readers
from retrieval.schema import (
    BATCH_POINTS,
    DENSE,
    DOCUMENT,
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
from retrieval.server_setup import CHECK, assert_collection, assert_server, rewrite_segments
from retrieval.types import FloatVector, Hit, IndexEntry, IndexRecord, Reader, SparseVector

TIMEOUT_S: Final = 10  # a filtered search takes milliseconds; longer means the server is in trouble
BREADTH: Final = rest.SearchParams(
    hnsw_ef=SEARCH_BREADTH,
    quantization=rest.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING),
)


class QdrantIndex:
    """The VectorIndex port over a collection of a Qdrant server."""

    def __init__(
        self, client: QdrantClient | str, *, collection: str, dimension: int, api_key: str | None = None
    ) -> None:
        self._name = collection
        # The client's version check runs in a thread whose failure nobody catches; the version is pinned instead.
        self._client = (
            QdrantClient(url=client, api_key=api_key, timeout=TIMEOUT_S, check_compatibility=False)
            if isinstance(client, str)
            else client
        )
        with self._mapped():
            assert_collection(self._client, collection, dimension)
            if not self._is_in_memory():  # the client's own mode has none of it, and scans everything
                assert_server(self._client, collection)

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries, replacing those of the same chunk id; applied when it returns."""
        with self._mapped():
            for start in range(0, len(entries), BATCH_POINTS):
                batch = [_point(entry) for entry in entries[start : start + BATCH_POINTS]]
                self._client.upsert(self._name, points=batch, wait=True)

    def forget_version(self, version_id: str) -> None:
        """Delete a version's points by filter, count what is left, and raise if any is."""
        of_version = rest.Filter(must=[_equals(VERSION, version_id)])
        with self._mapped():
            # By filter, then counted: a delete by id was once seen to leave points searchable.
            self._client.delete(self._name, points_selector=rest.FilterSelector(filter=of_version), wait=True)
        left = self.count(version_id=version_id)
        if left:
            raise IndexUnavailable(
                f"{left} points of version {version_id} are still in the index after their deletion",
                remedy="run `intramuros doctor`; nothing of this version is shown, the database hides it",
            )

    def set_readers(self, document_id: str, readers: Sequence[str]) -> None:
        """Replace the readers on all points of a document without touching its vectors."""
        of_document = rest.Filter(must=[_equals(DOCUMENT, document_id)])
        with self._mapped():
            self._client.set_payload(
                self._name, payload={READERS: list(clean_readers(readers))}, points=of_document, wait=True
            )

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
        params = None if self._is_in_memory() else BREADTH
        query = [float(value) for value in vector]
        with self._mapped():
            answer = self._client.query_points(
                self._name, query=query, using=DENSE, query_filter=allowed, search_params=params, limit=limit,
                with_payload=False,
            )  # fmt: skip
        return _hits(answer.points)

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
        weights = rest.SparseVector(indices=list(vector.indices), values=list(vector.values))
        params = rest.SearchParams(idf=rest.IdfCorpusParams(corpus=corpus))
        asked = [
            rest.QueryRequest(query=weights, using=SPARSE, filter=allowed, params=params, limit=most)
            for allowed, most in (
                (readable(reader, collections, documents), limit),
                (readable(reader, collections, documents, chunk_ids=also), len(also)),
            )
            if allowed is not None and most > 0
        ]
        with self._mapped():  # one batch: the terms are counted once for all of it
            found = self._client.query_batch_points(self._name, requests=asked) if asked else []
        return best_first(_hits(answer.points) for answer in found)

    def count(self, *, version_id: str | None = None) -> int:
        """Return the number of points, of one version or of all."""
        chosen = None if version_id is None else rest.Filter(must=[_equals(VERSION, version_id)])
        with self._mapped():
            return int(self._client.count(self._name, count_filter=chosen, exact=True).count)

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, FloatVector]:
        """Return the (dim,) float32 dense vectors of the points that exist among `chunk_ids`, by chunk id."""
        with self._mapped():
            records = self._client.retrieve(
                self._name, ids=list(chunk_ids), with_payload=False, with_vectors=[DENSE]
            )
        held = {str(record.id): record.vector for record in records}
        return {
            chunk: np.asarray(vector[DENSE], dtype=np.float32)
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

    def _pages(self, *, with_payload: bool) -> Iterator[list[rest.Record]]:
        offset: object = None
        while True:
            with self._mapped():
                points, offset = self._client.scroll(
                    self._name,
                    limit=SCROLL_POINTS,
                    offset=offset,  # type: ignore[arg-type]  # what the last page returned
                    with_payload=with_payload,
                    with_vectors=False,
                )
            yield points
            if offset is None:
                return

    def optimise(self) -> bool:
        """Leave it to the server, which does so by itself; return False."""
        return False

    def purge(self) -> None:
        """Have the server rewrite every segment that holds a deleted point, and wait until it has. Its log turns over.

        Raises IndexUnavailable where it does not end in time.
        """
        with self._mapped():
            if not self._is_in_memory():
                rewrite_segments(self._client, self._name)

    def remove(self) -> None:
        """Remove the collection; one that is gone already is no error. Raises IndexUnavailable where it stays."""
        with self._mapped():
            self._client.delete_collection(self._name)
            if self._client.collection_exists(self._name):
                raise IndexUnavailable(f"the collection {self._name!r} is still there", remedy=CHECK)

    def close(self) -> None:
        """Close the connection; the index is unusable afterwards."""
        self._client.close()

    def _is_in_memory(self) -> bool:
        options = self._client.init_options
        return options.get("location") == ":memory:" or options.get("path") is not None

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (ApiException, NoAnswer, UnexpectedResponse, httpx.HTTPError, OSError) as error:
            raise IndexUnavailable(f"the Qdrant server does not answer: {error}", remedy=CHECK) from error
        except (RuntimeError, ValueError) as error:
            # Raised by the client's in-memory mode, and after close().
            raise IndexUnavailable(f"the Qdrant client refuses: {error}", remedy=CHECK) from error


def readable(
    reader: Reader,
    collections: frozenset[str],
    documents: frozenset[str] | None = None,
    *,
    chunk_ids: Collection[str] | None = None,
) -> rest.Filter | None:
    """Return the one filter of this adapter, made of `schema.findable`; None means that nothing can match."""
    wanted = findable(reader, collections, documents)
    if wanted is None or (chunk_ids is not None and not chunk_ids):
        return None
    chosen = [] if chunk_ids is None else [rest.HasIdCondition(has_id=sorted(chunk_ids))]
    fields = [
        rest.FieldCondition(key=field, match=rest.MatchAny(any=sorted(values)))
        for field, values in wanted.items()
    ]
    return rest.Filter(must=[*chosen, *fields])


def _point(entry: IndexEntry) -> rest.PointStruct:
    return rest.PointStruct(
        id=entry.chunk_id,
        vector={
            DENSE: entry.dense.tolist(),
            SPARSE: rest.SparseVector(indices=list(entry.sparse.indices), values=list(entry.sparse.values)),
        },
        payload=dict(payload_of(entry)),
    )


def _hits(points: Sequence[rest.ScoredPoint]) -> list[Hit]:
    return [Hit(chunk_id=str(point.id), score=float(point.score)) for point in points]


def _equals(field: str, value: str) -> rest.FieldCondition:
    return rest.FieldCondition(key=field, match=rest.MatchValue(value=value))

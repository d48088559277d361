"""Hold the records that retrieval shares with its callers. All are frozen; none does any work."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float32]  # (n, dim)
FloatVector = npt.NDArray[np.float32]  # (dim,)


@dataclass(frozen=True, slots=True)
class Reader:
    """Say who asks, as verified by sign-in. `principals` already holds the nested groups and `everyone`.

    Build it with `retrieval.readers.reader_of`, never by hand.
    """

    subject: str  # "user:anna.keller"
    principals: frozenset[str]  # {"user:anna.keller", "group:hr", "everyone"}


@dataclass(frozen=True, slots=True)
class Only:
    """Say which documents alone are looked into; an empty part excludes none."""

    media_types: tuple[str, ...] = ()  # or how they begin
    since: str = ""  # ISO date of the version, this day included
    until: str = ""  # likewise

    def __bool__(self) -> bool:
        """Say whether anything is excluded."""
        return bool(self.media_types or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Box:
    """Mark a rectangle on a page: `page` is 1-based, the rest are points (1/72 inch) from the top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Hold BM25 weights: `indices` are hashed terms, sorted and unique, `values` their weights in the same order."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """Hold what the vector index stores of a chunk: vectors, ids, readers. Never text."""

    chunk_id: str  # UUID
    document_id: str
    version_id: str
    collection_id: str
    language: str  # ISO 639-1, "und" where unknown
    readers: tuple[str, ...]  # principals; empty = visible to nobody
    dense: FloatVector
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """Say what the index believes of a chunk: whose it is and who may find it."""

    chunk_id: str
    document_id: str
    version_id: str
    collection_id: str
    readers: tuple[str, ...]  # sorted


@dataclass(frozen=True, slots=True)
class Hit:
    """Name a chunk found by one leg of the search. Scores compare only within one list."""

    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold a chunk's text and place, as the database hands it to someone who may read it."""

    chunk_id: str
    document_id: str
    version_id: str
    collection_id: str
    title: str
    file_name: str
    media_type: str
    language: str
    heading_path: tuple[str, ...]  # outermost first, without the document title
    text: str
    position: int  # 0-based order within the document
    page: int | None  # 1-based; sheet or slide number where the format has those
    boxes: tuple[Box, ...]
    dated: str  # ISO date of the version
    section: int = 0  # 0-based; passages of one section stand below the same headings of the first two levels
    cells: str | None = None  # of a spreadsheet's table: its range, "B4:F20"
    is_masked: bool = (
        False  # its personal data is kept from this reader, and so are its page and its original
    )


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """Pair a passage with its place in the ranking and with what each leg thought of it."""

    passage: Passage
    rank: int  # 0-based
    score: float  # of the ranking; compares within one result
    dense: float | None  # likeness of the vectors, their dot product; None without the model
    sparse: float | None  # BM25 score; None where it holds no term of the question


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hold the passages in rank order, time spent per stage, and which legs were missing."""

    passages: tuple[RankedPassage, ...]
    language: str  # of the question as it was asked, ISO 639-1
    timings_ms: Mapping[str, float]  # embed, sparse, dense, fuse, fetch, expand, rank, rerank
    degraded: tuple[str, ...]  # what was away: "embedder", and only the sparse leg ran, or "reranker"
    # Of the question: misspelt words, and what was read for each.
    corrections: Mapping[str, str] = field(default_factory=dict)


class Embedder(Protocol):
    """Turn text into vectors. Passages and queries differ: models want different prefixes."""

    @property
    def name(self) -> str:
        """Return the model's name and revision as stored with each version."""

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`, to be compared with a question by the dot product.

        Raises EmbedderUnavailable.
        """

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question. Raises EmbedderUnavailable."""

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens the model sees for `text`, special tokens not counted."""


class Reranker(Protocol):
    """Judge texts beside a question, more closely than words and vectors can."""

    def scores(self, question: str, texts: Sequence[str]) -> FloatVector:
        """Return (n,) float32: how well each text answers, higher is better. Raises RerankerUnavailable."""


class VectorIndex(Protocol):
    """Keep vectors, ids and readers; answer only under a reader filter.

    All methods raise IndexUnavailable, those that write DiskFull where there is no room for it.
    """

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries, replacing those of the same chunk id; durable when it returns."""

    def forget_version(self, version_id: str) -> None:
        """Delete a version's points by filter, count what is left, and raise if any is."""

    def set_readers(self, document_id: str, readers: Sequence[str]) -> None:
        """Replace the readers on all points of a document without touching its vectors."""

    def search_dense(
        self,
        vector: FloatVector,
        *,
        reader: Reader,
        collections: frozenset[str],
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> list[Hit]:
        """Return the nearest chunks this reader may see in these collections, of `documents` alone, best first."""

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
        """Return the best BM25 chunks this reader may see in these collections, of `documents` alone, best first.

        With them come those of the chunks `also` that share a term and that this reader may see, however low they are.
        How rare a term is, is told by what this reader may see in these collections, and by nothing else.
        """

    def count(self, *, version_id: str | None = None) -> int:
        """Return the number of points, of one version or of all."""

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, FloatVector]:
        """Return the (dim,) float32 dense vectors of the points that exist among `chunk_ids`, by chunk id."""

    def chunk_ids(self) -> set[str]:
        """Return the ids of all points; for consistency checks."""

    def records(self) -> Iterator[IndexRecord]:
        """Yield what is stored of every point, by ascending chunk id, a page in memory; vectors stay where they are."""

    def optimise(self) -> bool:
        """Compact what a bulk load left behind, where that is our task and worth it; return whether it ran."""

    def purge(self) -> None:
        """Leave no byte of deleted points on the disk. Raises IndexUnavailable, DiskFull."""

    def close(self) -> None:
        """Flush and release; the index is unusable afterwards."""


class PassageStore(Protocol):
    """Fetch text from the source of truth, checking the readers a second time."""

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return the passages of visible versions among `chunk_ids` that this reader may see, by chunk id."""

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Return the (dim,) float32 vectors of titles, by version id: of visible versions that this reader may see.

        Only those that the embedder of this name made; others do not compare.
        """


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a chunk stands, without its text."""

    document_id: str
    collection_id: str
    is_masked: bool = False  # its personal data is kept from the reader who asks


@dataclass(frozen=True, slots=True)
class Mention:
    """Name a document that mentions something, by the passage to open it at."""

    passage: Passage
    passages: int  # that say all of it; 0 where its title or several of them do so together


@dataclass(frozen=True, slots=True)
class Mentions:
    """Hold a page of the documents that mention something, best first, and how many this reader may see in all."""

    documents: tuple[Mention, ...]
    total: int


class DocumentStore(PassageStore, Protocol):
    """Say of many chunks at once where they stand, checking the readers a second time."""

    def places(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Place]:
        """Return the places of the chunks of visible versions that this reader may see, by chunk id."""

"""Answer a parcel with our own search over Qdrant Edge, in this process, which holds the embedder already.

Made chunks are asked as the house keeps them: text comes from the database, which checks the reader again. A set has
no database; its passages come from the parcel.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from app.bench.given import GivenEmbedder
from app.bench.house import open_house
from app.bench.rivals.draw import MADE
from app.bench.rivals.parcel import Ask, Found, Parcel, Piece, Question, answered, batches
from app.bench.synthetic import COLLECTION
from retrieval.edge import EdgeIndex
from retrieval.level import as_indexed
from retrieval.search import Searcher
from retrieval.sparse import SparseEncoder
from retrieval.types import (
    Embedder,
    FloatVector,
    IndexEntry,
    Passage,
    Reader,
    SearchResult,
    SparseVector,
)

Search = Callable[[str, Reader], SearchResult]


class _Shelf:
    """Be the database of a set: hand out passages of the parcel to those who may read them."""

    def __init__(self, pieces: Sequence[Piece], titles: Mapping[str, FloatVector]) -> None:
        self._pieces = {piece.id: piece for piece in pieces}
        self._titles = titles

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return the passages of the parcel that this reader may see."""
        found = [self._pieces[one] for one in chunk_ids]
        return {one.id: _passage(one) for one in found if not reader.principals.isdisjoint(one.readers)}

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Return the vectors of titles; everybody may read a set."""
        del embedder, reader
        return {one: self._titles[one] for one in version_ids if one in self._titles}


def answer(parcel: Parcel, folder: Path, model: Embedder) -> Found:
    """Return what our search finds, with an index in `folder`; `model` embeds titles and what the search has reworded.

    Passages are embedded as ingestion does it, by the model whose plain vectors the parcel brings.
    """
    if parcel.name == MADE:
        house = open_house(folder, len(parcel.pieces))
        try:
            searcher = Searcher(_given(parcel), house.index, house.store, SparseEncoder())
            return answered(parcel, _asking(searcher, parcel))
        finally:
            house.close()
    embedder = as_indexed(model)
    index = EdgeIndex(folder, dimension=len(parcel.pieces[0].vector))
    try:
        for batch in batches(parcel.pieces):
            vectors = embedder.embed_passages([piece.text for piece in batch])
            index.upsert([_entry(*one) for one in zip(batch, vectors, strict=True)])
        titles = sorted({piece.title for piece in parcel.pieces if piece.title})
        by_title = dict(zip(titles, embedder.embed_passages(titles), strict=True))
        shelf = _Shelf(parcel.pieces, by_title)
        searcher = Searcher(_given(parcel, embedder), index, shelf, SparseEncoder())
        return answered(parcel, _asking(searcher, parcel))
    finally:
        index.close()


def _given(parcel: Parcel, model: Embedder | None = None) -> GivenEmbedder:
    return GivenEmbedder({question.text: question.vector for question in parcel.questions}, model=model)


def _asking(searcher: Searcher, parcel: Parcel) -> Ask:
    def ask(question: Question) -> list[str]:
        reader = Reader("asker", frozenset(question.principals))
        found = searcher.ranked(question.text, reader=reader, collections=frozenset({COLLECTION}), enough=10)
        return [one.passage.chunk_id for one in found.passages[: parcel.limit]]

    return ask


def _entry(piece: Piece, vector: FloatVector) -> IndexEntry:
    words = SparseVector(piece.indices, piece.values)
    return IndexEntry(
        piece.id,
        piece.document,
        piece.document,
        COLLECTION,
        piece.language,
        piece.readers,
        vector,
        words,
    )


def _passage(piece: Piece) -> Passage:
    return Passage(
        chunk_id=piece.id,
        document_id=piece.file,
        version_id=piece.title,  # nothing hangs on it but the title's vector
        collection_id=COLLECTION,
        title=piece.title,
        file_name=piece.file,
        media_type="text/plain",
        language=piece.language,
        heading_path=(),
        text=piece.text.removeprefix(f"{piece.title}\n"),
        position=piece.position,
        page=None,
        boxes=(),
        dated="",
    )

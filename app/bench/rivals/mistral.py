"""Answer a parcel with Mistral's Search Toolkit: its QueryEngine over its Qdrant plugin's index, hybrid as it ships.

`python -m app.bench.rivals.mistral FOLDER`. The plugin fuses a dense leg with chunks that hold every word of the
question, by RRF. It has no filter but ids to leave out, so it is asked without a reader. No rewriter, extension or
reranker: each asks a model.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.bench.rivals.parcel import Ask, Parcel, Piece, Question, batches, serve

if TYPE_CHECKING:
    from mistralai.search.toolkit.document import Document
    from mistralai.search.toolkit.embedding import Embedder

STRIDE = 10_000  # characters between the starts of two chunks of a document; none is longer


def load(parcel: Parcel) -> Ask:
    """Put the pieces into the plugin's index; return how the engine is asked."""
    # heavy: imported where it runs
    import structlog
    from mistralai.search.toolkit.document import Document
    from mistralai.search.toolkit.embedding import CustomEmbeddingModel
    from mistralai.search.toolkit.plugins.qdrant import QdrantApp, QdrantCollectionSchema
    from mistralai.search.toolkit.retrieval.query_engine import QueryEngine
    from mistralai.search.toolkit.retrieval.retrievers import VectorRetriever
    from qdrant_client import AsyncQdrantClient

    # As it comes it prints every question; that would cost it time.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    model = CustomEmbeddingModel(name="given", dimensions=len(parcel.pieces[0].vector))
    app = QdrantApp([QdrantCollectionSchema("parcel", Document, model)])
    client, loop = AsyncQdrantClient(":memory:"), asyncio.new_event_loop()
    index = app.get_search_index(client, "parcel")

    async def fill() -> None:
        await app.create_collection(client, "parcel")
        # Not a document each: in local mode the plugin looks at every point for each that it is given.
        for number, pieces in enumerate(batches(parcel.pieces)):
            await index.index_document(_document(f"batch {number}", pieces))

    loop.run_until_complete(fill())
    engine = QueryEngine(VectorRetriever(index, _given(parcel)))

    def ask(question: Question) -> list[str]:
        found = loop.run_until_complete(engine.search(question.text, top_k=parcel.limit))
        return [result.chunk.id for result in found.results]

    return ask


def _given(parcel: Parcel) -> "Embedder":
    """Return an embedder that knows the questions' vectors."""
    # heavy: imported where it runs
    from mistralai.search.toolkit.context import RetrievalContext
    from mistralai.search.toolkit.embedding import Embedder, EmbeddingResult

    vectors = {question.text: question.vector for question in parcel.questions}

    class _Given(Embedder):  # type: ignore[misc]  # the toolkit is not installed where types are checked
        async def embed(self, texts: list[str], context: RetrievalContext | None = None) -> EmbeddingResult:
            del context
            return EmbeddingResult(embeddings=[vectors[text].tolist() for text in texts], total_tokens=0)

    return _Given("given")


def _document(name: str, pieces: Sequence[Piece]) -> "Document":
    from mistralai.search.toolkit.document import Document, DocumentChunk  # heavy: imported where it runs

    chunks = [
        DocumentChunk(
            id=piece.id,
            source_id=name,
            locator=f"char:{start}-{start + len(piece.text)}",
            start_offset=start,
            end_offset=start + len(piece.text),
            content=piece.text,
            embedding=piece.vector.tolist(),
        )
        for start, piece in zip(range(0, 1 << 62, STRIDE), pieces, strict=False)
    ]
    return Document(source_id=name, content="", chunks=chunks)


if __name__ == "__main__":
    serve(load)

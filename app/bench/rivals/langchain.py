"""Answer a parcel with LangChain's Qdrant retriever: `QdrantVectorStore.as_retriever` over a store in memory, dense.

`python -m app.bench.rivals.langchain FOLDER`. Its hybrid mode wants a sparse model that FastEmbed fetches from a hub;
the documented default is the dense one. A filter on metadata is the user's to remember.
"""

from typing import TYPE_CHECKING

from app.bench.rivals.parcel import Ask, Parcel, Question, batches, serve

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def load(parcel: Parcel) -> Ask:
    """Put the pieces into a vector store; return how its retriever is asked."""
    # heavy: imported where it runs
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    size = len(parcel.pieces[0].vector)
    client.create_collection(
        "parcel", vectors_config=models.VectorParams(size=size, distance=models.Distance.COSINE)
    )
    store = QdrantVectorStore(client=client, collection_name="parcel", embedding=_given(parcel))
    for batch in batches(parcel.pieces):
        store.add_texts(
            [piece.text for piece in batch],
            metadatas=[{"piece": piece.id, "readers": list(piece.readers)} for piece in batch],
            ids=[piece.id for piece in batch],
        )

    def ask(question: Question) -> list[str]:
        condition = models.FieldCondition(
            key="metadata.readers", match=models.MatchAny(any=list(question.principals))
        )
        options = {"k": parcel.limit, "filter": models.Filter(must=[condition])}
        found = store.as_retriever(search_kwargs=options).invoke(question.text)
        return [document.metadata["piece"] for document in found]

    return ask


def _given(parcel: Parcel) -> "Embeddings":
    """Return an embedder that knows the vectors of the parcel."""
    from langchain_core.embeddings import Embeddings  # heavy: imported where it runs

    vectors = {piece.text: piece.vector for piece in parcel.pieces}
    vectors |= {question.text: question.vector for question in parcel.questions}

    class _Given(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            # The store's constructor embeds a text of its own, to learn the length.
            return [vectors.get(text, parcel.pieces[0].vector).tolist() for text in texts]

        def embed_query(self, text: str) -> list[float]:
            known: list[float] = vectors[text].tolist()
            return known

    return _Given()


if __name__ == "__main__":
    serve(load)

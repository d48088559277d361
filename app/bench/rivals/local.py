"""Answer a parcel with qdrant-client's local mode: dense and sparse legs under a filter, fused by the client (RRF).

`python -m app.bench.rivals.local FOLDER`. As its documentation of hybrid queries has it; the weights are ours.
"""

from typing import Final

from app.bench.rivals.parcel import CANDIDATES, Ask, Parcel, Piece, Question, batches, serve

NAME: Final = "parcel"


def load(parcel: Parcel) -> Ask:
    """Put the pieces into a collection in memory; return how it is asked."""
    from qdrant_client import QdrantClient, models  # heavy: imported where it runs

    client = QdrantClient(":memory:")
    size = len(parcel.pieces[0].vector)
    client.create_collection(
        NAME,
        vectors_config={"dense": models.VectorParams(size=size, distance=models.Distance.COSINE)},
        sparse_vectors_config={"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )

    def point(piece: Piece) -> models.PointStruct:
        sparse = models.SparseVector(indices=list(piece.indices), values=list(piece.values))
        payload = {"readers": list(piece.readers), "text": piece.text}
        return models.PointStruct(
            id=piece.id, vector={"dense": piece.vector.tolist(), "sparse": sparse}, payload=payload
        )

    for batch in batches(parcel.pieces):
        client.upsert(NAME, [point(piece) for piece in batch])

    def ask(question: Question) -> list[str]:
        readable = models.Filter(
            must=[models.FieldCondition(key="readers", match=models.MatchAny(any=list(question.principals)))]
        )
        words = models.SparseVector(indices=list(question.indices), values=list(question.values))
        legs = [
            models.Prefetch(query=question.vector.tolist(), using="dense", filter=readable, limit=CANDIDATES),
            models.Prefetch(query=words, using="sparse", filter=readable, limit=CANDIDATES),
        ]
        fused = models.FusionQuery(fusion=models.Fusion.RRF)
        found = client.query_points(NAME, prefetch=legs, query=fused, limit=parcel.limit, with_payload=True)
        return [str(hit.id) for hit in found.points]

    return ask


if __name__ == "__main__":
    serve(load)

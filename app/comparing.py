"""Compare texts by their vectors: sentences of an answer with its passages, passages with a question."""

from collections.abc import Sequence
from functools import lru_cache

from app.claims import Similarity
from app.quoting import Likeness
from retrieval.types import Embedder, FloatVector

REMEMBERED = 64  # vectors of texts that the check of an answer compared


def similarity_of(encoder: Embedder) -> Similarity:
    """Return the cosine of two texts as this model sees them."""

    @lru_cache(maxsize=REMEMBERED)  # the sentences of an answer are compared with the same few passages
    def vector(text: str) -> FloatVector:
        found: FloatVector = encoder.embed_passages([text])[0]
        return found

    return lambda left, right: float(vector(left) @ vector(right))


def likeness_of(encoder: Embedder) -> Likeness:
    """Return how near each of some texts is to a question, as this model sees them."""

    def likeness(question: str, texts: Sequence[str]) -> list[float]:
        asked = encoder.embed_query(question)
        return [float(one @ asked) for one in encoder.embed_passages(list(texts))]

    return likeness

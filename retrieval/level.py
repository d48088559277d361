"""Put passages of all languages on one level: what a text owes to its language alone is taken off its vector.

An embedding model takes two German texts for nearer than a German and an English one that say the same: of the ten
nearest to a German question, among paragraphs that each stand in seven languages, seven were German. What they owe to
it is their likeness to a paragraph that tells nothing in particular in their language (`retrieval.paragraphs`), and the
question's likeness to that paragraph is what all of them get for nothing:

    passage = own - LEVEL * paragraph        question @ passage = cosine - LEVEL * (question @ paragraph)

Within one language all lose the same, as far as it is told, so that nothing changes its place. Vectors are no unit
vectors then, and are compared by their dot product: made unit vectors again, they would lose what little the difference
of two long ones leaves (CNIL .739 -> .686).

Of the languages that a text may be in, the paragraph nearest to it counts. nDCG@10 of the meaning alone, on XQuAD in
seven languages at once where every parallel paragraph counts, and on the help pages of one language each, where a page
taken for another language's loses its place:
    as it was                                   .555   .607
    LEVEL .8, the likeliest language            .730   .591
    LEVEL .8, the nearest paragraph of all      .685   .570
    LEVEL .8, the nearest of the likely ones    .731   .595   chosen
    LEVEL .8, the language known                .730   .607
"""

import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np

from retrieval.language import likely
from retrieval.leads import LedEmbedder
from retrieval.paragraphs import PARAGRAPHS
from retrieval.types import Embedder, FloatMatrix, FloatVector

# Whose vectors the thresholds of `editions` and `evidence` were measured on; each model has a scale of its own.
CALIBRATED: Final = frozenset({"multilingual-e5-small", "multilingual-e5-small-q4"})
LEVEL: Final = 0.8  # a whole one leaves the question's own language no more than any other


def is_calibrated(embedder: str) -> bool:
    """Return whether likenesses by the embedder of this name are on the scale that was measured."""
    return embedder.partition("@")[0] in CALIBRATED


def as_indexed(model: Embedder) -> Embedder:
    """Return what embeds passages as an index holds them: led by their titles, and on one level."""
    return LevelEmbedder(LedEmbedder(model))


class LevelEmbedder:
    """An Embedder over another one; questions stay as they are."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._loading = threading.Lock()
        self._found: FloatMatrix | None = None

    @property
    def name(self) -> str:
        """Return the model's name, and that its passages are levelled: vectors of both do not compare."""
        return f"{self._inner.name}+level{LEVEL:g}-{_EDITION}"

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 vectors in the order of `texts`, to be compared by the dot product."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors, levels = self._inner.embed_passages(texts), self._levels()
        likeness = vectors @ levels.T
        rows = [max(_rows(text), key=own.__getitem__) for text, own in zip(texts, likeness, strict=True)]
        levelled: FloatMatrix = vectors - np.float32(LEVEL) * levels[rows]
        return levelled

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question."""
        return self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)

    def _levels(self) -> FloatMatrix:
        """Return the paragraphs' vectors, one a language; embedded when first asked for, in half a second."""
        with self._loading:
            if self._found is None:
                self._found = self._inner.embed_passages(list(PARAGRAPHS.values()))
        return self._found


# Of the paragraphs: vectors made with others do not compare.
_EDITION: Final = sha256("\n".join(PARAGRAPHS.values()).encode()).hexdigest()[:4]
_ROWS: Final = {language: row for row, language in enumerate(PARAGRAPHS)}


def _rows(text: str) -> Sequence[int]:
    """Return the paragraphs of the languages a text may be in; of all where it tells none, as tables and codes."""
    return [_ROWS[language] for language in likely(text)] or range(len(_ROWS))

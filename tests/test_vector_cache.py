"""Texts are embedded once for each model, and a run that is cut short keeps what it did."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import EmbedderUnavailable
from retrieval.remembered import BATCH_TEXTS
from retrieval.types import FloatMatrix, FloatVector
from retrieval.vector_cache import CachingEmbedder
from tests.fakes import HashEmbedder


class Counting:
    """An Embedder that counts what it embeds, and breaks after so many texts."""

    name, dimension = HashEmbedder().name, HashEmbedder().dimension

    def __init__(self, limit: int = 10**9) -> None:
        self.texts, self._limit = 0, limit

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return what the fake makes of them."""
        self.texts += len(texts)
        if self.texts > self._limit:
            raise EmbedderUnavailable("stopped", remedy="none")
        return HashEmbedder().embed_passages(texts)

    def embed_query(self, text: str) -> FloatVector:
        """Return what the fake makes of it."""
        return HashEmbedder().embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return what the fake counts."""
        return HashEmbedder().count_tokens(text)


def test_second_run_embeds_nothing_and_returns_the_same(tmp_path: Path) -> None:
    """The vectors are those of the model, in the order asked, also for a text that comes twice."""
    texts = ["leave", "pay", "leave"]
    first, second = Counting(), Counting()
    made = CachingEmbedder(first, tmp_path).embed_passages(texts)
    again = CachingEmbedder(second, tmp_path).embed_passages(texts[::-1])

    assert np.array_equal(made, HashEmbedder().embed_passages(texts))
    assert np.array_equal(again, made[::-1])
    assert second.texts == 0


def test_run_that_breaks_keeps_what_it_did(tmp_path: Path) -> None:
    """Of an hour of embedding nothing is done twice."""
    texts = [f"rule {number}" for number in range(BATCH_TEXTS + 5)]
    with pytest.raises(EmbedderUnavailable):
        CachingEmbedder(Counting(limit=BATCH_TEXTS), tmp_path).embed_passages(texts)
    rest = Counting()
    CachingEmbedder(rest, tmp_path).embed_passages(texts)
    assert rest.texts == 5

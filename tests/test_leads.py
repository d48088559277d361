"""Hold what a passage's first line does to its vector."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from retrieval.leads import LEAD_WEIGHT, LedEmbedder
from retrieval.types import FloatMatrix
from tests.fakes import HashEmbedder


@dataclass(frozen=True)
class Noting(HashEmbedder):
    """An Embedder that writes down what it is given."""

    given: list[str] = field(default_factory=list)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return the vectors."""
        self.given.extend(texts)
        return super().embed_passages(texts)


def test_vector_leans_towards_the_first_line() -> None:
    """It is the unit vector of the passage's own and a share of its lead's; nearer to the lead than before."""
    text, lead = "Travel Policy > Hotels\nUp to 140 EUR a night are paid.", "Travel Policy > Hotels"
    plain = HashEmbedder()
    own, of_lead = plain.embed_passages([text, lead])
    (led,) = LedEmbedder(plain).embed_passages([text])
    expected = own + LEAD_WEIGHT * of_lead
    np.testing.assert_allclose(led, expected / np.linalg.norm(expected), atol=1e-6)
    assert led.dtype == np.float32
    assert led @ of_lead > own @ of_lead


def test_each_lead_is_embedded_once() -> None:
    """Passages of one section share their line; the order of the vectors is that of the texts."""
    inner = Noting()
    texts = ["T > A\none", "T > A\ntwo", "T > B\nthree", "a line"]
    vectors = LedEmbedder(inner).embed_passages(texts)
    assert inner.given == [*texts, "T > A", "T > B"]
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(LedEmbedder(HashEmbedder()).embed_passages([text])[0], vector, atol=1e-6)


def test_text_without_a_lead_keeps_its_vector() -> None:
    """A single line, an empty first line and no text at all are embedded as they are."""
    texts = ["Travel Policy", "\nUp to 140 EUR", ""]
    np.testing.assert_array_equal(
        LedEmbedder(HashEmbedder()).embed_passages(texts), HashEmbedder().embed_passages(texts)
    )
    assert LedEmbedder(HashEmbedder()).embed_passages([]).shape == (0, 64)


def test_led_vectors_are_another_models() -> None:
    """Their name tells them from plain ones, so that a house never mixes both; questions stay as they are."""
    led = LedEmbedder(HashEmbedder())
    assert led.name == f"hash+lead{LEAD_WEIGHT}"
    np.testing.assert_array_equal(led.embed_query("hotel"), HashEmbedder().embed_query("hotel"))

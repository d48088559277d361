"""Hold that a question finds what it asks for in whatever language it stands."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from retrieval.language import LANGUAGES, detect
from retrieval.leads import LedEmbedder
from retrieval.level import LEVEL, LevelEmbedder, as_indexed
from retrieval.paragraphs import PARAGRAPHS
from tests.fakes import HashEmbedder

ENGLISH = "The garage of the house opens at six."
GERMAN = "Die Garage des Hauses öffnet um sechs."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_paragraph(language: str) -> None:
    """Each is told from the others as the language it stands for."""
    assert detect(PARAGRAPHS[language]) == language


def test_what_a_text_owes_to_its_language_is_taken_off() -> None:
    """A question gains by a passage's language exactly what it has in common with that language's paragraph."""
    plain, level = HashEmbedder(), LevelEmbedder(HashEmbedder())
    question = plain.embed_query("When does the garage open? Die Garage?")
    for text, language in ((ENGLISH, "en"), (GERMAN, "de")):
        (own, paragraph), (levelled,) = (
            plain.embed_passages([text, PARAGRAPHS[language]]),
            level.embed_passages([text]),
        )
        expected = question @ own - LEVEL * (question @ paragraph)
        assert question @ levelled == pytest.approx(expected, abs=1e-5)


def test_text_that_tells_no_language_takes_the_nearest() -> None:
    """A code lies on the level of the paragraph it is most like."""
    plain = HashEmbedder()
    paragraphs = plain.embed_passages(list(PARAGRAPHS.values()))
    (own,), (levelled,) = plain.embed_passages(["E-417"]), LevelEmbedder(plain).embed_passages(["E-417"])
    nearest = paragraphs[(paragraphs @ own).argmax()]
    np.testing.assert_allclose(levelled, own - LEVEL * nearest, atol=1e-6)


def test_within_one_language_nothing_changes_its_place() -> None:
    """All lose the same."""
    texts = [f"The {thing} of the house opens at six in the morning." for thing in ("garage", "gate", "shop")]
    question = HashEmbedder().embed_query("When does the shop open?")
    plain, levelled = (
        one.embed_passages(texts) @ question for one in (HashEmbedder(), LevelEmbedder(HashEmbedder()))
    )
    assert list(np.argsort(plain)) == list(np.argsort(levelled))


def test_many_threads_get_the_same() -> None:
    """The paragraphs are embedded once, whoever asks first; no text is no vector."""
    embedder = as_indexed(HashEmbedder())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: embedder.embed_passages([ENGLISH]), range(16)))
    assert all(np.array_equal(one, found[0]) for one in found)
    assert embedder.embed_passages([]).shape == (0, 64)


def test_names_tell_the_vectors_apart() -> None:
    """A house never mixes plain, led and levelled vectors; questions are embedded by the model alone."""
    name = as_indexed(HashEmbedder()).name
    assert name.startswith(f"{LedEmbedder(HashEmbedder()).name}+level{LEVEL}-")
    assert name != HashEmbedder().name
    np.testing.assert_array_equal(
        as_indexed(HashEmbedder()).embed_query("hotel"), HashEmbedder().embed_query("hotel")
    )

"""Hold the BM25 weights of passages and questions."""

from retrieval.language import EU_LANGUAGES, UNKNOWN
from retrieval.sparse import SparseEncoder
from retrieval.types import SparseVector

ENCODER = SparseEncoder()


def shared(question: SparseVector, passage: SparseVector) -> set[int]:
    """Return the terms that question and passage have in common."""
    return set(question.indices) & set(passage.indices)


def test_inflected_question_meets_the_passage() -> None:
    """A question finds the passage's words in another form and without umlauts."""
    passage = ENCODER.encode_passage("Die Überstunden werden vergütet.", "de")
    assert len(shared(ENCODER.encode_query("Wie wird eine Ueberstunde vergütet?", ("de",)), passage)) == 2


def test_code_meets_however_it_is_joined() -> None:
    """E-417, E417 and e/417 are one term; 418 shares only what is not the number."""
    passage = ENCODER.encode_passage("Error E-417: paper jam", "en")
    assert shared(ENCODER.encode_query("E417", ("en",)), passage)
    assert not shared(ENCODER.encode_query("E418", ("en",)), passage)


def test_unknown_language_is_stemmed_as_each_likely_one() -> None:
    """A short question whose language is unclear still meets an English and a German passage."""
    question = ENCODER.encode_query("policies Reisekosten", ())
    assert shared(question, ENCODER.encode_passage("the policy", "en"))
    assert shared(question, ENCODER.encode_passage("die Reisekosten", "de"))


def test_frequency_saturates_and_length_counts() -> None:
    """The third mention adds less than the second, and a long passage weighs a mention less."""
    weights = [ENCODER.encode_passage("paper " * times, "en").values[0] for times in (1, 2, 3)]
    assert weights[1] - weights[0] > weights[2] - weights[1] > 0
    long = ENCODER.encode_passage("paper " + " ".join(f"word{number}" for number in range(400)), "en")
    assert min(long.values) < weights[0]


def test_vectors_are_sorted_unique_and_repeatable() -> None:
    """Indices rise strictly and the same text gives the same vector, in each language."""
    for language in (*EU_LANGUAGES, UNKNOWN):
        vector = ENCODER.encode_passage("one two three two 2024-03 § 15", language)
        assert list(vector.indices) == sorted(set(vector.indices))
        assert vector == ENCODER.encode_passage("one two three two 2024-03 § 15", language)


def test_text_without_terms_has_no_weights() -> None:
    """Stop words and signs alone give an empty vector."""
    assert ENCODER.encode_query("what is the?", ("en",)) == SparseVector((), ())


def test_name_in_capitals_outweighs_the_word() -> None:
    """Who asks for the function EXACT finds it before what is merely exact."""
    function = ENCODER.encode_passage("EXACT compares two texts.", "en")
    word = ENCODER.encode_passage("An exact comparison of two texts.", "en")
    asked = ENCODER.encode_query("EXACT function", ("en",))
    assert dot(asked, function) > dot(asked, word)
    assert shared(asked, word)


def test_question_is_read_in_each_language_it_may_be_in() -> None:
    """A stem of any of them finds its passage."""
    passage = ENCODER.encode_passage("Les diagrammes", "fr")
    assert not shared(ENCODER.encode_query("diagrammes", ("nl",)), passage)
    assert shared(ENCODER.encode_query("diagrammes", ("nl", "fr")), passage)


def dot(question: SparseVector, passage: SparseVector) -> float:
    """Return the score of a passage where all terms are equally rare."""
    held = dict(zip(passage.indices, passage.values, strict=True))
    return sum(
        weight * held.get(term, 0.0) for term, weight in zip(question.indices, question.values, strict=True)
    )

"""Hold the taking apart of German compounds."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from retrieval.compounds import MAX_WORD_LETTERS, parts
from retrieval.language import terms
from retrieval.sparse import SparseEncoder


@pytest.mark.parametrize(
    ("compound", "words"),
    [
        ("Reisekosten", "Reise Kosten"),
        ("Kündigungsfrist", "Kündigung Frist"),
        ("Tabellenkalkulation", "Tabellen Kalkulation"),
        ("DATENSCHUTZBEAUFTRAGTER", "Datenschutz Beauftragter"),
    ],
)
def test_compound_falls_into_its_words(compound: str, words: str) -> None:
    """The parts are the terms that the words have where they stand alone."""
    assert parts(compound, "de") == terms(words, "de")


@pytest.mark.parametrize("text", ["Formatierung", "Verbindung", "Haus und Hof", "E-417", "", "12345678901"])
def test_what_is_no_compound_stays_whole(text: str) -> None:
    """A word with a prefix or an ending is not taken apart, nor is a number."""
    assert parts(text, "de") == []


def test_other_languages_are_left_alone() -> None:
    """No rule was measured for them."""
    assert parts("Reisekosten", "nl") == parts("Reisekosten", "und") == []


def test_part_finds_the_compound_and_the_compound_its_part() -> None:
    """Either is found by the other, in the words' leg."""
    encoder = SparseEncoder()
    whole = encoder.encode_passage("Die Reisekosten trägt der Arbeitgeber.", "de")
    apart = encoder.encode_passage("Die Kosten einer Reise trägt der Arbeitgeber.", "de")
    assert set(encoder.encode_query("Kosten", ("de",)).indices) & set(whole.indices)
    assert set(encoder.encode_query("Reisekosten", ("de",)).indices) & set(apart.indices)
    assert not set(encoder.encode_query("Reisekosten", ("en",)).indices) & set(apart.indices)


def test_endless_words_are_passed_over() -> None:
    """A word of a million letters is not tried at each of them; this ends at once or never."""
    assert parts("x" * 1_000_000, "de") == parts("a" * (MAX_WORD_LETTERS + 1), "de") == []


def test_many_threads_get_the_same() -> None:
    """The dictionary is unpacked once, whoever asks first."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: parts("Urlaubsantrag", "de"), range(32)))
    assert found == [found[0]] * 32
    assert found[0]

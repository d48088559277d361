"""Weigh the terms of a text for BM25, all but how rare they are: the index counts that for each question anew.

It counts among what the reader may see: counted over all, the order of what is shown would tell of what is hidden.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retrieval.compounds import parts
from retrieval.language import UNKNOWN, names, terms
from retrieval.types import SparseVector

if TYPE_CHECKING:
    from qdrant_edge import Bm25
    from qdrant_edge import SparseVector as Weights

# Eleven pairs from .9 to 2 and .3 to .75 moved the hybrid by less than .008 on any set (`EXPERIMENTS.md`).
TERM_SATURATION: Final = 1.2  # k1, Robertson and Zaragoza 2009
LENGTH_NORMALISATION: Final = 0.75  # b
AVERAGE_TERMS: Final = 100.0  # terms of a 220-token chunk once stop words are gone

# Of "EXACT" beside its word "exact": with 1 what a question shouts or abbreviates outweighs what it asks (product docs
# -.013), with less CACM and help pages lose.
NAME_WEIGHT: Final = 0.5

# Where the question's language is not known, its words are stemmed in each of these; a stem nobody wrote finds nothing.
GUESSES: Final = ("en", "de", "fr", "es", "it", UNKNOWN)


class SparseEncoder:
    """Turn text into BM25 weights; the same object may be used by several threads."""

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Return a passage's weights: saturated by frequency, normalised by length."""
        words = (*terms(text, language), *names(text), *parts(text, language))
        return _vector(_model().embed_document(" ".join(words)))

    def encode_query(self, text: str, languages: Sequence[str]) -> SparseVector:
        """Return a question's weights: 1 for each term, read in each of `languages`, and less for a name as such.

        `languages` are those the question may be in; none where that is not known.
        """
        named = self.encode_terms(names(text))
        read = languages or GUESSES
        asked = self.encode_terms({term for one in read for term in (*terms(text, one), *parts(text, one))})
        weights = dict.fromkeys(named.indices, NAME_WEIGHT) | dict.fromkeys(asked.indices, 1.0)
        return SparseVector(tuple(sorted(weights)), tuple(weights[one] for one in sorted(weights)))

    def encode_terms(self, found: Collection[str]) -> SparseVector:
        """Return the weights of a question of these terms: 1 for each."""
        return _vector(_model().embed_query(" ".join(sorted(set(found)))))


def _vector(weights: "Weights") -> SparseVector:
    pairs = sorted(zip(weights.indices, weights.values, strict=True))
    return SparseVector(tuple(index for index, _ in pairs), tuple(value for _, value in pairs))


@lru_cache(maxsize=1)
def _model() -> "Bm25":
    from qdrant_edge import (  # heavy: a compiled library of 30 MB, keeps --help under 0.3 s
        Bm25,
        Bm25Config,
        DisabledStemmer,
        StopwordsSet,
        TokenizerType,
    )

    # Words, stop words and stems come from `language.terms`; this only hashes and weighs them.
    return Bm25(
        Bm25Config(
            k=TERM_SATURATION,
            b=LENGTH_NORMALISATION,
            avg_len=AVERAGE_TERMS,
            tokenizer=TokenizerType.Whitespace,
            lowercase=False,
            stemmer=DisabledStemmer(),
            stopwords=StopwordsSet(languages=set(), custom=set()),
        )
    )

"""Weigh the terms of a text for BM25. The index holds the inverse document frequency; this holds the rest."""

from collections.abc import Set
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from retrieval.language import UNKNOWN, terms
from retrieval.types import SparseVector

if TYPE_CHECKING:
    from qdrant_edge import Bm25
    from qdrant_edge import SparseVector as Weights

# BM25 nDCG@10 with these, 300 questions a set: SciFact .698, northwind .449, product docs .796, CACM .448, CNIL .549,
# LibreOffice help de .609, en .689, fr .654, es .628, it .639 (`intramuros eval retrieval`).
TERM_SATURATION: Final = 1.2  # k1, Robertson and Zaragoza 2009
LENGTH_NORMALISATION: Final = 0.75  # b
AVERAGE_TERMS: Final = 100.0  # terms of a 220-token chunk once stop words are gone

# Where the question's language is not known, its words are stemmed in each of these; a stem nobody wrote finds nothing.
GUESSES: Final = ("en", "de", "fr", "es", "it", UNKNOWN)


class SparseEncoder:
    """Turn text into BM25 weights; the same object may be used by several threads."""

    def encode_passage(self, text: str, language: str) -> SparseVector:
        """Return a passage's weights: saturated by frequency, normalised by length."""
        return _vector(_model().embed_document(" ".join(terms(text, language))))

    def encode_query(self, text: str, language: str) -> SparseVector:
        """Return a question's weights: 1 for each term."""
        languages = GUESSES if language == UNKNOWN else (language,)
        return self.encode_terms({term for one in languages for term in terms(text, one)})

    def encode_terms(self, found: Set[str]) -> SparseVector:
        """Return the weights of a question of these terms: 1 for each."""
        return _vector(_model().embed_query(" ".join(sorted(found))))


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

"""Find the documents that mention something: all that the reader may see, not only the best passages.

A document is listed when its title and text hold every word asked for, in any form of the word, and every quoted phrase
letter by letter (but for case) within one passage. Nothing is guessed: no vectors, no model, no spelling.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from retrieval.errors import InvalidRequest
from retrieval.language import detect, fold, stop_words, terms
from retrieval.sparse import GUESSES, SparseEncoder
from retrieval.types import DocumentStore, Mention, Mentions, Passage, Reader, SparseVector, VectorIndex

MAX_CHARS: Final = 400
SCORE_DIGITS: Final = (
    4  # the engine's float32 rounds by the rarity, which would tell of hidden documents by the order
)
MAX_WORDS: Final = 12  # each is a search of its own; a longer wording is a question

_QUOTED: Final = re.compile(r"\"([^\"]+)\"|„([^“”\"]+)[“”\"]|“([^”\"]+)[”\"]|«([^»]+)»|»([^«]+)«")
_TOKEN: Final = re.compile(r"[^\W_](?:[\w\-./:§]*[^\W_])?|§+\s?\d+\w*")
_PART: Final = re.compile(r"[^\W_]+")
_CUT_OFF: Final = re.compile(r"['’][^\W\d_]\b|\b[^\W\d_]['’](?=[^\W_])")  # "manager's", "d'accord"


@dataclass(frozen=True, slots=True)
class Wording:
    """Hold what is looked for: each word by all its stems, and the phrases folded."""

    words: tuple[frozenset[str], ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scope:
    reader: Reader
    collections: frozenset[str]
    documents: frozenset[str] | None  # None = all


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """Find documents by what they say. `encoder` is the one whose terms the index holds."""

    index: VectorIndex
    store: DocumentStore
    encoder: SparseEncoder

    def find(
        self,
        wanted: str,
        *,
        reader: Reader,
        collections: frozenset[str],
        skip: int,
        limit: int,
        documents: frozenset[str] | None = None,
    ) -> Mentions:
        """Return up to `limit` documents of `documents` that mention `wanted`, best first, after the first `skip`.

        Raises InvalidRequest where there is nothing to look for, IndexUnavailable, DatabaseUnavailable.
        """
        wording = wording_of(wanted)
        scope = _Scope(reader, collections, documents)
        held = self._held(wording, scope)
        if wording.phrases:
            held = self._with_phrases(held, wording.phrases, reader)
        ordered = sorted(held, key=lambda document: (-max(held[document].values()), document))
        shown = {document: held[document] for document in ordered[skip : skip + limit]}
        texts = self.store.fetch([chunk for chunks in shown.values() for chunk in chunks], reader=reader)
        found = (_mention(wording, chunks, texts) for chunks in shown.values())
        return Mentions(tuple(one for one in found if one), len(ordered))

    def _held(self, wording: Wording, scope: _Scope) -> dict[str, dict[str, float]]:
        """Return the chunks that hold a word, with their scores, of the documents that hold every word."""
        everything = self.index.count()
        by_word = [self._scores(stems, scope, everything) for stems in wording.words]
        chunks = {chunk for scores in by_word for chunk in scores}
        places = self.store.places(sorted(chunks), reader=scope.reader)
        places = {chunk: place for chunk, place in places.items() if place.collection_id in scope.collections}
        holders = [{places[chunk].document_id for chunk in scores if chunk in places} for scores in by_word]
        documents = set.intersection(*holders)
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for chunk, place in places.items():
            if place.document_id in documents:
                found[place.document_id][chunk] = sum(scores.get(chunk, 0.0) for scores in by_word)
        masked = {place.document_id for place in places.values() if place.is_masked}
        return self._as_shown(found, masked, wording, scope.reader)

    def _as_shown(
        self, held: dict[str, dict[str, float]], masked: Set[str], wording: Wording, reader: Reader
    ) -> dict[str, dict[str, float]]:
        """Return the documents without those that hold a word only where it is masked: nobody is to learn of it so."""
        chunks = [chunk for document in masked & held.keys() for chunk in held[document]]
        texts = self.store.fetch(chunks, reader=reader) if chunks else {}

        def says_all(document: str) -> bool:
            read = [texts[chunk] for chunk in held[document] if chunk in texts]
            said = {term for one in read for term in terms(f"{one.title}\n{_said(one)}", one.language)}
            return all(stems & said for stems in wording.words)

        return {one: scores for one, scores in held.items() if one not in masked or says_all(one)}

    def _scores(self, stems: frozenset[str], scope: _Scope, limit: int) -> dict[str, float]:
        vector: SparseVector = self.encoder.encode_terms(stems)
        hits = self.index.search_sparse(
            vector,
            reader=scope.reader,
            collections=scope.collections,
            limit=limit,
            documents=scope.documents,
        )
        # By the word's own best, so that its rarity drops out: that counts documents the asker may not read, and the
        # order of two others would tell whether one of them holds the word.
        best = max((hit.score for hit in hits), default=1.0)
        return {hit.chunk_id: round(hit.score / best, SCORE_DIGITS) for hit in hits}

    def _with_phrases(
        self, held: Mapping[str, dict[str, float]], phrases: Sequence[str], reader: Reader
    ) -> dict[str, dict[str, float]]:
        texts = self.store.fetch([chunk for chunks in held.values() for chunk in chunks], reader=reader)
        found: dict[str, dict[str, float]] = {}
        for document, chunks in held.items():
            said = [
                _spaced(_said(texts[chunk]) + "\n" + texts[chunk].title) for chunk in chunks if chunk in texts
            ]
            if all(any(phrase in text for text in said) for phrase in phrases):
                found[document] = chunks
        return found


def wording_of(text: str) -> Wording:
    """Return what is looked for. Raises InvalidRequest where it holds no word, or more than MAX_WORDS or MAX_CHARS."""
    if len(text) > MAX_CHARS:
        raise InvalidRequest(f"{len(text)} characters are too many", remedy=f"name at most {MAX_CHARS}")
    phrases = tuple(_spaced(next(filter(None, found))) for found in _QUOTED.findall(text))
    language = detect(text)
    skip = stop_words(language)
    tokens = list(dict.fromkeys(_words(text)))
    chosen = [token for token in tokens if token.casefold() not in skip] or tokens
    words = tuple(stems for token in chosen if (stems := _stems(token, language)))
    if not words or len(words) > MAX_WORDS:
        raise InvalidRequest(
            f"there is nothing to look for in {text[:40]!r}"
            if not words
            else f"{len(words)} words are too many",
            remedy=f"name one to {MAX_WORDS} words, a phrase in quotation marks",
        )
    return Wording(words, phrases)


def _words(text: str) -> Iterator[str]:
    """Yield what is looked for word by word: a code as one, a compound by its parts, "manager's" without its s."""
    for token in _TOKEN.findall(_CUT_OFF.sub(" ", text)):
        yield from [token] if any(character.isdigit() for character in token) else _PART.findall(token)


def _stems(token: str, language: str) -> frozenset[str]:
    """Return the terms that a word may stand as: stemmed in each language, for a name says none."""
    languages = dict.fromkeys((language, *GUESSES))
    return frozenset(stems[-1] for one in languages if (stems := terms(token, one)))


def _mention(wording: Wording, chunks: Mapping[str, float], texts: Mapping[str, Passage]) -> Mention | None:
    """Return a document's mention: the first passage that says all of it, else the one that says most."""
    passages = sorted((texts[chunk] for chunk in chunks if chunk in texts), key=lambda one: one.position)
    if not passages:
        return None  # its right was taken away a moment ago
    whole = [one for one in passages if _says(one, wording)]
    best = whole or [max(passages, key=lambda one: (chunks[one.chunk_id], -one.position))]
    return Mention(best[0], len(whole))


def _says(passage: Passage, wording: Wording) -> bool:
    text = _said(passage)
    held = set(terms(text, passage.language))
    return all(stems & held for stems in wording.words) and all(
        phrase in _spaced(text) for phrase in wording.phrases
    )


def _said(passage: Passage) -> str:
    return "\n".join((*passage.heading_path, passage.text))


def _spaced(text: str) -> str:
    return " ".join(fold(text).split())

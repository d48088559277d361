"""Order the candidates of both legs by what can be read off them. Pure; needs no model but the vectors at hand.

A linear model over a few features, each standardised or a share, so that weights mean the same for every question:

    lexical             the words' score, standardised over the candidates; a passage in another language than the
                        question cannot share its words, so that is not held against it
    dense               the meaning's score, standardised over the candidates
    dense_without_words the same again where there are no words to go by: of a passage in another language
    feedback            cosine to the question moved towards the three best (pseudo-relevance feedback, Rocchio 1971)
    title               share of the title's terms that the question names
    phrase              share of the question's neighbouring terms that are neighbours in the passage
    neighbours          how good the passages before and after it are, where they are candidates too
    length              logarithm of the number of terms

`retrieval/EXPERIMENTS.md` has the figures by which these were chosen, and what lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from retrieval.fuse import MAX_DEVIATIONS, Fused, standardised
from retrieval.language import UNKNOWN, terms
from retrieval.types import FloatMatrix, FloatVector, Passage

FEEDBACK_PASSAGES: Final = 3
FEEDBACK_SHARE: Final = 0.5  # of the moved question that is theirs
NO_NEIGHBOUR: Final = -1.0  # one that is no candidate lies below the middle of those that are
MAX_TEXT_CHARS: Final = 4_000  # of a passage; chunks are shorter, what is longer only costs time

# Fitted by listwise softmax regression to the judgements of eight sets.
WEIGHTS: Final[Mapping[str, float]] = {
    "lexical": 0.36,
    "dense": 0.34,
    "dense_without_words": 0.27,
    "feedback": 0.55,
    "title": 1.6,
    "phrase": 0.49,
    "neighbours": 0.47,
    "length": 0.29,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one passage that a leg found, with what each leg thought of it."""

    fused: Fused
    passage: Passage


def rank(
    question: str,
    language: str,
    vector: FloatVector,
    candidates: Sequence[Candidate],
    vectors: Mapping[str, FloatVector],
) -> list[tuple[Candidate, float]]:
    """Return the candidates with their scores, best first; equal scores in the order of their ids.

    `vector` is the question's, `vectors` those of the candidates by chunk id; one that the index has lost meanwhile may
    be missing.
    """
    found = features(question, language, vector, candidates, vectors)
    scores = np.sum([weight * found[name] for name, weight in WEIGHTS.items()], axis=0)
    pairs = [(one, float(score)) for one, score in zip(candidates, scores, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].fused.chunk_id))


def features(
    question: str,
    language: str,
    vector: FloatVector,
    candidates: Sequence[Candidate],
    vectors: Mapping[str, FloatVector],
) -> dict[str, FloatVector]:
    """Return each feature, (candidates,) float32, by the names of WEIGHTS; of one candidate or more."""
    wordless = np.array([_is_wordless(one, language) for one in candidates], dtype=np.float32)
    lexical, dense = _legs(candidates)
    lexical *= 1 - wordless
    both: FloatVector = (lexical + dense) / np.float32(2)
    asked = terms(question, language)
    held = [terms(_text(one.passage), one.passage.language) for one in candidates]
    nowhere = np.zeros_like(vector)
    own = np.stack([vectors.get(one.fused.chunk_id, nowhere) for one in candidates])
    columns = {
        "lexical": lexical,
        "dense": dense,
        "dense_without_words": dense * wordless,
        "feedback": _feedback(vector, own, both),
        "title": _titles(asked, candidates),
        "phrase": _phrases(asked, held),
        "neighbours": _neighbours(candidates, both),
        "length": np.log1p([len(one) for one in held]),
    }
    return {name: np.asarray(column, dtype=np.float32) for name, column in columns.items()}


def _text(passage: Passage) -> str:
    """Return what of a passage is indexed."""
    return "\n".join((passage.title, *passage.heading_path, passage.text))[:MAX_TEXT_CHARS]


def _is_wordless(candidate: Candidate, asked: str) -> bool:
    """Say whether a passage shares no word with the question because it is in another language."""
    language = candidate.passage.language
    return not candidate.fused.sparse and UNKNOWN not in (language, asked) and language != asked


def _legs(candidates: Sequence[Candidate]) -> tuple[FloatVector, FloatVector]:
    sparse = {one.fused.chunk_id: one.fused.sparse for one in candidates if one.fused.sparse is not None}
    dense = {one.fused.chunk_id: one.fused.dense for one in candidates if one.fused.dense is not None}
    of_sparse, of_dense = standardised(sparse, dense, absent=0.0), standardised(dense, sparse)
    ids = [one.fused.chunk_id for one in candidates]
    return (
        np.array([of_sparse[one] for one in ids], dtype=np.float32),
        np.array([of_dense[one] for one in ids], dtype=np.float32),
    )


def _standardised(values: FloatVector) -> FloatVector:
    spread = float(values.std())
    if spread == 0:
        return np.zeros_like(values)
    clipped: FloatVector = np.clip((values - values.mean()) / spread, -MAX_DEVIATIONS, MAX_DEVIATIONS)
    return clipped


def _feedback(vector: FloatVector, vectors: FloatMatrix, scores: FloatVector) -> FloatVector:
    best = np.argsort(-scores, kind="stable")[:FEEDBACK_PASSAGES]
    moved = (1 - FEEDBACK_SHARE) * vector + FEEDBACK_SHARE * vectors[best].mean(axis=0)
    return _standardised(vectors @ (moved / max(float(np.linalg.norm(moved)), 1e-12)))


def _titles(asked: Sequence[str], candidates: Sequence[Candidate]) -> list[float]:
    wanted = set(asked)
    titles = [terms(one.passage.title, one.passage.language) for one in candidates]
    return [len(wanted & set(title)) / max(len(title), 1) for title in titles]


def _phrases(asked: Sequence[str], held: Sequence[Sequence[str]]) -> list[float]:
    wanted = set(pairwise(asked))
    # No term holds a blank, so neighbours are found in the joined text: a tenth of the time that sets of pairs take.
    sought = [f" {one} {other} " for one, other in wanted]
    joined = [f" {' '.join(one)} " for one in held]
    return [sum(pair in text for pair in sought) / max(len(wanted), 1) for text in joined]


def _neighbours(candidates: Sequence[Candidate], scores: FloatVector) -> list[float]:
    at = {
        (one.passage.document_id, one.passage.position): float(score)
        for one, score in zip(candidates, scores, strict=True)
    }
    places = [(one.passage.document_id, one.passage.position) for one in candidates]
    return [
        (at.get((document, place - 1), NO_NEIGHBOUR) + at.get((document, place + 1), NO_NEIGHBOUR)) / 2
        for document, place in places
    ]

"""Order the candidates of both legs by what can be read off them. Pure; needs no model but the vectors at hand.

A linear model over a few features, each standardised or a share, so that weights mean the same for every question:

    lexical             the words' score, standardised over the candidates; a passage in another language shares few of
                        the question's words or none, so that is not held against it
    dense               the meaning's score, standardised over the candidates
    dense_foreign       the same again of a passage in another language, which has few words to go by or none
    feedback            likeness to the question moved towards the three best (pseudo-relevance feedback, Rocchio 1971)
    title               share of the title's terms that the question names
    title_meaning       how far the title's likeness to the question stands out among the candidates' titles
    phrase              share of the question's neighbouring terms that are neighbours in the passage
    neighbours          how good the passages before and after it are, where they are candidates too

`retrieval/EXPERIMENTS.md` has the figures by which these were chosen, and what lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from retrieval.fuse import Fused, Scores, standardised
from retrieval.language import UNKNOWN, terms
from retrieval.types import FloatMatrix, FloatVector, Passage, Reranker

FEEDBACK_PASSAGES: Final = 3
FEEDBACK_SHARE: Final = 0.5  # of the moved question that is theirs, whose levelled vectors are some .6 long
STANDS_OUT: Final = 1.5  # deviations from which on a title counts: most are no nearer than others by chance
MAX_TEXT_CHARS: Final = 4_000  # of a passage; chunks are shorter, what is longer only costs time

# Fitted by listwise softmax regression to the judgements of eight sets.
WEIGHTS: Final[Mapping[str, float]] = {
    "lexical": 0.53,
    "dense": 0.35,
    "dense_foreign": 0.94,
    "feedback": 0.39,
    "title": 0.4,
    "title_meaning": 0.7,
    "phrase": 0.38,
    "neighbours": 0.67,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one passage that a leg found, with what each leg thought of it."""

    fused: Fused
    passage: Passage


@dataclass(frozen=True, slots=True)
class Vectors:
    """Hold the (dim,) vectors at hand; one that was lost meanwhile, or never made, may be missing."""

    question: FloatVector  # a unit vector; passages and titles are compared with it by the dot product
    passages: Mapping[str, FloatVector]  # by chunk id
    titles: Mapping[str, FloatVector]  # by version id


def rank(
    question: str, languages: Sequence[str], candidates: Sequence[Candidate], vectors: Vectors
) -> list[tuple[Candidate, float]]:
    """Return the candidates with their scores, best first; equal scores in the order of their ids.

    `languages` are those the question may be in.
    """
    found = features(question, languages, candidates, vectors)
    scores = np.sum([weight * found[name] for name, weight in WEIGHTS.items()], axis=0)
    pairs = [(one, float(score)) for one, score in zip(candidates, scores, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].fused.chunk_id))


def rerank(
    question: str, scored: Sequence[tuple[Candidate, float]], reranker: Reranker, depth: int
) -> list[tuple[Candidate, float]]:
    """Return candidates with their scores, best first, those of the first `depth` given anew by the reranker.

    The new scores get the mean and the spread of the old ones: they compare with those of passages it did not read, and
    what is added later for a date means the same. Raises RerankerUnavailable.
    """
    first, rest = scored[:depth], scored[depth:]
    before = np.array([score for _, score in first] or [0.0])
    judged = reranker.scores(question, [_text(one.passage) for one, _ in first])
    scores = before.mean() + before.std() * standardised([float(one) for one in judged])
    pairs = [*((one, float(score)) for (one, _), score in zip(first, scores, strict=True)), *rest]
    return sorted(pairs, key=lambda pair: -pair[1])


def features(
    question: str, languages: Sequence[str], candidates: Sequence[Candidate], vectors: Vectors
) -> dict[str, FloatVector]:
    """Return each feature, (candidates,) float32, by the names of WEIGHTS; of one candidate or more."""
    foreign = np.array([_is_foreign(one.passage, languages) for one in candidates])
    dense = standardised([one.fused.dense for one in candidates])
    lexical = standardised([one.fused.sparse or 0.0 for one in candidates])
    lexical = np.where(foreign, np.maximum(lexical, 0), lexical)
    both = (lexical + dense) / 2
    asked = _asked(question, candidates)
    held = [terms(_text(one.passage), one.passage.language) for one in candidates]
    nowhere = np.zeros_like(vectors.question)
    own = np.stack([vectors.passages.get(one.fused.chunk_id, nowhere) for one in candidates])
    columns = {
        "lexical": lexical,
        "dense": dense,
        "dense_foreign": dense * foreign,
        "feedback": _feedback(vectors.question, own, both),
        "title": _titles(asked, candidates),
        "title_meaning": _title_meaning(candidates, vectors),
        "phrase": _phrases(asked, held),
        "neighbours": _neighbours(candidates, both),
    }
    return {name: np.asarray(column, dtype=np.float32) for name, column in columns.items()}


def _text(passage: Passage) -> str:
    """Return what of a passage is indexed."""
    return "\n".join((passage.title, *passage.heading_path, passage.text))[:MAX_TEXT_CHARS]


def _is_foreign(passage: Passage, languages: Sequence[str]) -> bool:
    """Say whether a passage is in none of the languages that the question may be in."""
    return bool(languages) and passage.language != UNKNOWN and passage.language not in languages


def _asked(question: str, candidates: Sequence[Candidate]) -> list[list[str]]:
    """Return the question's terms for each candidate, read in the passage's language: "Type" is a word in several."""
    read = {language: terms(question, language) for language in {one.passage.language for one in candidates}}
    return [read[one.passage.language] for one in candidates]


def _feedback(vector: FloatVector, vectors: FloatMatrix, scores: Scores) -> Scores:
    best = np.argsort(-scores, kind="stable")[:FEEDBACK_PASSAGES]
    moved = (1 - FEEDBACK_SHARE) * vector + FEEDBACK_SHARE * vectors[best].mean(axis=0)
    return standardised([float(one) for one in vectors @ (moved / max(float(np.linalg.norm(moved)), 1e-12))])


def _titles(asked: Sequence[Sequence[str]], candidates: Sequence[Candidate]) -> list[float]:
    titles = [terms(one.passage.title, one.passage.language) for one in candidates]
    return [
        len(set(wanted) & set(title)) / max(len(title), 1)
        for wanted, title in zip(asked, titles, strict=True)
    ]


def _title_meaning(candidates: Sequence[Candidate], vectors: Vectors) -> Scores:
    asked = vectors.question
    likeness = {
        title: float(own @ asked)
        for title, own in vectors.titles.items()
        if own.shape == asked.shape and np.isfinite(own).all()  # a damaged one counts as none
    }
    found = dict(zip(likeness, standardised(list(likeness.values())), strict=True))
    return np.array([max(found.get(one.passage.version_id, 0.0) - STANDS_OUT, 0.0) for one in candidates])


def _phrases(asked: Sequence[Sequence[str]], held: Sequence[Sequence[str]]) -> list[float]:
    return [_shared_pairs(wanted, one) for wanted, one in zip(asked, held, strict=True)]


def _shared_pairs(wanted: Sequence[str], held: Sequence[str]) -> float:
    # No term holds a blank, so neighbours are found in the joined text: a tenth of the time that sets of pairs take.
    pairs, text = set(pairwise(wanted)), f" {' '.join(held)} "
    return sum(f" {one} {other} " in text for one, other in pairs) / max(len(pairs), 1)


def _neighbours(candidates: Sequence[Candidate], scores: Scores) -> list[float]:
    at = {
        (one.passage.document_id, one.passage.position): float(score)
        for one, score in zip(candidates, scores, strict=True)
    }
    places = [(one.passage.document_id, one.passage.position) for one in candidates]
    return [
        (at.get((document, place - 1), 0.0) + at.get((document, place + 1), 0.0)) / 2
        for document, place in places
    ]

"""Draw chunks, readers and questions that have the shape of a real house. The same numbers come out every time.

Words are drawn by Zipf's law without its first hundred ranks, the stop words, which are not indexed; half of a text is
stop words all the same, since ranking reads them. Vectors have the mean and the spectrum measured on
multilingual-e5-small (1,956 passages: mean of length .91, variances falling as 1/k), and lie around their document's.
Readers are skewed over 40 groups. Each block of a thousand documents has a generator of its own and can be drawn alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from retrieval.readers import EVERYONE, principal, reader_of
from retrieval.types import FloatMatrix, FloatVector, Reader

DIMENSION: Final = 384  # multilingual-e5-small
WORDS: Final = 60_000
STOP_RANKS: Final = 100
TERMS: Final = 90  # of a 220-token chunk once stop words are gone
GROUPS: Final = 40
COLLECTION: Final = "bench"
COLLECTIONS: Final = frozenset({COLLECTION})

BLOCK: Final = 10_000  # chunks
PER_DOCUMENT: Final = 10
SEED: Final = 7
MEAN_LENGTH: Final = 0.91
OWN_SHARE: Final = 0.5  # of a chunk's variance; the rest is its document's
ASKED_WORDS: Final = 6
WIDTHS: Final = (20, 5, 1)  # groups of those who ask, in turn: sees most, sees some, sees next to nothing
FILLERS: Final = (
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "for",
    "with",
    "by",
    "on",
    "that",
    "this",
    "not",
    "are",
)
QUESTION: Final = "What is the {} of the {} when {} and {} are not with the {} or in the {}?"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold one made chunk. `number` is 0-based over the whole house."""

    number: int
    text: str
    readers: tuple[str, ...]
    vector: FloatVector

    @property
    def chunk_id(self) -> str:
        """Return the id as in index and database."""
        return chunk_id(self.number)

    @property
    def document_id(self) -> str:
        """Return the id of the document, which has one version of the same id."""
        return str(UUID(int=(1 << 64) + self.number // PER_DOCUMENT))


@dataclass(frozen=True, slots=True)
class Ask:
    """Hold one question: about a chunk, by somebody who may or may not see it."""

    text: str
    vector: FloatVector
    reader: Reader
    width: int  # groups of the reader


@dataclass(frozen=True, slots=True)
class _Block:
    """Hold what is drawn of a block: per document, its readers' group; per chunk, its words and vector."""

    groups: Sequence[int]
    words: Sequence[Sequence[int]]
    vectors: FloatMatrix


def chunk_id(number: int) -> str:
    """Return the id of the chunk with this 0-based number."""
    return str(UUID(int=number + 1))


def blocks(chunks: int) -> int:
    """Return how many blocks so many chunks take."""
    return -(-chunks // BLOCK)


class Made:
    """Draw blocks of chunks and the questions about them."""

    def __init__(self) -> None:
        random = np.random.default_rng(SEED)
        frequency = 1 / np.arange(STOP_RANKS + 1, STOP_RANKS + WORDS + 1)
        self._cumulative = np.cumsum(frequency / frequency.sum())
        self._words = [_word(number) for number in range(WORDS)]
        turn = np.linalg.qr(random.standard_normal((DIMENSION, DIMENSION)))[0]
        variance = 1 / np.arange(1, DIMENSION + 1)
        spread = np.sqrt((1 - MEAN_LENGTH**2) * variance / variance.sum())
        self._shape = (spread[:, None] * turn).astype(np.float32)
        self._mean = (MEAN_LENGTH * np.linalg.qr(random.standard_normal((DIMENSION, 1)))[0].T).astype(
            np.float32
        )

    def vectors(self, block: int) -> FloatMatrix:
        """Return the (BLOCK, dim) unit vectors of a block."""
        return self._drawn(block).vectors

    def readers(self, block: int) -> list[tuple[str, ...]]:
        """Return the readers of each chunk of a block."""
        return [_readers(group) for group in self._drawn(block).groups for _ in range(PER_DOCUMENT)]

    def chunks(self, block: int, count: int = BLOCK) -> Iterator[Chunk]:
        """Yield the first `count` chunks of a block in order."""
        drawn = self._drawn(block)
        for place in range(count):
            readers = _readers(drawn.groups[place // PER_DOCUMENT])
            yield Chunk(block * BLOCK + place, self._text(drawn.words[place]), readers, drawn.vectors[place])

    def asks(self, count: int, chunks: int) -> list[Ask]:
        """Return questions about chunks of the house, a third each by people in many groups, in five, in a rare one."""
        random = np.random.default_rng([SEED, chunks])
        drawn: dict[int, _Block] = {}
        made = []
        for number in range(count):
            block, place = divmod(int(random.integers(min(chunks, 50 * BLOCK))), BLOCK)
            if block not in drawn:
                drawn[block] = self._drawn(block)
            about = drawn[block]
            words = random.choice(about.words[place], ASKED_WORDS, replace=False)
            noise = (random.standard_normal((1, DIMENSION)).astype(np.float32) @ self._shape) * OWN_SHARE
            width = WIDTHS[number % len(WIDTHS)]
            made.append(
                Ask(
                    QUESTION.format(*(self._words[word] for word in words)),
                    _unit(about.vectors[place] + noise)[0],
                    reader_of("asker", [f"g{group}" for group in _groups(random, width)]),
                    width,
                )
            )
        return made

    def _drawn(self, block: int) -> _Block:
        random = np.random.default_rng([SEED, 1, block])
        documents = BLOCK // PER_DOCUMENT
        groups = random.zipf(1.5, size=documents) % GROUPS
        words = np.searchsorted(self._cumulative, random.random((BLOCK, TERMS)))
        whole = random.standard_normal((documents, DIMENSION), dtype=np.float32).repeat(PER_DOCUMENT, axis=0)
        own = random.standard_normal((BLOCK, DIMENSION), dtype=np.float32)
        mixed = np.sqrt(1 - OWN_SHARE) * whole + np.sqrt(OWN_SHARE) * own
        vectors = _unit((mixed @ self._shape + self._mean).astype(np.float32))
        return _Block([int(group) for group in groups], words.tolist(), vectors)

    def _text(self, words: Sequence[int]) -> str:
        pairs = (f"{self._words[word]} {FILLERS[place % len(FILLERS)]}" for place, word in enumerate(words))
        return " ".join(pairs) + "."


def _groups(random: np.random.Generator, width: int) -> list[int]:
    first = 1 if width > 1 else GROUPS // 2  # the second half of the groups is rare
    return [int(group) for group in random.choice(np.arange(first, GROUPS), width, replace=False)]


def _readers(group: int) -> tuple[str, ...]:
    return (EVERYONE,) if group == 0 else (principal("group", f"g{group}"),)


def _unit(vectors: FloatMatrix) -> FloatMatrix:
    unit: FloatMatrix = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _word(number: int) -> str:
    """Return a word that can be said: two syllables for the frequent, three for the rest."""
    syllables = []
    left = number + 100
    while left:
        left, one = divmod(left, 100)
        syllables.append("bcdfghjklmnprstvwxzq"[one // 5] + "aeiou"[one % 5])
    return "".join(syllables) + "k"

"""Stand in for the models, so that the proof needs none: nothing that it proves depends on what a model understands."""

import hashlib
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.types import ChatMessage
from retrieval.types import FloatMatrix, FloatVector


@dataclass(frozen=True, slots=True)
class WordEmbedder:
    """An Embedder that adds a fixed direction for each word."""

    name: str = "selftest"
    dimension: int = 64

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit vector a text."""
        vectors = [self.embed_query(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> FloatVector:
        """Return the unit vector of a text."""
        total = np.full(self.dimension, 1e-3, dtype=np.float64)
        for word in re.findall(r"\w+", text.lower()):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            total += np.random.default_rng(seed).standard_normal(self.dimension)
        unit: FloatVector = (total / np.linalg.norm(total)).astype(np.float32)
        return unit

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(re.findall(r"\w+", text))


@dataclass
class Parrot:
    """A ChatModel that says the same to every question."""

    says: str = ""
    name: str = "selftest"
    context_tokens: int = 4096

    def state(self) -> Literal["loading", "ready", "down"]:
        """Be ready."""
        return "ready"

    def probe(self) -> None:
        """Answer."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return a quarter of the characters."""
        return sum(4 + len(message.content) // 4 for message in messages)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: threading.Event
    ) -> Generator[str, None, int | None]:
        """Yield what it says."""
        del messages, max_tokens, cache_salt, stop
        yield self.says
        return None

    def leanings(
        self, prompts: Sequence[Sequence[ChatMessage]], *, cache_salt: str, stop: threading.Event
    ) -> list[float]:
        """Find that everything answers."""
        del cache_salt, stop
        return [2.0 for _ in prompts]

    def close(self) -> None:
        """Hold no connections."""

"""Stand in for neighbours at the ports, and only there. One small fake a port; each does what its port promises."""

import re
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

import numpy as np

from app.types import ChatMessage
from retrieval.errors import EmbedderUnavailable, ModelUnavailable
from retrieval.readers import may_read
from retrieval.types import Embedder, FloatMatrix, FloatVector, Passage, Place, Reader


@dataclass
class ScriptedModel:
    """A ChatModel that says what it is told; `fails_after` pieces it breaks off. Counts four characters a token."""

    text: str = ""
    fails_after: int | None = None
    mood: Literal["loading", "ready", "down"] = "ready"
    name: str = "scripted"
    context_tokens: int = 4096
    asked: list[tuple[ChatMessage, ...]] = field(default_factory=list)
    salts: list[str] = field(default_factory=list)
    was_closed: bool = False
    leans: Callable[[str], float] = lambda _: 2.0  # what it thinks of a prompt's text

    def state(self) -> Literal["loading", "ready", "down"]:
        """Return the mood it was given."""
        return self.mood

    def probe(self) -> None:
        """Fail unless ready."""
        if self.mood != "ready":
            raise ModelUnavailable("scripted", remedy="none")

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return a quarter of the characters, and four a message."""
        return sum(4 + len(message.content) // 4 for message in messages)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: threading.Event
    ) -> Generator[str, None, None]:
        """Yield the text word by word."""
        self.asked.append(tuple(messages))
        self.salts.append(cache_salt)
        try:
            for number, word in enumerate(re.findall(r"\S+\s*", self.text)[:max_tokens]):
                if stop.is_set():
                    return
                if number == self.fails_after:
                    raise ModelUnavailable("scripted", remedy="none")
                yield word
        finally:
            self.was_closed = True

    def leanings(
        self, prompts: Sequence[Sequence[ChatMessage]], *, cache_salt: str, stop: threading.Event
    ) -> list[float]:
        """Return what it thinks of each prompt."""
        self.asked += [tuple(one) for one in prompts]
        self.salts.append(cache_salt)
        if self.fails_after is not None:
            raise ModelUnavailable("scripted", remedy="none")
        return [] if stop.is_set() else [self.leans(one[-1].content) for one in prompts]

    def close(self) -> None:
        """Hold no connections."""


@dataclass(frozen=True, slots=True)
class HashEmbedder:
    """An Embedder that adds a fixed random direction for each word: texts that share words are near."""

    name: str = "hash"
    dimension: int = 64
    is_down: bool = False

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit vector a text."""
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(
            -1, self.dimension
        )

    def embed_query(self, text: str) -> FloatVector:
        """Return the unit vector of a text; that of no words is the first axis."""
        if self.is_down:
            raise EmbedderUnavailable("hash embedder is down", remedy="none")
        total = np.zeros(self.dimension, dtype=np.float32)
        total[0] = 1e-6
        for word in re.findall(r"\w+", text.lower()):
            total += np.random.default_rng(crc32(word.encode())).standard_normal(self.dimension)
        unit: FloatVector = (total / np.linalg.norm(total)).astype(np.float32)
        return unit

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(re.findall(r"\w+", text))


@dataclass
class InMemoryStore:
    """A DocumentStore over a dictionary, with the reader check; versions in `hidden` are not visible yet."""

    passages: dict[str, tuple[Passage, tuple[str, ...]]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    embedder: Embedder | None = None  # of titles; without one they have no vectors

    def titles(
        self, version_ids: Collection[str], *, embedder: str, reader: Reader
    ) -> dict[str, FloatVector]:
        """Return the vectors of the titles of what `fetch` would return."""
        del embedder
        if self.embedder is None:
            return {}
        shown = self.fetch(list(self.passages), reader=reader).values()
        names = {one.version_id: one.title for one in shown if one.version_id in version_ids}
        return dict(zip(names, self.embedder.embed_passages(list(names.values())), strict=True))

    def fetch(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Passage]:
        """Return what this reader may see of the visible versions."""
        known = (self.passages[one] for one in chunk_ids if one in self.passages)
        return {
            passage.chunk_id: passage
            for passage, readers in known
            if may_read(reader, readers) and passage.version_id not in self.hidden
        }

    def places(self, chunk_ids: Sequence[str], *, reader: Reader) -> dict[str, Place]:
        """Return where the chunks stand that `fetch` would return."""
        found = self.fetch(chunk_ids, reader=reader)
        return {chunk: Place(one.document_id, one.collection_id) for chunk, one in found.items()}

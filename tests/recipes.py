"""Recipes for the workers of a Ray cluster: what they make runs in another process, which imports this file."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.engines.local import LocalEngine, Parts
from ingest.engines.ray import Bench
from ingest.gate import Limits
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from retrieval.level import as_indexed
from tests.fakes import HashEmbedder

CHUNK_TOKENS = 220


@dataclass(frozen=True)
class SandboxRecipe:
    """Read in the real sandbox, embed as the houses of the tests do."""

    def make(self) -> Bench:
        """Return it."""
        embedder = as_indexed(HashEmbedder())
        sandbox = Sandbox(SandboxLimits.of(120))
        return Bench(LocalEngine(sandbox, Limits(), CHUNK_TOKENS, embedder.count_tokens), embedder)


@dataclass(frozen=True)
class Mishap:
    """Be an engine that meets with what the file's name says."""

    inner: LocalEngine
    marks: Path

    def take_apart(self, path: Path, file_name: str, *, cancelled: Callable[[], bool]) -> Parts:
        """Return what is in the file, or end this process as the kernel does where memory runs out."""
        mark = self.marks / file_name
        if file_name.startswith("fatal") or (file_name.startswith("once") and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if file_name.startswith("endless"):
            mark.touch()
            threading.Event().wait()
        return self.inner.take_apart(path, file_name, cancelled=cancelled)


@dataclass(frozen=True)
class MishapRecipe:
    """Read with mishaps; what happened is marked in a folder."""

    marks: Path

    def make(self) -> Bench:
        """Return it."""
        from tests.house import PlainParser  # the whole application comes with it

        embedder = as_indexed(HashEmbedder())
        engine = LocalEngine(PlainParser(), Limits(), CHUNK_TOKENS, embedder.count_tokens)
        return Bench(Mishap(engine, self.marks), embedder)

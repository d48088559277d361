"""Tell of each model in use whose it is, under which licence, and by which hashes its files are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.models import catalogue
from app.models.verify import recorded
from app.settings import Settings
from retrieval.errors import ModelFileRejected


@dataclass(frozen=True, slots=True)
class Weights:
    """Hold a model in use. `hashes` are (file, SHA-256), as installed or else as published."""

    use: Literal["language model", "embedding model", "reranking model"]
    name: str
    title: str
    licence: str  # "" = not in the catalogue
    origins: tuple[str, ...]
    card: str
    hashes: tuple[tuple[str, str], ...]
    is_installed: bool


def in_use(settings: Settings) -> tuple[Weights, ...]:
    """Return the models that the settings name, with what was written down when each was installed here."""
    return tuple(_each(settings, settings.site.models_dir))


def _each(settings: Settings, models_dir: Path) -> Iterator[Weights]:
    yield _weights("language model", settings.model.name, models_dir)
    yield _weights("embedding model", settings.embedder.model, models_dir)
    if settings.search.reranker:
        yield _weights("reranking model", settings.search.reranker, models_dir)


def _weights(
    use: Literal["language model", "embedding model", "reranking model"], name: str, models_dir: Path
) -> Weights:
    entry = catalogue.known(name)
    if entry is None:
        return Weights(use, name, name, "", (), "", (), is_installed=False)
    published = tuple((file.name, file.sha256) for file in entry.files)
    try:
        hashes, is_installed = tuple(sorted(recorded(entry, models_dir).items())), True
    except ModelFileRejected:  # not here: on the machine of the model, or not yet fetched
        hashes, is_installed = published, False
    return Weights(
        use, name, entry.title, entry.licence, entry.origins[:1], entry.model_card, hashes, is_installed
    )

"""Hold the embedding models that one server serves: every verified one of models_dir, two at most in memory.

Two, because a change of embedder needs the one in use and the next one beside each other, and no more than these.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.models import catalogue
from app.models.verify import is_installed, require_verified, weights_id
from app.settings import Settings
from ingest.events import event, logger
from retrieval.embed import SentenceTransformerEmbedder
from retrieval.errors import EmbedderUnavailable, IntramurosError, InvalidRequest, NotFound
from retrieval.types import Embedder

MOST_LOADED: Final = 2
REST_S: Final = (
    60.0  # a model that nobody asked for as long may make room; a question comes before, or nobody is there
)
AGAIN: Final = "ask again in a few seconds"


@dataclass
class _Loaded:
    encoder: Embedder
    asked_at: float


class EmbeddingModels:
    """Give each model by its name. May be shared by threads.

    `names` lists what may be served, cheaply; `open_one` verifies and opens one of them, and may take as long as it
    needs: that is done in a thread of its own, one model at a time, and whoever asks meanwhile is told to come again.
    """

    def __init__(
        self,
        names: Callable[[], Sequence[str]],
        open_one: Callable[[str], Embedder],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.names = names
        self._open = open_one
        self._clock = clock
        self._lock = threading.Lock()
        self._loaded: dict[str, _Loaded] = {}
        self._loading = ""
        self._faults: dict[str, IntramurosError] = {}

    def put(self, model: str, encoder: Embedder) -> None:
        """Serve this one from now on; it loads when first asked."""
        with self._lock:
            self._loaded[model] = _Loaded(encoder, self._clock())

    def of(self, model: str) -> Embedder:
        """Return a model of models_dir, ready to embed.

        Raises NotFound where there is none of that name, EmbedderUnavailable while it is being loaded or two others
        are at work, and once what kept it from being loaded.
        """
        with self._lock:
            known = self._loaded.get(model)
            if known is not None:
                known.asked_at = self._clock()
                return known.encoder
        if model not in self.names():
            raise NotFound(
                f"no embedding model '{model[:80]}' is served here", remedy="ask for one of /v1/models"
            )
        with self._lock:
            fault = self._faults.pop(model, None)
            if fault is not None:
                raise fault
            if not self._loading and model not in self._loaded:
                self._make_room()
                self._loading = model
                threading.Thread(target=self._load, args=(model,), name="embedder-loads", daemon=True).start()
        raise EmbedderUnavailable(f"the model '{model}' is being loaded", remedy=AGAIN)

    def check(self) -> None:
        """Embed a text with each model in memory. Raises EmbedderUnavailable."""
        with self._lock:
            encoders = [one.encoder for one in self._loaded.values()]
        for encoder in encoders:
            _try(encoder)

    def _make_room(self) -> None:
        if len(self._loaded) < MOST_LOADED:
            return
        oldest = min(self._loaded, key=lambda model: self._loaded[model].asked_at)
        if self._clock() - self._loaded[oldest].asked_at < REST_S:
            raise EmbedderUnavailable(f"{MOST_LOADED} other models are at work here", remedy=AGAIN)
        del self._loaded[oldest]
        event(logger("embeddings"), "model_put_away", model=oldest)

    def _load(self, model: str) -> None:
        begun = self._clock()
        try:
            encoder = self._open(model)
            _try(encoder)
        except Exception as error:  # noqa: BLE001  the next who asks is told, and the thread has nobody else to tell
            fault = error if isinstance(error, IntramurosError) else _unforeseen(model, error)
            event(logger("embeddings"), "model_not_loaded", level=logging.ERROR, model=model, exc_info=error)
            with self._lock:
                self._loading, self._faults[model] = "", fault
            return
        event(logger("embeddings"), "model_loaded", model=model, duration_ms=(self._clock() - begun) * 1000)
        with self._lock:
            self._loading, self._loaded[model] = "", _Loaded(encoder, self._clock())


def of_folder(settings: Settings) -> EmbeddingModels:
    """Return the embedding models of models_dir, that of the settings first. Raises NotFound, ModelFileRejected."""
    models = EmbeddingModels(
        lambda: installed(settings.site.models_dir), lambda model: _opened(settings, model)
    )
    models.put(settings.embedder.model, _opened(settings, settings.embedder.model))
    return models


def installed(models_dir: Path) -> list[str]:
    """Return the embedding models whose files are there in full size."""
    of_use = [one for one in catalogue.CATALOGUE if one.use == "embedding"]
    return [one.id for one in of_use if is_installed(one, models_dir)]


def _opened(settings: Settings, model: str) -> Embedder:
    """Return a model without prefixes: whoever asks adds them, as with any other server."""
    entry = catalogue.entry(model)
    if entry.use != "embedding":
        raise InvalidRequest(f"'{model}' is a model for {entry.use}", remedy="name one for embedding")
    require_verified(entry, settings.site.models_dir)
    return SentenceTransformerEmbedder(
        settings.site.models_dir / entry.id,
        name=f"{entry.id}@{weights_id(entry, settings.site.models_dir)}",
        threads=settings.embedder.threads,
    )


def _try(encoder: Embedder) -> None:
    encoder.embed_query("ready")
    encoder.count_tokens("ready")  # its own tokenizer takes seconds to load; not those of a question


def _unforeseen(model: str, error: Exception) -> EmbedderUnavailable:
    return EmbedderUnavailable(
        f"the model '{model}' could not be loaded ({type(error).__name__})",
        remedy="read the log of the embedder",
    )

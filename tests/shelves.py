"""Give a house a second embedder in a test, and what opens and removes its index."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from qdrant_client import QdrantClient

from app.following import Follower, Shelf, Shelving
from app.reembedding import Reembedding
from ingest.building import Pace
from ingest.database import utc_now
from ingest.index_store import Wish
from retrieval.edge import EdgeIndex
from retrieval.server import QdrantIndex
from retrieval.types import Embedder, VectorIndex
from tests.fakes import HashEmbedder
from tests.house import House

NEW = "new-embedder"
HASTE = Pace(rest_per_work=0.0)


@dataclass
class Shelves:
    """Follow in which index is in use, with embedders that tests name; their indexes lie below `folder`."""

    house: House
    folder: Path
    is_on_server: bool = False  # the new index lies in a collection of Qdrant, not in a folder of Edge
    embedders: dict[str, Embedder] = field(default_factory=lambda: {NEW: HashEmbedder("new", 32)})
    opened: dict[str, VectorIndex] = field(default_factory=dict)
    grace: Callable[[float], object] = lambda _s: None

    def __post_init__(self) -> None:
        """Begin with what the house has."""
        services = self.house.services
        self.first = services.settings.embedder.model
        self.follower = Follower(
            services, Shelving(self._open, self._remove), adopt=self._adopt, grace=self.grace
        )
        self.follower.store.adopt(self.first, now=utc_now())

    def order(self, **wish: object) -> None:
        """Order the new embedder, changed to without questions unless they are given."""
        self.follower.store.order(NEW, Wish(**{"accept": True, **wish}), now=utc_now())  # type: ignore[arg-type]

    def build(self, stop: threading.Event | None = None) -> bool:
        """Do what is ordered."""
        return Reembedding(self.follower, lambda: HASTE).run_one(stop or threading.Event())

    @property
    def index(self) -> VectorIndex:
        """Return the new index."""
        return self.opened[NEW]

    def _open(self, model: str) -> Shelf:
        encoder = self.embedders[model]
        self.opened[model] = (
            QdrantIndex(QdrantClient(":memory:"), collection=model, dimension=encoder.dimension)
            if self.is_on_server
            else EdgeIndex(self.folder / model, dimension=encoder.dimension)
        )
        return Shelf(model, encoder, self.opened[model])

    def _remove(self, model: str) -> None:
        if not self.is_on_server:  # a collection in memory is gone once it is closed
            shutil.rmtree(self.folder / model)

    def _adopt(self, services: object) -> None:
        object.__setattr__(self.house, "services", services)
        self.house.client.app.state.services = services  # type: ignore[attr-defined]

"""Have bulk loads taken apart and embedded on the workers of a Ray cluster."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app import offline
from app.adapters import open_embedder
from app.sections import EmbedderSettings, Site
from app.settings import Settings
from ingest.engines.local import LocalEngine
from ingest.engines.ray import Bench, RayEngine, Recipe, connected
from ingest.engines.shelf import Shelf
from ingest.gate import Limits
from ingest.runs import Worker
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits

if TYPE_CHECKING:
    from app.wiring import Services


@dataclass(frozen=True, slots=True)
class HouseRecipe:
    """Say what a worker needs: numbers and the place of the models, the same on every node; no key, no address."""

    models_dir: Path
    embedder: EmbedderSettings
    chunk_tokens: int
    parse_timeout_s: int
    max_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "HouseRecipe":
        """Return the recipe of this house. Each worker has one processor, so its embedder takes one thread."""
        return cls(
            models_dir=settings.site.models_dir,
            embedder=EmbedderSettings(model=settings.embedder.model, threads=1),
            chunk_tokens=settings.ingest.chunk_tokens,
            parse_timeout_s=settings.ingest.parse_timeout_s,
            max_bytes=settings.api.max_upload_mb << 20,
        )

    def make(self) -> Bench:
        """Return what a worker works with. Raises ModelFileRejected where the models on this node are other ones."""
        offline.seal(os.environ)  # Ray started this process, not our command line
        embedder = open_embedder(Settings(site=Site(models_dir=self.models_dir), embedder=self.embedder))
        sandbox = Sandbox(SandboxLimits.of(self.parse_timeout_s))
        limits = Limits(max_bytes=self.max_bytes)
        return Bench(LocalEngine(sandbox, limits, self.chunk_tokens, embedder.count_tokens), embedder)


@contextmanager
def cluster_of(settings: Settings) -> Iterator[int]:
    """Connect to the cluster that the settings name; give how many documents it takes at a time.

    Raises Unavailable, SetupRefused.
    """
    ingest = settings.ingest
    token = "" if ingest.ray_token is None else ingest.ray_token.get_secret_value()
    with connected(ingest.ray_address, token, places=ingest.workers) as places:
        yield places


def bulk_worker(services: "Services", name: str, *, recipe: Recipe, places: int) -> Worker:
    """Return a worker that keeps the ledger and has the connected cluster's workers read and embed."""
    shelf = Shelf(services.embedder)
    bulk = replace(
        services.pipeline,
        engine=RayEngine(recipe, shelf),
        indexer=replace(services.pipeline.indexer, embedder=shelf),
    )
    worker = services.worker(name)
    # One document more than there are places, so that none waits for the ledger.
    return replace(worker, desk=replace(worker.desk, pipeline=bulk, threads=places + 1))

"""Put together what ingests: the pipeline of one document, and the worker that takes jobs."""

from typing import Final

from app.adapters import local_engine
from app.records import Records
from ingest.database import utc_now
from ingest.desk import Desk, Lend
from ingest.engines.local import Parser
from ingest.guard.desk import Guard
from ingest.indexing import Indexer
from ingest.onlooker import Onlooker
from ingest.pipeline import Pipeline
from ingest.runs import Worker
from retrieval.sparse import SparseEncoder
from retrieval.types import Embedder, VectorIndex

# For neighbours in other processes: longer than a restart or an upgrade of theirs takes.
PATIENCE_S: Final = 600.0


def pipeline_of(
    records: Records, embedder: Embedder, index: VectorIndex, parser: Parser, *, onlooker: Onlooker
) -> Pipeline:
    """Return the story of one document over these parts; `embedder` as the index holds its vectors."""
    settings = records.settings
    return Pipeline(
        attempts=records.attempts,
        catalog=records.catalog,
        versions=records.versions,
        originals=records.originals,
        engine=local_engine(settings, parser, embedder),
        indexer=Indexer(records.catalog, records.versions, embedder, SparseEncoder(), index),
        guard=Guard(records.collections.policy),
        onlooker=onlooker,
    )


def worker_of(records: Records, pipeline: Pipeline, lend: Lend, *, name: str) -> Worker:
    """Return a worker over these parts. Whoever holds an embedded index is the only one who can be at work."""
    settings = records.settings
    desk = Desk(
        items=records.items,
        inventory=records.inventory,
        pipeline=pipeline,
        lend=lend,
        spool=settings.site.uploads_dir,
        threads=settings.ingest.workers,
        room=records.room,
    )
    has_neighbours = settings.index.url or settings.embedder.url or settings.database.url
    return Worker(
        records.jobs,
        desk,
        name=name,
        clock=utc_now,
        is_alone=not settings.index.url,
        patience_s=PATIENCE_S if has_neighbours else 0.0,
    )

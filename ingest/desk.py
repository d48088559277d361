"""Hold what a worker works with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ingest.inventory import Inventory
from ingest.items import ItemStore
from ingest.jobs import Job
from ingest.pipeline import Pipeline
from ingest.room import Room
from ingest.types import SourceFile

Lend = Callable[[Job, SourceFile], AbstractContextManager[Path]]  # a path where the file's bytes can be read


@dataclass(frozen=True)
class Desk:
    """Hold what a worker works with; built once by the composition root."""

    items: ItemStore
    inventory: Inventory
    pipeline: Pipeline
    lend: Lend
    spool: Path  # where attachments wait for their turn
    threads: int  # files read at the same time
    room: Room  # on the disk

"""Measure speed and memory: `search` an index of synthetic chunks, `ingest` a folder, `api` and `page` under load.

`api` asks as people do (`asking`), of an API in a process of its own (`served`, by `child`), beside LangChain's chain.

`page` lets many people use one process of the page (`visitor`), before an API that only keeps pace (`paced_api`).

`rivals` asks other searches the same questions of the same chunks, for quality and speed side by side.
`permissions` measures what a stranger could: how fast the house refuses, and how soon it does so after a change.
`ledger` asks a ledger of a million answers which of them used a document.
`audit` writes, verifies, searches and touches an audit trail.
`backup` takes, verifies and restores a backup.  `export` tells a person all that is kept of them.
`paced_vllm` is a model server that only keeps pace. Figures are of the machine they were taken on.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchRow:
    """Hold one line of a report; the names of `figures` carry their units."""

    name: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BenchReport:
    """Hold what was measured and on which class of machine. All rows have the same figures, in the same order.

    `notes` say what the figures include.
    """

    title: str
    machine: str
    rows: tuple[BenchRow, ...]
    notes: tuple[str, ...] = ()

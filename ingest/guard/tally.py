"""Count the personal data of a collection: by kind, and the documents that hold most of it. Never a value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select

from ingest.database import reading
from ingest.guard.types import Kind
from ingest.schema import documents, versions

MOST: Final = 200  # documents that are named; a person looks through no more


@dataclass(frozen=True, slots=True)
class Holding:
    """Hold what was found in one document."""

    document_id: str
    file_name: str
    found: Mapping[Kind, int]

    @property
    def total(self) -> int:
        """Return how much of any kind."""
        return sum(self.found.values())


@dataclass(frozen=True, slots=True)
class Tally:
    """Hold what was found in a collection."""

    looked_at: int  # visible documents
    not_looked_at: int  # taken in before anybody looked, or where nobody is to
    with_personal_data: int
    found: Mapping[Kind, int]  # documents and all; the most frequent first
    most: tuple[Holding, ...]  # the documents that hold most, at most MOST


def tally_of(engine: Engine, collection: str) -> Tally:
    """Return what was found in the visible documents of a collection. Raises DatabaseUnavailable."""
    query = (
        select(documents.c.id, documents.c.file_name, versions.c.personal)
        .join(versions, versions.c.id == documents.c.visible_version_id)
        .where(documents.c.collection_id == collection)
    )
    looked_at = not_looked_at = 0
    sums: Counter[Kind] = Counter()
    holding: list[Holding] = []
    with reading(engine) as connection:
        for identity, file_name, counts in connection.execute(query):
            looked_at, not_looked_at = looked_at + (counts is not None), not_looked_at + (counts is None)
            if counts:
                found = {Kind(kind): int(count) for kind, count in counts.items()}
                sums.update(found)
                holding.append(Holding(identity, file_name, found))
    most = sorted(holding, key=lambda one: (-one.total, one.file_name))[:MOST]
    return Tally(looked_at, not_looked_at, len(holding), dict(sums.most_common()), tuple(most))

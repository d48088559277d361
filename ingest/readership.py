"""Change who may read documents: whoever loses the right loses it at once, whoever gains it waits for the content.

The database decides at every fetch, so it is narrowed before the index and widened after it: whatever is interrupted
in between shows nothing to anybody new, and leaves a difference that the next attempt finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.catalog import Catalog
from retrieval.readers import clean_readers
from retrieval.types import VectorIndex


@dataclass(frozen=True, slots=True)
class Readership:
    """Hold the two places that know readers."""

    catalog: Catalog
    index: VectorIndex

    def narrow(self, document: str, wanted: Sequence[str]) -> None:
        """Take the right from all who are not `wanted`, of a document and of what is attached to it."""
        allowed = set(clean_readers(wanted))
        before = {one: self.catalog.readers(one) for one in self.catalog.with_attached(document)}
        kept = {one: sorted(allowed.intersection(readers)) for one, readers in before.items()}
        self._write_database_first({one: kept[one] for one in kept if set(kept[one]) != set(before[one])})

    def grant(self, document: str, wanted: Sequence[str]) -> None:
        """Give a document exactly the `wanted` readers, now that it shows what they are to read."""
        readers = clean_readers(wanted)
        if self.catalog.readers(document) != readers:
            self.index.set_readers(document, readers)
            self.catalog.set_readers({document: readers})

    def replace(self, document: str, wanted: Sequence[str]) -> None:
        """Give an unchanged document, and all that is attached to it, exactly the `wanted` readers."""
        self.narrow(document, wanted)
        for one in self.catalog.with_attached(document):
            self.grant(one, wanted)

    def _write_database_first(self, readers: dict[str, list[str]]) -> None:
        if readers:
            self.catalog.set_readers(readers)
        for document, principals in readers.items():
            self.index.set_readers(document, principals)

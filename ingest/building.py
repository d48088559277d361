"""Build an index beside the one in use, at a pace that leaves the house room, while documents come, change and go.

Whoever writes meanwhile writes to both (`retrieval.mirrored`, `ingest.indexing`). What was read before such a write
and written after it is looked at again; then all of the index is compared with the database until nothing differs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, func, select

from ingest.catalog import Catalog, Document
from ingest.database import reading
from ingest.index_store import IndexStore
from ingest.indexing import Indexer
from ingest.schema import chunks, document_readers, documents, versions
from ingest.types import Cancelled
from retrieval.errors import IntramurosError, NotFound

ROUNDS = 5  # of comparing; each mends what the one before saw, and what is written meanwhile is no difference


@dataclass
class Pace:
    """Rest as long as was worked, times `share`: of one core half is left to the questions."""

    rest_per_work: float = 1.0
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _since: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """Begin to work."""
        self._since = self.clock()

    def rest(self) -> None:
        """Rest for what was worked since, and begin again."""
        self.wait(max(self.clock() - self._since, 0.0) * self.rest_per_work)
        self.begin()


@dataclass(frozen=True)
class Builder:
    """Fill `indexer`'s index with every shown document. `report` is told (done, total); False from it means: stop."""

    engine: Engine
    store: IndexStore
    catalog: Catalog
    indexer: Indexer
    report: Callable[[int, int], bool]
    pace: Pace

    def run(self, *, before_comparing: Callable[[], None] = lambda: None) -> None:
        """Go on where an earlier run ended, to an index that holds what the database shows.

        `before_comparing` returns once all who write do so to both; what they missed is found after it.
        Raises Cancelled, Unavailable kinds; IntramurosError for an index that does not keep what it is given.
        """
        self.pace.begin()
        self._fill()
        before_comparing()
        for _ in range(ROUNDS):
            if not self.compare():
                break
            self._fill()
        else:
            raise IntramurosError(
                f"the new index still differs from the database after {ROUNDS} comparisons",
                remedy="run `intramuros doctor --deep`, then order the change again: it goes on where it is",
            )
        self.indexer.index.optimise()

    def _fill(self) -> None:
        waiting = self.store.unstaged(self.indexer.embedder.name)
        shown = self._shown()
        done = len(shown) - len(waiting)
        for version in waiting:
            self._go_on(done, len(shown))
            self.put(version)
            done += 1
        self._go_on(done, len(shown))

    def put(self, version: str) -> bool:
        """Write one version, look again at what may have changed while it was embedded; return whether it is shown."""
        before = self._document_of(version)
        if before is None:
            return False
        readers = self.catalog.readers(before.id)
        title = self.indexer.fill(before, version, rest=self._rest)
        after = self._document_of(version)
        if title is None or after is None:
            # Hidden since: whoever hid it may have cleared this index before it was written.
            self.indexer.index.forget_version(version)
            return False
        if self.catalog.readers(after.id) != readers:
            self._give_readers(after.id)
        self.store.stage({version: title}, embedder=self.indexer.embedder.name)
        return True

    def compare(self) -> int:
        """Mend what the index holds otherwise than the database; return in how many documents and versions.

        The index is read first: what comes to both meanwhile is then known to the database. Whoever writes meanwhile
        writes to both, so that what differs is looked at once more before it counts.
        """
        before = self._readers()
        counted, readers = self._held()
        known, shown = self._known(), self._shown()
        mended = sum(self._mend(version, 0) for version in set(counted) - known)
        for version, (document, wanted) in shown.items():
            if counted.get(version, 0) != wanted:
                mended += self._mend(version, wanted)
            elif readers[document] != {self.catalog.readers(document)}:
                mended += self._give_readers(document) == before.get(document)
        return mended

    def _held(self) -> tuple[dict[str, int], dict[str, set[tuple[str, ...]]]]:
        """Return the number of chunks by version and the readers by document, as the index has them."""
        counted: dict[str, int] = {}
        readers: dict[str, set[tuple[str, ...]]] = {}
        for record in self.indexer.index.records():
            counted[record.version_id] = counted.get(record.version_id, 0) + 1
            readers.setdefault(record.document_id, set()).add(record.readers)
        return counted, readers

    def _mend(self, version: str, wanted: int) -> int:
        """Return 1 where a version had to be written or taken out, 0 where it is as it should be by now."""
        index = self.indexer.index
        if index.count(version_id=version) == wanted:
            return 0
        if wanted:
            return int(self.put(version))
        index.forget_version(version)
        return 1

    def _give_readers(self, document: str) -> tuple[str, ...]:
        """Write and return a document's readers; again where somebody changed them in between, in both."""
        given = None
        while given != (readers := self.catalog.readers(document)):
            self.indexer.index.set_readers(document, readers)
            given = readers
        return readers

    def _rest(self) -> None:
        self.pace.rest()

    def _go_on(self, done: int, total: int) -> None:
        if not self.report(done, total):
            raise Cancelled

    def _document_of(self, version: str) -> Document | None:
        query = select(documents.c.id).where(documents.c.visible_version_id == version)
        with reading(self.engine) as connection:
            found = connection.execute(query).scalar()
        try:
            return None if found is None else self.catalog.get(found)
        except NotFound:
            return None

    def _readers(self) -> dict[str, tuple[str, ...]]:
        """Return the readers of every document as `Catalog.readers` does."""
        query = select(document_readers.c.document_id, document_readers.c.principal)
        found: dict[str, list[str]] = {}
        with reading(self.engine) as connection:
            for document, principal in connection.execute(query):
                found.setdefault(document, []).append(principal)
        return {document: tuple(sorted(readers)) for document, readers in found.items()}

    def _known(self) -> set[str]:
        with reading(self.engine) as connection:
            return set(connection.execute(select(versions.c.id)).scalars())

    def _shown(self) -> dict[str, tuple[str, int]]:
        """Return document and number of chunks of every shown version."""
        query = (
            select(versions.c.id, documents.c.id, func.count(chunks.c.id))
            .join(documents, documents.c.visible_version_id == versions.c.id)
            .outerjoin(chunks, chunks.c.version_id == versions.c.id)
            .group_by(versions.c.id, documents.c.id)
        )
        with reading(self.engine) as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(query)}

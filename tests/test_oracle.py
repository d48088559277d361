"""No leak and nothing wrongly hidden: a nation's every right, worked out by sets, against every way of searching.

60 people in 20 nested groups (a ladder of six, a ring of three), 2,000 documents of three chunks in 40 collections.
A pair is one person with one question: both the shown set and the allowed set are known whole, and must be equal.
"""

import random
from collections.abc import Callable, Iterator

import pytest
from qdrant_client import QdrantClient
from sqlalchemy import Engine

from ingest.catalog import Catalog
from ingest.passages import DatabasePassages
from retrieval.edge import EdgeIndex
from retrieval.search import Searcher
from retrieval.server import QdrantIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import VectorIndex
from tests.nation import (
    CHUNKS,
    COLLECTIONS,
    DOCUMENTS,
    EMBEDDER,
    GROUPS,
    PEOPLE,
    TOPICS,
    WITHIN,
    Nation,
    chunk_id,
    collection_of,
    document_id,
    document_of,
    entries,
    make_nation,
    settle,
    topic_of,
)

ENCODER = SparseEncoder()
ALL = 10 * DOCUMENTS // COLLECTIONS * CHUNKS  # more than two collections hold
NAMED = 50  # chunks whose words are judged as well, most of them hidden
# Pairs asked on Edge, by way. The client's own in-memory mode compares every point in Python: it gets fewer.
EDGE_PAIRS = {
    "dense": 3_600,
    "sparse": 3_600,
    "search": 1_500,
    "fused alone": 600,
    "few": 600,
    "neighbours": 1_200,
}
CLIENT_PAIRS = {"dense": 60, "sparse": 60, "search": 60, "fused alone": 30, "few": 30}

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Payload indexes have no effect")]


@pytest.fixture(scope="module")
def nation() -> Nation:
    """Give the nation."""
    return make_nation()


@pytest.fixture(scope="module")
def engine(nation: Nation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give the database with its documents."""
    engine = settle(nation, tmp_path_factory.mktemp("nation") / "nation.db")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def edge(nation: Nation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorIndex]:
    """Give the embedded index of every chunk."""
    index = EdgeIndex(tmp_path_factory.mktemp("nation") / "index", dimension=EMBEDDER.dimension)
    index.upsert(entries(nation, positions=range(CHUNKS)))
    yield index
    index.close()


@pytest.fixture(scope="module")
def client(nation: Nation) -> Iterator[VectorIndex]:
    """Give the client's adapter with the first chunk of every document."""
    index = QdrantIndex(QdrantClient(":memory:"), collection="nation", dimension=EMBEDDER.dimension)
    index.upsert(entries(nation, positions=range(1)))
    yield index
    index.close()


class Asked:
    """Ask a nation's pairs in one way after the other, and count them."""

    def __init__(self, nation: Nation, engine: Engine, index: VectorIndex, positions: range) -> None:
        self._nation, self._index, self._positions = nation, index, positions
        self._store = DatabasePassages(engine)
        self._chance = random.Random(7)
        self._every_chunk = sorted(index.chunk_ids())
        self._allowed = {person: nation.allowed(person) for person in nation.memberships}
        self.pairs: dict[str, int] = {}
        self.shown = 0  # chunks in all: a search that shows nothing to anybody proves nothing

    def ask(self, way: str, pairs: int) -> None:
        """Ask `pairs` questions, person by person in turn; shown and allowed must be the same every time."""
        ways: dict[str, Callable[[str, str, frozenset[str]], None]] = {
            "dense": self._dense,
            "sparse": self._sparse,
            "search": lambda *pair: self._search(*pair, languages=None),
            "fused alone": lambda *pair: self._search(*pair, languages=frozenset()),
            "few": self._few,
            "neighbours": self._neighbours,
        }
        people = sorted(self._nation.memberships)
        for number in range(pairs):
            two = frozenset(f"c{self._chance.randrange(COLLECTIONS)}" for _ in range(1 + number % 2))
            ways[way](people[number % PEOPLE], self._chance.choice(TOPICS), two)
            self.pairs[way] = self.pairs.get(way, 0) + 1

    def _chunks(self, person: str, collections: frozenset[str], topic: str | None = None) -> set[str]:
        return {
            chunk_id(document, position)
            for document in self._allowed[person]
            if collection_of(document) in collections and topic in {None, topic_of(document)}
            for position in self._positions
        }

    def _dense(self, person: str, topic: str, two: frozenset[str]) -> None:
        vector = EMBEDDER.embed_query(topic)
        hits = self._index.search_dense(
            vector, reader=self._nation.reader(person), collections=two, limit=ALL
        )
        self._compare({hit.chunk_id for hit in hits}, self._chunks(person, two))

    def _sparse(self, person: str, topic: str, two: frozenset[str]) -> None:
        words = ENCODER.encode_query(topic, ("en",))
        reader = self._nation.reader(person)
        hits = self._index.search_sparse(words, reader=reader, collections=two, limit=ALL)
        self._compare({hit.chunk_id for hit in hits}, self._chunks(person, two, topic))
        named = self._index.search_sparse(
            words, reader=reader, collections=two, limit=0, also=self._chance.sample(self._every_chunk, NAMED)
        )
        assert {hit.chunk_id for hit in named} <= {hit.chunk_id for hit in hits}

    def _found(
        self, pair: tuple[str, str, frozenset[str]], *, limit: int, languages: frozenset[str] | None
    ) -> list[str]:
        person, topic, two = pair
        searcher = Searcher(EMBEDDER, self._index, self._store, ENCODER, embedder_languages=languages)
        found = searcher.search(topic, reader=self._nation.reader(person), collections=two, limit=limit)
        assert found.degraded == ()
        return [one.passage.chunk_id for one in found.passages]

    def _search(
        self, person: str, topic: str, two: frozenset[str], *, languages: frozenset[str] | None
    ) -> None:
        shown = self._found((person, topic, two), limit=ALL // 4, languages=languages)
        assert len(shown) == len(set(shown))
        self._compare(set(shown), self._chunks(person, two))

    def _few(self, person: str, topic: str, two: frozenset[str]) -> None:
        """Ask for the first few: they are as many as there are to see, and none is foreign."""
        shown = self._found((person, topic, two), limit=5, languages=None)
        allowed = self._chunks(person, two)
        assert len(set(shown)) == len(shown) == min(5, len(allowed))
        assert set(shown) <= allowed
        self.shown += len(shown)

    def _neighbours(self, person: str, topic: str, two: frozenset[str]) -> None:
        """Look around a passage that somebody else was shown: its document decides, not who holds the passage."""
        document = self._chance.randrange(DOCUMENTS)
        everybody = [other for other in self._allowed if document in self._allowed[other]]
        if not everybody:
            self._compare(
                set(self._store.fetch([chunk_id(document, 1)], reader=self._nation.reader(person))), set()
            )
            return
        middle = chunk_id(document, 1)
        passage = self._store.fetch([middle], reader=self._nation.reader(everybody[0]))[middle]
        around = self._store.neighbours(passage, reader=self._nation.reader(person), reach=1)
        own = {chunk_id(document, position) for position in range(CHUNKS)}
        self._compare({one.chunk_id for one in around}, own if document in self._allowed[person] else set())

    def _compare(self, shown: set[str], allowed: set[str]) -> None:
        assert {document_of(one) for one in shown - allowed} == set(), "leaked"
        assert {document_of(one) for one in allowed - shown} == set(), "wrongly hidden"
        self.shown += len(shown)


def test_the_nation_is_as_large_as_promised(nation: Nation) -> None:
    """The figures of the promise hold: nobody can make the test smaller in silence."""
    assert (len(nation.memberships), len(WITHIN), len(nation.readers)) == (PEOPLE, GROUPS, DOCUMENTS)
    assert PEOPLE >= 50
    assert GROUPS >= 20
    assert DOCUMENTS >= 2_000
    assert "group:g5" in {
        right for p, of in nation.memberships.items() if "g0" in of for right in nation.rights[p]
    }
    assert WITHIN["g7"] | WITHIN["g8"] | WITHIN["g9"] >= {"g7", "g8", "g9"}
    rights = [len(nation.allowed(person)) for person in nation.memberships]
    assert 0 < min(rights) < max(rights) < DOCUMENTS


def test_edge_shows_each_person_exactly_what_they_may_read(
    nation: Nation, engine: Engine, edge: VectorIndex
) -> None:
    """More than 10,000 pairs over both legs, the whole search, few results and neighbours: 0 leaks, 0 hidden."""
    asked = Asked(nation, engine, edge, range(CHUNKS))
    for way, pairs in EDGE_PAIRS.items():
        asked.ask(way, pairs)
    assert asked.pairs == EDGE_PAIRS
    assert sum(asked.pairs.values()) >= 10_000
    assert asked.shown > 100_000


def test_client_shows_each_person_exactly_what_they_may_read(
    nation: Nation, engine: Engine, client: VectorIndex
) -> None:
    """240 pairs, every person among them, over the adapter of the server profile: 0 leaks, 0 hidden."""
    asked = Asked(nation, engine, client, range(1))
    for way, pairs in CLIENT_PAIRS.items():
        asked.ask(way, pairs)
    assert asked.pairs == CLIENT_PAIRS
    assert asked.shown > 1_000


def test_lists_show_each_person_exactly_what_they_may_read(nation: Nation, engine: Engine) -> None:
    """The list of documents, of all collections and of one, and each document by its id."""
    catalog = Catalog(engine)
    for number, person in enumerate(sorted(nation.memberships)):
        reader, allowed = nation.reader(person), nation.allowed(person)
        here = f"c{number % COLLECTIONS}"
        listed = {document.id for document in catalog.listed_for(reader)}
        in_one = {document.id for document in catalog.listed_for(reader, collection_id=here)}
        assert listed == {document_id(one) for one in allowed}
        assert in_one == {document_id(one) for one in allowed if collection_of(one) == here}

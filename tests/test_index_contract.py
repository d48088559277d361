"""Hold what every adapter of the index promises.

Adapters are Edge, the client in memory, and the client over HTTP: to the stand-in for a server, and to a real one where
there is one.
"""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import qdrant_edge as edge
from qdrant_client import QdrantClient, models

from deploy.images.qdrant_standin import Points, server
from retrieval.edge import EdgeIndex
from retrieval.errors import IndexUnavailable, SetupRefused
from retrieval.lock import holder
from retrieval.readers import reader_of
from retrieval.schema import DENSE, SPARSE
from retrieval.server import QdrantIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import Hit, IndexEntry, Reader, VectorIndex
from tests.embedding_server import at_address
from tests.fakes import HashEmbedder

EMBEDDER = HashEmbedder()
ENCODER = SparseEncoder()
HANDBOOK = frozenset({"handbook"})
ANYONE = reader_of("anna", [])

pytestmark = pytest.mark.filterwarnings(
    "ignore:Local mode is not recommended",  # it is meant for tests, and this is one
    "ignore:Local mode performs exact",
    "ignore:Payload indexes have no effect",
)


@pytest.fixture(
    params=["edge", "client", "stand-in", pytest.param("server", marks=pytest.mark.qdrant_server)],
)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    """Open each adapter empty."""
    if request.param == "edge":
        opened: VectorIndex = EdgeIndex(tmp_path / "index", dimension=EMBEDDER.dimension)
        yield opened
    elif request.param == "client":
        opened = QdrantIndex(QdrantClient(":memory:"), collection="test", dimension=EMBEDDER.dimension)
        yield opened
    elif request.param == "stand-in":
        points = Points(tmp_path)
        with at_address(server(points, "")) as address:
            url = address.removesuffix("/v1")
            opened = QdrantIndex(url, collection="test", dimension=EMBEDDER.dimension)
            yield opened
        points.client.close()
    else:
        url = os.environ.get("QDRANT_URL", "")
        if not url:
            pytest.skip("no Qdrant server: QDRANT_URL is not set")
        name = f"test-{tmp_path.name}"
        client = QdrantClient(url=url)
        opened = QdrantIndex(client, collection=name, dimension=EMBEDDER.dimension)
        yield opened
        client.delete_collection(name)
    opened.close()


def entry(number: int, text: str, readers: tuple[str, ...] = ("everyone",), **other: str) -> IndexEntry:
    """Return the entry of chunk `number` of a document that has only this chunk, unless told otherwise."""
    return IndexEntry(
        chunk_id=str(UUID(int=number)),
        document_id=other.get("document", f"d{number}"),
        version_id=other.get("version", f"v{number}"),
        collection_id=other.get("collection", "handbook"),
        language="en",
        readers=readers,
        dense=EMBEDDER.embed_query(text),
        sparse=ENCODER.encode_passage(text, "en"),
    )


def seen(index: VectorIndex, text: str, reader: Reader, collections: frozenset[str] = HANDBOOK) -> set[int]:
    """Return the chunk numbers that either leg shows; both legs must agree where both match."""
    dense = index.search_dense(EMBEDDER.embed_query(text), reader=reader, collections=collections, limit=1000)
    sparse = index.search_sparse(
        ENCODER.encode_query(text, ("en",)), reader=reader, collections=collections, limit=1000
    )
    assert {hit.chunk_id for hit in sparse} <= {hit.chunk_id for hit in dense}
    return {UUID(hit.chunk_id).int for hit in dense}


def test_both_legs_find_the_chunk(index: VectorIndex) -> None:
    """The chunk that holds the question's words comes first in each leg, best first."""
    index.upsert([entry(1, "travel expenses"), entry(2, "parking garage"), entry(3, "travel by train")])
    dense = index.search_dense(
        EMBEDDER.embed_query("travel expenses"), reader=ANYONE, collections=HANDBOOK, limit=2
    )
    sparse = index.search_sparse(
        ENCODER.encode_query("travel expenses", ("en",)), reader=ANYONE, collections=HANDBOOK, limit=9
    )
    assert UUID(dense[0].chunk_id).int == UUID(sparse[0].chunk_id).int == 1
    assert len(dense) == 2
    assert dense[0].score == pytest.approx(1, abs=1e-4)
    assert dense[0].score > dense[1].score
    assert {UUID(hit.chunk_id).int for hit in sparse} == {1, 3}


def test_other_group_sees_nothing(index: VectorIndex) -> None:
    """A chunk is shown to its groups and to nobody else; one without readers to nobody at all."""
    index.upsert([entry(1, "pay", ("group:hr",)), entry(2, "pay", ()), entry(3, "pay", ("user:anna",))])
    assert seen(index, "pay", reader_of("bob", ["hr"])) == {1}
    assert seen(index, "pay", reader_of("anna", ["sales"])) == {3}
    assert seen(index, "pay", reader_of("hr", [])) == set()


def test_named_chunks_are_scored_however_low(index: VectorIndex) -> None:
    """Beside the best; a stranger's, another collection's and a wordless one's are not told."""
    index.upsert(
        [
            entry(1, "travel expenses"),
            entry(2, "travel by train"),
            entry(3, "parking garage"),
            entry(4, "travel expenses", ("group:hr",)),
            entry(5, "travel expenses", collection="secret"),
        ]
    )
    words = ENCODER.encode_query("travel expenses", ("en",))
    named = [str(UUID(int=number)) for number in (1, 2, 3, 4, 5)]

    def told(limit: int, also: list[str], only: frozenset[str] | None = None) -> list[Hit]:
        return index.search_sparse(
            words, reader=ANYONE, collections=HANDBOOK, limit=limit, documents=only, also=also
        )

    best, second = told(9, [])
    assert told(1, []) == [best]
    assert told(1, named) == told(0, named) == told(9, named) == [best, second]
    assert told(0, named, frozenset({"d2", "d4"})) == [second]
    assert told(0, []) == []
    assert index.search_sparse(words, reader=ANYONE, collections=frozenset(), limit=9, also=named) == []
    nothing = ENCODER.encode_query("the", ("en",))
    assert index.search_sparse(nothing, reader=ANYONE, collections=HANDBOOK, limit=9, also=named) == []


def test_what_is_hidden_changes_no_score(index: VectorIndex) -> None:
    """How rare a word is, is counted among what the reader may see: a word of hidden documents stays as rare."""
    index.upsert([entry(number, f"travel to place{number}") for number in range(1, 9)])
    index.upsert([entry(10, "travel merger"), entry(11, "travel expenses"), entry(12, "merger expenses")])
    words = ENCODER.encode_query("travel merger expenses", ("en",))
    named = [str(UUID(int=number)) for number in (10, 11)]

    def told(reader: Reader) -> list[Hit]:
        either = (None, frozenset({"d10", "d11"}))
        return [
            hit
            for only in either
            for hit in index.search_sparse(
                words, reader=reader, collections=HANDBOOK, limit=20, documents=only, also=named
            )
        ]

    before = told(ANYONE)
    hidden = [entry(number, f"merger place{number - 20}", ("group:board",)) for number in range(21, 29)]
    elsewhere = [entry(number, "merger", collection="secret") for number in range(31, 39)]
    index.upsert([*hidden, *elsewhere])
    assert told(ANYONE) == before
    shared = {hit.chunk_id for hit in before}
    assert [hit for hit in told(reader_of("bob", ["board"])) if hit.chunk_id in shared] != before


def test_malformed_readers_hide_the_chunk(index: VectorIndex) -> None:
    """What is no principal shows the chunk to nobody."""
    index.upsert([entry(1, "pay", ("", "*", "role:hr", "group:"))])
    assert seen(index, "pay", reader_of("anna", ["hr", "*"])) == set()


@pytest.mark.parametrize("name", ["o'neil", 'a"b', "*", "%", "a OR b", "{}", "ünïcödé", "everyone"])
def test_hostile_group_names_are_only_names(index: VectorIndex, name: str) -> None:
    """Quotes, wildcards and braces in a group's name neither widen nor break the filter."""
    index.upsert([entry(1, "pay", ("group:other",)), entry(2, "pay", (f"group:{name}",))])
    assert seen(index, "pay", reader_of("anna", [name])) == {2}


def test_thousands_of_groups_work(index: VectorIndex) -> None:
    """Somebody in 10,000 groups is answered."""
    index.upsert([entry(1, "pay", ("group:g9999",)), entry(2, "pay", ("group:other",))])
    assert seen(index, "pay", reader_of("anna", [f"g{number}" for number in range(10_000)])) == {1}


def test_only_named_collections_are_searched(index: VectorIndex) -> None:
    """Purpose limitation: no collection, no hits."""
    index.upsert([entry(1, "pay"), entry(2, "pay", collection="board")])
    assert seen(index, "pay", ANYONE) == {1}
    assert seen(index, "pay", ANYONE, frozenset({"board", "unknown"})) == {2}
    assert seen(index, "pay", ANYONE, frozenset()) == set()


def test_revocation_holds_for_the_next_question(index: VectorIndex) -> None:
    """New readers count at once, on all chunks of the document and on no other; the vectors stay."""
    index.upsert(
        [entry(1, "pay", document="a"), entry(2, "pay", document="a"), entry(3, "pay", document="b")]
    )
    index.set_readers("a", ["group:hr"])
    assert seen(index, "pay", ANYONE) == {3}
    assert seen(index, "pay", reader_of("bob", ["hr"])) == {1, 2, 3}
    index.set_readers("a", [])
    assert seen(index, "pay", reader_of("bob", ["hr"])) == {3}


def test_forgotten_version_is_gone(index: VectorIndex) -> None:
    """Forgetting removes a version's points and no others; forgetting twice is harmless."""
    index.upsert(
        [entry(1, "pay", version="old"), entry(2, "pay", version="old"), entry(3, "pay", version="new")]
    )
    index.forget_version("old")
    index.forget_version("old")
    assert index.chunk_ids() == {str(UUID(int=3))}
    assert (index.count(), index.count(version_id="old"), index.count(version_id="new")) == (1, 0, 1)
    assert seen(index, "pay", ANYONE) == {3}


def test_records_say_whose_a_chunk_is(index: VectorIndex) -> None:
    """Every point is told once, by ascending chunk id, with its document, version, collection and readers."""
    numbers = [7, 3, 11, 5]
    index.upsert(
        [
            entry(n, "pay", ("group:hr", "everyone"), document="d", version=f"v{n}", collection="hr")
            for n in numbers
        ]
    )
    index.set_readers("d", ["user:anna"])

    records = list(index.records())

    assert [UUID(record.chunk_id).int for record in records] == sorted(numbers)
    assert {(r.document_id, r.collection_id, r.readers) for r in records} == {("d", "hr", ("user:anna",))}
    assert [record.version_id for record in records] == ["v3", "v5", "v7", "v11"]
    index.forget_version("v3")
    assert len(list(index.records())) == len(numbers) - 1


def test_writing_again_replaces(index: VectorIndex) -> None:
    """The same chunk id written twice is one point, with the later vectors and readers."""
    index.upsert([entry(1, "pay")])
    index.upsert([entry(1, "parking", ("group:hr",))])
    assert index.count() == 1
    assert seen(index, "parking", ANYONE) == set()
    index.upsert([])
    assert index.count() == 1


def test_question_without_terms_finds_nothing_by_words(index: VectorIndex) -> None:
    """An empty sparse vector and a limit of zero give no hits and no error."""
    index.upsert([entry(1, "pay")])
    none = ENCODER.encode_query("the", ("en",))
    assert index.search_sparse(none, reader=ANYONE, collections=HANDBOOK, limit=5) == []
    assert index.search_dense(EMBEDDER.embed_query("pay"), reader=ANYONE, collections=HANDBOOK, limit=0) == []


@pytest.mark.timeout(120)
def test_no_reader_sees_what_the_oracle_denies(index: VectorIndex) -> None:
    """50 people, 20 nested groups, 500 chunks: each sees exactly the documents that share a principal, by each leg."""
    chance = random.Random(4)
    groups = [f"g{number}" for number in range(20)]
    parents = {group: frozenset(chance.sample(groups, chance.randint(0, 2))) for group in groups}
    principals = ["everyone", *(f"group:{group}" for group in groups), *(f"user:u{n}" for n in range(50))]
    documents = {
        number: tuple(chance.sample(principals, chance.choice([0, 1, 1, 2, 5]))) for number in range(1, 501)
    }
    index.upsert([entry(number, "pay rise", readers) for number, readers in documents.items()])
    for person in range(50):
        reader = reader_of(f"u{person}", chance.sample(groups, chance.randint(0, 3)), parents=parents)
        allowed = {number for number, readers in documents.items() if set(readers) & reader.principals}
        query = ENCODER.encode_query("pay", ("en",))
        sparse = index.search_sparse(query, reader=reader, collections=HANDBOOK, limit=1000)
        assert {UUID(hit.chunk_id).int for hit in sparse} == allowed
        assert seen(index, "pay", reader) == allowed


def test_edge_survives_a_restart(tmp_path: Path) -> None:
    """What upsert returned from is there after the process opens the directory again."""
    path = tmp_path / "index"
    first = EdgeIndex(path, dimension=EMBEDDER.dimension)
    first.upsert([entry(1, "pay", ("group:hr",))])
    first.close()
    first.close()
    again = EdgeIndex(path, dimension=EMBEDDER.dimension)
    assert seen(again, "pay", reader_of("bob", ["hr"])) == {1}
    assert seen(again, "pay", ANYONE) == set()
    again.close()


def test_second_process_is_refused_by_name(tmp_path: Path) -> None:
    """Whoever opens a directory that is in use is told by which process, and may have it afterwards."""
    path = tmp_path / "index"
    assert holder(path) is None
    first = EdgeIndex(path, dimension=8)
    assert holder(path) == os.getpid()
    with pytest.raises(IndexUnavailable, match=f"in use by process {os.getpid()}"):
        EdgeIndex(path, dimension=8)
    first.close()
    assert holder(path) is None
    EdgeIndex(path, dimension=8).close()


def test_other_dimension_is_refused(tmp_path: Path) -> None:
    """Vectors of another model do not meet in one index; the directory stays usable."""
    path = tmp_path / "index"
    EdgeIndex(path, dimension=8).close()
    with pytest.raises(SetupRefused, match="another embedding model") as caught:
        EdgeIndex(path, dimension=9)
    assert caught.value.remedy
    EdgeIndex(path, dimension=8).close()
    client = QdrantClient(":memory:")
    QdrantIndex(client, collection="c", dimension=8)
    with pytest.raises(SetupRefused, match="holds vectors of 8 dimensions"):
        QdrantIndex(client, collection="c", dimension=9)
    client.close()


def test_index_of_an_earlier_release_is_refused(tmp_path: Path) -> None:
    """One that compares by the cosine would make unit vectors of levelled ones: the remedy is to write it anew."""
    plain = edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=8, distance=edge.Distance.Cosine)},
        sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
    )
    (tmp_path / "index" / "points").mkdir(parents=True)
    edge.EdgeShard.create(str(tmp_path / "index" / "points"), plain).close()
    client = QdrantClient(":memory:")
    cosine = models.VectorParams(size=8, distance=models.Distance.COSINE)
    client.create_collection("c", vectors_config={DENSE: cosine})
    for open_index in (
        lambda: EdgeIndex(tmp_path / "index", dimension=8),
        lambda: QdrantIndex(client, collection="c", dimension=8),
    ):
        with pytest.raises(SetupRefused) as caught:
            open_index()
        assert "earlier release" in caught.value.message + caught.value.remedy
        assert "ingest rebuild" in caught.value.remedy
    client.close()


def test_vectors_are_kept_as_long_as_they_are(index: VectorIndex) -> None:
    """Levelled vectors are no unit vectors; they come back as they were, and are compared by the dot product."""
    short = replace(entry(1, "leave"), dense=np.float32(0.25) * EMBEDDER.embed_query("leave"))
    index.upsert([short, entry(2, "hotel")])
    (found,) = index.vectors([short.chunk_id]).values()
    np.testing.assert_allclose(found, short.dense, atol=1e-6)
    best = index.search_dense(EMBEDDER.embed_query("leave"), reader=ANYONE, collections=HANDBOOK, limit=1)[0]
    assert best.chunk_id == short.chunk_id
    assert best.score == pytest.approx(0.25, abs=1e-3)


def test_unusable_directory_is_named(tmp_path: Path) -> None:
    """A path that cannot be written is an IndexUnavailable with a remedy, not a traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnavailable, match="cannot be written"):
        EdgeIndex(tmp_path / "file" / "index", dimension=8)


def test_damaged_index_is_named(tmp_path: Path) -> None:
    """Broken files are an IndexUnavailable that says how to rebuild, and the directory is given back."""
    path = tmp_path / "index"
    index = EdgeIndex(path, dimension=8)
    index.close()
    (path / "points" / "edge_config.json").write_text("{ broken")
    with pytest.raises(IndexUnavailable, match="is damaged") as caught:
        EdgeIndex(path, dimension=8)
    assert "ingest rebuild" in caught.value.remedy
    assert holder(path) is None


def test_closed_index_is_unavailable(tmp_path: Path) -> None:
    """A search after close fails closed."""
    index = EdgeIndex(tmp_path / "index", dimension=EMBEDDER.dimension)
    index.close()
    with pytest.raises(IndexUnavailable):
        index.search_dense(EMBEDDER.embed_query("x"), reader=ANYONE, collections=HANDBOOK, limit=1)


def test_absent_server_is_unavailable() -> None:
    """A server that does not answer is an IndexUnavailable with a remedy."""
    with pytest.raises(IndexUnavailable, match="does not answer"):
        QdrantIndex("http://127.0.0.1:9", collection="c", dimension=8)


def test_threads_search_while_others_write(tmp_path: Path) -> None:
    """Eight threads ask while one writes, forgets and optimises: no error, and never a hit that is not theirs."""
    index = EdgeIndex(tmp_path / "index", dimension=EMBEDDER.dimension)
    index.upsert([entry(number, f"pay rise {number}", ("group:hr",)) for number in range(1, 301)])

    def ask(_: int) -> set[int]:
        return set().union(*(seen(index, "pay rise", reader_of("bob", ["hr"])) for _ in range(30)))

    def write() -> None:
        for turn in range(10):
            index.upsert([entry(1000 + turn, "pay rise", ("group:board",), version="board")])
            index.optimise(at_least=1)
        index.forget_version("board")

    with ThreadPoolExecutor(9) as pool:
        writing = pool.submit(write)
        shown = set().union(*pool.map(ask, range(8)))
        writing.result()
    assert shown == set(range(1, 301))
    assert index.count(version_id="board") == 0
    index.close()

"""Who may read, through database and index together: default deny, and names that are nothing but names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge
from qdrant_client import QdrantClient
from qdrant_client import models as rest
from sqlalchemy import Engine, insert

from ingest.attempts import Attempts
from ingest.catalog import Catalog
from ingest.database import writing
from ingest.passages import DatabasePassages
from ingest.schema import document_readers
from ingest.version_store import VersionStore
from retrieval import edge, server
from retrieval.edge import EdgeIndex
from retrieval.errors import InvalidRequest
from retrieval.readers import reader_of
from retrieval.schema import READERS
from retrieval.search import Searcher
from retrieval.server import QdrantIndex
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, Reader, VectorIndex
from tests.fakes import HashEmbedder
from tests.house import House
from tests.test_catalog import a_file, a_version

HANDBOOK = frozenset({"handbook"})
EMBEDDER = HashEmbedder()
MANY = 10_000

# Readers that no directory hands out: whoever wrote them, nobody is meant.
BROKEN: list[Any] = [
    [], [""], ["*"], ["group:"], ["group:*\n"], ["group:h\0r"], ["group:hr\0"], [" group:hr"], ["group:hr "],
    ["Group:hr"], ["GROUP:HR"], ["group: hr"], ["role:hr"], ["everyone "], ["Everyone"], ["EVERYONE"], ["%"], ["user:"],
    ["group:hr,everyone"], ["group:" + "x" * 201], ["group:hr\u200b"], ["everyone\u200b"], ["hr"], ["anna"], ["user"],
    [None], [7], [["everyone"]], "everyone", "group:hr", {"everyone": 1}.values(), ['{"any": ["everyone"]}'],
]  # fmt: skip
# Names that differ and look the same, or mean something elsewhere.
NAMES = [
    "o'neil", 'a"b', "a\\b", "*", "%", "_", "?", "h%", "hr' OR '1'='1", "hr'; DROP TABLE documents; --", "a OR b",
    '{"any": ["everyone"]}', "['hr']", "$ne", "null", "true", "everyone", "user:anna", "group:hr", "h\u0433",
    "\uff48\uff52", "caf\u00e9", "cafe\u0301", "HR", "ß", "ss", "ı", "😀",
]  # fmt: skip


@dataclass
class Archive:
    """Hold documents in a real database and a real index."""

    engine: Engine
    index: VectorIndex

    def bring(self, *rules: Any) -> list[str]:
        """Put a document with one chunk into both for each of these readers; return their ids."""
        attempts, vector = Attempts(self.engine), EMBEDDER.embed_query("pay")
        words = SparseEncoder().encode_passage("pay", "en")
        documents, entries = [], []
        for number, readers in enumerate(rules, start=1):
            file = a_file(f"{number}.md", readers=readers)
            document = attempts.admit(file, collection_id="handbook", owner="test").id
            version = a_version(f"00000000-0000-0000-0000-{number:012}", f"pay rule {number}")
            VersionStore(self.engine).write([(document, version)])
            attempts.show(document, version, owner="test", file=file)
            place = (version.chunk_ids()[0], document, version.id, "handbook", "en")
            entries.append(IndexEntry(*place, readers, vector, words))
            documents.append(document)
        self.index.upsert(entries)
        return documents

    def shown(self, reader: Reader) -> set[str]:
        """Return the documents this reader is shown, the same by each leg, the search, the text and the list."""
        vector, words = EMBEDDER.embed_query("pay"), SparseEncoder().encode_query("pay", ("en",))
        passages = DatabasePassages(self.engine)
        searcher = Searcher(EMBEDDER, self.index, passages, SparseEncoder())
        dense = self.index.search_dense(vector, reader=reader, collections=HANDBOOK, limit=500)
        sparse = self.index.search_sparse(words, reader=reader, collections=HANDBOOK, limit=500)
        fetched = passages.fetch(sorted(self.index.chunk_ids()), reader=reader)
        found = searcher.search("pay", reader=reader, collections=HANDBOOK, limit=500).passages
        assert {hit.chunk_id for hit in dense} == {hit.chunk_id for hit in sparse} == set(fetched)
        documents = {one.document_id for one in fetched.values()}
        assert {one.passage.document_id for one in found} == documents
        assert {one.id for one in Catalog(self.engine).listed_for(reader)} == documents
        return documents


@pytest.fixture(params=["edge", "client"])
def archive(request: pytest.FixtureRequest, database: Engine, tmp_path: Path) -> Iterator[Archive]:
    """Give an empty archive on each adapter, over each database."""
    index: VectorIndex = (
        EdgeIndex(tmp_path / "index", dimension=EMBEDDER.dimension)
        if request.param == "edge"
        else QdrantIndex(QdrantClient(":memory:"), collection="test", dimension=EMBEDDER.dimension)
    )
    yield Archive(database, index)
    index.close()


pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def test_what_is_no_reader_shows_to_nobody(archive: Archive) -> None:
    """Missing, empty, malformed and unresolvable readers, and readers of a wrong type: seen by 0 people."""
    archive.bring(*BROKEN)
    everybody = [
        reader_of("anna", ["hr", "*", "x" * 200, "%", "Everyone"]),
        reader_of("hr", ["everyone", "user", "anna"]),
        reader_of("*", ["*"]),
        reader_of("x", [f"g{number}" for number in range(50)]),
    ]
    assert archive.index.count() == len(BROKEN)
    assert {reader.subject: archive.shown(reader) for reader in everybody} == {
        r.subject: set() for r in everybody
    }


def test_what_somebody_wrote_into_the_database_shows_to_nobody(archive: Archive) -> None:
    """Rows written past the code that cleans them match nobody either."""
    (document,) = archive.bring(["group:board"])
    with writing(archive.engine) as connection:
        rows = ["*", "", "%", "group:%", "group:hr ", "GROUP:HR", "everyone ", "Everyone", "group:"]
        connection.execute(
            insert(document_readers), [{"document_id": document, "principal": row} for row in rows]
        )
    archive.index.set_readers(document, ["everyone"])
    anna, passages = reader_of("anna", ["hr"]), DatabasePassages(archive.engine)
    assert passages.fetch(sorted(archive.index.chunk_ids()), reader=anna) == {}
    assert Catalog(archive.engine).listed_for(anna) == ()


def test_names_are_only_names(archive: Archive) -> None:
    """Quotes, wildcards, JSON and look-alikes: each group reads its own document and no other one's."""
    brought = archive.bring(*([f"group:{name}"] for name in NAMES))
    documents = dict(zip(NAMES, brought, strict=True))
    for name, document in documents.items():
        assert archive.shown(reader_of("somebody", [name])) == {document}, name
    assert archive.shown(reader_of("somebody", [])) == set()
    assert archive.shown(reader_of("hr", ["h", "anna"])) == set()


def test_somebody_in_ten_thousand_groups_is_answered(archive: Archive) -> None:
    """All of them count, the last like the first, in index and database; one more or less is told apart."""
    first, last, _ = archive.bring(["group:g0"], [f"group:g{MANY - 1}"], [f"group:g{MANY}"])
    assert archive.shown(reader_of("anna", (f"g{number}" for number in range(MANY)))) == {first, last}
    assert archive.shown(reader_of("anna", (f"g{number}" for number in range(MANY - 1)))) == {first}


@pytest.mark.parametrize("user", ["", " ", "a\0", "a\n", " anna", "x" * 201])
def test_nobody_is_no_reader(user: str) -> None:
    """Without a well-formed name there is nobody to search for, not somebody with few rights."""
    with pytest.raises(InvalidRequest):
        reader_of(user, ["hr"])


def test_who_is_not_signed_in_gets_nothing(house: House, tmp_path: Path) -> None:
    """A document for everyone is for everyone who is signed in."""
    house.bring_in(tmp_path / "a", "handbook", leave="# Leave\n\nEmployees have 28 days.\n")
    original = f"/api/documents/{house.document('leave.md')}/original"
    chat = {"messages": [{"role": "user", "content": "How many days?"}]}
    for given in ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer ' OR 1=1", "Bearer %", "bearer null"):
        headers = {"Authorization": given} if given else {}
        for path in ("/api/documents", original, "/api/collections"):
            assert house.client.get(path, headers=headers).status_code == 401
        assert house.client.post("/v1/chat/completions", headers=headers, json=chat).status_code == 401


def test_filters_are_made_of_typed_parts() -> None:
    """One condition for the readers and one for the collections, each a set of exact values, whatever they hold."""
    reader = reader_of("anna", ['{"must_not": []}'])
    made = server.readable(reader, HANDBOOK)
    assert made is not None
    assert isinstance(made.must, list)
    assert (made.should, made.must_not, made.min_should) == (None, None, None)
    for condition, values in zip(made.must, (sorted(reader.principals), ["handbook"]), strict=True):
        assert isinstance(condition, rest.FieldCondition)
        assert condition.match == rest.MatchAny(any=values)
    assert isinstance(edge.readable(reader, HANDBOOK), qdrant_edge.Filter)


def test_the_index_cannot_be_opened_without_its_reader_field(tmp_path: Path) -> None:
    """The field is indexed as a keyword in a fresh index; one that lost it gets it back when it is opened."""
    index = EdgeIndex(tmp_path / "index", dimension=8)
    assert index._shard.info().payload_schema[READERS].data_type == qdrant_edge.PayloadSchemaType.Keyword
    index._shard.update(qdrant_edge.UpdateOperation.delete_field_index(READERS))
    assert READERS not in index._shard.info().payload_schema
    index.close()
    again = EdgeIndex(tmp_path / "index", dimension=8)
    assert READERS in again._shard.info().payload_schema
    again.close()

"""Documents, versions and readers in the database, on SQLite and PostgreSQL."""

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DataError

from ingest.attempts import Attempts, Outdated, Verdict
from ingest.catalog import Catalog
from ingest.collections import Collection, CollectionRegister
from ingest.passages import DatabasePassages
from ingest.types import Accepted, Block, Chunk, Kind, Origin, ParsedDocument, SourceFile, State
from ingest.version_store import VersionStore
from ingest.versions import NewVersion, document_id
from retrieval.errors import DeclarationMissing, NotFound
from retrieval.readers import reader_of
from tests.conftest import HANDBOOK

ANNA = reader_of("anna", ["hr"])
BEN = reader_of("ben", ["finance"])


def a_file(key: str = "leave.md", readers: tuple[str, ...] = ("group:hr",)) -> SourceFile:
    """Return a file as a folder would list it."""
    return SourceFile("folder:/srv", key, Path("/srv") / key, key, readers, origin=Origin.LISTED)


def a_version(identity: str, *texts: str) -> NewVersion:
    """Return a version with one chunk a text."""
    parsed = ParsedDocument("Leave", tuple(Block(Kind.PARAGRAPH, text) for text in texts), None, "test 1")
    chunks = tuple(Chunk(n, text, ("Rules",), "en", None, (), 3) for n, text in enumerate(texts))
    accepted = Accepted("text/markdown", 10, "0" * 64)
    return NewVersion(identity, accepted, parsed, "embedder", chunks, {"parse": 1.0}, "2026-01-31")


V1 = "00000000-0000-0000-0000-000000000001"
V2 = "00000000-0000-0000-0000-000000000002"


def test_version_is_invisible_until_shown(database: Engine) -> None:
    """Text that was written but not shown is fetched by nobody; after `show` its readers see it."""
    passages, store = DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    ids = version.chunk_ids()

    assert passages.fetch(ids, reader=ANNA) == {}

    attempts.show(document, version, owner="test", file=a_file())

    assert [p.text for p in passages.fetch(ids, reader=ANNA).values()] == ["28 days"]


def test_text_the_database_does_not_take(database: Engine) -> None:
    """A character that PostgreSQL refuses is its document's fault: nobody is told that the database is away."""
    attempts, store = Attempts(database), VersionStore(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id

    with suppress(DataError):  # SQLite takes it
        store.write([(document, a_version(V1, "28\0days"))])

    store.write([(document, a_version(V2, "28 days"))])
    assert V2 in store.of_document(document)


def test_foreign_reader_gets_nothing(database: Engine) -> None:
    """Text, listing and document are as if absent for someone outside the readers."""
    catalog, passages, store = Catalog(database), DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())

    assert passages.fetch(version.chunk_ids(), reader=BEN) == {}
    assert catalog.listed_for(BEN) == ()
    with pytest.raises(NotFound) as foreign:
        catalog.get_for(document, BEN)
    with pytest.raises(NotFound) as missing:
        catalog.get_for("no-such-id", BEN)
    assert foreign.value.message == missing.value.message


def test_document_without_readers_is_visible_to_nobody(database: Engine) -> None:
    """Missing and malformed readers close a document; they never open it."""
    catalog, passages, store = Catalog(database), DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    file = a_file(readers=("", "hr", "group:", "*"))
    document = attempts.admit(file, collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())

    assert catalog.readers(document) == ()
    assert passages.fetch(version.chunk_ids(), reader=ANNA) == {}


def test_revocation_is_effective_at_once(database: Engine) -> None:
    """A reader that was taken away sees nothing with the next fetch."""
    catalog, passages, store = Catalog(database), DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())

    catalog.set_readers({document: ["group:finance"]})

    assert passages.fetch(version.chunk_ids(), reader=ANNA) == {}
    assert len(passages.fetch(version.chunk_ids(), reader=BEN)) == 1


def test_new_version_replaces_the_old_in_one_step(database: Engine) -> None:
    """`show` names the versions no longer needed, and only the new text is fetched."""
    passages, store = DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    old, new = a_version(V1, "28 days"), a_version(V2, "30 days")
    store.write([(document, old)])
    attempts.show(document, old, owner="test", file=a_file())
    attempts.admit(a_file(), collection_id="handbook", owner="test")
    store.write([(document, new)])

    assert attempts.show(document, new, owner="test", file=a_file()) == Outdated((V1,), ())

    found = passages.fetch([*old.chunk_ids(), *new.chunk_ids()], reader=ANNA)
    assert [p.text for p in found.values()] == ["30 days"]


def test_quarantine_keeps_the_older_version_visible(database: Engine) -> None:
    """A broken update is set aside with its reason; readers keep what they had."""
    catalog, passages, store = Catalog(database), DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())

    attempts.admit(a_file(), collection_id="handbook", owner="test")
    attempts.quarantine(
        document, owner="test", sha256="f" * 64, signature="1", verdict=Verdict("damaged", "repair it")
    )

    known = catalog.get(document)
    assert (known.state, known.reason, known.failed_sha256) == (State.QUARANTINED, "damaged", "f" * 64)
    assert len(passages.fetch(version.chunk_ids(), reader=ANNA)) == 1


def test_dropped_document_leaves_no_row(database: Engine) -> None:
    """Versions, chunks and readers go with their document."""
    catalog, passages, store = Catalog(database), DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "28 days")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())

    catalog.drop_document(document)

    assert passages.fetch(version.chunk_ids(), reader=ANNA) == {}
    assert store.of_document(document) == ()
    assert catalog.readers(document) == ()


def test_ids_follow_from_the_place(database: Engine) -> None:
    """The same file in the same source is the same document; another key is another one."""
    assert document_id("handbook", a_file("a")) == document_id("handbook", a_file("a"))
    assert document_id("handbook", a_file("a")) != document_id("handbook", a_file("b"))
    assert document_id("handbook", a_file("a")) != document_id("hr", a_file("a"))


@pytest.mark.parametrize("missing", ["name", "owner", "purpose", "legal_basis"])
def test_collection_without_declaration_is_refused(database: Engine, missing: str) -> None:
    """Each missing text is named in the refusal."""
    values = {name: getattr(HANDBOOK, name) for name in Collection.__dataclass_fields__}

    with pytest.raises(DeclarationMissing, match=missing):
        CollectionRegister(database).declare(Collection(**{**values, missing: "  "}))


@pytest.mark.parametrize("change", [{"retention_days": 0}, {"confidentiality": "whatever"}])
def test_collection_with_a_void_declaration_is_refused(database: Engine, change: dict[str, object]) -> None:
    """Retention and confidentiality must mean something."""
    values = {name: getattr(HANDBOOK, name) for name in Collection.__dataclass_fields__}

    with pytest.raises(DeclarationMissing):
        CollectionRegister(database).declare(Collection(**{**values, **change}))


def test_neighbours_stay_within_the_version(database: Engine) -> None:
    """A passage's neighbours come in order, as many as there are, and only for its readers."""
    passages, store = DatabasePassages(database), VersionStore(database)
    attempts = Attempts(database)
    document = attempts.admit(a_file(), collection_id="handbook", owner="test").id
    version = a_version(V1, "one", "two", "three", "four")
    store.write([(document, version)])
    attempts.show(document, version, owner="test", file=a_file())
    second = passages.fetch([version.chunk_ids()[1]], reader=ANNA)[version.chunk_ids()[1]]

    assert [p.text for p in passages.neighbours(second, reader=ANNA, reach=1)] == ["one", "two", "three"]
    assert passages.neighbours(second, reader=BEN, reach=1) == ()

"""Hold what is read from the database to compare it with the index."""

from sqlalchemy import Engine

from app.ledger import Ledger
from ingest.attempts import Attempts
from ingest.database import utc_now
from ingest.stocktaking import Stocktaking
from ingest.version_store import VersionStore
from ingest.versions import version_id
from tests.test_catalog import a_file, a_version


def test_stocktaking_streams_in_the_order_of_the_index(database: Engine) -> None:
    """On either database chunks come by ascending id as text, and documents with their sorted readers and version."""
    attempts, store, stock = Attempts(database), VersionStore(database), Stocktaking(database)
    for number in range(5):
        file = a_file(f"{number}.md", ("group:hr", "everyone"))
        document = attempts.admit(file, collection_id="handbook", owner="test").id
        version = a_version(version_id(document, "0" * 64, parser="p", embedder="e"), *"abcdefgh")
        store.write([(document, version)])
        if number:
            attempts.show(document, version, owner="test", file=file)

    stored = list(stock.chunks())
    known = stock.documents(now=utc_now())

    assert [chunk.id for chunk in stored] == sorted({chunk.id for chunk in stored})
    assert len(stored) == 5 * 8
    assert {one.readers for one in known.values()} == {("everyone", "group:hr")}
    assert sum(one.shown is None for one in known.values()) == 1
    assert {one.is_settled for one in known.values() if one.shown is None} == {False}
    assert stock.retention_days() == {"handbook": 365}
    assert list(Ledger(database).dangling()) == []
    (made_by,) = {one.shown.embedder for one in known.values() if one.shown}
    assert stock.embedded_otherwise(made_by) == 0
    assert stock.embedded_otherwise(f"{made_by}+other") == 4  # of what is shown; the fifth is not

"""A collection whose readers are declared anew: its documents follow, whoever starts first and whatever breaks off."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.records import open_records
from app.wiring import Neighbours, plug
from ingest.collections import Collection
from retrieval.edge import EdgeIndex
from retrieval.errors import IndexUnavailable
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import COLLECTIONS, PEOPLE, House, PlainParser, open_house, settings_of

HANDBOOK, PERSONNEL = COLLECTIONS
SALARY = "# Salary bands\n\nBand E7 starts at 61,400 euros a year.\n"
RULES = [("user:ben",), ("group:hr", "user:ben"), ("everyone",), (), ("group:hr",)]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Give the directory of a house, closed again, in which a document follows its collection's rule."""
    house = open_house(tmp_path / "data", ScriptedModel())
    house.bring_in(tmp_path / "a", "hr", salary=SALARY)
    house.services.close()
    return tmp_path / "data"


def declared(readers: tuple[str, ...]) -> tuple[Collection, ...]:
    """Return the collections with another rule for the second."""
    return (HANDBOOK, replace(PERSONNEL, readers=readers))


def finders(house: House) -> set[str]:
    """Return who finds the document."""
    collections, search = frozenset({"hr"}), house.services.searcher.search
    return {
        person.id
        for person in PEOPLE
        if search("salary band", reader=person.reader(), collections=collections, limit=5).passages
    }


def meant(readers: tuple[str, ...]) -> set[str]:
    """Return who should."""
    groups = {"anna": {"group:hr"}, "ben": {"group:finance"}, "root": set[str]()}
    return {name for name, own in groups.items() if ({"everyone", f"user:{name}"} | own) & set(readers)}


@pytest.mark.parametrize("readers", RULES)
def test_documents_follow_with_the_next_start(data_dir: Path, readers: tuple[str, ...]) -> None:
    """Wider, narrower, other or none: index and database both show the document to whom the new rule names."""
    open_records(settings_of(data_dir, *declared(readers))).engine.dispose()  # a command that holds no index
    house = open_house(data_dir, ScriptedModel(), collections=declared(readers))
    (record,) = house.services.index.records()
    assert finders(house) == meant(readers)
    assert record.readers == tuple(sorted(readers)) == house.services.catalog.readers(record.document_id)
    house.services.close()


def test_command_without_the_index_leaves_the_rule(data_dir: Path) -> None:
    """Beside a running house nobody is shown more or less than the index can follow."""
    records = open_records(settings_of(data_dir, *declared(("everyone",))))
    assert records.collections.get("hr").readers == ("group:hr",)
    assert [one.readers for one in records.new_rules] == [("everyone",)]
    records.engine.dispose()


def test_change_that_breaks_off_is_done_at_the_next_start(data_dir: Path) -> None:
    """Where the index fails in between, nobody new is shown anything, and nothing is left half done for good."""
    records = open_records(settings_of(data_dir, *declared(("user:ben",))))
    index = EdgeIndex(data_dir / "index", dimension=HashEmbedder().dimension)
    index.close()
    with pytest.raises(IndexUnavailable):
        plug(records, Neighbours(HashEmbedder(), index, ScriptedModel(), PlainParser()))
    assert records.catalog.listed_for(PEOPLE[1].reader()) == ()
    records.engine.dispose()

    house = open_house(data_dir, ScriptedModel(), collections=declared(("user:ben",)))
    assert finders(house) == {"ben"}
    house.services.close()

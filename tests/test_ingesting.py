"""Order from the command line as people do: by file name, by the beginning of an id, or everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.ingesting import place_removals, place_retries
from app.ordering import order_sync
from ingest.types import State
from retrieval.errors import InvalidRequest, NotFound
from tests.fakes import ScriptedModel
from tests.house import House, open_house

BROKEN = ("a.pdf", "b.pdf", "c.pdf")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house that has one good document and three in quarantine."""
    house = open_house(tmp_path / "data", ScriptedModel(""))
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "leave.txt").write_text("Employees have thirty days of annual leave.", encoding="utf-8")
    for name in BROKEN:
        (folder / name).write_bytes(b"%PDF-1.7 nothing " + name.encode())
    order_sync(house.services, str(folder), collection="hr", created_by="root")
    house.work()
    yield house
    house.services.close()


def states(house: House) -> dict[str, State]:
    """Return each document's state by its file name."""
    return {document.file_name: document.state for document in house.services.catalog.listed()}


def test_retry_of_all_is_one_job_that_names_each_document_once(house: House) -> None:
    """Everything in quarantine is tried again, and ends there with its reason as before."""
    jobs = place_retries(house.services.settings, [])

    assert [sorted(item.key for item in house.services.items.of(job)) for job in jobs] == [list(BROKEN)]
    house.work()
    assert states(house) == {"leave.txt": State.VISIBLE, **dict.fromkeys(BROKEN, State.QUARANTINED)}
    assert all(d.reason for d in house.services.catalog.listed(state=State.QUARANTINED))


def test_retry_that_cannot_be_placed_leaves_the_quarantine_as_it_is(house: House) -> None:
    """One unknown name among three: nothing is ordered, and every reason is still there."""
    with pytest.raises(NotFound, match=r"no document is called 'd\.pdf'"):
        place_retries(house.services.settings, ["a.pdf", "b.pdf", "d.pdf"])

    assert all(d.reason for d in house.services.catalog.listed(state=State.QUARANTINED))
    assert len(house.services.catalog.listed(state=State.QUARANTINED)) == len(BROKEN)


def test_documents_are_named_by_file_or_by_the_beginning_of_their_id(house: House) -> None:
    """Both find the same document; what several are called is refused with the way out."""
    catalog = house.services.catalog
    document = catalog.find("leave.txt")

    assert catalog.find(document.id[:8]) == catalog.find(document.id) == document
    with pytest.raises(NotFound, match="more than one") as refusal:
        catalog.find("")
    assert "ingest list" in refusal.value.remedy
    with pytest.raises(NotFound, match="no document"):
        catalog.find("%")


def test_removal_by_file_name(house: House) -> None:
    """The document is gone and the others are not."""
    place_removals(house.services.settings, ["leave.txt"])
    house.work()
    assert set(states(house)) == set(BROKEN)


def test_folder_without_a_collection_is_told_what_it_needs(house: House, tmp_path: Path) -> None:
    """Somebody who named a folder is not told to name a folder."""
    with pytest.raises(NotFound) as refusal:
        order_sync(house.services, str(tmp_path / "share"), collection=None, created_by="root")
    assert "--collection" in refusal.value.remedy


def test_second_sync_of_a_source_is_refused_and_says_why(house: House, tmp_path: Path) -> None:
    """Two of them at once would forget each other's documents."""
    order_sync(house.services, str(tmp_path / "share"), collection="hr", created_by="root")
    with pytest.raises(InvalidRequest, match="synchronised already"):
        order_sync(house.services, str(tmp_path / "share"), collection="hr", created_by="root")

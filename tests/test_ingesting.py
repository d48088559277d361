"""Order from the command line as people do: by file name, by the beginning of an id, or everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.ingesting import place_removals, place_retries
from app.ordering import order_sync
from ingest.types import State
from retrieval.errors import InvalidRequest, NotFound, Unavailable
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


def test_empty_name_names_nothing(house: House) -> None:
    """An unset variable in a script removes no document, not even where only one is left."""
    place_removals(house.services.settings, BROKEN)
    house.work()
    assert set(states(house)) == {"leave.txt"}

    with pytest.raises(NotFound):
        place_removals(house.services.settings, [""])


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


def grown(house: House, share: Path, files: int) -> None:
    """Fill the share and sync it."""
    for number in range(files):
        (share / f"rule{number:02}.txt").write_text(
            f"Everybody keeps rule {number} of {files}.", encoding="utf-8"
        )
    order_sync(house.services, str(share), collection="hr", created_by="root")
    house.work()


def test_share_that_is_not_mounted_is_not_taken_for_an_empty_one(house: House, tmp_path: Path) -> None:
    """A folder that holds one note instead of thirty documents is refused, and nothing is forgotten."""
    share = tmp_path / "share"
    grown(house, share, 30)
    for file in share.iterdir():
        file.unlink()
    (share / "NOT-MOUNTED.txt").write_text("This share is not mounted.", encoding="utf-8")

    with pytest.raises(Unavailable, match=r"lists 1 file, but had 34") as refusal:
        order_sync(house.services, str(share), collection="hr", created_by="root")
    assert "--allow-empty" in refusal.value.remedy
    assert len(states(house)) == 34

    order_sync(house.services, str(share), collection="hr", created_by="root", allow_empty=True)
    house.work()
    assert set(states(house)) == {"NOT-MOUNTED.txt"}


def test_folder_that_is_renamed_loses_nothing(house: House, tmp_path: Path) -> None:
    """Every key is another one and every document goes on."""
    share = tmp_path / "share"
    grown(house, share, 30)
    before = {document.id for document in house.services.catalog.listed(state=State.VISIBLE)}
    (share / "archive").mkdir()
    for file in [one for one in share.iterdir() if one.is_file()]:
        file.rename(share / "archive" / file.name)

    order_sync(house.services, str(share), collection="hr", created_by="root")
    house.work()

    assert {document.id for document in house.services.catalog.listed(state=State.VISIBLE)} == before


def test_link_that_is_switched_replaces_its_documents(house: House, tmp_path: Path) -> None:
    """A release behind a link: the old one's documents do not answer beside the new one's."""
    link = tmp_path / "current"
    for number, days in enumerate(("28", "30")):
        release = tmp_path / f"release{number}"
        release.mkdir()
        (release / "days.txt").write_text(f"In Kassel it is {days} days of leave a year.", encoding="utf-8")
        link.unlink(missing_ok=True)
        link.symlink_to(release)
        order_sync(house.services, str(link), collection="hr", created_by="root")
        house.work()

    shown = [d for d in house.services.catalog.listed(state=State.VISIBLE) if d.file_name == "days.txt"]
    assert [document.source for document in shown] == [f"folder:{link}"]


def test_second_sync_of_a_source_is_refused_and_says_why(house: House, tmp_path: Path) -> None:
    """Two of them at once would forget each other's documents."""
    order_sync(house.services, str(tmp_path / "share"), collection="hr", created_by="root")
    with pytest.raises(InvalidRequest, match="synchronised already"):
        order_sync(house.services, str(tmp_path / "share"), collection="hr", created_by="root")

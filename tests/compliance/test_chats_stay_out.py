"""What people ask and are answered never becomes a document, a passage or a vector."""

from pathlib import Path

from sqlalchemy import func, select

from ingest.database import reading
from ingest.schema import chunks, documents, versions
from tests.fakes import ScriptedModel
from tests.house import House, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION

CHATS = 100


def held(house: House) -> tuple[int, set[str], tuple[int, ...]]:
    """Return the points of the index, whose they are, and how many documents, versions and passages there are."""
    index = house.services.index
    with reading(house.services.engine) as connection:
        rows = tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (documents, versions, chunks)
        )
    return index.count(), index.chunk_ids(), rows


def test_a_hundred_chats_add_nothing_to_the_index(tmp_path: Path) -> None:
    """After 100 chats, with answers and without, in new conversations and one, every count is what it was."""
    house = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    before = held(house)
    assert before[0] > 0
    with house.client as client:
        headers = house.token("ben")
        conversation = ""
        for number in range(CHATS):
            if number % 2 == 0:
                conversation = client.post("/api/conversations", headers=headers).json()["id"]
            question = QUESTION if number % 2 else f"What is Zwetschge{number}?"
            place = f"/api/conversations/{conversation}/messages"
            reply = client.post(place, headers=headers, json={"question": question})
            assert "event: answer" in reply.text
        house.work()  # whatever was queued would be taken in
        assert held(house) == before
        house.bring_in(tmp_path / "b", "handbook", more="# More\n\nThe codeword is Zwetschge.\n")
        assert held(house) != before

"""What to ask next: sections beside the answer, for whoever may read them, today."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house

LEAVE = """# Annual leave

## Days

Employees in Kassel have 28 days of annual leave.

## 2. Carrying leave over

Days of annual leave that are left may be carried over until March.

## How do I apply for leave?

Annual leave is applied for in the portal.
"""
PAID = "# Leave of managers\n\n## Days paid out\n\nManagers may have days of annual leave paid out.\n"
QUESTION = "How many days of annual leave do employees in Kassel have?"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with sections for all and one for HR."""
    opened = open_house(
        tmp_path / "data", ScriptedModel("Employees in Kassel have 28 days of annual leave [1].")
    )
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", paid=PAID)
    with opened.client:
        yield opened


def suggested(house: House, user: str, conversation: str) -> list[str]:
    """Return what is offered to `user` after the last answer."""
    path = f"/api/conversations/{conversation}/suggestions"
    return list(house.client.get(path, headers=house.token(user)).json()["questions"])


def test_sections_beside_the_answer_are_offered_as_questions(house: House) -> None:
    """Not the one that is cited; without their numbering; a heading that is a question as it stands."""
    offered = suggested(house, "ben", ask(house, "ben", QUESTION)["conversation"])

    assert set(offered) == {
        "What does “Annual leave” say about “Carrying leave over”?",
        "How do I apply for leave?",
    }


def test_closed_sections_are_offered_to_their_readers_alone(house: House) -> None:
    """What HR is offered of its own documents nobody else hears of, nor HR itself once the right is gone."""
    theirs = "What does “Leave of managers” say about “Days paid out”?"
    anna = ask(house, "anna", QUESTION)["conversation"]

    assert theirs in suggested(house, "anna", anna)
    assert theirs not in suggested(house, "ben", ask(house, "ben", QUESTION)["conversation"])
    house.services.catalog.set_readers({house.document("paid.md"): ["group:board"]})
    assert theirs not in suggested(house, "anna", anna)


def test_nothing_is_offered_before_an_answer_nor_of_a_stranger_s(house: House) -> None:
    """An empty conversation has no suggestions, another person's does not exist."""
    headers = house.token("ben")
    empty = house.client.post("/api/conversations", headers=headers).json()["id"]
    assert suggested(house, "ben", empty) == []
    foreign = f"/api/conversations/{ask(house, 'anna', QUESTION)['conversation']}/suggestions"
    assert house.client.get(foreign, headers=headers).status_code == 404

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
PAID = """# Leave of managers

## Days paid out

Managers may have days of annual leave paid out.

## Tax on days paid out

Managers pay tax on days of annual leave that are paid out.
"""
SAID = "Employees in Kassel have 28 days of annual leave [1]."
QUESTION = "How many days of annual leave do employees in Kassel have?"


@pytest.fixture
def model() -> ScriptedModel:
    """Give a model that knows the answer to QUESTION."""
    return ScriptedModel(SAID)


@pytest.fixture
def house(tmp_path: Path, model: ScriptedModel) -> Iterator[House]:
    """Give a house with a document for all and one for HR, of some sections each."""
    opened = open_house(tmp_path / "data", model)
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


def test_other_documents_that_share_its_words_are_not_offered(house: House) -> None:
    """HR finds the managers' leave too, but the answer rests on another document."""
    asked = ask(house, "anna", QUESTION)
    assert "paid.md" in {source["file_name"] for source in asked["sources"]["sources"]}
    assert all("managers" not in offered for offered in suggested(house, "anna", asked["conversation"]))


def test_a_section_that_was_closed_is_offered_no_more(house: House, model: ScriptedModel) -> None:
    """HR is offered the other section of what its answer cites, until the right is gone."""
    model.text = "Managers may have days of annual leave paid out [1]."
    asked = ask(house, "anna", "May managers have days of annual leave paid out?")["conversation"]

    offered = suggested(house, "anna", asked)
    assert offered == ["What does “Leave of managers” say about “Tax on days paid out”?"]
    house.services.catalog.set_readers({house.document("paid.md"): ["group:board"]})
    assert suggested(house, "anna", asked) == []


def test_nothing_is_offered_before_an_answer_nor_of_a_stranger_s(house: House) -> None:
    """An empty conversation has no suggestions, another person's does not exist."""
    headers = house.token("ben")
    empty = house.client.post("/api/conversations", headers=headers).json()["id"]
    assert suggested(house, "ben", empty) == []
    foreign = f"/api/conversations/{ask(house, 'anna', QUESTION)['conversation']}/suggestions"
    assert house.client.get(foreign, headers=headers).status_code == 404

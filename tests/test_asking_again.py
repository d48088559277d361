"""A question is edited and asked again: the conversation is cut before it, unless the new question is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import ScriptedModel
from tests.house import House, ask, events, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION


@pytest.fixture
def model() -> ScriptedModel:
    """Give a model that knows the answer."""
    return ScriptedModel(ANSWER)


@pytest.fixture
def house(tmp_path: Path, model: ScriptedModel) -> Iterator[House]:
    """Give a house with one document."""
    opened = open_house(tmp_path / "data", model)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with opened.client:
        yield opened


def shown(house: House, conversation: str) -> list[dict[str, Any]]:
    """Return the messages of Ben's conversation."""
    reply = house.client.get(f"/api/conversations/{conversation}", headers=house.token("ben"))
    messages: list[dict[str, Any]] = reply.json()["messages"]
    return messages


def put(house: House, conversation: str, question: str, replaces: str | None) -> tuple[int, dict[str, Any]]:
    """Ask as Ben in a conversation."""
    reply = house.client.post(
        f"/api/conversations/{conversation}/messages",
        headers=house.token("ben"),
        json={"question": question, "replaces": replaces},
    )
    return reply.status_code, events(reply.text)


def test_edited_question_is_answered_in_its_place(house: House, model: ScriptedModel) -> None:
    """The earlier question is cut with all that followed, and the model is told of nothing that came after it."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    put(house, conversation, "And how many days of annual leave in Bonn?", None)
    first = shown(house, conversation)[0]["id"]

    status, got = put(house, conversation, "How many days of annual leave are there?", first)

    assert (status, got["answer"]["outcome"]) == (200, "answered")
    assert [one["text"] for one in shown(house, conversation)][::2] == [
        "How many days of annual leave are there?"
    ]
    assert "Bonn" not in "".join(message.content for message in model.asked[-1])


def test_refused_question_leaves_the_turn_as_it_was(house: House) -> None:
    """Over the limit of the minute, with no room in the line, empty or too long: nothing was cut."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    before = shown(house, conversation)
    question = before[0]["id"]

    assert put(house, conversation, " ", question)[0] == 400
    assert put(house, conversation, "x" * 100_000, question)[0] == 400
    house.services.answers.at_most = 0
    assert put(house, conversation, "And now?", question)[0] == 503
    house.services.answers.at_most = 8
    house.services.rate._per_minute = 1
    assert put(house, conversation, "And now?", question)[0] == 429
    assert shown(house, conversation) == before


def test_question_that_is_not_answered_replaces_nothing(house: House) -> None:
    """Where the search fails, the earlier turns are still there, and the new question stands below them."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    before = shown(house, conversation)
    house.services.index.close()

    status, got = put(house, conversation, "And now?", before[0]["id"])

    assert (status, "error" in got) == (200, True)
    assert shown(house, conversation)[:-1] == before
    assert shown(house, conversation)[-1]["text"] == "And now?"


def test_only_a_question_can_give_way(house: House) -> None:
    """The id of an answer, or of somebody else's question, is refused like one that does not exist."""
    conversation = ask(house, "ben", QUESTION)["conversation"]
    theirs = ask(house, "anna", QUESTION)["conversation"]
    headers = house.token("anna")
    foreign = house.client.get(f"/api/conversations/{theirs}", headers=headers).json()["messages"][0]["id"]
    before = shown(house, conversation)

    for message in (before[1]["id"], foreign, "missing"):
        assert put(house, conversation, "And now?", message)[0] == 404
    assert shown(house, conversation) == before


def test_answer_tells_where_it_was_looked_for(house: House) -> None:
    """What the asker chose stands with the answer, and nothing of collections that do not exist; all means nothing."""
    for wanted, searched in ((["hr", "none"], ["hr"]), (None, None), ([], [])):
        conversation = ask(house, "ben", QUESTION, collections=wanted)["conversation"]
        assert shown(house, conversation)[1]["searched"] == searched

"""Thumbs reach those who look after the documents, and tell nobody's name."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.schema import feedback
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

MANAGED = tuple(
    replace(one, managers=("group:finance",) if one.id == "handbook" else ()) for one in COLLECTIONS
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house whose handbook is looked after by finance, that is Ben."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER), collections=MANAGED)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened


def judge(house: House, user: str, answer: str, **judgement: object) -> int:
    """Put a thumb."""
    path = f"/api/answers/{answer}/feedback"
    return house.client.post(path, headers=house.token(user), json=judgement).status_code


def read(house: House, user: str, collection: str = "handbook") -> tuple[int, Any]:
    """Return what a person is shown of the thumbs on a collection."""
    reply = house.client.get(f"/api/collections/{collection}/feedback", headers=house.token(user))
    return reply.status_code, reply.json()


def test_manager_reads_what_is_wrong_and_not_who_says_so(house: House) -> None:
    """Kinds, words, month and the document cited come; no id, name, day, or question that was not sent along."""
    got = ask(house, "anna", QUESTION)
    judge(
        house,
        "anna",
        got["answer"]["id"],
        value="down",
        kinds=["outdated"],
        reason="Read the works agreement",
    )

    status, shown = read(house, "ben")

    assert status == 200
    (entry,) = shown
    assert (entry["value"], entry["kinds"], entry["reason"]) == (
        "down",
        ["outdated"],
        "Read the works agreement",
    )
    assert (entry["question"], [one["title"] for one in entry["documents"]]) == (None, ["Annual leave"])
    assert len(entry["month"]) == len("2026-05")
    said = json.dumps(shown)
    for secret in ("anna", got["answer"]["id"], got["conversation"], QUESTION):
        assert secret not in said.lower().replace("annual", "")


def test_question_goes_along_where_its_asker_wants_it(house: House) -> None:
    """Ticked, the manager reads it; judged again without, no more."""
    answer = ask(house, "anna", QUESTION)["answer"]["id"]
    judge(house, "anna", answer, value="down", with_question=True)
    assert read(house, "ben")[1][0]["question"] == QUESTION
    judge(house, "anna", answer, value="down")
    assert [one["question"] for one in read(house, "ben")[1]] == [None]


def test_two_thumbs_of_one_person_cannot_be_linked(house: House) -> None:
    """Entries have no key, and their order within a month is not that of time."""
    answers = [ask(house, "anna", f"{QUESTION} {number}")["answer"]["id"] for number in range(6)]
    for number, answer in enumerate(answers):
        judge(house, "anna", answer, value="down", reason=f"r{number}")
    with house.services.engine.begin() as connection:
        old = update(feedback).where(feedback.c.answer_id == answers[0]).values(created_at="2025-01-01")
        connection.execute(old)

    entries = read(house, "ben")[1]

    assert {frozenset(one) for one in entries} == {
        frozenset(("value", "kinds", "reason", "month", "question", "documents"))
    }
    assert entries[-1] == {**entries[-1], "reason": "r0", "month": "2025-01"}
    with house.services.engine.begin() as connection:
        connection.execute(update(feedback).values(created_at="2025-01-01"))
    by_digest = [one["reason"] for one in read(house, "ben")[1]]
    with house.services.engine.begin() as connection:
        for number, answer in enumerate(answers):
            moment = f"2025-01-0{6 - number}"
            connection.execute(
                update(feedback).where(feedback.c.answer_id == answer).values(created_at=moment)
            )
    assert [one["reason"] for one in read(house, "ben")[1]] == by_digest


def test_collection_that_is_not_looked_after_is_not_there(house: House) -> None:
    """Another collection, one of one's own reading, and one that does not exist are refused in the same words."""
    missing = read(house, "ben", "none")
    assert missing[0] == 404
    assert read(house, "ben", "hr") == missing
    assert read(house, "anna", "hr") == missing


def test_manager_is_told_of_no_document_beyond_their_rights(house: House) -> None:
    """Looking after a collection gives no right to read in it: what is closed to the manager is not named."""
    answer = ask(house, "anna", QUESTION)["answer"]["id"]
    judge(house, "anna", answer, value="down")
    house.services.catalog.set_readers({house.document("leave.md"): ["group:hr"]})
    (entry,) = read(house, "ben")[1]
    assert entry["documents"] == []


def test_what_was_not_found_reaches_who_was_searched(house: House) -> None:
    """An answer that read nothing is told to the collections its asker might read, and to no other."""
    house.services.collections.declare(replace(COLLECTIONS[1], managers=("group:finance",)))
    answers = [
        ask(house, user, "zzz qqq?", collections=["hr", "handbook"])["answer"]["id"]
        for user in ("anna", "root")
    ]
    assert judge(house, "anna", answers[0], value="down", kinds=["not_found"], reason="of anna") == 204
    assert judge(house, "root", answers[1], value="down", kinds=["not_found"], reason="of root") == 204
    seen = {c: {one["reason"] for one in read(house, "ben", c)[1]} for c in ("hr", "handbook")}
    assert seen == {"hr": {"of anna"}, "handbook": {"of anna", "of root"}}


def test_administrator_is_shown_no_entries(house: House) -> None:
    """The role is no reason to read what people say; their number stands in the report on usage."""
    answer = ask(house, "anna", QUESTION)["answer"]["id"]
    judge(house, "anna", answer, value="down", kinds=["wrong"])

    assert read(house, "root")[0] == 404


def test_thumb_is_taken_back(house: House) -> None:
    """It is gone for its owner and the managers; nobody else can take it."""
    got = ask(house, "anna", QUESTION)
    path = f"/api/answers/{got['answer']['id']}/feedback"
    judge(house, "anna", got["answer"]["id"], value="up")
    assert house.client.delete(path, headers=house.token("ben")).status_code == 404
    assert len(read(house, "ben")[1]) == 1
    assert house.client.delete(path, headers=house.token("anna")).status_code == 204
    assert read(house, "ben")[1] == []
    dialogue = house.client.get(
        f"/api/conversations/{got['conversation']}", headers=house.token("anna")
    ).json()
    assert dialogue["messages"][1]["feedback"] is None


def test_unknown_kind_is_refused(house: House) -> None:
    """A kind that the page does not offer is no feedback."""
    answer = ask(house, "anna", QUESTION)["answer"]["id"]
    assert judge(house, "anna", answer, value="down", kinds=["stupid"]) == 422

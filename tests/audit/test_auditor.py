"""The trail over HTTP: who may look at it, what an auditor finds, and what an auditor is not shown."""

import json
from typing import Any

import pytest

from app.audit.events import Kind
from app.audit.keeper import look_through
from tests.audit.reading import MISSING, newest
from tests.house import House, ask
from tests.two_documents import QUESTION


def search(house: House, **wanted: object) -> dict[str, Any]:
    """Return what an auditor finds."""
    reply = house.client.get("/api/audit", headers=house.token("vera"), params=wanted)  # type: ignore[arg-type]  # of texts and numbers
    found: dict[str, Any] = reply.json()
    assert reply.status_code == 200, found
    return found


@pytest.mark.parametrize("path", ["", "/export", "/verify", "/answers?document=x"])
def test_only_an_auditor_looks_at_the_trail(house: House, path: str) -> None:
    """Neither an employee nor an administrator: the roles are apart."""
    for user, status in (("ben", 403), ("root", 403), ("vera", 200)):
        assert house.client.get(f"/api/audit{path}", headers=house.token(user)).status_code == status


def test_an_auditor_reads_nothing_else(house: House) -> None:
    """No document, not even one for everyone or for a group that the account has; no chat, no states of all."""
    mine = ask(house, "anna", "Where does salary band E7 start?")
    headers = house.token("vera")
    assert house.client.get("/api/documents", headers=headers).json() == []
    assert house.client.get("/api/collections", headers=headers).json() == []
    for name in ("leave.md", "salary.md"):
        path = f"/api/documents/{house.document(name)}/original"
        assert house.client.get(path, headers=headers).status_code == 404
    assert house.client.get(f"/api/conversations/{mine['conversation']}", headers=headers).status_code == 404
    assert house.client.get("/api/jobs", headers=headers).json() == []
    for path in ("/api/remarks", "/api/consistency"):
        assert house.client.get(path, headers=headers).status_code == 403
    assert ask(house, "vera", QUESTION)["sources"]["sources"] == []
    shown = json.dumps(search(house)) + house.client.get("/api/audit/export", headers=headers).text
    for word in ("salary", "61,400", "Anna", "anna", "leave.md", "E7"):
        assert word not in shown


def test_search_filters_and_pages(house: House) -> None:
    """By kind, pseudonym, id and time; page by page every record comes once, newest first."""
    got = ask(house, "ben", QUESTION)
    ben = house.services.audit.pseudonym("ben")
    assert {one["kind"] for one in search(house, kind=["answer"])["events"]} == {"answer"}
    of_answer = search(house, thing=got["answer"]["id"])["events"]
    assert [one["kind"] for one in of_answer] == ["answer", "retrieval", "question"]
    assert {one["actor"] for one in search(house, actor=ben)["events"]} == {ben}
    document = house.document("leave.md")
    assert [one["kind"] for one in search(house, thing=document)["events"]][-1] == "retrieval"
    assert search(house, since="2126-01-01")["events"] == []
    headers = house.token("vera")
    seen: list[int] = []
    before: int | None = 0
    while before is not None:
        params = {"limit": 3, "before": before, "until": of_answer[0]["at"]}
        page = house.client.get("/api/audit", headers=headers, params=params).json()
        seen += [one["seq"] for one in page["events"]]
        before = page["before"]
    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) >= 6


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"kind": "everything"},
        {"actor": "a%' OR 1=1"},
        {"thing": "x\n"},
        {"limit": 9999},
    ],
)
def test_an_odd_search_is_refused(house: House, params: dict[str, str]) -> None:
    """What is no time, kind, pseudonym or id is told to be none."""
    assert house.client.get("/api/audit", headers=house.token("vera"), params=params).status_code == 422


def test_searches_of_an_auditor_are_on_record(house: House) -> None:
    """Who watches is watched: what was looked for is recorded, an export as one."""
    search(house, kind=["answer"], thing=MISSING)
    looked = newest(house, Kind.SEARCH)
    assert (looked["thing"], looked["kinds"]) == (MISSING, ["answer"])
    assert looked["actor"] == house.services.audit.pseudonym("vera")
    house.client.get("/api/audit/export", headers=house.token("vera"))
    assert newest(house, Kind.EXPORT)["actor"] == looked["actor"]


def test_export_holds_every_record_that_is_found(house: House) -> None:
    """One line of JSON a record, oldest first, as sealed or for a SIEM."""
    ask(house, "ben", QUESTION)
    headers = house.token("vera")
    reply = house.client.get("/api/audit/export", headers=headers, params={"kind": ["question", "answer"]})
    rows = [json.loads(line) for line in reply.text.splitlines()]
    assert [row["kind"] for row in rows] == ["question", "answer"]
    assert all(len(row["mac"]) == 64 for row in rows)
    siem = house.client.get("/api/audit/export", headers=headers, params={"form": "ocsf"})
    assert {json.loads(line)["category_uid"] for line in siem.text.splitlines()} == {3, 6}


def test_state_of_the_chain(house: House) -> None:
    """Whole, with the time of the check, which the next search repeats; after a change it names the record."""
    assert search(house)["verified"] is None
    headers = house.token("vera")
    state = house.client.get("/api/audit/verify", headers=headers).json()
    assert (state["is_whole"], state["first"], state["faults"]) == (True, 1, [])
    assert search(house)["verified"]["is_whole"] is True
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_events SET outcome = 'x' WHERE seq = 2")
    broken = house.client.get("/api/audit/verify", headers=headers).json()
    assert (broken["is_whole"], broken["faults"][0]["seq"]) == (False, 2)
    assert search(house)["verified"]["is_whole"] is False
    assert look_through(house.services.audit).faults_total == 1


def test_which_answers_used_a_document(house: House) -> None:
    """By the document's id: answers, times, pseudonyms, and whether they cite it; none of their words."""
    got = ask(house, "ben", QUESTION)
    path = f"/api/audit/answers?document={house.document('leave.md')}"
    reply = house.client.get(path, headers=house.token("vera"))
    (row,) = reply.json()["answers"]
    assert (row["answer"], row["is_cited"], row["outcome"]) == (got["answer"]["id"], True, "answered")
    assert row["actor"] == house.services.audit.pseudonym("ben")
    assert "28" not in row.values()
    assert reply.json()["has_more"] is False

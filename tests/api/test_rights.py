"""Rights over HTTP: each gets what they may read today. Who may use which route is in test_access_matrix."""

import json
from dataclasses import replace

from tests.house import House, ask
from tests.two_documents import QUESTION


def test_same_question_gives_each_only_what_they_may_read(house: House) -> None:
    """The HR officer gets the salary passage among the sources, the controller nothing of it."""
    question = "Where does salary band E7 start?"

    assert "salary.md" in {s["file_name"] for s in ask(house, "anna", question)["sources"]["sources"]}
    assert "61,400" not in json.dumps(ask(house, "ben", question))
    assert "salary" not in json.dumps(ask(house, "root", question)["sources"])


def test_closed_document_vanishes_from_old_conversations(house: House) -> None:
    """After the readers changed, an old answer's source and passage are no longer shown."""
    got = ask(house, "anna", "Where does salary band E7 start?")
    chunk = next(s["chunk_id"] for s in got["sources"]["sources"] if s["file_name"] == "salary.md")
    house.services.catalog.set_readers({house.document("salary.md"): ["group:board"]})

    shown = house.client.get(f"/api/conversations/{got['conversation']}", headers=house.token("anna")).json()

    assert "salary.md" not in {s["file_name"] for s in shown["messages"][1]["sources"]}
    assert house.client.get(f"/api/passages/{chunk}", headers=house.token("anna")).status_code == 404


def test_sentence_of_a_closed_document_is_withheld(house: House) -> None:
    """Revocation reaches old answers and the stream that is followed again: neither text nor source is shown."""
    got = ask(house, "ben", QUESTION)
    running = got["answer"]["id"]
    house.services.catalog.set_readers({house.document("leave.md"): ["group:board"]})
    headers = house.token("ben")

    shown = house.client.get(f"/api/conversations/{got['conversation']}", headers=headers).json()
    followed = house.client.get(f"/api/answers/{running}/events", headers=headers).text

    assert "28 days" not in json.dumps(shown["messages"][1])
    assert "no longer read" in shown["messages"][1]["answer"]["notice"]
    assert "leave.md" not in followed


def test_changed_rule_of_a_collection_closes_its_documents(house: House) -> None:
    """Documents that follow their collection's rule follow the new one; the old readers find nothing."""
    rule = replace(house.services.collections.get("handbook"), readers=("group:hr",))

    changed = house.services.collections.declare(rule)

    assert changed == (house.document("leave.md"),)
    assert "28 days" not in json.dumps(ask(house, "ben", QUESTION))


def test_administrator_reads_no_more_than_anyone(house: House) -> None:
    """The role gives states and jobs, never content."""
    headers = house.token("root")
    document = house.document("salary.md")

    assert "salary.md" in house.client.get("/api/documents", headers=headers).text
    assert house.client.get(f"/api/documents/{document}/original", headers=headers).status_code == 404


def test_administrator_removes_a_document(house: House) -> None:
    """Only the role admin may; afterwards the document answers nothing."""
    document = house.document("leave.md")

    assert house.client.delete(f"/api/documents/{document}", headers=house.token("anna")).status_code == 403
    assert house.client.delete(f"/api/documents/{document}", headers=house.token("root")).status_code == 204
    assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "not_in_documents"

"""What cannot be put on record is refused: nothing is done, shown or kept."""

from typing import Any

from tests.audit.reading import MISSING, break_trail
from tests.house import PASSWORD, House
from tests.two_documents import QUESTION


def test_what_cannot_be_recorded_is_refused(house: House) -> None:
    """With a table that takes no record, every recorded request is 503 with a remedy, and nothing was done."""
    headers, root = house.token("ben"), house.token("root")
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    document = house.document("leave.md")
    calls = len(house.services.model.asked)  # type: ignore[attr-defined]  # a scripted one
    break_trail(house)
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/session", {"json": {"user": "ben", "password": PASSWORD}}),
        ("POST", "/api/session", {"json": {"user": "ben", "password": "wrong"}}),
        ("DELETE", "/api/session", {}),
        ("POST", f"/api/conversations/{conversation}/messages", {"json": {"question": QUESTION}}),
        ("POST", "/v1/chat/completions", {"json": {"messages": [{"role": "user", "content": QUESTION}]}}),
        ("GET", "/api/documents/search", {"params": {"q": "leave"}}),
        ("GET", f"/api/documents/{document}/original", {}),
        ("GET", f"/api/conversations/{MISSING}", {}),
        ("DELETE", f"/api/conversations/{conversation}", {}),
        ("POST", "/api/documents", {"files": {"file": ("x.md", b"# X")}, "data": {"collection": "handbook"}}),
        ("POST", "/api/keys", {"json": {"name": "k", "scopes": ["ask"]}}),
    ]
    replies = [house.client.request(method, path, headers=headers, **more) for method, path, more in requests]
    replies.append(house.client.delete(f"/api/documents/{document}", headers=root))
    replies.append(house.client.get("/api/jobs", headers=root))
    assert [reply.status_code for reply in replies] == [503] * len(replies)
    assert all("audit trail" in reply.json()["detail"] and reply.json()["remedy"] for reply in replies)
    assert len(house.services.model.asked) == calls  # type: ignore[attr-defined]  # as above
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER shut")
    assert house.document("leave.md") == document
    assert house.client.get(f"/api/conversations/{conversation}", headers=headers).json()["messages"] == []
    assert len(house.services.jobs.recent()) == 2


def test_nothing_is_shown_that_went_unrecorded(house: House) -> None:
    """Where the trail breaks while the answer is prepared, not a source and not a word of it is sent or kept."""
    headers = house.token("ben")
    conversation = house.client.post("/api/conversations", headers=headers).json()["id"]
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE INSERT ON audit_events WHEN NEW.kind = 'retrieval'"
            " BEGIN SELECT RAISE(ABORT, 'shut'); END"
        )
    path = f"/api/conversations/{conversation}/messages"
    reply = house.client.post(path, headers=headers, json={"question": QUESTION})
    assert "audit trail" in reply.text
    assert "event: sources" not in reply.text
    assert "28 days" not in reply.text
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    assert house.client.post("/v1/chat/completions", headers=headers, json=body).status_code == 503
    kept = house.client.get(f"/api/conversations/{conversation}", headers=headers).json()["messages"]
    assert [message["role"] for message in kept] == ["user"]

"""The audit trail over HTTP: what is recorded, what is refused where it cannot be, what an auditor sees."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.api.audited import ROUTES
from app.audit.events import Kind
from app.audit.keeper import look_through
from app.audit.recorder import SOURCE
from app.audit.refusals import PER_MINUTE
from app.audit.trail import Wanted
from app.identity import Person
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

VERA = Person("vera", "Vera", "Auditor", "auditor", ("hr",))
MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all and one for HR, and an auditor."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.services.accounts.save(VERA, password=PASSWORD)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened


def kinds(house: House, *left_out: Kind) -> list[str]:
    """Return the kinds of all records in order."""
    return [one.kind for one in house.services.audit.trail.records() if one.kind not in left_out]


def newest(house: House, kind: Kind) -> dict[str, Any]:
    """Return what the last record of a kind says."""
    record = house.services.audit.trail.newest(kind)
    assert record is not None
    return {"actor": record.actor, "outcome": record.outcome, **json.loads(record.objects)}


def break_trail(house: House) -> None:
    """Let the table take no record any more, as a full disk or a lost right would."""
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'shut'); END"
        )


# what is recorded


def test_a_question_leaves_three_records(house: House) -> None:
    """Taken in, what was read under which filter, how it ended: ids and fingerprints, and not a word of it."""
    got = ask(house, "ben", QUESTION)
    assert kinds(house)[-4:] == ["sign-in", "question", "retrieval", "answer"]
    read = newest(house, Kind.RETRIEVAL)
    assert read["documents"] == [house.document("leave.md")]
    assert (read["answer"], read["conversation"]) == (got["answer"]["id"], got["conversation"])
    assert read["actor"] == house.services.ledger.entry(got["answer"]["id"]).provenance.asker
    assert newest(house, Kind.ANSWER)["outcome"] == "answered"
    ask(house, "ben", QUESTION)
    again = newest(house, Kind.RETRIEVAL)
    assert (again["question"], again["filter"]) == (read["question"], read["filter"])
    ask(house, "anna", QUESTION)
    assert newest(house, Kind.RETRIEVAL)["filter"] != read["filter"]
    text = "\n".join(record.line() for record in house.services.audit.trail.records())
    for word in ("annual", "Kassel", "28 days", "ben", "anna", "leave.md", "salary", PASSWORD, "Bearer"):
        assert word not in text, word


def test_coming_going_and_being_refused(house: House) -> None:
    """Sign-in, a wrong password, a foreign id, a missing role, sign-out; each once, by pseudonym."""
    house.client.post("/api/session", json={"user": "ben", "password": "wrong"})
    headers = house.token("ben")
    foreign = house.document("salary.md")
    house.client.get(f"/api/documents/{foreign}/original", headers=headers)
    house.client.get("/api/remarks", headers=headers)
    house.client.get("/api/me", headers={"Authorization": "Bearer nobody's"})
    house.client.delete("/api/session", headers=headers)
    trail = list(house.services.audit.trail.records())[-7:]
    ben = house.services.audit.pseudonym("ben")
    assert [(one.kind, one.outcome, one.actor) for one in trail] == [
        ("sign-in-denied", "refused", ben),
        ("sign-in", "done", ben),
        ("document-opened", "asked for", ben),
        ("access-denied", "not there, or hidden", ben),
        ("access-denied", "refused", ben),
        ("access-denied", "not signed in", None),
        ("sign-out", "done", ben),
    ]
    assert json.loads(trail[3].objects)["document"] == foreign


def test_a_path_that_holds_a_name_is_not_written_down(house: House) -> None:
    """Only ids go on record, whatever somebody asks for."""
    house.client.get("/api/conversations/anna-keller-salary", headers=house.token("ben"))
    assert newest(house, Kind.DENIED)["route"] == "/api/conversations/{conversation}"
    assert "keller" not in house.services.audit.trail.newest(Kind.DENIED).line()  # type: ignore[union-attr]  # found above


def test_administration_is_recorded(house: House) -> None:
    """Looks at states once in five minutes, orders and deletions each time; an employee's own lists are no event."""
    house.client.get("/api/documents", headers=house.token("ben"))
    assert Kind.ADMIN_VIEW not in kinds(house)
    root = house.token("root")
    for _ in range(3):
        house.client.get("/api/jobs", headers=root)
        house.client.get("/api/documents", headers=root)
    assert kinds(house).count(Kind.ADMIN_VIEW) == 2
    document = house.document("leave.md")
    job = house.client.post(
        "/api/documents",
        headers=root,
        files={"file": ("x.md", b"# X")},
        data={"collection": "hr", "readers": "collection"},
    ).json()["job"]
    assert (newest(house, Kind.INGESTION)["job"], newest(house, Kind.INGESTION)["collection"]) == (job, "hr")
    house.client.delete(f"/api/documents/{document}", headers=root)
    assert newest(house, Kind.ERASURE)["document"] == document


def test_keys_are_recorded_and_so_is_what_they_are_refused(house: House) -> None:
    """Made, used for what it is not for, and revoked: by the id of the key and the pseudonym of its owner."""
    headers, ben = house.token("ben"), house.services.audit.pseudonym("ben")
    new = {"name": "my own script", "scopes": ["ask"]}
    made = house.client.post("/api/keys", headers=headers, json=new).json()
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert house.client.get("/api/documents", headers=bearer).status_code == 403
    assert newest(house, Kind.DENIED)["actor"] == ben
    house.client.delete(f"/api/keys/{made['key']['id']}", headers=headers)
    for kind in (Kind.KEY_MADE, Kind.KEY_REVOKED):
        assert (newest(house, kind)["actor"], newest(house, kind)["key"]) == (ben, made["key"]["id"])
    text = "".join(record.line() for record in house.services.audit.trail.records())
    assert made["secret"] not in text
    assert "script" not in text


def test_a_search_for_documents_is_a_retrieval(house: House) -> None:
    """Which documents were shown for it is on record, the words are not."""
    house.client.get("/api/documents/search", params={"q": "annual leave"}, headers=house.token("ben"))
    assert newest(house, Kind.RETRIEVAL)["documents"] == [house.document("leave.md")]


def test_the_start_records_the_settings_and_anchors(house: House) -> None:
    """A fingerprint of all settings and the version; the head is anchored at once."""
    started = newest(house, Kind.CONFIGURATION)
    assert len(started["settings"]) == 64
    assert started["version"] == house.services.version
    assert house.services.audit.anchors.last() is not None


def test_every_route_of_the_table_is_one(house: House) -> None:
    """A route that is renamed would leave its events behind; every deletion is in the table."""
    paths = house.client.get("/openapi.json").json()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert set(ROUTES) <= known
    assert {route for route in known if route[0] == "DELETE"} <= set(ROUTES)


def test_strangers_do_not_fill_the_trail(house: House) -> None:
    """Beyond so many a minute, refusals of nobody are counted, and the count is recorded with the next one."""
    for _ in range(PER_MINUTE + 20):
        house.client.get("/api/me")
    assert kinds(house).count(Kind.DENIED) == PER_MINUTE


def test_addresses_are_noted_only_where_the_settings_say(house: House) -> None:
    """By default a record has none."""
    house.token("ben")
    assert {one.source for one in house.services.audit.trail.records()} == {None}
    marked = SOURCE.set("10.1.2.3")
    house.services.audit.record(Kind.SIGN_IN, "ben")
    SOURCE.reset(marked)
    assert [one.source for one in house.services.audit.trail.found(Wanted(), limit=1)] == ["10.1.2.3"]


# fail closed


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


# the auditor


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

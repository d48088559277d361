"""What the requests of a house leave on its audit trail."""

import json

from app.api.audited import ROUTES
from app.audit.events import Kind
from app.audit.recorder import SOURCE
from app.audit.refusals import PER_MINUTE
from app.audit.trail import Wanted
from tests.audit.reading import kinds, newest
from tests.house import PASSWORD, House, ask
from tests.two_documents import QUESTION


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


# These know what they are on only once they have looked; `app.privacy` records them before it does anything.
RECORDED_WHERE_DONE = {("DELETE", "/api/holds/{hold}"), ("DELETE", "/api/break-glass/{request}")}


def test_every_route_of_the_table_is_one(house: House) -> None:
    """A route that is renamed would leave its events behind; every deletion is in the table."""
    paths = house.client.get("/openapi.json").json()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert set(ROUTES) <= known
    assert {route for route in known if route[0] == "DELETE"} <= set(ROUTES) | RECORDED_WHERE_DONE


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

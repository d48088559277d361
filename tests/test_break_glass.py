"""Nobody reads somebody's chats alone, for long, or unseen: two administrators, hours, a record of each look."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.server import build
from app.audit.events import Kind
from app.identity import Person
from app.privacy.break_glass import ANSWER_WITHIN, BreakGlass
from ingest.database import utc_now
from retrieval.errors import InvalidRequest, NotAllowed, NotFound
from tests.fakes import ScriptedModel
from tests.house import PASSWORD, House, ask, open_house

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHY = {"person": "anna", "reason": "a leak is looked into"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with two administrators, in which Anna has asked about a document of HR."""
    opened = open_house(tmp_path / "data", ScriptedModel("Band E7 starts at 61,400 euros [1]."))
    opened.services.accounts.save(Person("rita", "Rita", "Administrator", "admin", ()), password=PASSWORD)
    opened.bring_in(tmp_path / "b", "hr", salary="# Pay\n\nSalary band E7 starts at 61,400 euros.")
    ask(opened, "anna", "Where does band E7 start, Zwetschge?")
    yield opened
    opened.services.close()


def request_of(house: House, by: str = "root", **wishes: Any) -> str:
    """Ask for Anna's chats; return the request's id."""
    reply = house.client.post("/api/break-glass", headers=house.token(by), json={**WHY, **wishes})
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def approve(house: House, request: str, by: str) -> int:
    """Return the status of an approval."""
    path = f"/api/break-glass/{request}/approval"
    return house.client.post(path, headers=house.token(by)).status_code


def read(house: House, request: str, by: str, conversation: str = "") -> Any:
    """Return the reply to a look."""
    path = f"/api/break-glass/{request}/conversations" + (f"/{conversation}" if conversation else "")
    return house.client.get(path, headers=house.token(by))


def test_second_person_opens_it(house: House) -> None:
    """Whoever asked reads nothing before another one approves; then questions, and of answers what they may read."""
    request = request_of(house)
    assert read(house, request, "root").status_code == 404
    assert approve(house, request, "root") == 403
    assert approve(house, request, "anna") == 403
    assert approve(house, request, "rita") == 200

    (talk,) = read(house, request, "root").json()
    shown = read(house, request, "root", talk["id"]).json()
    assert shown["messages"][0]["text"] == "Where does band E7 start, Zwetschge?"
    assert "61,400" not in json.dumps(shown)  # no right to HR's document comes with it
    assert read(house, request, "rita").status_code == 404
    assert read(house, request, "ben").status_code == 404
    assert approve(house, request, "rita") == 400


def test_there_is_no_way_but_this(house: House) -> None:
    """Approved or not, the routes of conversations know one owner, and the opened ones take no word."""
    request = request_of(house)
    approve(house, request, "rita")
    (talk,) = read(house, request, "root").json()
    root = house.token("root")

    for method, path in (
        ("GET", f"/api/conversations/{talk['id']}"),
        ("GET", f"/api/conversations/{talk['id']}/export"),
        ("DELETE", f"/api/conversations/{talk['id']}"),
    ):
        assert house.client.request(method, path, headers=root).status_code == 404
    path = f"/api/break-glass/{request}/conversations/{talk['id']}"
    assert house.client.post(path, headers=root, json={"question": "x"}).status_code == 405
    assert house.client.get(path.replace(talk["id"], "ffff"), headers=root).status_code == 404


def test_every_step_is_on_record_and_the_person_is_told(house: House) -> None:
    """By pseudonym, before it is shown; the person learns who, why, when and how often, once it is over."""
    request = request_of(house)
    approve(house, request, "rita")
    (talk,) = read(house, request, "root").json()
    read(house, request, "root", talk["id"])
    anna = house.token("anna")
    assert house.client.get("/api/accesses", headers=anna).json() == []
    assert house.client.delete(f"/api/break-glass/{request}", headers=house.token("root")).status_code == 204
    assert read(house, request, "root", talk["id"]).status_code == 404

    found = [one for one in house.services.audit.trail.records() if one.kind == Kind.BREAK_GLASS]
    root, rita = (house.services.audit.pseudonym(user) for user in ("root", "rita"))
    assert [(one.outcome, one.actor) for one in found] == [
        ("asked for", root),
        ("approved", rita),
        ("list read", root),
        ("read", root),
        ("ended", root),
    ]
    assert talk["id"] in found[3].objects
    (told,) = house.client.get("/api/accesses", headers=anna).json()
    assert (told["requested_by"], told["approved_by"], told["reads"]) == ("root", "rita", 1)
    assert told["reason"] == WHY["reason"]
    assert house.client.get("/api/accesses", headers=house.token("ben")).json() == []


def test_look_that_cannot_be_recorded_is_refused(house: House) -> None:
    """The trail takes nothing any more: nothing is shown, and no read is counted."""
    request = request_of(house)
    approve(house, request, "rita")
    (talk,) = read(house, request, "root").json()
    headers = house.token("root")
    with house.services.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER shut BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'shut'); END"
        )

    path = f"/api/break-glass/{request}/conversations/{talk['id']}"
    reply = house.client.get(path, headers=headers)

    assert (reply.status_code, "Zwetschge" in reply.text) == (503, False)
    assert house.services.break_glass.get(request).reads == 0


def test_one_who_is_no_administrator_any_more_reads_nothing(house: House) -> None:
    """An open request is worth nothing without the role."""
    request = request_of(house)
    approve(house, request, "rita")
    house.services.accounts.save(Person("root", "Root", "", "employee", ()), password=PASSWORD)

    assert read(house, request, "root").status_code == 404


def test_proof_of_who_asks_is_asked_for_at_each_step(house: House) -> None:
    """An administrator who has been at it for an hour asks for nothing, approves nothing and reads nothing."""
    request = request_of(house)
    approve(house, request, "rita")
    token = house.services.sessions.open("root", now=utc_now()).token
    house.services.sessions.prove(token, at=utc_now() - timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}

    for method, path in (
        ("POST", "/api/break-glass"),
        ("POST", f"/api/break-glass/{request}/approval"),
        ("GET", f"/api/break-glass/{request}/conversations"),
    ):
        reply = house.client.request(method, path, headers=headers, json=WHY if method == "POST" else None)
        assert reply.json()["type"] == "urn:intramuros:problem:proof-too-old", path


@pytest.fixture
def glass(house: House) -> BreakGlass:
    """Give the requests of that house."""
    return house.services.break_glass


def test_it_ends_with_its_hours(glass: BreakGlass) -> None:
    """They begin with the approval; a second before their end it is open, and told of to nobody."""
    made = glass.ask("anna", "a leak", hours=4, by="root", now=NOON)
    later = NOON + timedelta(days=1)
    glass.approve(made.id, by="rita", now=later)
    end = later + timedelta(hours=4)

    assert glass.opened(made.id, by="root", now=end - timedelta(seconds=1)).id == made.id
    assert glass.told("anna", now=end - timedelta(seconds=1)) == ()
    with pytest.raises(NotFound):
        glass.opened(made.id, by="root", now=end)
    assert [one.id for one in glass.told("anna", now=end)] == [made.id]
    glass.end(made.id, now=end + timedelta(hours=1))
    assert glass.get(made.id).ended_at is None  # it had expired before


def test_request_that_nobody_approved_grows_stale(glass: BreakGlass) -> None:
    """A week later it has to be made again; one that was withdrawn is never approved, and nobody is told of it."""
    made = glass.ask("anna", "a leak", hours=4, by="root", now=NOON)
    with pytest.raises(InvalidRequest):
        glass.approve(made.id, by="rita", now=NOON + ANSWER_WITHIN)
    glass.end(made.id, now=NOON)
    with pytest.raises(InvalidRequest):
        glass.approve(made.id, by="rita", now=NOON)
    assert glass.told("anna", now=NOON + timedelta(days=30)) == ()


def test_nobody_asks_or_approves_for_themselves(glass: BreakGlass) -> None:
    """Neither whoever asks nor the person it is about is the second one; and there has to be a reason and an end."""
    with pytest.raises(NotAllowed):
        glass.ask("root", "my own", hours=4, by="root", now=NOON)
    about_rita = glass.ask("rita", "a leak", hours=4, by="root", now=NOON)
    with pytest.raises(NotAllowed):
        glass.approve(about_rita.id, by="rita", now=NOON)
    for reason, hours in ((" ", 4), ("a leak", 0), ("a leak", 25)):
        with pytest.raises(InvalidRequest):
            glass.ask("anna", reason, hours=hours, by="root", now=NOON)
    with pytest.raises(NotFound):
        glass.ask("nobody", "a leak", hours=4, by="root", now=NOON)


def test_without_the_works_councils_mode_one_is_enough(house: House) -> None:
    """The settings say so; it is timed, recorded and told all the same."""
    alone = BreakGlass(house.services.engine, alone=True)
    made = alone.ask("anna", "a leak", hours=1, by="root", now=NOON)

    assert alone.opened(made.id, by="root", now=NOON).approved_by == "root"
    assert [one.approved_by for one in alone.told("anna", now=NOON + timedelta(hours=2))] == ["root"]
    assert house.services.settings.privacy.works_council is True


def test_no_route_and_no_metric_tells_of_single_people(house: House) -> None:
    """Whatever an administrator or auditor may see of figures, no account stands in it, and no label names one."""
    app = build(house.services, with_worker=False)
    client = TestClient(app)
    root = house.token("root")
    accounts = ("anna", "Anna")
    for path in ("/api/usage", "/api/usage/weeks", "/api/files-held", "/api/checkup", "/api/consistency"):
        reply = client.get(path, headers=root)
        assert reply.status_code == 200, path
        assert not [name for name in accounts if name in reply.text], path
    assert not [name for name in accounts if name in client.get("/metrics").text]

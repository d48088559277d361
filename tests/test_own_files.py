"""One's own files: asked about by their owner alone, bounded, and forgotten when their time is over."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import shelf
from app.beside import Beside
from app.privacy import retention
from ingest import own_files
from ingest.database import utc_now
from ingest.schema import chunks, collections, documents, job_items, jobs, versions
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.two_documents import LEAVE

CODE = b"# Note\n\nThe codeword of the garden party is Zwetschge.\n"
ASKED = "What is the codeword of the garden party?"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with one document for all."""
    opened = open_house(tmp_path / "data", ScriptedModel("The codeword is Zwetschge [1]."))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    with opened.client:
        yield opened


def bring(house: House, user: str, name: str = "note.md", content: bytes = CODE) -> Any:
    """Hand a file over."""
    return house.client.post("/api/files", headers=house.token(user), files={"file": (name, content)})


def listed(house: House, user: str) -> list[dict[str, Any]]:
    """Return the files a person is shown as their own."""
    files: list[dict[str, Any]] = house.client.get("/api/files", headers=house.token(user)).json()
    return files


def test_own_file_answers_its_owner_alone(house: House) -> None:
    """It waits, is read, is searched with every question of its owner, and with nobody else's."""
    identity = bring(house, "anna").json()["id"]
    assert [(one["id"], one["state"]) for one in listed(house, "anna")] == [(identity, "found")]
    house.work()

    assert listed(house, "anna")[0]["state"] == "visible"
    assert "Zwetschge" in json.dumps(ask(house, "anna", ASKED)["sources"])
    for other in ("ben", "root"):
        assert "Zwetschge" not in json.dumps(ask(house, other, ASKED).get("sources"))
        assert listed(house, other) == []


def test_scope_leaves_own_files_out_or_takes_them_alone(house: House) -> None:
    """The own collection is offered to its owner by name, and a question may be limited to it or to others."""
    bring(house, "anna")
    house.work()
    cards = house.client.get("/api/collections", headers=house.token("anna")).json()
    (own,) = (one for one in cards if one["name"] == shelf.NAME)

    assert (own["purpose"], own["retention_days"], own["can_add"]) == (own_files.PURPOSE, 7, False)
    assert "Zwetschge" in json.dumps(ask(house, "anna", ASKED, collections=[own["id"]])["sources"])
    assert "Zwetschge" not in json.dumps(ask(house, "anna", ASKED, collections=["handbook"])["sources"])
    assert "Zwetschge" not in json.dumps(ask(house, "ben", ASKED, collections=[own["id"]]).get("sources"))


def test_nobody_else_is_told_of_an_own_file(house: House) -> None:
    """Neither name, collection, job nor reason shows to others or the administrator, who gets a count."""
    bring(house, "anna", "my-diagnosis.md")
    bring(house, "anna", "my-scan.pdf", b"%PDF-1.7 broken")
    house.work()
    own = next(
        one["id"]
        for one in house.client.get("/api/collections", headers=house.token("anna")).json()
        if one["name"] == shelf.NAME
    )
    for user in ("root", "ben"):
        headers = house.token(user)
        paths = ("documents", "jobs", "collections", "files", "remarks", "documents?state=quarantined")
        told = "".join(house.client.get(f"/api/{path}", headers=headers).text for path in paths)
        told += house.client.get(f"/api/documents?collection={own}", headers=headers).text
        assert "my-" not in told
        assert own not in told
        assert shelf.NAME not in told
        assert house.client.get(f"/api/collections/{own}/feedback", headers=headers).status_code == 404
    assert house.client.get("/api/files-held", headers=house.token("root")).json() == {
        "people": 1,
        "files": 2,
    }
    assert house.client.get("/api/files-held", headers=house.token("ben")).status_code == 403


def test_ledger_names_no_private_collection_of_others(house: House) -> None:
    """What was looked into is on record: the house's collections and the asker's own, never somebody else's."""
    bring(house, "anna")
    answer = ask(house, "ben", ASKED)["answer"]["id"]
    assert house.services.ledger.entry(answer).collections == ("handbook", "hr")


def test_file_that_may_not_come_in_says_why_and_what_to_do(house: House) -> None:
    """Wrong type, broken content and hidden text end with a reason and a remedy for their owner."""
    bring(house, "anna", "tool.exe", b"MZ\x90 program")
    bring(house, "anna", "scan.pdf", b"%PDF-1.7 broken")
    bring(house, "anna", "../../etc/passwd.md", CODE)
    house.work()
    states = {one["file_name"]: one for one in listed(house, "anna")}

    assert states["passwd.md"]["state"] == "visible"
    for name in ("tool.exe", "scan.pdf"):
        assert states[name]["state"] == "quarantined"
        assert states[name]["reason"]
        assert states[name]["remedy"]


def test_account_has_room_for_so_many_files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file beyond the number or the bytes is refused before it is read, and nothing of it stays."""
    monkeypatch.setattr(own_files, "MOST_FILES", 2)
    assert [bring(house, "anna").status_code for _ in range(3)] == [202, 202, 400]
    assert bring(house, "ben").status_code == 202
    monkeypatch.setattr(own_files, "MOST_FILES", 20)
    monkeypatch.setattr(own_files, "MOST_BYTES", 3 * len(CODE))
    assert [bring(house, "anna").status_code for _ in range(2)] == [202, 400]
    house.work()
    assert not list(house.services.settings.site.uploads_dir.iterdir())
    assert len(listed(house, "anna")) == 3


def test_owner_deletes_a_file_at_once(house: House) -> None:
    """Read or still waiting, it is gone; somebody else's is not found."""
    read = bring(house, "anna").json()["id"]
    house.work()
    waits = bring(house, "anna", "later.md").json()["id"]
    for file in (read, waits):
        path = f"/api/files/{file}"
        assert house.client.delete(path, headers=house.token("ben")).status_code == 404
        assert house.client.delete(path, headers=house.token("anna")).status_code == 204
    house.work()
    assert listed(house, "anna") == []
    assert kept(house) == []
    assert "Zwetschge" not in json.dumps(ask(house, "anna", ASKED).get("sources"))


def kept(house: House) -> list[str]:
    """Return every trace of own files: rows of the database, files of the data directory."""
    private = select(collections.c.id).where(collections.c.private_to.is_not(None))
    here = documents.c.collection_id.in_(private)
    with house.services.engine.connect() as connection:
        rows = [
            *connection.execute(select(documents.c.id).where(here)),
            *connection.execute(select(versions.c.id).join(documents).where(here)),
            *connection.execute(select(chunks.c.id).where(chunks.c.text.contains("Zwetschge"))),
            *connection.execute(select(job_items.c.key).join(jobs).where(jobs.c.collection_id.in_(private))),
        ]
    holds = [
        path.name
        for folder in (house.services.settings.site.uploads_dir, house.services.settings.site.originals_dir)
        for path in folder.rglob("*")
        if path.is_file() and b"Zwetschge" in path.read_bytes()
    ]
    return [str(row) for row in rows] + holds


def test_file_is_forgotten_when_its_time_is_over(house: House) -> None:
    """A day before its end all of it is there; a day after, no row and no byte, also of what was never read."""
    bring(house, "anna")
    house.work()
    bring(house, "anna", "late.md")
    before = kept(house)
    assert len(before) >= 5

    assert retention.keep(house.services, now=utc_now() + timedelta(days=6))["own files"] == 0
    assert kept(house) == before
    assert retention.keep(house.services, now=utc_now() + timedelta(days=8))["own files"] == 1

    assert kept(house) == []
    with house.services.engine.connect() as connection:
        private = select(collections.c.id).where(collections.c.private_to.is_not(None))
        assert connection.execute(select(jobs.c.id).where(jobs.c.collection_id.in_(private))).all() == []
    assert "Zwetschge" not in json.dumps(ask(house, "anna", ASKED).get("sources"))
    assert house.document("leave.md")


def test_schedule_forgets_what_is_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler that orders syncs also has every term kept, from the start on."""
    done = threading.Event()
    monkeypatch.setattr(retention, "keep", lambda services, *, now: done.set())
    beside = Beside(house.services)
    beside.start()
    assert done.wait(20)
    beside.stop()
    beside.join(20)
    assert not beside.is_at_work


def test_other_files_do_not_expire(house: House) -> None:
    """A document of a collection of the house keeps its own term."""
    with house.services.engine.connect() as connection:
        assert connection.execute(select(documents.c.expires_at)).scalars().all() == [None]

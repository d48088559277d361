"""Who looks after a collection: administrators all, managers theirs, over the real routes; nobody reads more by it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.identity import Person
from app.stewardship import looked_after
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.schema import versions
from ingest.types import State
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, PASSWORD, House, ask, open_house

HANDBOOK, HR = COLLECTIONS
MIA = Person(
    "mia", "Mia", "Works council", "employee", ()
)  # looks after the personnel files, and may not read them
AUDITOR = Person("ida", "Ida", "Auditor", "auditor", ())
BROKEN = b"%PDF-1.7 broken"
MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house whose handbook is looked after by finance (Ben), and its personnel files by Mia."""
    places = [tmp_path / "policies", tmp_path / "contracts"]
    for place in places:
        place.mkdir()
        (place / f"{place.name}.md").write_text(f"# {place.name}\n\nThe code of {place.name} is Quince.\n")
    opened = open_house(
        tmp_path / "data",
        ScriptedModel(),
        collections=(replace(HANDBOOK, managers=("group:finance",)), replace(HR, managers=("user:mia",))),
        sources=[
            {"id": places[0].name, "kind": "folder", "path": places[0], "collection": "handbook"},
            {"id": places[1].name, "kind": "folder", "path": places[1], "collection": "hr"},
        ],
    )
    for person in (MIA, AUDITOR):
        opened.services.accounts.save(person, password=PASSWORD)
    with opened.client:
        yield opened


def upload(house: House, user: str, collection: str, readers: str, name: str = "x.md") -> Any:
    """Return the reply to an upload."""
    return house.client.post(
        "/api/documents",
        headers=house.token(user),
        files={"file": (name, BROKEN if name.endswith(".pdf") else b"# X\n\nThe word is Zwetschge.")},
        data={"collection": collection, "readers": readers},
    )


def get(house: House, user: str, path: str) -> Any:
    """Return what somebody gets from a route that answers."""
    reply = house.client.get(path, headers=house.token(user))
    assert reply.status_code == 200, reply.text
    return reply.json()


def aside(house: House, user: str, collection: str, name: str, readers: str = "collection") -> str:
    """Bring in a broken file and return the id of the document that was set aside."""
    assert upload(house, user, collection, readers, name).status_code == 202
    house.work()
    found = house.services.catalog.listed(state=State.QUARANTINED, collection_id=collection)
    return next(one.id for one in found if one.file_name == name)


def test_roles_and_principals_decide() -> None:
    """An administrator looks after all, a manager theirs, an auditor and a mere reader nothing."""
    both = (replace(HANDBOOK, managers=("group:hr",)), replace(HR, managers=("user:mia",)))
    root = Person("root", "Root", "", "admin", ())
    assert looked_after(root, both) == {"handbook", "hr"}
    assert looked_after(Person("anna", "Anna", "", "employee", ("hr",)), both) == {"handbook"}
    assert looked_after(MIA, both) == {"hr"}
    assert looked_after(AUDITOR, both) == frozenset()


def test_manager_uploads_for_all_readers_of_theirs_alone(house: House) -> None:
    """Mia shares into personnel, Ben into the handbook; Ben's other collection answers as one that is not there."""
    assert upload(house, "mia", "hr", "collection").status_code == 202
    assert upload(house, "ben", "handbook", "collection").status_code == 202
    assert upload(house, "anna", "hr", "collection").status_code == 403
    foreign, missing = (upload(house, "ben", name, "collection") for name in ("hr", "xy"))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"].replace("hr", "xy") == missing.json()["detail"]
    cards = {card["id"]: card["can_share"] for card in get(house, "ben", "/api/collections")}
    assert cards == {"handbook": True}
    assert [card["can_share"] for card in get(house, "anna", "/api/collections")] == [False, False]


def test_manager_sees_jobs_and_quarantine_of_theirs_alone(house: House) -> None:
    """Each manager follows their own collection; the administrator both; an employee their own uploads."""
    mine = aside(house, "mia", "hr", "bands.pdf")
    other = aside(house, "ben", "handbook", "leave.pdf")
    for user, seen in (("mia", [mine]), ("ben", [other]), ("root", [other, mine])):
        assert [row["document"] for row in get(house, user, "/api/quarantine")] == seen
    for user, names in (("mia", "hr"), ("ben", "handbook"), ("root", "handbook hr"), ("anna", "")):
        assert " ".join(sorted(job["collection"] for job in get(house, user, "/api/jobs"))) == names
    job = next(job["id"] for job in get(house, "root", "/api/jobs") if job["collection"] == "hr")
    foreign, missing = (
        house.client.get(f"/api/jobs/{one}", headers=house.token("ben")) for one in (job, MISSING)
    )
    assert (
        (foreign.status_code, foreign.json())
        == (missing.status_code, missing.json())
        == (404, foreign.json())
    )


def test_jobs_of_others_do_not_crowd_out_ones_own(house: House) -> None:
    """A manager finds their latest job behind a hundred of another collection."""
    aside(house, "mia", "hr", "bands.pdf")
    for _ in range(100):
        house.services.jobs.place(Order(INGEST, "handbook", "upload", (), "root"), now=utc_now())
    assert [job["collection"] for job in get(house, "mia", "/api/jobs")] == ["hr"]


def test_equal_reasons_are_of_one_kind(house: House) -> None:
    """What differs in the file's name alone can be tried again at once."""
    for name in ("a.pdf", "b.pdf"):
        aside(house, "mia", "hr", name)
    rows = get(house, "mia", "/api/quarantine")
    assert len({row["reason"] for row in rows}) == 2
    assert len({row["kind"] for row in rows}) == 1
    assert "pdf'" not in rows[0]["kind"]


def test_manager_tries_again_and_forgets_theirs_alone(house: House) -> None:
    """A foreign document among the named ones leaves all of them alone, and is told like a missing one."""
    mine = aside(house, "mia", "hr", "bands.pdf")
    other = aside(house, "ben", "handbook", "leave.pdf")
    headers = house.token("mia")

    def retry(*documents: str) -> Any:
        return house.client.post("/api/retries", headers=headers, json={"documents": documents})

    foreign, missing = retry(mine, other), retry(mine, MISSING)
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert house.services.catalog.get(mine).state is State.QUARANTINED
    assert len(retry(mine).json()["jobs"]) == 1
    assert house.services.catalog.get(mine).state is State.FOUND
    house.work()
    assert house.services.catalog.get(mine).state is State.QUARANTINED  # it is still broken
    gone = [house.client.delete(f"/api/documents/{one}", headers=headers) for one in (other, MISSING)]
    assert [one.status_code for one in gone] == [404, 404]
    assert gone[0].json() == gone[1].json()
    assert house.client.delete(f"/api/documents/{mine}", headers=headers).status_code == 204
    assert [one.id for one in house.services.catalog.listed()] == [other]


def test_manager_accepts_hidden_text_of_theirs_alone(house: House) -> None:
    """A remark is listed to, and settled by, who looks after its collection."""
    upload(house, "mia", "hr", "collection")
    house.work()
    document = house.document("x.md")
    with house.services.engine.begin() as connection:
        finding = [{"kind": "hidden text", "count": 2, "detail": ""}]
        connection.execute(versions.update().values(findings=finding))
    path = f"/api/remarks/{document}/accept"
    assert get(house, "ben", "/api/remarks") == []
    assert house.client.post(path, headers=house.token("ben")).status_code == 404
    assert house.client.post(path, headers=house.token("anna")).status_code == 403
    assert [one["needs_review"] for one in get(house, "mia", "/api/remarks")] == [True]
    assert house.client.post(path, headers=house.token("mia")).status_code == 204
    assert [one["needs_review"] for one in get(house, "root", "/api/remarks")] == [False]


def test_manager_starts_a_sync_of_theirs_alone(house: House) -> None:
    """A foreign source is told like one that is not declared, and names no other."""
    headers = house.token("ben")
    assert house.client.post("/api/sources/policies/sync", headers=headers).status_code == 202
    house.work()
    assert house.document("policies.md")
    foreign, missing = (
        house.client.post(f"/api/sources/{one}/sync", headers=headers) for one in ("contracts", "nothing")
    )
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert "contracts" not in missing.text


def test_looking_after_documents_reads_none_of_them(house: House) -> None:
    """Mia sees state and name of a personnel file, neither its original nor a word of it."""
    upload(house, "mia", "hr", "collection", "bands.md")
    house.work()
    (row,) = get(house, "mia", "/api/documents")
    assert (row["file_name"], row["state"]) == ("bands.md", "visible")
    original = house.client.get(f"/api/documents/{row['id']}/original", headers=house.token("mia"))
    assert original.status_code == 404
    assert "Zwetschge" not in str(ask(house, "mia", "What is the word?"))
    assert get(house, "ben", "/api/documents") == []


def test_private_upload_is_named_to_no_manager(house: House) -> None:
    """What Anna brought for herself is counted, its name and the reason of its quarantine stay hers."""
    aside(house, "anna", "hr", "my-diagnosis.pdf", readers="me")
    for user in ("mia", "root"):
        for path in ("/api/documents", "/api/jobs", "/api/quarantine", "/api/remarks"):
            reply = house.client.get(path, headers=house.token(user))
            assert reply.status_code == 200
            assert "diagnosis" not in reply.text, (user, path)
        assert len(get(house, user, "/api/quarantine")) == 1


def test_who_looks_after_nothing_is_refused(house: House) -> None:
    """Employees and auditors get 403 from the routes of administration, whatever they name."""
    for user in ("anna", "ida"):
        headers = house.token(user)
        for method, path in (
            ("GET", "/api/quarantine"),
            ("GET", "/api/remarks"),
            ("POST", "/api/sources/policies/sync"),
            ("DELETE", f"/api/documents/{MISSING}"),
        ):
            assert house.client.request(method, path, headers=headers).status_code == 403, (user, path)


def test_own_files_of_others_are_nobodys_to_look_after(house: House) -> None:
    """A collection that holds one person's own files is looked after by no administrator, manager or owner."""
    private = replace(HR, id="own", private_to="anna", managers=("user:mia",))
    root = Person("root", "Root", "", "admin", ())
    assert looked_after(root, (private,)) == looked_after(MIA, (private,)) == frozenset()
    house.services.collections.declare(private)
    house.services.jobs.place(Order(INGEST, "own", "upload", (), "anna"), now=utc_now())
    for user in ("root", "mia"):
        assert get(house, user, "/api/jobs") == []
        assert "own" not in {one["id"] for one in get(house, user, "/api/administration/collections")}


def test_list_says_what_can_be_opened(house: House) -> None:
    """Who looks after a collection is told of its documents; which of them may be read stands with each."""
    upload(house, "ben", "handbook", "collection", name="all.md")
    upload(house, "mia", "hr", "collection", name="few.md")
    house.work()
    rows = house.client.get("/api/documents", headers=house.token("root")).json()
    opened = {
        row["file_name"]: house.client.get(
            f"/api/documents/{row['id']}/original", headers=house.token("root")
        ).is_success
        for row in rows
        if row["state"] == "visible"
    }
    assert {row["file_name"]: row["can_open"] for row in rows if row["state"] == "visible"} == opened
    assert set(opened.values()) == {True, False}

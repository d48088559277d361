"""What is restricted is kept and not used: no way of asking finds it, until that is lifted; a restore knows it too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.audit.events import Kind
from app.audit.trail import Wanted
from app.backup.replay import replay
from app.identity import OPERATOR
from app.privacy.restricting import restrict
from app.schema import users
from ingest.database import utc_now, writing
from ingest.erasures import Erased, Erasure
from ingest.schema import documents
from retrieval.errors import NotFound
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house with a document for all, asked about by Ben and Anna."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened


def ways(house: House, chunk: str, conversation: str) -> dict[str, bool]:
    """Return by which ways Ben comes to the document about leave."""
    headers, document = house.token("ben"), house.document("leave.md")
    got = house.client.get
    asked = ask(house, "ben", QUESTION)
    told = got(f"/api/conversations/{conversation}", headers=headers).json()["messages"][1]
    found = got("/api/documents/search", params={"q": "annual leave"}, headers=headers).json()["documents"]
    return {
        "answer": bool(asked["sources"]["sources"]),
        "old answer": "28 days" in told["answer"]["text"],
        "old source": bool(told["sources"]),
        "search": bool(found),
        "list": document in {one["id"] for one in got("/api/documents", headers=headers).json()},
        "original": got(f"/api/documents/{document}/original", headers=headers).status_code == 200,
        "passage": got(f"/api/passages/{chunk}", headers=headers).status_code == 200,
        "status": got("/api/status", headers=headers).json()["documents"] > 0,
    }


def test_a_restricted_document_is_found_by_nobody_and_kept(house: House) -> None:
    """Every way to it ends, old answers included; file and text stay; lifted, all is as before."""
    asked = ask(house, "ben", QUESTION)
    chunk = asked["sources"]["sources"][0]["chunk_id"]
    before = ways(house, chunk, asked["conversation"])
    assert all(before.values()), before
    root = house.token("root")
    document = house.document("leave.md")
    named = {"kind": "document", "id": document}
    assert house.client.put("/api/restrictions", json=named, headers=root).status_code == 204
    during = ways(house, chunk, asked["conversation"])
    assert not any(during.values()), during
    version = house.services.catalog.get(document).visible_version_id or ""
    assert house.services.originals.path(version).is_file()
    assert house.services.versions.chunks(version)
    (one,) = house.client.get("/api/restrictions", headers=root).json()
    assert (one["kind"], one["id"]) == ("document", document)
    assert house.client.post("/api/restrictions/lift", json=named, headers=root).status_code == 204
    assert all(ways(house, chunk, asked["conversation"]).values())
    records = house.services.audit.trail.all_found(Wanted(thing=document))
    assert [one.outcome for one in records if one.kind == Kind.ACCESS] == ["restricted", "restriction lifted"]


def test_a_new_version_stays_restricted(house: House, tmp_path: Path) -> None:
    """What its source brings anew of a restricted document is taken in and not used either."""
    restrict(house.services, "document", house.document("leave.md"), by=OPERATOR)
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE.replace("28", "31"))
    assert ask(house, "ben", QUESTION)["sources"]["sources"] == []


def test_of_a_restricted_person_no_chat_is_used(house: House) -> None:
    """No question is taken, chats are not looked through; they can be read and taken along; lifted, all goes on."""
    asked = ask(house, "anna", QUESTION)
    headers = house.token("anna")
    thumb = {"value": "down", "kinds": ["wrong"], "reason": "Zwetschge"}
    house.client.post(f"/api/answers/{asked['answer']['id']}/feedback", headers=headers, json=thumb)
    about = house.services.feedback.about
    handbook = house.services.collections.get("handbook")
    reader = house.services.accounts.person("root").reader()
    assert [one.reason for one in about(handbook, reader=reader)] == ["Zwetschge"]
    restrict(house.services, "person", "anna", by=OPERATOR)
    conversation = f"/api/conversations/{asked['conversation']}"
    refused = house.client.post(f"{conversation}/messages", headers=headers, json={"question": QUESTION})
    assert refused.status_code == 403
    assert "Art. 18" in refused.json()["detail"]
    assert house.client.get("/api/conversations", params={"q": "leave"}, headers=headers).status_code == 403
    assert house.client.get(f"{conversation}/suggestions", headers=headers).status_code == 403
    assert about(handbook, reader=reader) == ()
    assert house.client.get(conversation, headers=headers).status_code == 200
    assert house.client.get("/api/me/export", headers=headers).status_code == 200
    assert ask(house, "ben", QUESTION)["status"] == 200
    restrict(house.services, "person", "anna", by=OPERATOR, lifted=True)
    assert ask(house, "anna", QUESTION)["status"] == 200
    assert [one.reason for one in about(handbook, reader=reader)] == ["Zwetschge"]


def test_nobody_and_nothing_are_not_found(house: House) -> None:
    """What is not there is refused, leaves no line, and reaches no record."""
    before = house.services.audit.trail.head()
    for kind, name in (("document", "no-such"), ("person", "nobody")):
        with pytest.raises(NotFound):
            restrict(house.services, kind, name, by=OPERATOR)  # type: ignore[arg-type]  # of the table above
    assert house.services.audit.trail.head() == before
    assert house.services.erasures.all() == ()


def test_a_restore_restricts_again(house: House) -> None:
    """The list of erasures tells a backup of before; the last line counts, and a restriction keeps its time."""
    document = house.document("leave.md")
    restrict(house.services, "document", document, by=OPERATOR)
    restrict(house.services, "person", "anna", by=OPERATOR)
    restrict(house.services, "person", "ben", by=OPERATOR)
    restrict(house.services, "person", "ben", by=OPERATOR, lifted=True)
    lines = house.services.erasures.all()
    house.services.restrictions.lift("document", [document])  # as in a backup of before
    house.services.restrictions.lift("person", ["anna"])
    house.services.restrictions.restrict("person", ["ben"], now=utc_now())
    with writing(house.services.engine) as connection:
        gone = replay(connection, lines)
        since = connection.execute(
            select(documents.c.restricted_at).where(documents.c.id == document)
        ).scalar()
        people = dict(connection.execute(select(users.c.id, users.c.restricted_at)).all())
    assert (
        gone[Erased.DOCUMENT_RESTRICTED]
        == gone[Erased.PERSON_RESTRICTED]
        == gone[Erased.PERSON_RELEASED]
        == 1
    )
    assert since == lines[0].at
    assert people["anna"] is not None
    assert people["ben"] is None
    with writing(house.services.engine) as connection:
        assert not sum(replay(connection, [Erasure("2027-01-01", Erased.PERSON_RESTRICTED, "anna")]).values())

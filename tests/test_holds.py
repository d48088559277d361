"""A legal hold: what is under it stays, whoever wants it gone, until it is released."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.audit.events import Kind as Recorded
from app.privacy.holding import place, release
from app.privacy.holds import Holds, Kind, held
from ingest.database import stamp, utc_now
from ingest.schema import documents
from retrieval.errors import InvalidRequest, NotFound
from tests.house import House, ask

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(house: House, tmp_path: Path) -> House:
    """Give a house with a document for all, a file of Anna's own, and what she asked."""
    house.bring_in(
        tmp_path / "a", "handbook", leave="# Leave\n\nThirty days of leave a year.", tax="# Tax\n\nNone."
    )
    ask(house, "anna", "How many days of leave are there?")
    reply = house.client.post(
        "/api/files",
        headers=house.token("anna"),
        files={"file": ("own.md", b"# Own\n\nMy own notes on leave.")},
    )
    assert reply.status_code == 202
    house.work()
    return house


def on(house: House, kind: Kind, target: str) -> str:
    """Place a hold; return its id."""
    return place(house.services, kind, target, "Mirabelle against Quince", by="root").id


def test_hold_covers_what_belongs_to_the_thing(filled: House) -> None:
    """A collection's covers its documents, a document's keeps its collection, a person's covers their own files."""
    engine, document = filled.services.engine, filled.document("leave.md")
    own = filled.services.own_files.of("anna")[0].document_id
    assert held(engine, person="anna", document=document, collection="handbook") == ()

    on(filled, Kind.COLLECTION, "handbook")
    assert [one.target for one in held(engine, document=document)] == ["handbook"]
    assert held(engine, document=own) == held(engine, person="anna") == ()
    on(filled, Kind.PERSON, "anna")
    assert [one.target for one in held(engine, document=own)] == ["anna"]
    assert [one.target for one in held(engine, person="anna")] == ["anna"]
    assert held(engine, person="ben") == held(engine, collection="hr") == ()
    on(filled, Kind.DOCUMENT, document)
    assert {one.target for one in held(engine, collection="handbook")} == {"handbook", document}


def test_document_on_hold_outlives_everybody_who_wants_it_gone(filled: House, tmp_path: Path) -> None:
    """The route refuses, the source that lost it is not followed, and what its term ends is kept; then it goes."""
    root, document = filled.token("root"), filled.document("leave.md")
    hold = on(filled, Kind.DOCUMENT, document)

    refused = filled.client.delete(f"/api/documents/{document}", headers=root)
    assert (refused.status_code, "Quince" in refused.text, hold in refused.text) == (403, False, True)
    assert filled.services.pipeline.forget(document) is False
    assert filled.services.catalog.get(document).visible_version_id is not None
    assert document not in {one.id for one in filled.services.erasures.all()}
    assert filled.services.pipeline.forget(filled.document("tax.md")) is True

    release(filled.services, hold, by="root")
    assert filled.client.delete(f"/api/documents/{document}", headers=root).status_code == 204
    with pytest.raises(NotFound):
        filled.services.catalog.get(document)


def test_person_on_hold_deletes_nothing(filled: House) -> None:
    """Neither a conversation nor a file of their own nor a question that another takes the place of."""
    anna = filled.token("anna")
    talk = filled.client.get("/api/conversations", headers=anna).json()[0]["id"]
    asked = filled.client.get(f"/api/conversations/{talk}", headers=anna).json()["messages"][0]["id"]
    own = filled.services.own_files.of("anna")[0].id
    hold = on(filled, Kind.PERSON, "anna")

    assert filled.client.delete(f"/api/conversations/{talk}", headers=anna).status_code == 403
    assert filled.client.delete(f"/api/files/{own}", headers=anna).status_code == 403
    again = {"question": "And in Zurich?", "replaces": asked}
    replaced = filled.client.post(f"/api/conversations/{talk}/messages", headers=anna, json=again)
    assert replaced.status_code == 403
    assert len(filled.client.get(f"/api/conversations/{talk}", headers=anna).json()["messages"]) == 2

    release(filled.services, hold, by="root")
    assert filled.client.delete(f"/api/files/{own}", headers=anna).status_code == 204
    assert filled.client.delete(f"/api/conversations/{talk}", headers=anna).status_code == 204


def test_holds_are_on_record_without_names(filled: House) -> None:
    """Who placed and released one, on what; the person by pseudonym, the reason not at all."""
    release(filled.services, on(filled, Kind.PERSON, "anna"), by="operator")

    found = [one for one in filled.services.audit.trail.records() if one.kind == Recorded.HOLD]
    assert [(one.outcome, one.actor) for one in found] == [
        ("placed", filled.services.audit.pseudonym("root")),
        ("released", "operator"),
    ]
    assert filled.services.audit.pseudonym("anna") in found[0].objects
    assert "anna" not in "".join(one.objects for one in found)
    assert "Quince" not in "".join(one.objects for one in found)


def test_hold_needs_a_reason_and_a_thing(house: House) -> None:
    """A second one on the same thing is the first; what was released cannot be released again."""
    holds: Holds = house.services.holds
    with pytest.raises(InvalidRequest):
        holds.place(Kind.PERSON, "anna", "  ", by="root", now=NOON)
    with pytest.raises(NotFound):
        holds.place(Kind.DOCUMENT, "anna", "a lawsuit", by="root", now=NOON)
    first = holds.place(Kind.PERSON, "anna", "a lawsuit", by="root", now=NOON)
    assert holds.place(Kind.PERSON, "anna", "another one", by="root", now=NOON) == first
    holds.release(first.id, by="root", now=NOON)
    with pytest.raises(NotFound):
        holds.release(first.id, by="root", now=NOON)
    assert [one.released_by for one in holds.listed(with_released=True)] == ["root"]
    assert holds.listed() == ()


def test_who_sees_which_holds(house: House) -> None:
    """Administrators all; nobody else learns of one on a person."""
    on(house, Kind.PERSON, "anna")
    on(house, Kind.COLLECTION, "hr")

    seen = house.client.get("/api/holds", headers=house.token("root")).json()
    assert {one["target"] for one in seen} == {"anna", "hr"}
    assert house.client.get("/api/holds", headers=house.token("anna")).status_code == 403


def test_document_kept_beyond_its_term_by_a_hold_is_no_fault(filled: House) -> None:
    """The comparison of all that is kept passes it over; without the hold it names it."""
    document = filled.document("leave.md")
    long_ago = stamp(utc_now() - timedelta(days=400))
    with filled.services.engine.begin() as connection:
        mine = update(documents).where(documents.c.id == document)
        connection.execute(mine.values(created_at=long_ago))
    path, root = "/api/consistency", filled.token("root")
    assert [one["subject"] for one in filled.client.get(path, headers=root).json()["faults"]] == [document]

    on(filled, Kind.DOCUMENT, document)

    assert filled.client.get(path, headers=root).json()["faults"] == []

"""People get all that is kept of them, and delete their conversations at once; each their own, and on record."""

import io
import json
from zipfile import ZipFile

from app.audit.events import Kind
from app.privacy.holds import Kind as HoldOn
from ingest.database import utc_now
from ingest.erasures import Erased
from tests.house import House, ask
from tests.two_documents import QUESTION


def test_the_zip_is_that_of_whoever_asks(house: House) -> None:
    """It holds the asker's questions and nobody else's, in the language asked for, and its own record."""
    ask(house, "anna", f"{QUESTION} Zwetschge")
    ask(house, "ben", f"{QUESTION} Mirabelle")
    reply = house.client.get("/api/me/export", params={"language": "fr"}, headers=house.token("anna"))
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/zip"
    assert reply.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    with ZipFile(io.BytesIO(reply.content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        last = json.loads(archive.read("audit.json"))["records"][-1]
    assert b"Zwetschge" in everything
    assert b"Mirabelle" not in everything
    assert "Vos données".encode() in everything
    assert (last["kind"], last["outcome"], last["by"]) == ("export", "all of oneself", "you")


def test_who_asks_again_and_again_is_told_to_wait(house: House) -> None:
    """An export takes seconds of the processor: two a minute are made."""
    headers = house.token("anna")
    codes = [house.client.get("/api/me/export", headers=headers).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert house.client.get("/api/me/export", headers=house.token("ben")).status_code == 200


def test_all_conversations_go_with_what_hangs_on_them(house: House) -> None:
    """One's own go, empty ones too, are on the list of erasures and on record; another person's stay."""
    mine = [ask(house, "anna", QUESTION)["conversation"] for _ in range(2)]
    headers = house.token("anna")
    mine.append(house.client.post("/api/conversations", headers=headers).json()["id"])
    theirs = ask(house, "ben", QUESTION)["conversation"]
    reply = house.client.delete("/api/conversations", headers=headers)
    assert reply.json() == {"conversations": 3}
    assert [house.client.get(f"/api/conversations/{one}", headers=headers).status_code for one in mine] == [
        404
    ] * 3
    assert house.client.get(f"/api/conversations/{theirs}", headers=house.token("ben")).status_code == 200
    listed = {one.id for one in house.services.erasures.all() if one.kind is Erased.CONVERSATION}
    assert listed == set(mine)
    last = house.services.audit.trail.newest(Kind.ERASURE)
    assert last is not None
    assert (last.outcome, last.actor) == ("all conversations", house.services.audit.pseudonym("anna"))
    assert house.client.delete("/api/conversations", headers=headers).json() == {"conversations": 0}


def test_a_legal_hold_keeps_them(house: House) -> None:
    """Under a hold on the person nothing goes, and nothing is on the list of erasures."""
    asked = ask(house, "anna", QUESTION)["conversation"]
    house.services.holds.place(HoldOn.PERSON, "anna", "a proceeding", by="root", now=utc_now())
    headers = house.token("anna")
    assert house.client.delete("/api/conversations", headers=headers).status_code == 403
    assert house.client.get(f"/api/conversations/{asked}", headers=headers).status_code == 200
    assert house.services.erasures.all() == ()

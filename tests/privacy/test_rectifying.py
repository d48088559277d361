"""What was wrong is corrected, for whoever asks and in what was answered; what somebody else keeps is left to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.audit.events import Kind
from app.audit.trail import Wanted
from app.identity import OPERATOR
from app.openid import Identity
from app.privacy.rectifying import rectify_document, rectify_person
from ingest.database import utc_now
from ingest.jobs import INGEST, Order
from ingest.types import UPLOAD, Origin, SourceFile, State
from retrieval.errors import BrokenDocument, InvalidRequest, NotFound
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give a house into which somebody uploaded a document for all."""
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    copy = opened.services.settings.site.uploads_dir / "leave"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(LEAVE, encoding="utf-8")
    readers = opened.services.collections.get("handbook").readers
    file = SourceFile(UPLOAD, "root/leave.md", copy, "leave.md", readers, origin=Origin.COPY)
    opened.services.jobs.place(Order(INGEST, "handbook", UPLOAD, (file,), "root"), now=utc_now())
    opened.work()
    with opened.client:
        yield opened


def corrected(tmp_path: Path, text: str) -> Path:
    """Return a file with this text, under a name of its own."""
    file = tmp_path / "leave-mended.md"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_corrected_document_takes_the_place_of_the_wrong_one(house: House, tmp_path: Path) -> None:
    """It keeps its id, name and readers; old answers leave out what rested on the wrong text; it is on record."""
    asked = ask(house, "ben", QUESTION)
    assert "28 days" in asked["answer"]["text"]
    document = house.document("leave.md")
    readers = house.services.catalog.readers(document)
    made = rectify_document(
        house.services, "leave.md", corrected(tmp_path, LEAVE.replace("28", "31")), by=OPERATOR
    )
    house.work()
    assert (made.document, made.answers) == (document, 1)
    (one,) = house.services.catalog.listed()
    assert (one.id, one.file_name, one.state) == (document, "leave.md", State.VISIBLE)
    assert house.services.catalog.readers(document) == readers
    told = house.client.get(f"/api/conversations/{asked['conversation']}", headers=house.token("ben")).json()
    assert "28" not in told["messages"][1]["answer"]["text"]
    texts = [source["text"] for source in ask(house, "ben", QUESTION)["sources"]["sources"]]
    assert any("31 days" in text for text in texts)
    assert not any("28 days" in text for text in texts)
    (record,) = house.services.audit.trail.all_found(Wanted(thing=document, kinds=(Kind.ACCESS,)))
    assert record.outcome == "rectified"
    assert list(house.services.settings.site.uploads_dir.iterdir()) == []


def test_a_correction_that_cannot_be_read_changes_nothing(house: House, tmp_path: Path) -> None:
    """The document stays found as it was, and says what is wrong with what was brought."""
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    rectify_document(house.services, "leave.md", broken, by=OPERATOR)
    house.work()
    assert "28 days" in ask(house, "ben", QUESTION)["answer"]["text"]
    with pytest.raises(BrokenDocument):
        rectify_document(house.services, "leave.md", tmp_path, by=OPERATOR)


def test_what_a_source_or_a_person_keeps_is_left_to_them(house: House, tmp_path: Path) -> None:
    """A sync would bring the wrong text back; a file of one's own is one's own."""
    house.bring_in(tmp_path / "a", "handbook", parking="# Parking\n\nThere are 40 places.")
    file = corrected(tmp_path, LEAVE)
    with pytest.raises(InvalidRequest, match="comes from folder") as refused:
        rectify_document(house.services, "parking.md", file, by=OPERATOR)
    assert "ingest sync" in refused.value.remedy
    headers = house.token("ben")
    sent = house.client.post("/api/files", headers=headers, files={"file": ("mine.md", b"# Mine\n\nText.")})
    assert sent.status_code < 300, sent.text
    house.work()
    with pytest.raises(InvalidRequest, match="own file"):
        rectify_document(house.services, "mine.md", file, by=OPERATOR)
    with pytest.raises(NotFound):
        rectify_document(house.services, "nothing.md", file, by=OPERATOR)
    assert list(house.services.settings.site.uploads_dir.iterdir()) == []


def test_the_name_of_an_account_is_corrected(house: House) -> None:
    """Rights, password and what is not named stay; what the provider tells is corrected there."""
    before = house.services.accounts.person("ben")
    rectify_person(house.services, "ben", name="Ben Dubois-Martin", title="", by=OPERATOR)
    after = house.services.accounts.person("ben")
    assert after.name == "Ben Dubois-Martin"
    assert (after.title, after.role, after.groups) == (before.title, before.role, before.groups)
    assert house.client.get("/api/me", headers=house.token("ben")).json()["name"] == "Ben Dubois-Martin"
    with pytest.raises(InvalidRequest, match="nothing"):
        rectify_person(house.services, "ben", name="", title="", by=OPERATOR)
    with pytest.raises(NotFound):
        rectify_person(house.services, "nobody", name="X", title="", by=OPERATOR)
    identity = Identity(
        "https://id.example.org", "7", "Eva", ("staff",), has_groups=True, issued_at=utc_now()
    )
    eva = house.services.accounts.welcome(identity, role="employee")
    with pytest.raises(InvalidRequest, match="provider"):
        rectify_person(house.services, eva.id, name="Eve", title="", by=OPERATOR)

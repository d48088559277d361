"""What was erased after a backup does not come back with it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cli.restoring import Consent, _erasures
from app.phrases import phrases_in
from app.privacy.erasing import erase
from app.privacy.holds import Kind
from app.records import open_records
from app.schema import conversations, feedback
from ingest.database import open_database, purge_deleted, sqlite_url, stamp, utc_now
from ingest.erasures import FILE_NAME, Erased, Erasure, Erasures
from ingest.schema import documents
from retrieval.errors import BackupRejected, Unavailable
from tests.backups import (
    backed_up,
    elsewhere,
    restored,
)
from tests.house import PEOPLE, House, ask, settings_of
from tests.two_documents import QUESTION


def test_erasures_that_came_with_the_keys_are_replayed(tmp_path: Path) -> None:
    """The list as it was when the keys were written counts beside the one that is named."""
    line = b'{"at": "2026-01-02T03:04:05.000+00:00", "kind": "document", "id": "gone"}\n'
    consent = Consent(without_keys=False, without_erasures=True, replaces=False)
    found = _erasures(settings_of(tmp_path), [], {FILE_NAME: line}, consent)
    assert [(one.kind, one.id) for one in found] == [(Erased.DOCUMENT, "gone")]


def test_what_was_erased_since_does_not_come_back(house: House, backup: Path, tmp_path: Path) -> None:
    """Document with original and chunks, conversation, thumb, key and a leaver's account, to the last byte."""
    services, anna = house.services, house.token("anna")
    salary, (talk,) = house.document("salary.md"), services.history.listed("anna")
    services.pipeline.forget(salary)
    (key,) = house.client.get("/api/keys", headers=anna).json()
    assert house.client.delete(f"/api/keys/{key['id']}", headers=anna).status_code == 204
    assert house.client.delete(f"/api/conversations/{talk.id}", headers=anna).status_code == 204
    services.erasures.add(Erased.DISABLED, "ben", now=utc_now())
    erasures = services.erasures.all()
    assert "61,400" not in services.erasures.path.read_text()
    services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, backup, erasures=erasures)

    assert not got.finding.faults
    assert got.erased == {
        Erased.DOCUMENT: 1,
        Erased.KEY: 1,
        Erased.CONVERSATION: 1,
        Erased.DISABLED: 1,
    }
    for file in new.site.data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert b"61,400" not in content, file
        assert b"annual leave do employees" not in content, file
    again = open_records(new)
    assert again.history.listed("anna") == ()
    assert [one for one, is_disabled, _ in again.accounts.listed("ben") if not is_disabled] == []


def test_what_was_made_again_after_its_erasure_stays(house: House, tmp_path: Path) -> None:
    """A document that came back to its place under its old id before the backup is no erased one."""
    text = {"bonus": "# Bonus\n\nThe bonus is paid in March.\n"}
    house.bring_in(tmp_path / "place", "hr", **text)
    before = house.document("bonus.md")
    house.services.pipeline.forget(before)
    house.bring_in(tmp_path / "place", "hr", **text)
    assert house.document("bonus.md") == before
    backed_up(house, tmp_path / "backup")
    erasures = house.services.erasures.all()
    assert [one.id for one in erasures] == [before]

    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)
    got = restored(new, tmp_path / "backup", erasures=erasures)

    assert got.erased.get(Erased.DOCUMENT, 0) == 0
    assert got.documents == 14


def test_clock_that_was_set_back_brings_nothing_back(house: House, tmp_path: Path) -> None:
    """Document, conversation and thumb that were made while the clock was ahead stay erased."""
    services, anna, ahead = house.services, house.token("anna"), stamp(utc_now() + timedelta(days=1))
    salary, (talk,) = house.document("salary.md"), services.history.listed("anna")
    with services.engine.begin() as connection:
        for table in (documents, conversations, feedback):
            connection.execute(table.update().values(created_at=ahead))
        (answer,) = connection.execute(select(feedback.c.answer_id)).scalars()
    backed_up(house, tmp_path / "backup")
    services.pipeline.forget(salary)
    assert house.client.delete(f"/api/answers/{answer}/feedback", headers=anna).status_code == 204
    lines = services.erasures.all()
    without_talk, with_talk = elsewhere(tmp_path), elsewhere(tmp_path, "other")
    assert house.client.delete(f"/api/conversations/{talk.id}", headers=anna).status_code == 204
    for new in (without_talk, with_talk):
        shutil.copytree(services.settings.site.secrets_dir, new.site.secrets_dir)

    with_thumb = restored(with_talk, tmp_path / "backup", erasures=lines)
    everything = restored(without_talk, tmp_path / "backup", erasures=services.erasures.all())

    assert with_thumb.erased == {Erased.DOCUMENT: 1, Erased.FEEDBACK: 1}
    assert everything.erased == {Erased.DOCUMENT: 1, Erased.FEEDBACK: 1, Erased.CONVERSATION: 1}


def test_attachment_goes_with_its_document(house: House, backup: Path, tmp_path: Path) -> None:
    """Also where the list names the document it is attached to alone."""
    engine = house.services.engine
    with engine.begin() as connection:
        child, parent = house.document("pump.md"), house.document("valve.md")
        connection.execute(documents.update().where(documents.c.id == child).values(parent_id=parent))
    backed_up(house, tmp_path / "second")
    new = elsewhere(tmp_path)
    shutil.copytree(house.services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, tmp_path / "second", erasures=[Erasure("9999", Erased.DOCUMENT, parent)])

    assert got.erased == {Erased.DOCUMENT: 2}
    assert backup.is_dir()


def test_erasure_that_cannot_be_listed_is_refused(house: House, tmp_path: Path) -> None:
    """What would come back with a restore is not erased: the document stays, and the command can be repeated."""
    erasures = Erasures(tmp_path / "no" / "such")
    (tmp_path / "no").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="list of erasures"):
        erasures.document(house.document("salary.md"), made_at="")


def test_list_with_half_a_line_is_read(tmp_path: Path) -> None:
    """A crash may cut a line, before anything was erased; a whole line without sense is told."""
    place = tmp_path / "erasures.jsonl"
    Erasures(place).document("one", made_at="")
    with place.open("a") as file:
        file.write('{"at": "2026')
    assert [one.id for one in Erasures(place).all()] == ["one"]
    Erasures(place).document("two", made_at="")
    assert [one.id for one in Erasures(place).all()] == ["one", "two"]
    with place.open("a") as file:
        file.write('{"at": "2026"}\n')
    with pytest.raises(BackupRejected, match="line 4"):
        Erasures(place).all()


def test_person_collection_and_answers_do_not_come_back(house: House, tmp_path: Path) -> None:
    """An older backup is made to forget an erased person, a collection, and what answers said from a document."""
    services = house.services
    leave, answer = house.document("leave.md"), ask(house, "ben", QUESTION)
    backed_up(house, tmp_path / "with-answer")
    assert "28 days" in answer["answer"]["text"]
    erase(services, Kind.DOCUMENT, leave, answers="redact", by="root")
    erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    erase(services, Kind.COLLECTION, "hr", answers="redact", by="root")
    erasures = services.erasures.all()
    services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(services.settings.site.secrets_dir, new.site.secrets_dir)

    got = restored(new, tmp_path / "with-answer", erasures=erasures)

    assert not got.finding.faults
    assert (got.erased[Erased.PERSON], got.erased[Erased.COLLECTION]) == (1, 1)
    assert got.erased[Erased.ANSWERS_REDACTED] >= 1
    engine = open_database(sqlite_url(new.site.database_file))
    purge_deleted(engine, [])
    engine.dispose()
    for file in new.site.data_dir.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for word in (b"28 days", b"Zwetschge", b"61,400", b"user:anna", b"too short"):
            assert word not in content, (file, word)
    records = open_records(new)
    assert [one.id for one, _, _ in records.accounts.listed()] == ["ben", "root"]
    entry = records.ledger.entry(answer["answer"]["id"])
    assert entry.answer.text == entry.answer.notice == phrases_in("en").erased
    records.engine.dispose()


def test_account_that_was_made_again_stays(house: House, tmp_path: Path) -> None:
    """Somebody who came back after an erasure is not erased by its line."""
    services = house.services
    erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    back = next(one for one in PEOPLE if one.id == "anna")
    services.accounts.save(back, password="a long enough password")
    backed_up(house, tmp_path / "later")
    erasures = services.erasures.all()
    services.close()
    new = elsewhere(tmp_path)
    shutil.copytree(services.settings.site.secrets_dir, new.site.secrets_dir)
    restored(new, tmp_path / "later", erasures=erasures)
    records = open_records(new)
    assert "anna" in {one.id for one, _, _ in records.accounts.listed()}
    records.engine.dispose()

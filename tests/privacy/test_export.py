"""An export holds all that is kept of its person and nothing of anybody else, in forms for machines and for people."""

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pytest
from html5lib import HTMLParser  # type: ignore[import-untyped]  # it comes without types
from sqlalchemy import insert, update

from app.audit.events import Kind
from app.audit.trail import Wanted
from app.identity import Person
from app.privacy.export import LEFT_OUT, TOLD_IN, export
from app.privacy.export_records import FILES, FORMAT
from app.privacy.exporting import write_export
from app.privacy.inventory import STORES
from app.privacy.of_person import AT_ONCE
from app.provenance import AI_SOURCE
from app.schema import answers, conversations, messages
from ingest.database import stamp, utc_now
from retrieval.errors import DatabaseUnavailable, NotFound, SetupRefused
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import COLLECTIONS, PASSWORD, House, ask, open_house
from tests.two_documents import ANSWER, LEAVE, QUESTION, SALARY

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
# Where a person's canary is planted; the export must hold each.
PLACES = (
    "name",
    "title",
    "group",
    "talk",
    "question",
    "answer",
    "empty",
    "reason",
    "key",
    "own-file",
    "own-text",
    "waiting",
    "broken",
    "upload",
    "manages",
)


USERS = ("anna", "ben", "anna-lena")
DECLARED = (
    *COLLECTIONS,
    *(
        replace(COLLECTIONS[0], id=f"m-{user}", name=f"canary{user}manages", managers=(f"user:{user}",))
        for user in USERS
    ),
)


def canary(user: str, place: str) -> str:
    """Return the word planted for a person at a place; found nowhere else."""
    return f"canary{user}{place.replace('-', '')}"


def person(user: str, group: str) -> Person:
    """Return an account that is nothing but canaries, and may read what its group may."""
    return Person(
        user, canary(user, "name"), canary(user, "title"), "employee", (group, canary(user, "group"))
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house in which Anna, Ben and Anna-Lena left a canary at every place; nobody changes it."""
    folder = tmp_path_factory.mktemp("seed")
    opened = open_house(folder / "data", ScriptedModel(ANSWER), collections=DECLARED)
    opened.bring_in(folder / "a", "handbook", leave=LEAVE)
    opened.bring_in(folder / "b", "hr", salary=SALARY)
    with opened.client:
        for user in USERS:
            plant(opened, user)
        for user in USERS:
            waiting = {"file": ("later.md", f"# Later\n\n{canary(user, 'waiting')}\n".encode())}
            opened.client.post("/api/files", headers=opened.token(user), files=waiting)
        yield opened


@pytest.fixture
def copy(house: House, tmp_path: Path) -> Iterator[House]:
    """Give a copy of it that may be changed."""
    shutil.copytree(house.services.settings.site.data_dir, tmp_path / "data")
    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER), collections=DECLARED)
    for user in USERS:  # opening a house of the tests writes its own people anew
        opened.services.accounts.save(person(user, "hr"), password=PASSWORD)
    with opened.client:
        yield opened


def plant(house: House, user: str) -> None:
    """Leave the canaries of a person."""
    services = house.services
    services.accounts.save(person(user, "hr"), password=PASSWORD)
    headers = house.token(user)
    own = {
        "file": (f"{canary(user, 'own-file')}.md", f"# Mine\n\nIt is {canary(user, 'own-text')}.\n".encode())
    }
    house.client.post("/api/files", headers=headers, files=own)
    house.client.post("/api/files", headers=headers, files={"file": ("broken.pdf", _broken(user))})
    upload = {"file": (f"{canary(user, 'upload')}.md", b"# Note\n\nOf the day.\n")}
    form = {"collection": "hr", "readers": "me"}
    assert house.client.post("/api/documents", headers=headers, files=upload, data=form).status_code == 202
    house.work()
    got = ask(house, user, f"{QUESTION} {canary(user, 'question')}")
    thumb = {"value": "down", "kinds": ["wrong"], "reason": canary(user, "reason")}
    house.client.post(f"/api/answers/{got['answer']['id']}/feedback", headers=headers, json=thumb)
    title = {"title": canary(user, "talk")}
    house.client.patch(f"/api/conversations/{got['conversation']}", headers=headers, json=title)
    empty = house.client.post("/api/conversations", headers=headers).json()["id"]
    house.client.patch(f"/api/conversations/{empty}", headers=headers, json={"title": canary(user, "empty")})
    key = {"name": canary(user, "key"), "scopes": ["ask"], "days": 30}
    assert house.client.post("/api/keys", headers=headers, json=key).status_code == 201
    told = [{"text": canary(user, "answer"), "citations": [1], "verdict": "supported", "phrases": [[0, 1]]}]
    with services.engine.begin() as connection:
        chosen = answers.c.id == got["answer"]["id"]
        connection.execute(update(answers).where(chosen).values(sentences=told))
        message = messages.c.conversation_id == got["conversation"]
        said = {"text": f"{canary(user, 'answer')} [1]"}
        connection.execute(update(messages).where(message, messages.c.role == "assistant").values(said))


def _broken(user: str) -> bytes:
    return b"%PDF-1.4\n" + canary(user, "broken").encode()


def taken(house: House, user: str = "anna", language: str = "en") -> dict[str, bytes]:
    """Return the files of a person's export."""
    return unpacked(b"".join(export(house.services, user, language=language, now=NOW)))


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip."""
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read(files: Mapping[str, bytes], name: str) -> Any:
    """Return a file of the export as its schema has it, nothing beside."""
    FILES[name].model_validate_json(files[name])
    return json.loads(files[name])


def test_every_canary_of_the_person_is_there_and_none_of_others(house: House) -> None:
    """What a person left at any place is in the export; of what two others left there is nothing."""
    files = taken(house)
    everything = b"\n".join(files.values()) + "\n".join(files).encode()
    assert [place for place in PLACES if canary("anna", place).encode() not in everything] == []
    others = [canary(user, place) for user in ("ben", "anna-lena") for place in PLACES]
    assert [one for one in others if one.encode() in everything] == []


def test_pages_show_what_the_json_says(house: House) -> None:
    """The pages hold the words of every conversation too, and are well-formed."""
    files = taken(house)
    pages = {name: text for name, text in files.items() if name.endswith(".html")}
    assert set(pages) == {"index.html", "conversations-001.html", "audit-001.html"}
    parser = HTMLParser(strict=True)
    for text in pages.values():
        parser.parse(text.decode())
    for place in ("talk", "question", "answer", "empty", "reason"):
        assert canary("anna", place).encode() in pages["conversations-001.html"]
    for place in ("name", "title", "group", "key", "own-file", "upload", "manages"):
        assert canary("anna", place).encode() in pages["index.html"]


def test_files_follow_the_schema_that_travels_along(house: House) -> None:
    """Each JSON file is what its schema says, of the version it names; the schema of each is in the export."""
    files = taken(house)
    carried = json.loads(files["schema.json"])
    assert carried["format"] == FORMAT
    assert set(carried["files"]) == set(FILES)
    for name in FILES:
        assert read(files, name)["format"] == FORMAT
    about = read(files, "about.json")
    assert {part["file"] for part in about["parts"]} == set(TOLD_IN)
    assert {part["file"]: part["count"] for part in about["parts"]}["conversations.json"] == 2
    stores = json.loads(files["stores.json"])
    assert stores["recipients"] == []
    assert {one["name"] for one in stores["stores"]} == {store.name for store in STORES}


def test_every_store_of_persons_is_told_or_says_why_not() -> None:
    """The inventory decides: a store that is added there has to be told in the export, or left out for a reason."""
    told = {store for stores in TOLD_IN.values() for store in stores}
    assert not told & set(LEFT_OUT)
    assert told | set(LEFT_OUT) == {store.name for store in STORES if store.is_personal}


def test_answers_are_marked_for_machines(house: House) -> None:
    """An answer says that a model made it, by IPTC's term, in JSON and in the page; a question does not."""
    files = taken(house)
    talk = next(one for one in read(files, "conversations.json")["conversations"] if one["messages"])
    question, answer = talk["messages"]
    assert question["answer"] is None
    assert answer["answer"]["ai_generated"] is True
    assert answer["answer"]["digital_source_type"] == AI_SOURCE
    assert answer["answer"]["model"] == "scripted"
    assert [one["title"] for one in answer["answer"]["sources"]][:1] == ["Annual leave"]
    assert f'data-digital-source-type="{AI_SOURCE}"' in files["conversations-001.html"].decode()
    assert "AI-generated · scripted" in files["conversations-001.html"].decode()


def test_own_files_come_back_byte_for_byte(house: House) -> None:
    """Files that nobody else may read are in the export: read, set aside and waiting ones; names tell them apart."""
    files = taken(house)
    uploads = read(files, "uploads.json")["documents"]
    by_name = {one["file_name"]: one for one in uploads}
    own = by_name[f"{canary('anna', 'own-file')}.md"]
    assert files[own["file"]] == f"# Mine\n\nIt is {canary('anna', 'own-text')}.\n".encode()
    assert files[by_name["broken.pdf"]["file"]] == _broken("anna")
    assert canary("anna", "waiting").encode() in files[by_name["later.md"]["file"]]
    assert files[by_name[f"{canary('anna', 'upload')}.md"]["file"]] == b"# Note\n\nOf the day.\n"
    states = {one["state"] for one in uploads}
    assert states == {"visible", "quarantined", "found"}
    orders = read(files, "uploads.json")["orders"]
    assert {name for one in orders for name in one["files"]} >= set(by_name)


def test_what_others_may_read_is_told_without_its_bytes(copy: House) -> None:
    """A document that a person added for others is the company's: it is named, and not handed out."""
    document = copy.document(f"{canary('anna', 'upload')}.md")
    copy.services.catalog.set_readers({document: ["group:hr"]})
    uploads = read(taken(copy), "uploads.json")["documents"]
    one = next(one for one in uploads if one["id"] == document)
    assert one["file"] is None


def test_audit_records_are_those_of_and_about_the_person(copy: House) -> None:
    """Own records are there in order, others' are not; who else acted is not named."""
    copy.services.audit.acts_as("anna")
    own = copy.services.audit.pseudonym("anna")
    records = read(taken(copy), "audit.json")["records"]
    mine = [one.seq for one in copy.services.audit.trail.all_found(Wanted(actor=own))]
    assert [one["seq"] for one in records if one["by"] == "you"] == mine
    assert len(mine) > 5
    assert [one["by"] for one in records][-1] == "operator"
    assert [one["seq"] for one in records] == sorted({one["seq"] for one in records})
    assert "actor" not in records[0]


def test_who_read_the_chats_is_told_once_it_is_over(copy: House) -> None:
    """An access by two administrators stands in account and page after its end, and nowhere before; no hold does."""
    services = copy.services
    asked = services.break_glass.ask("anna", "a reason of Quince", hours=1, by="root", now=NOW)
    services.break_glass.approve(asked.id, by="other", now=NOW)
    services.audit.record(
        Kind.BREAK_GLASS, "root", outcome="approved", person=services.audit.pseudonym("anna")
    )
    services.audit.record(Kind.HOLD, "root", outcome="placed", person=services.audit.pseudonym("anna"))
    files = taken(copy)
    assert b"Quince" not in b"".join(files.values())
    assert {one["kind"] for one in read(files, "audit.json")["records"]}.isdisjoint({"break-glass", "hold"})
    services.break_glass.end(asked.id, now=NOW)
    files = taken(copy)
    (told,) = read(files, "account.json")["accesses"]
    assert (told["requested_by"], told["approved_by"], told["reason"]) == (
        "root",
        "other",
        "a reason of Quince",
    )
    assert b"a reason of Quince" in files["index.html"]


def test_closed_documents_stay_closed(copy: House) -> None:
    """What rests on a document that the person may not read any more is left out, and counted."""
    copy.services.catalog.set_readers({copy.document("leave.md"): ["group:nobody"]})
    files = taken(copy)
    talk = next(one for one in read(files, "conversations.json")["conversations"] if one["messages"])
    answer = talk["messages"][1]["answer"]
    assert answer["withheld_sources"] >= 1
    assert canary("anna", "answer").encode() not in b"".join(files.values())
    assert b"Sources you may no longer read" in files["conversations-001.html"]


def test_who_may_not_sign_in_any_more_gets_their_own(copy: House) -> None:
    """A disabled account reads no document of the house: questions and files are there, answers from them are not."""
    copy.services.accounts.disable("anna")
    files = taken(copy)
    everything = b"".join(files.values())
    assert read(files, "account.json")["is_disabled"] is True
    assert canary("anna", "question").encode() in everything
    assert canary("anna", "own-text").encode() in everything
    assert canary("anna", "answer").encode() not in everything


def test_long_and_many_conversations_come_whole(copy: House) -> None:
    """Page after page is read: a conversation longer than a page, and more of them than fit into one."""
    fill(copy, "ben", [AT_ONCE * 2 + 3, *[2] * (AT_ONCE // 2 + 7), 1])
    files = taken(copy, "ben")
    told = read(files, "conversations.json")["conversations"]
    filled = [one for one in told if one["title"].startswith("filled")]
    assert sorted(len(one["messages"]) for one in filled) == sorted(
        [AT_ONCE * 2 + 3, *[2] * (AT_ONCE // 2 + 7), 1]
    )
    longest = max(filled, key=lambda one: len(one["messages"]))
    assert [one["text"] for one in longest["messages"]] == [f"words {n}" for n in range(AT_ONCE * 2 + 3)]
    assert {"conversations-001.html", "conversations-003.html"} <= set(files)


def fill(house: House, user: str, sizes: list[int]) -> None:
    """Write conversations of so many questions each."""
    moment = stamp(utc_now())
    with house.services.engine.begin() as connection:
        for number, size in enumerate(sizes):
            times = {"created_at": moment, "updated_at": moment}
            name = f"filled-{user}-{number}"
            connection.execute(
                insert(conversations).values(id=name, user_id=user, title=f"filled {number}", **times)
            )
            rows = [
                {
                    "id": f"{name}-{n}",
                    "conversation_id": name,
                    "position": n,
                    "role": "user",
                    "text": f"words {n}",
                }
                for n in range(size)
            ]
            connection.execute(insert(messages), [row | {"created_at": moment} for row in rows])


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Ihre Daten in"),
        ("fr", "Vos données dans"),
        ("it", "I suoi dati"),
        ("es", "Sus datos en"),
        ("xx", "Your data in"),
    ],
)
def test_pages_speak_the_language(house: House, language: str, title: str) -> None:
    """Pages are in the five languages, English where there is no other."""
    index = taken(house, language=language)["index.html"].decode()
    assert title in index
    assert f'lang="{"en" if language == "xx" else language}"' in index


def test_hostile_words_show_as_written(copy: House) -> None:
    """Whatever was typed, the pages hold no tag, script or link of it."""
    attack = "<script>alert(1)</script><img src=x onerror=y>\"'</title>"
    copy.services.accounts.save(replace(person("ben", "hr"), name=attack), password=PASSWORD)
    ask(copy, "ben", attack)
    files = taken(copy, "ben")
    for name in ("index.html", "conversations-001.html"):
        text = files[name].decode()
        assert "&lt;script&gt;" in text
        assert "<script" not in text
        assert "<img" not in text


def test_nobody_is_not_found(house: House) -> None:
    """An unknown account is refused before a byte is handed on, and leaves no record and no file."""
    with pytest.raises(NotFound):
        next(export(house.services, "nobody", language="en", now=NOW))
    before = house.services.audit.trail.head()
    with pytest.raises(NotFound):
        write_export(house.services, "nobody", Path("nobody.zip"), language="en", now=NOW)
    assert house.services.audit.trail.head() == before


def test_a_file_is_whole_and_for_its_owner(copy: House, tmp_path: Path) -> None:
    """The file has its name when it is whole, is readable by its owner alone, never overwritten, and on record."""
    place = tmp_path / "out" / "anna.zip"
    place.parent.mkdir()
    size = write_export(copy.services, "anna", place, language="en", now=NOW)
    assert size == place.stat().st_size
    assert place.stat().st_mode & 0o777 == 0o600
    assert "about.json" in unpacked(place.read_bytes())
    last = copy.services.audit.trail.head()
    assert last is not None
    assert (last.kind, last.actor, last.outcome) == ("export", "operator", "all of a person")
    assert copy.services.audit.pseudonym("anna") in last.objects
    with pytest.raises(SetupRefused, match="exists"):
        write_export(copy.services, "anna", place, language="en", now=NOW)
    assert [one.name for one in place.parent.iterdir()] == ["anna.zip"]
    with pytest.raises(SetupRefused):
        write_export(copy.services, "anna", tmp_path / "none" / "a.zip", language="en", now=NOW)


def test_one_that_breaks_off_leaves_nothing(copy: House, tmp_path: Path) -> None:
    """Where the database goes away in the middle, there is no file, and what was handed on is no whole zip."""
    fill(copy, "anna", [AT_ONCE] * 3)
    broken = replace(copy.services, passages=_Breaking())  # type: ignore[arg-type]  # its one method is all that is asked
    pieces: list[bytes] = []
    with pytest.raises(DatabaseUnavailable):
        pieces.extend(export(broken, "anna", language="en", now=NOW))
    with pytest.raises(BadZipFile):
        unpacked(b"".join(pieces))
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(DatabaseUnavailable):
        write_export(broken, "anna", folder / "anna.zip", language="en", now=NOW)
    assert list(folder.iterdir()) == []


class _Breaking:
    """Be passages of a database that is gone."""

    def fetch(self, chunk_ids: object, *, reader: object) -> dict[str, Any]:
        """Fail."""
        raise DatabaseUnavailable("gone", remedy="none")


def test_a_killed_one_leaves_nothing(copy: House, tmp_path: Path) -> None:
    """A process that is killed while it writes leaves no file of any name."""
    folder = tmp_path / "out"
    folder.mkdir()
    command = [sys.executable, "-c", STUCK, str(tmp_path / "data"), str(folder / "anna.zip")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"in the middle\n"
        child.kill()
    assert list(folder.iterdir()) == []


# Writes an export whose documents never come.
STUCK = """
import sys
from dataclasses import replace
from pathlib import Path

from app.privacy.exporting import write_export
from app.records import open_existing
from app.settings import load
from ingest.database import utc_now


class Stuck:
    def fetch(self, chunk_ids, *, reader):
        print("in the middle", flush=True)
        sys.stdin.read()


records = open_existing(load(None, {"INTRAMUROS_SITE__DATA_DIR": sys.argv[1]}))
write_export(replace(records, passages=Stuck()), "anna", Path(sys.argv[2]), language="en", now=utc_now())
"""

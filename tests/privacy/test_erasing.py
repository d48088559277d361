"""An erasure reaches every store, keeps what it says, touches nothing else, and is finished where it broke off."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.audit.events import Kind as Recorded
from app.audit.keeper import look_through
from app.phrases import phrases_in
from app.privacy import purging
from app.privacy.erasing import erase, finish_begun
from app.privacy.erasure_requests import ErasureRequests
from app.privacy.holding import place
from app.privacy.holds import Kind
from app.privacy.receipt import public_text, receipt_key, verdict
from app.schema import metadata, users
from ingest.database import utc_now
from ingest.erasures import Erased
from ingest.jobs import INGEST, Order
from ingest.schema import documents
from ingest.types import Origin, SourceFile, State
from retrieval.errors import DatabaseUnavailable, IndexUnavailable, NotFound, OnHold, Unavailable
from tests.house import House, ask
from tests.privacy.erasable import PEAR, PLUM, QUINCE, everything, filled, stored, tables_with, tell

ERASED = phrases_in("en").erased


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """Give a house that was used, on each database."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = filled(tmp_path, url=url)
    yield opened
    if url:
        with opened.services.engine.begin() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE alembic_version")
    opened.services.close()


def test_document_goes_with_what_was_said_from_it(house: House) -> None:
    """Chunks, points, original and the sentences that cite it; the sentence that cites another alone stays."""
    services, document = house.services, house.document("leave.md")
    version = services.catalog.get(document).visible_version_id or ""
    both = tell(
        house,
        "anna",
        ("As you asked:", ()),
        (f"Leave is {PLUM}.", ("leave.md",)),
        (f"Tax is {PEAR}.", ("tax.md",)),
        (f"Both are {PLUM} and {PEAR}.", ("leave.md", "tax.md")),
    )
    only = tell(house, "ben", (f"Leave is {PLUM}.", ("leave.md",)))
    other = tell(house, "ben", (f"Tax is {PEAR}.", ("tax.md",)))
    before = stored(house, other)
    done = erase(services, Kind.DOCUMENT, document, answers="redact", by="root")

    assert not tables_with(house, PLUM)
    assert services.index.count(version_id=version) == 0
    assert services.originals.kept(version) is None
    assert stored(house, both) == (f"Tax is {PEAR} [2].", [f"Tax is {PEAR}."], ERASED)
    assert stored(house, only) == (ERASED, [], ERASED)
    assert stored(house, other) == before
    assert (done.before["answers"], done.after and done.after["answers"]) == (2, 0)
    assert (done.before["texts"], done.before["vector index"], done.before["originals"]) == (1, 1, 1)
    assert done.after is not None
    assert not any(done.after.values())
    assert {one.store for one in done.kept} == {"conversations", "sources", "backups"}
    assert (done.target, done.documents) == (None, ())


def test_follow_up_does_not_repeat_what_was_erased(house: House) -> None:
    """An answer that had the erased one before its eyes keeps only what it cites from others."""
    first = tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    talk = first.conversation
    said = ((f"As said, {PLUM}.", ()), (f"Tax is {PEAR}.", ("tax.md",)))
    second = tell(house, "anna", *said, conversation=talk, turns=1)
    erase(house.services, Kind.DOCUMENT, house.document("leave.md"), answers="redact", by="root")
    assert stored(house, second)[1] == [f"Tax is {PEAR}."]
    assert not tables_with(house, PLUM)


def test_flagged_answers_stay_on_record_and_are_shown_to_nobody(house: House) -> None:
    """With `flag` the words stay for whoever must account for them; their owner reads a notice."""
    given = tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    done = erase(house.services, Kind.DOCUMENT, house.document("leave.md"), answers="flag", by="root")
    assert stored(house, given) == (f"Leave is {PLUM}.", [f"Leave is {PLUM}."], ERASED)
    assert [one.count for one in done.kept if one.store == "answers"] == [1]
    shown = house.client.get(f"/api/conversations/{given.conversation}", headers=house.token("anna"))
    assert PLUM not in shown.text
    assert ERASED in shown.text


def test_answer_that_is_written_meanwhile_says_nothing_of_it(house: House) -> None:
    """What was read before a document was erased, and is recorded after, is recorded without it."""
    written = tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    erase(house.services, Kind.DOCUMENT, house.document("leave.md"), answers="redact", by="root")
    late = written.__class__("late", *(getattr(written, name) for name in written.__slots__[1:]))
    house.services.history.record(late)
    assert stored(house, late)[1] == []
    assert not tables_with(house, PLUM)


def test_person_goes_and_a_colleague_s_things_stay(house: House, tmp_path: Path) -> None:
    """Account, chats, keys, own files and names in the company's records; nobody else's row changes."""
    services, ben = house.services, house.token("ben")
    ask(house, "anna", "What is Annas Mirabelle?")
    tell(house, "anna", (f"Tax is {PEAR}.", ("tax.md",)))
    ask(house, "ben", "What is tax?")
    shared = {"file": ("shared.md", b"# Shared\n\nFor everybody.\n")}
    manager = {"collection": "handbook", "readers": "me"}
    house.client.post("/api/documents", headers=ben, files=shared, data=manager)
    house.work()
    own = services.own_files.of("anna")[0].document_id or ""
    sign_in = house.token("anna")
    before = others(house)

    done = erase(services, Kind.PERSON, "anna", answers="redact", by="root")

    assert house.client.get("/api/conversations", headers=sign_in).status_code == 401
    assert tables_with(house, "anna") == set()
    assert not tables_with(house, "Mirabelle")
    assert services.index.count() == 4
    with pytest.raises(NotFound):
        services.catalog.get(own)
    assert others(house) == before
    assert len(before["messages"]) == 2
    assert house.client.get("/api/conversations", headers=ben).json()
    assert done.before["own files"] == 1
    assert done.after is not None
    assert not any(done.after.values())
    assert "audit trail" in {one.store for one in done.kept}
    assert look_through(services.audit).is_whole
    assert "anna" not in services.erasures.path.read_text()


def others(house: House) -> Mapping[str, list[str]]:
    """Return the rows of Ben's conversation and files, and of the company's documents."""
    ben = house.services.history.listed("ben")[0].id
    rows = everything(house)
    files = [one.id for one in house.services.catalog.listed() if one.file_name != "mine.md"]
    versions = [one.visible_version_id or "-" for one in house.services.catalog.listed() if one.id in files]
    wanted = {
        "users": ["'ben'", "'root'"],
        "conversations": [ben],
        "messages": [ben],
        "documents": files,
        "document_readers": files,
        "versions": files,
        "chunks": versions,
    }
    return {
        table: sorted(row for row in rows[table] if any(one in row for one in names))
        for table, names in wanted.items()
    }


def test_what_a_leaver_handed_over_to_all_stays_without_the_name(house: House) -> None:
    """A document for all readers of a collection is the company's; keys and orders name nobody any more."""
    services, root = house.services, house.token("root")
    upload = {"file": ("rules.md", b"# Rules\n\nFor everybody.\n")}
    to_all = {"collection": "handbook", "readers": "collection"}
    assert house.client.post("/api/documents", headers=root, files=upload, data=to_all).status_code == 202
    house.work()
    document = house.document("rules.md")
    done = erase(services, Kind.PERSON, "root", answers="redact", by="operator")
    found = services.catalog.get(document)
    assert found.state is State.VISIBLE
    assert found.key.startswith("erased-")
    assert [one.count for one in done.kept if one.store == "documents"] == [1]
    assert {one.created_by.partition("-")[0] for one in services.jobs.recent()} == {"anna", "erased"}


def test_collection_goes_with_its_documents_and_itself(house: House) -> None:
    """All documents, jobs and the declaration; another collection is as it was."""
    services = house.services
    given = tell(house, "anna", (f"Salary is {QUINCE}.", ("salary.md",)))
    done = erase(services, Kind.COLLECTION, "hr", answers="redact", by="root")
    assert not tables_with(house, QUINCE)
    assert [one.id for one in services.collections.all()] == ["handbook"]
    assert stored(house, given)[0] == ERASED
    assert tables_with(house, PLUM)
    assert done.after is not None
    assert not any(done.after.values())
    assert [one.store for one in done.kept if one.store == "configuration"]


def test_attachments_go_and_others_documents_stay(house: House) -> None:
    """What is attached to an erased document goes with it; a document that is attached elsewhere stays."""
    services, leave, tax = house.services, house.document("leave.md"), house.document("tax.md")
    with services.engine.begin() as connection:
        connection.execute(update(documents).where(documents.c.id == tax).values(parent_id=leave))
    given = tell(house, "anna", (f"Tax is {PEAR}.", ("tax.md",)))
    erase(services, Kind.DOCUMENT, leave, answers="redact", by="root")
    assert not tables_with(house, PLUM) | tables_with(house, PEAR)
    assert stored(house, given)[0] == ERASED
    assert tables_with(house, QUINCE)


@pytest.mark.parametrize("kind", list(Kind))
def test_hold_refuses_before_anything_is_touched(house: House, kind: Kind) -> None:
    """Neither a row nor a line of the list nor a record of the trail is written."""
    services = house.services
    target = {Kind.PERSON: "anna", Kind.DOCUMENT: house.document("leave.md"), Kind.COLLECTION: "handbook"}[
        kind
    ]
    held = {Kind.PERSON: "anna", Kind.DOCUMENT: "handbook", Kind.COLLECTION: house.document("tax.md")}[kind]
    on = {Kind.PERSON: Kind.PERSON, Kind.DOCUMENT: Kind.COLLECTION, Kind.COLLECTION: Kind.DOCUMENT}[kind]
    place(services, on, held, "Mirabelle against Quince", by="root")
    before, lines = everything(house), services.erasures.all()
    with pytest.raises(OnHold):
        erase(services, kind, target, answers="redact", by="root")
    assert everything(house) == before
    assert services.erasures.all() == lines


def test_hold_on_what_a_person_handed_over_for_themselves(house: House) -> None:
    """A file of one's own in a collection of the house that is on hold: the person is not erased by half."""
    services, anna = house.services, house.token("anna")
    upload, alone = {"file": ("notes.md", b"# Notes\n\nMine.\n")}, {"collection": "hr", "readers": "me"}
    assert house.client.post("/api/documents", headers=anna, files=upload, data=alone).status_code == 202
    house.work()
    place(services, Kind.COLLECTION, "hr", "Mirabelle against Quince", by="root")
    before = everything(house)
    with pytest.raises(OnHold):
        erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    assert everything(house) == before


def test_what_cannot_be_recorded_is_not_done(house: House) -> None:
    """With a trail that takes no record, everything stays as it is."""
    services, document = house.services, house.document("leave.md")
    before, lines = everything(house), services.erasures.all()
    with services.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_events RENAME TO audit_events_away")
    with pytest.raises(DatabaseUnavailable):
        erase(services, Kind.DOCUMENT, document, answers="redact", by="root")
    with services.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_events_away RENAME TO audit_events")
    assert everything(house) == before
    assert services.erasures.all() == lines


class _Broken:
    """An index that dies once when it is to forget, as a disk that is full does."""

    def __init__(self, index: object) -> None:
        self._index = index
        self.left = 1

    def forget_version(self, version: str) -> None:
        """Fail once."""
        if self.left:
            self.left -= 1
            raise IndexUnavailable("the disk is full", remedy="free some")
        self._index.forget_version(version)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_broke_off_is_out_of_sight_and_is_finished(house: House, kind: Kind) -> None:
    """An erasure that failed half-way shows nothing any more, and an hour later the house finishes it by itself."""
    services = house.services
    given = tell(house, "anna", (f"Leave is {PLUM}.", ("leave.md",)))
    target = {Kind.PERSON: "anna", Kind.DOCUMENT: house.document("leave.md"), Kind.COLLECTION: "handbook"}[
        kind
    ]
    indexer = services.pipeline.indexer
    object.__setattr__(indexer, "index", _Broken(indexer.index))
    with pytest.raises(IndexUnavailable):
        erase(services, kind, target, answers="redact", by="root")
    if kind is not Kind.PERSON:
        shown = house.client.get(f"/api/conversations/{given.conversation}", headers=house.token("anna"))
        assert PLUM not in shown.text
    assert finish_begun(services, now=utc_now()) == 0
    assert finish_begun(services, now=utc_now() + timedelta(hours=2)) == 1
    (done,) = ErasureRequests(services.engine).listed()
    assert done.erased_at
    assert done.after is not None
    assert not any(done.after.values())
    assert not tables_with(house, "anna" if kind is Kind.PERSON else PLUM)
    if kind is not Kind.PERSON:
        assert done.before["answers"] == 1


def test_same_command_finishes_what_broke_off(house: House) -> None:
    """A second order of the same is the same request, with what was counted at first."""
    services, indexer = house.services, house.services.pipeline.indexer
    object.__setattr__(indexer, "index", _Broken(indexer.index))
    with pytest.raises(IndexUnavailable):
        erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    done = erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    assert [one.id for one in ErasureRequests(services.engine).listed()] == [done.id]
    assert done.before["own files"] == 1


def test_order_and_end_are_on_the_trail_without_a_name(house: House) -> None:
    """What was ordered by whom, by pseudonym, and that it was done; ids and counts."""
    services = house.services
    done = erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    ordered, ended = (
        one
        for one in services.audit.trail.records()
        if one.kind == Recorded.ERASURE and done.id in one.objects
    )
    assert (ordered.outcome, ended.outcome) == ("person ordered", "person erased")
    assert ordered.actor == services.audit.pseudonym("root")
    assert services.audit.pseudonym("anna") in ordered.objects


def test_list_names_what_a_restore_erases_again(house: House) -> None:
    """Document, answers, person by a digest and collection are listed; no account is."""
    services, leave = house.services, house.document("leave.md")
    services.erasures.add(Erased.DISABLED, "anna", now=utc_now())
    services.erasures.add(Erased.DISABLED, "ben", now=utc_now())
    erase(services, Kind.DOCUMENT, leave, answers="redact", by="root")
    erase(services, Kind.PERSON, "anna", answers="redact", by="root")
    erase(services, Kind.COLLECTION, "hr", answers="flag", by="root")
    lines = {(one.kind, one.id) for one in services.erasures.all()}
    assert {(Erased.DOCUMENT, leave), (Erased.ANSWERS_REDACTED, leave), (Erased.COLLECTION, "hr")} <= lines
    assert {one.id for one in services.erasures.all() if one.kind is Erased.DISABLED} == {"ben"}
    assert {one.kind for one in services.erasures.all()} >= {Erased.PERSON, Erased.ANSWERS_FLAGGED}


def test_command_line_is_nobody_to_be_erased(house: House) -> None:
    """The account under which the command line acts is no person: its orders stay."""
    house.services.accounts.operator()
    with pytest.raises(NotFound):
        erase(house.services, Kind.PERSON, "operator", answers="redact", by="root")


def test_worker_that_brings_in_meanwhile_is_stopped(house: House, tmp_path: Path) -> None:
    """Two workers read into a collection while it is erased: nothing of it is there afterwards, nor comes later."""
    services, folder = house.services, tmp_path / "many"
    folder.mkdir()
    files = []
    for number in range(24):
        place_ = folder / f"{number}.md"
        place_.write_text(f"# {number}\n\nThe value of {number} is {QUINCE}.\n")
        files.append(
            SourceFile(
                f"folder:{folder}", place_.name, place_, place_.name, ("group:hr",), origin=Origin.LISTED
            )
        )
    for some in (files[:12], files[12:]):
        services.jobs.place(Order(INGEST, "hr", f"folder:{folder}", tuple(some), "root"), now=utc_now())
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(services.worker(f"w{number}").run_one, stop) for number in range(2)]
        try:
            erase(services, Kind.COLLECTION, "hr", answers="redact", by="root")
        except Unavailable:
            assert ErasureRequests(services.engine).unfinished(before=utc_now())
        wait(working)
    finish_begun(services, now=utc_now() + timedelta(hours=2))
    assert [one.id for one in services.collections.all()] == ["handbook"]
    assert not tables_with(house, QUINCE)
    purging.purge(services, now=utc_now())
    assert services.originals.versions() <= {one.visible_version_id for one in services.catalog.listed()}
    assert {one.collection_id for one in services.index.records()} <= {"handbook", *own_ids(house)}


def own_ids(house: House) -> set[str]:
    """Return the private collections."""
    return set(house.services.collections.private())


def test_administrator_erases_after_a_fresh_proof(house: House) -> None:
    """The route answers with a receipt, lists the request, and tells another who asks later the same."""
    root, ben = house.token("root"), house.token("ben")
    order = {"kind": "person", "target": "anna"}
    assert house.client.post("/api/erasures", headers=ben, json=order).status_code == 403
    services = house.services
    stale = services.sessions.open("root", now=utc_now() - timedelta(minutes=16)).token
    old = {"Authorization": f"Bearer {stale}"}
    assert house.client.post("/api/erasures", headers=old, json=order).status_code == 403
    done = house.client.post("/api/erasures", headers=root, json=order)
    assert done.status_code == 201
    told = done.json()
    assert verdict(told, public_text(receipt_key(services.settings))) == "ours"
    assert [one["id"] for one in house.client.get("/api/erasures", headers=root).json()] == [told["id"]]
    assert house.client.get(f"/api/erasures/{told['id']}", headers=root).json() == told
    assert house.client.post("/api/erasures", headers=root, json=order).status_code == 404
    assert house.client.post("/api/purge", headers=root).json() == {"state": "purged"}
    purged = house.client.get(f"/api/erasures/{told['id']}", headers=root).json()
    assert purged["purged_at"]
    assert verdict(purged, told["key"]) == "ours"


def test_account_knows_when_it_was_made(house: House) -> None:
    """An account that is made again after an erasure can be told from the one that was erased."""
    with house.services.engine.connect() as connection:
        assert all(connection.execute(select(users.c.created_at)).scalars())

"""The consistency check finds every seeded fault, its remedy mends it, and a healthy house raises no alarm."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Engine, delete, select, update

from app.api.lending import lent
from app.cli.consistency import inspect_house
from app.consistency import Finding, Stock, inspect_stock
from app.ledger import Ledger
from app.models.catalogue import entry
from app.models.install import accept_model
from app.schema import answer_passages, answers, sessions, users
from ingest.attempts import Attempts
from ingest.consistency import Fault, FaultKind, Holding, ShownVersion, StoredChunk, faults_of_chunks
from ingest.database import stamp, utc_now, writing
from ingest.schema import chunks, document_readers, documents, versions
from ingest.stocktaking import Stocktaking
from ingest.types import SourceFile, State
from ingest.version_store import VersionStore
from ingest.versions import document_id, version_id
from retrieval.errors import IndexUnavailable, NotFound, OriginalsUnavailable
from retrieval.lock import hold
from retrieval.sparse import SparseEncoder
from retrieval.types import IndexEntry, IndexRecord
from tests.fakes import ScriptedModel
from tests.house import House, ask, open_house
from tests.test_catalog import a_file, a_version
from tests.test_models_install import placed_by_hand

LEAVE = (
    "# Annual leave\n\nEmployees in Kassel have 28 days of annual leave.\n\n# Sick leave\n\nCall at once.\n"
)
SALARY = "# Salary bands\n\nBand E7 starts at 61,400 euros a year.\n"
QUESTION = "How many days of annual leave do employees in Kassel have?"
NOWHERE = "11111111-1111-5111-8111-111111111111"


@dataclass
class Site:
    """Hold a house with two documents and one answer, and what mends it."""

    house: House
    folder: Path

    def inspect(self, *, clock: Callable[[], datetime] = utc_now) -> Finding:
        """Return what the check finds."""
        return inspect_stock(self.stock(), clock=clock, wait=lambda _pause_s: None)

    def stock(self) -> Stock:
        """Return what is compared."""
        parts = self.house.services
        return Stock(
            Stocktaking(parts.engine), parts.index, parts.originals, parts.ledger, parts.embedder.name
        )

    def document(self, name: str = "leave.md") -> str:
        """Return the id of a document."""
        return self.house.document(name)

    def version(self, name: str = "leave.md") -> str:
        """Return the id of the version it shows."""
        return self.house.services.catalog.get(self.document(name)).visible_version_id or ""

    def chunk(self, name: str = "leave.md") -> str:
        """Return the id of its first chunk."""
        return self.house.services.pipeline.versions.chunks(self.version(name))[0][0]

    def change(self, *statements: Any) -> None:
        """Write to the database behind the program's back."""
        with writing(self.house.services.engine) as connection:
            for statement in statements:
                connection.execute(statement)

    def claim(self, chunk: str, **claims: Any) -> None:
        """Write a point to the index behind the program's back."""
        parts = self.house.services
        entry = IndexEntry(
            chunk_id=chunk,
            document_id=self.document(),
            version_id=self.version(),
            collection_id="handbook",
            language="en",
            readers=("everyone",),
            dense=parts.embedder.embed_query("leave"),
            sparse=SparseEncoder().encode_passage("leave", "en"),
        )
        parts.index.upsert([replace(entry, **claims)])

    def remove(self, name: str = "leave.md") -> None:
        """Do what `ingest remove` does."""
        self.house.services.pipeline.forget(self.document(name))

    def bring(self) -> None:
        """Do what `ingest add` does."""
        self.house.bring_in(self.folder, "handbook", leave=LEAVE)

    def remove_and_bring(self) -> None:
        """Do what the remedy of a damaged document says."""
        self.remove()
        self.bring()

    def rebuild(self) -> None:
        """Do what `ingest rebuild` does."""
        self.house.services.pipeline.indexer.rebuild(report=lambda _done, _total: None)

    def renew(self) -> None:
        """Stop the house, move its index away, start it and rebuild."""
        self.house.services.close()
        data = self.house.services.settings.site.data_dir
        (data / "index").rename(data / "index.old")
        self.house = open_house(data, ScriptedModel())
        self.rebuild()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a house with two documents, one answer, and nothing amiss."""
    model = ScriptedModel("Employees in Kassel have 28 days of annual leave [1].")
    site = Site(open_house(tmp_path / "data", model), tmp_path / "a")
    site.bring()
    site.house.bring_in(tmp_path / "b", "hr", salary=SALARY)
    assert ask(site.house, "ben", QUESTION)["answer"]["outcome"] == "answered"
    yield site
    site.house.services.close()


def original_of(site: Site) -> Path:
    """Return where the original of the leave document lies."""
    return site.house.services.originals.path(site.version())


def lose_original(site: Site) -> str:
    """Delete an original."""
    original_of(site).unlink()
    return site.version()


def change_original(site: Site) -> str:
    """Change one letter of an original."""
    original_of(site).write_text(LEAVE.replace("28", "29"), encoding="utf-8")
    return site.version()


def leave_orphan(site: Site) -> str:
    """Leave a point of a version that was never written."""
    site.claim(NOWHERE, document_id=NOWHERE, version_id=NOWHERE)
    return NOWHERE


def lose_point(site: Site) -> str:
    """Lose the points of a version."""
    site.house.services.index.forget_version(site.version())
    return site.version()


def drift(site: Site) -> str:
    """Close a document in the database alone."""
    document = site.document()
    site.change(
        update(document_readers)
        .where(document_readers.c.document_id == document)
        .values(principal="group:board")
    )
    return document


def embed_otherwise(site: Site) -> str:
    """Have a version embedded by the same model's other weights."""
    version = site.version()
    site.change(update(versions).where(versions.c.id == version).values(embedder="hash@00000000"))
    return version


def cite_nothing(site: Site) -> str:
    """Have an answer cite a chunk that its version does not hold."""
    site.change(update(answer_passages).where(answer_passages.c.number == 1).values(chunk_id=NOWHERE))
    return _answer(site) + ":1"


def lose_cited_chunk(site: Site) -> str:
    """Lose the chunk that an answer cites first, from the database and its point with it."""
    site.house.services.index.forget_version(site.version())
    site.change(
        delete(chunks).where(chunks.c.version_id == site.version()),
        delete(answer_passages).where(answer_passages.c.number > 1),
    )
    return _answer(site) + ":1"


def lose_chunk(site: Site) -> str:
    """Lose a chunk that nobody cited, from the database alone."""
    site.change(delete(answer_passages), delete(answers))
    site.change(delete(chunks).where(chunks.c.id == site.chunk()))
    return site.version()


def lose_citation(site: Site) -> str:
    """Lose the row that says what an answer cites."""
    answer = _answer(site)
    site.change(delete(answer_passages).where(answer_passages.c.number == 1))
    return answer + ":1"


def _answer(site: Site) -> str:
    with site.house.services.engine.connect() as connection:
        return str(connection.execute(select(answer_passages.c.answer_id)).scalars().first())


def expire(site: Site) -> str:
    """Have a document be older than its collection keeps them."""
    document = site.document()
    before = stamp(utc_now() - timedelta(days=366))
    site.change(update(documents).where(documents.c.id == document).values(created_at=before))
    return document


def quarantine(site: Site) -> str:
    """Set a document aside without taking it out of the index."""
    document = site.document()
    row = update(documents).where(documents.c.id == document)
    site.change(row.values(state=State.QUARANTINED, visible_version_id=None))
    return document


def show_twice(site: Site) -> str:
    """Have one document show what is another's, and nothing be left of what it showed."""
    document, version = site.document(), site.version()
    site.house.services.index.forget_version(version)
    row = update(documents).where(documents.c.id == document)
    site.change(
        row.values(visible_version_id=site.version("salary.md")),
        delete(versions).where(versions.c.id == version),
    )
    return document


def claim_twice(site: Site) -> str:
    """Have the index say that a chunk is another document's."""
    chunk = site.chunk()
    site.claim(chunk, document_id=site.document("salary.md"))
    return chunk


def forget_conversation(site: Site) -> None:
    """Do what the person does whose answer lost its source."""
    headers = site.house.token("ben")
    for row in site.house.client.get("/api/conversations", headers=headers).json():
        site.house.client.delete(f"/api/conversations/{row['id']}", headers=headers)


Seed = Callable[[Site], str]
Mend = Callable[[Site], None]
SEEDED: tuple[tuple[FaultKind, Seed, str, Mend], ...] = (
    (FaultKind.MISSING_ORIGINAL, lose_original, "ingest remove", Site.remove_and_bring),
    (FaultKind.CHANGED_ORIGINAL, change_original, "ingest remove", Site.remove_and_bring),
    (FaultKind.ORPHAN_CHUNK, leave_orphan, "move the index away", Site.renew),
    (FaultKind.MISSING_CHUNK, lose_point, "ingest rebuild", Site.rebuild),
    (FaultKind.READERS_DRIFT, drift, "ingest rebuild", Site.rebuild),
    (FaultKind.WRONG_MODEL, embed_otherwise, "ingest add", Site.bring),
    (FaultKind.ORPHAN_CHUNK, lose_chunk, "ingest remove", Site.remove_and_bring),
    (FaultKind.DANGLING_CITATION, cite_nothing, "delete it", forget_conversation),
    (FaultKind.DANGLING_CITATION, lose_cited_chunk, "ingest remove", Site.remove_and_bring),
    (FaultKind.DANGLING_CITATION, lose_citation, "delete it", forget_conversation),
    (FaultKind.EXPIRED, expire, "ingest remove", Site.remove),
    (FaultKind.QUARANTINED_SEARCHABLE, quarantine, "ingest remove", Site.remove),
    (FaultKind.QUARANTINED_SEARCHABLE, quarantine, "ingest retry", Site.bring),
    (FaultKind.DUPLICATE_ID, show_twice, "ingest remove", Site.remove_and_bring),
    (FaultKind.DUPLICATE_ID, claim_twice, "ingest rebuild", Site.rebuild),
)


def test_ten_kinds_are_seeded() -> None:
    """Every kind of fault that the requirement names is seeded below."""
    assert {kind for kind, *_ in SEEDED} == set(FaultKind) - {FaultKind.MISSING_VERSION}
    assert len({kind for kind, *_ in SEEDED}) == 10


@pytest.mark.parametrize(("kind", "seed", "remedy", "mend"), SEEDED)
def test_seeded_fault_is_found_and_mended(
    site: Site, kind: FaultKind, seed: Seed, remedy: str, mend: Mend
) -> None:
    """A healthy house is clean; seeded, exactly this fault is found; after its remedy the house is clean again."""
    assert site.inspect().faults == ()

    subject = seed(site)
    (fault,) = site.inspect().faults

    assert (fault.kind, fault.subject) == (kind, subject)
    assert remedy in fault.remedy
    mend(site)
    assert site.inspect().faults == ()


def test_all_faults_at_once_are_all_found(site: Site, tmp_path: Path) -> None:
    """Ten faults in ten documents hide none of each other."""
    names = [f"paper{number}" for number in range(8)]
    site.house.bring_in(
        tmp_path / "c", "handbook", **{name: f"# {name}\n\nText of {name}.\n" for name in names}
    )
    of = {name: (site.document(f"{name}.md"), site.version(f"{name}.md")) for name in names}
    seeds = (
        lambda: site.house.services.originals.path(of["paper0"][1]).unlink(),
        lambda: site.house.services.originals.path(of["paper1"][1]).write_bytes(b"other"),
        lambda: leave_orphan(site),
        lambda: site.house.services.index.forget_version(of["paper2"][1]),
        lambda: site.house.services.index.set_readers(of["paper3"][0], ["user:ben"]),
        lambda: site.change(
            update(versions).where(versions.c.id == of["paper4"][1]).values(embedder="other")
        ),
        lambda: cite_nothing(site),
        lambda: site.change(
            update(documents)
            .where(documents.c.id == of["paper5"][0])
            .values(created_at=stamp(datetime(2020, 1, 1, tzinfo=UTC)))
        ),
        lambda: site.change(
            update(documents)
            .where(documents.c.id == of["paper6"][0])
            .values(state=State.QUARANTINED, visible_version_id=None)
        ),
        lambda: site.change(
            update(documents)
            .where(documents.c.id == of["paper7"][0])
            .values(visible_version_id=site.version("salary.md"))
        ),
    )
    for seed in seeds:
        seed()

    faults = site.inspect().faults

    # The tenth leaves a second trace: what paper7 showed before is in the index, and nobody shows it.
    left = Fault(FaultKind.ORPHAN_CHUNK, of["paper7"][1], "", "")
    found = [(fault.kind, fault.subject) for fault in faults]
    assert (left.kind, left.subject) in found
    assert {kind for kind, _ in found} == set(FaultKind) - {FaultKind.MISSING_VERSION}
    assert len(found) == 11


def test_version_that_is_gone_is_named(site: Site) -> None:
    """A document that shows what the database no longer holds is found, and bringing it in again mends it."""
    document = site.document()
    site.change(delete(versions).where(versions.c.id == site.version()))

    found = {(fault.kind, fault.subject) for fault in site.inspect().faults}

    assert (FaultKind.MISSING_VERSION, document) in found


def test_faults_name_no_content(site: Site) -> None:
    """What is said of a fault holds ids, never a file's name, a title or text."""
    for seed in (lose_original, drift, expire, cite_nothing):
        seed(site)
    said = json.dumps([[fault.message, fault.remedy] for fault in site.inspect().faults])
    assert not any(word in said for word in ("leave.md", "Annual", "28 days", "Kassel"))


def test_original_that_cannot_be_read_is_no_fault_of_the_document(site: Site) -> None:
    """Where reading fails the check says so instead of calling the original missing."""
    path = original_of(site)
    path.unlink()
    path.symlink_to("/proc/self/mem")  # opens as a file, and fails like a broken disk when read

    with pytest.raises(OriginalsUnavailable, match="cannot be read"):
        site.inspect()


def test_remembered_document_is_no_dangling_citation(site: Site) -> None:
    """An answer may name a document that was forgotten or replaced since: the ledger is right to keep its id."""
    site.house.bring_in(site.folder, "handbook", leave=LEAVE.replace("28", "30"))
    assert site.inspect().faults == ()
    site.remove()
    assert site.inspect().faults == ()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_running_ingestion_raises_no_alarm(tmp_path: Path) -> None:
    """While 300 documents come in, and are replaced and removed over and over, no look at the house finds a fault."""
    site = Site(open_house(tmp_path / "data", ScriptedModel()), tmp_path / "a")
    folder = tmp_path / "many"
    folder.mkdir()
    enough = threading.Event()

    def bring(number: int, turn: int) -> None:
        path = folder / f"{number}.md"
        path.write_text(f"# Paper {number}\n\nTurn {turn}.\n\n# More\n\nText.\n", encoding="utf-8")
        file = SourceFile("folder:many", path.name, path, path.name, ("everyone",))
        site.house.services.pipeline.ingest(file, collection_id="handbook")
        if number % 10 == 9:
            site.house.services.pipeline.forget(document_id("handbook", file))

    def work() -> None:
        for turn in count():
            for number in range(300):
                if enough.is_set() and turn:  # all 300 were there at least once
                    return
                bring(number, turn)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        looks = [inspect_stock(site.stock(), clock=utc_now).faults for _ in range(5)]
        enough.set()
        working.result()

    assert set(looks) == {()}
    assert site.inspect().faults == ()
    assert site.inspect().documents >= 270
    site.house.services.close()


def test_version_being_written_is_no_fault(site: Site) -> None:
    """Points of a version that is not shown yet are in order while its document is in work, and an orphan after."""
    document = site.document()
    row = update(documents).where(documents.c.id == document)
    site.change(row.values(visible_version_id=None, state=State.EMBEDDING))
    assert site.inspect().faults == ()

    leased = {"worker": "w", "leased_until": stamp(utc_now() + timedelta(minutes=1))}
    site.change(row.values(state=State.FORGOTTEN, **leased))
    assert site.inspect().faults == ()

    later = utc_now() + timedelta(hours=1)
    (fault,) = site.inspect(clock=lambda: later).faults
    assert fault.kind is FaultKind.ORPHAN_CHUNK


def test_api_tells_administrators_only(site: Site) -> None:
    """The route gives ids and counts to the role admin, and nothing to anyone else."""
    drift(site)
    assert site.house.client.get("/api/consistency", headers=site.house.token("ben")).status_code == 403

    told = site.house.client.get("/api/consistency", headers=site.house.token("root")).json()

    assert [fault["kind"] for fault in told["faults"]] == ["readers drift"]
    assert (told["documents"], told["originals"]) == (2, 2)


def test_command_asks_the_server_that_holds_the_index(site: Site) -> None:
    """Beside a running server the command gets its findings through the API and leaves no session behind."""
    settings = site.house.services.settings
    subject = expire(site)
    lock = hold(settings.site.index_dir / settings.embedder.model)
    site.house.token("root")
    with lent(site.house.services) as address:
        port = int(address.rpartition(":")[2])
        beside = settings.model_copy(update={"api": settings.api.model_copy(update={"port": port})})

        found = inspect_house(beside)

        with site.house.services.engine.connect() as connection:
            of_root = select(sessions).where(sessions.c.user_id == "root")
            assert len(connection.execute(of_root).all()) == 1  # the browser's goes on, the command's is gone
        site.change(update(users).where(users.c.id == "root").values(is_disabled=True))
        with pytest.raises(NotFound, match="role admin"):
            inspect_house(beside)
    lock.close()
    assert [(fault.kind, fault.subject) for fault in found.faults] == [(FaultKind.EXPIRED, subject)]


def test_command_opens_a_free_index_itself(site: Site, tmp_path: Path) -> None:
    """Without a server the command compares here; every version of another model is named, once, and nothing else."""
    settings = placed_by_hand(tmp_path / "models")
    accept_model(entry("bge-m3"), tmp_path / "models")
    house = site.house.services.settings
    place = house.site.model_copy(update={"models_dir": tmp_path / "models"})

    found = inspect_house(house.model_copy(update={"site": place, "embedder": settings.embedder}))

    assert {fault.kind for fault in found.faults} == {FaultKind.WRONG_MODEL}
    assert {fault.subject for fault in found.faults} == {site.version(), site.version("salary.md")}
    assert all("bge-m3@" in fault.message for fault in found.faults)


def test_command_says_who_holds_the_index(site: Site, free_port: int) -> None:
    """Where another command holds the index and no server answers, the person reads what to wait for."""
    settings = site.house.services.settings
    beside = settings.model_copy(update={"api": settings.api.model_copy(update={"port": free_port})})
    lock = hold(settings.site.index_dir / settings.embedder.model)
    with pytest.raises(IndexUnavailable, match="holds the index") as refused:
        inspect_house(beside)
    lock.close()
    assert "wait" in refused.value.remedy


IDS = some.lists(some.integers(0, 30), unique=True).map(lambda numbers: [f"{n:08d}" for n in sorted(numbers)])


@given(stored=IDS, indexed=IDS)
def test_difference_is_exact(stored: list[str], indexed: list[str]) -> None:
    """Whatever either side holds, exactly the chunks of one side alone are told, as missing or as orphans."""
    shown = {
        name: Holding(
            f"d{name}",
            "c",
            State.VISIBLE,
            datetime(2026, 1, 1, tzinfo=UTC),
            False,  # noqa: FBT003 - a record of a test
            ("everyone",),
            f"v{name}",
            ShownVersion(f"v{name}", f"d{name}", "", "m"),
        )
        for name in stored
    }

    faults = faults_of_chunks(
        (StoredChunk(name, f"d{name}", f"v{name}") for name in stored),
        (IndexRecord(name, f"d{name}", f"v{name}", "c", ("everyone",)) for name in indexed),
        {one.id: one for one in shown.values()},
        embedder="m",
    )

    told = {(fault.kind, fault.subject) for fault in faults}
    missing = {(FaultKind.MISSING_CHUNK, f"v{name}") for name in set(stored) - set(indexed)}
    assert told == missing | {(FaultKind.ORPHAN_CHUNK, f"v{name}") for name in set(indexed) - set(stored)}


def test_stocktaking_streams_in_the_order_of_the_index(database: Engine) -> None:
    """On either database chunks come by ascending id as text, and documents with their sorted readers and version."""
    attempts, store, stock = Attempts(database), VersionStore(database), Stocktaking(database)
    for number in range(5):
        file = a_file(f"{number}.md", ("group:hr", "everyone"))
        document = attempts.admit(file, collection_id="handbook", owner="test").id
        version = a_version(version_id(document, "0" * 64, parser="p", embedder="e"), *"abcdefgh")
        store.write([(document, version)])
        if number:
            attempts.show(document, version, owner="test", file=file)

    stored = list(stock.chunks())
    known = stock.documents(now=utc_now())

    assert [chunk.id for chunk in stored] == sorted({chunk.id for chunk in stored})
    assert len(stored) == 5 * 8
    assert {one.readers for one in known.values()} == {("everyone", "group:hr")}
    assert sum(one.shown is None for one in known.values()) == 1
    assert {one.is_settled for one in known.values() if one.shown is None} == {False}
    assert stock.retention_days() == {"handbook": 365}
    assert list(Ledger(database).dangling()) == []

"""The consistency check finds every seeded fault, its remedy mends it, and a healthy house raises no alarm."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import delete, update

from app.consistency import inspect_stock
from ingest.consistency import Fault, FaultKind, Holding, ShownVersion, StoredChunk, faults_of_chunks
from ingest.database import stamp, utc_now
from ingest.schema import documents, versions
from ingest.types import Origin, SourceFile, State
from ingest.versions import document_id
from retrieval.errors import OriginalsUnavailable
from retrieval.types import IndexRecord
from tests.fakes import ScriptedModel
from tests.faults import (
    LEAVE,
    SEEDED,
    Mend,
    Seed,
    Site,
    cite_nothing,
    drift,
    expire,
    leave_orphan,
    lose_original,
    original_of,
    well,
)
from tests.house import open_house


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Give a house with two documents, one answer, and nothing amiss."""
    found = well(tmp_path)
    yield found
    found.house.services.close()


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

    def bring(first: int, turn: int) -> None:
        files = []
        for number in range(first, first + 10):
            path = folder / f"{number}.md"
            path.write_text(f"# Paper {number}\n\nTurn {turn}.\n\n# More\n\nText.\n", encoding="utf-8")
            name = f"folder:{folder}"
            files.append(SourceFile(name, path.name, path, path.name, ("everyone",), origin=Origin.LISTED))
        site.house.bring_in_files("handbook", *files)
        site.house.services.pipeline.forget(document_id("handbook", files[-1]))

    def work() -> None:
        for turn in count():
            for first in range(0, 300, 10):
                if enough.is_set() and turn:  # all 300 were there at least once
                    return
                bring(first, turn)

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

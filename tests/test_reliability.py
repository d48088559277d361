"""What an archive department is promised: kills, poison, contention and replacement lose, double and mix nothing."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.attempts import Attempts
from ingest.database import utc_now
from ingest.jobs import INGEST, SYNC, JobState, JobStore, Order
from ingest.sandbox.process import Sandbox
from ingest.sandbox.wait import SandboxLimits
from ingest.types import Busy, Origin, SourceFile, State
from retrieval.readers import reader_of
from tests.conftest import ROOT
from tests.fakes import ScriptedModel
from tests.house import House, open_house

ANNA = reader_of("anna", ["hr"])
READERS = 20
REPLACEMENTS = 200
ROUNDS = 1_000
KILLS = 100


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Give an empty house."""
    opened = open_house(tmp_path / "data", ScriptedModel())
    yield opened
    opened.services.close()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_hundred_kills_end_like_a_run_nobody_disturbed(tmp_path: Path) -> None:
    """The same chunk ids in database and index, one version and one original a document, nothing half done."""
    command = [sys.executable, "-m", "tests.drill", str(tmp_path), str(KILLS), "20261124"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1100, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    disturbed, clean = report["disturbed"], report["clean"]

    assert report["kills"] == KILLS
    assert report["changes"] >= 10
    assert disturbed["database"] == clean["database"]
    assert disturbed["index"] == clean["index"] == clean["database"]
    assert disturbed["visible"] == disturbed["versions"] == disturbed["originals"] == clean["visible"]
    assert (disturbed["unfinished"], disturbed["staged"]) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(900)  # twenty people who ask without a pause leave little of two cores to who replaces
def test_readers_never_see_nothing_or_two_versions(house: House, tmp_path: Path) -> None:
    """Twenty people ask all the time while one document is replaced two hundred times."""
    path = tmp_path / "policy.txt"
    file = SourceFile(
        f"folder:{path.parent}", path.name, path, path.name, ("group:hr",), origin=Origin.LISTED
    )

    def replace_with(edition: int) -> None:
        path.write_text("\n\n".join(f"Edition {edition} of the travel policy. " * 12 for _ in range(3)))
        house.bring_in_files("hr", file)

    replace_with(0)
    ended = threading.Event()
    faults: list[str] = []
    asked = [0] * READERS

    def ask(number: int) -> None:
        while not ended.is_set():
            result = house.services.searcher.search(
                "travel policy edition", reader=ANNA, collections=frozenset({"hr"}), limit=5
            )
            editions = {ranked.passage.text.split()[1] for ranked in result.passages}
            if len(editions) != 1:
                faults.append(f"{sorted(editions)}")
            asked[number] += 1

    with ThreadPoolExecutor(READERS) as people:
        asking = [people.submit(ask, number) for number in range(READERS)]
        for edition in range(1, REPLACEMENTS + 1):
            replace_with(edition)
        ended.set()
    for one in asking:
        one.result()

    assert faults == []
    assert min(asked) > 10
    assert house.services.index.count() == len(
        house.services.versions.chunks(house.services.versions.of_document(house.document("policy.txt"))[0])
    )


@pytest.mark.slow
def test_poison_is_set_aside_and_the_rest_comes_in(house: House, tmp_path: Path) -> None:
    """Of 500 files 25 are bad in five ways: 475 are visible, 25 quarantined with reason and remedy, nobody died."""
    poison = (
        ("empty.txt", b""),
        ("torn.docx", b"PK\x03\x04" + b"\0" * 200),
        ("binary.md", b"\x7fELF" + bytes(range(256))),
        ("torn.pdf", b"%PDF-1.7\n" + b"garbage" * 50),
        ("greedy.txt", b"word " * 8_000_000),  # its parser needs more memory than it is given
    )
    files = []
    for number in range(500):
        name, content = poison[number // 20 % 5] if number % 20 == 7 else ("good.txt", b"Rule %d." % number)
        path = tmp_path / "in" / f"{number:03}-{name}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        files.append(
            SourceFile(
                f"folder:{path.parent}", path.name, path, path.name, ("group:hr",), origin=Origin.LISTED
            )
        )
    order = Order(SYNC, "hr", files[0].source, tuple(files), "root", forget_vanished=True)

    with Sandbox(SandboxLimits(memory_bytes=48 * 1024 * 1024)) as sandbox:
        house.parse_with(sandbox)
        job = house.services.jobs.place(order, now=utc_now())
        house.work()
        again = house.services.jobs.place(order, now=utc_now())
        house.work()

    states = [document.state for document in house.services.catalog.listed()]
    assert house.services.jobs.get(job).state is JobState.DONE
    assert (states.count(State.VISIBLE), states.count(State.QUARANTINED)) == (475, 25)
    bad = [item for item in house.services.items.of(job) if item.state is State.QUARANTINED]
    assert all(item.reason and item.remedy for item in bad)
    second = house.services.jobs.get(again)  # nothing that was set aside is tried again
    assert (second.state, second.failed) == (JobState.DONE, 25)


@pytest.mark.slow
def test_two_workers_never_own_one_document(database: Engine) -> None:
    """In a thousand rounds two workers reach for the same document and job at once; each time one of them gets it."""
    attempts, store = Attempts(database), JobStore(database)

    def reach(worker: str, file: SourceFile, start: threading.Barrier) -> tuple[bool, bool]:
        start.wait()
        job = store.claim(worker, now=utc_now())
        try:
            attempts.admit(file, collection_id="handbook", owner=worker)
        except Busy:
            return False, job is not None
        return True, job is not None

    with ThreadPoolExecutor(2) as pool:
        for number in range(ROUNDS):
            key = f"{number % 50}"
            file = SourceFile(
                "folder:/srv", key, Path("/srv") / key, key, ("everyone",), origin=Origin.LISTED
            )
            job = store.place(Order(INGEST, "handbook", "folder:/srv", (file,), "root"), now=utc_now())
            start = threading.Barrier(2)
            rounds = [pool.submit(reach, worker, file, start) for worker in ("first", "second")]
            owners = [one.result() for one in rounds]
            assert sorted(owns for owns, _ in owners) == [False, True], number
            assert sorted(claimed for _, claimed in owners) == [False, True], number
            store.finish(job, JobState.DONE, now=utc_now())
            store.release()

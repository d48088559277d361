"""Check what happens on a full disk: nothing is corrupt, what is refused says why, what waits goes on, questions do."""

import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from app import logs
from app.consistency import Stock, inspect_stock
from app.doctor import Severity, check_data_dir
from app.vitals import Vitals
from app.wiring import Services
from ingest.database import open_database, reading, sqlite_url, utc_now, writing
from ingest.engines.local import LocalEngine
from ingest.events import event, logger
from ingest.jobs import INGEST, REMOVE, JobState, JobStore, Order
from ingest.originals import STAGING, FolderOriginals
from ingest.room import Room
from ingest.stocktaking import Stocktaking
from ingest.types import Accepted, Origin, ParsedDocument, SourceFile, State
from retrieval.edge import EdgeIndex
from retrieval.errors import DatabaseUnavailable, DiskFull
from retrieval.types import IndexEntry, SparseVector
from tests.fakes import ScriptedModel
from tests.house import House, PlainParser, ask, open_house
from tests.small_disk import MEGABYTE, SmallDisk, small_disk
from tests.test_vitals import figures
from tests.two_documents import ANSWER, LEAVE, QUESTION


@dataclass
class Disk:
    """A disk that is as full as is said."""

    used: int
    free: int

    def __call__(self, _folder: Path) -> "Disk":
        """Return itself, as `shutil.disk_usage` returns a figure."""
        return self


@dataclass
class Mount:
    """A disk of which half is in use, until it is lost."""

    is_lost: bool = False
    looks_left: int | None = None  # before it is
    used: int = 50
    free: int = 50

    def __call__(self, _folder: Path) -> "Mount":
        """Return itself, as `shutil.disk_usage` returns a figure. Raises OSError."""
        if self.looks_left == 0:
            self.is_lost = True
        if self.is_lost:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        if self.looks_left is not None:
            self.looks_left -= 1
        return self

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        """Return what fails, as whatever reads a lost mount does."""

        def fail(*_asked: object, **_named: object) -> Any:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

        return fail


def crowded(house: House, disk: Disk, *, max_percent: int = 85) -> Services:
    """Return the parts of a house whose disk is that one."""
    room = replace(house.services.room, max_percent=max_percent, floor_bytes=0, look=disk)
    return replace(house.services, room=room)


def order(folder: Path, count: int, *, chars: int = 400) -> Order:
    """Return an order for so many new files."""
    folder.mkdir(exist_ok=True)
    files = []
    for number in range(count):
        path = folder / f"{number}.md"
        kept = " ".join(f"Rule {number}.{line} is kept by all." for line in range(max(chars // 28, 1)))
        path.write_text(f"# Rule {number}\n\n{kept}\n", encoding="utf-8")
        files.append(
            SourceFile(f"folder:{folder}", path.name, path, path.name, ("everyone",), origin=Origin.LISTED)
        )
    return Order(INGEST, "handbook", f"folder:{folder}", tuple(files), "root")


@pytest.mark.parametrize(
    ("used", "free", "is_refused"),
    [(84, 16, False), (85, 15, False), (86, 14, True), (100, 0, True), (0, 0, False)],
)
def test_documents_are_taken_in_up_to_the_limit(
    tmp_path: Path,
    used: int,
    free: int,
    is_refused: bool,  # noqa: FBT001  # a column of the table above
) -> None:
    """Above 85 % no document is taken in, and the error names figure, limit and what to do."""
    room = Room(tmp_path / "not" / "yet", 85, look=Disk(used, free))
    assert (room.fault() is not None) == is_refused
    if is_refused:
        with pytest.raises(DiskFull, match=f"{used} % full.*up to 85 %") as caught:
            room.require()
        assert "ingest.max_disk_percent" in caught.value.remedy


def test_space_that_only_root_may_use_is_not_counted(tmp_path: Path) -> None:
    """A share is that of `df`: of what is in use and what this account may use, not of the whole device."""
    assert Room(tmp_path, 85, look=Disk(used=40, free=60)).fault() is None


def test_the_floor_is_kept_whatever_the_share(tmp_path: Path) -> None:
    """On a large disk a few megabytes are little, on a small one all of it; the index needs them."""
    room = Room(tmp_path, 100, floor_bytes=200 * MEGABYTE, look=Disk(used=1, free=100 * MEGABYTE))
    with pytest.raises(DiskFull, match="100 MB are free"):
        room.require()


def test_a_crowded_disk_refuses_documents_and_answers_questions(tmp_path: Path) -> None:
    """Uploads and orders are refused with 507, a removal is not; questions go on; what waits goes on with room."""
    house = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    house.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    waiting = house.services.jobs.place(order(tmp_path / "b", 2), now=utc_now())
    disk = Disk(used=90, free=10)
    services = crowded(house, disk)
    house.client.app.state.services = services  # type: ignore[attr-defined]  # Starlette's
    with house.client:
        headers = house.token("root")
        upload = {"file": ("more.md", LEAVE.encode(), "text/markdown")}
        reply = house.client.post(
            "/api/documents", headers=headers, data={"collection": "handbook"}, files=upload
        )
        assert reply.status_code == 507
        assert "90 % full" in reply.json()["detail"]
        assert not list(services.settings.site.uploads_dir.glob("*"))
        assert ask(house, "ben", QUESTION)["answer"]["outcome"] == "answered"

        worker = services.worker("w")
        assert not worker.run_one(threading.Event())
        assert services.jobs.get(waiting).state is JobState.QUEUED
        shown = next(one for one in services.catalog.listed())
        gone = SourceFile(
            shown.source, shown.key, Path("x"), shown.file_name, ("everyone",), origin=Origin.LISTED
        )
        removal = services.jobs.place(
            Order(REMOVE, shown.collection_id, shown.source, (gone,), "root"), now=utc_now()
        )
        assert worker.run_one(threading.Event())
        assert services.jobs.get(removal).state is JobState.DONE
        assert not services.catalog.listed()

        disk.used = 50
        assert worker.run_one(threading.Event())
        assert services.jobs.get(waiting).state is JobState.DONE
        assert {one.state for one in services.catalog.listed()} == {State.VISIBLE}


def test_a_lost_mount_is_waited_for(tmp_path: Path) -> None:
    """No document is taken in, the job in hand goes back, nothing fails and no thread dies; it goes on by itself."""
    house = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    mount = Mount()
    services = crowded(house, mount)  # type: ignore[arg-type]  # a disk that may be gone
    job = services.jobs.place(order(tmp_path / "b", 2), now=utc_now())
    worker = services.worker("w")

    mount.is_lost = True
    assert not worker.run_one(threading.Event())
    with pytest.raises(DiskFull, match="cannot be looked at: Stale file handle"):
        services.room.require()
    told = figures(Vitals(lambda: services).render())
    assert told["disk_refuses"] == 1
    assert "disk_free_bytes" not in told

    mount.is_lost, mount.looks_left = False, 2  # lost once a document has begun
    gone = replace(worker.desk, lend=mount.fail)
    with pytest.raises(DiskFull, match="Stale file handle"):
        replace(worker, desk=gone).run_one(threading.Event())
    assert services.jobs.get(job).state is JobState.QUEUED
    assert {one.state for one in services.items.of(job)} <= {State.FOUND, State.PARSING}

    mount.is_lost, mount.looks_left = False, None
    assert worker.run_one(threading.Event())
    assert services.jobs.get(job).state is JobState.DONE
    shown, mount.is_lost = services.catalog.listed()[0], True
    file = SourceFile(shown.source, shown.key, Path(), shown.file_name, ("everyone",), origin=Origin.LISTED)
    removal = services.jobs.place(
        Order(REMOVE, shown.collection_id, shown.source, (file,), "root"), now=utc_now()
    )
    gone = replace(worker.desk, pipeline=replace(worker.desk.pipeline, originals=mount))  # type: ignore[arg-type]
    with pytest.raises(DiskFull, match="Stale file handle"):
        replace(worker, desk=gone).run_one(threading.Event())
    assert services.jobs.get(removal).state is JobState.QUEUED
    house.services.close()


def test_doctor_and_metrics_tell(tmp_path: Path) -> None:
    """The doctor's finding and the gauge say the same as the refusal."""
    house = open_house(tmp_path / "data", ScriptedModel())
    services = crowded(house, Disk(used=90, free=10))
    finding = check_data_dir(tmp_path, services.room)
    assert finding.severity is Severity.WARNING
    assert "90 % full" in finding.message
    told = figures(Vitals(lambda: services).render())
    assert (told["disk_refuses"], told["disk_free_bytes"], told["disk_size_bytes"]) == (1, 10, 100)
    house.services.close()


def test_originals_that_do_not_fit_leave_nothing(tmp_path: Path) -> None:
    """Half a copy is removed, the error says what is wrong, and the same file fits once there is room."""
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(4 * MEGABYTE))
    with small_disk(tmp_path / "disk", 50) as disk:
        originals = FolderOriginals(disk.folder / "originals")
        kept = str(uuid4())
        originals.keep(kept, originals.stage(source))
        disk.fill(leave_bytes=MEGABYTE)
        with pytest.raises(DiskFull, match="does not fit"):
            originals.stage(source)
        assert not list((disk.folder / "originals" / STAGING).iterdir())
        assert originals.path(kept).read_bytes() == source.read_bytes()
        disk.clear()
        again = str(uuid4())
        originals.keep(again, originals.stage(source))
        assert originals.path(again).read_bytes() == source.read_bytes()


def test_the_database_survives_a_full_disk(tmp_path: Path) -> None:
    """Writing is refused with a clear error, reading goes on, nothing is corrupt, and with room it takes rows again."""
    with small_disk(tmp_path / "disk", 50) as disk:
        engine = open_database(sqlite_url(disk.folder / "house.db"))

        def write(rows: int) -> None:
            with writing(engine) as connection:
                for _ in range(rows):
                    connection.exec_driver_sql("INSERT INTO held VALUES (randomblob(20000))")

        def count() -> int:
            with reading(engine) as connection:
                return int(connection.exec_driver_sql("SELECT count(*) FROM held").scalar_one())

        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE held (content BLOB)")
        write(10)
        disk.fill_up()
        with pytest.raises(DatabaseUnavailable, match="full") as caught:
            write(500)
        assert "disk space" in caught.value.remedy
        assert count() == 10
        disk.clear()
        write(5)
        assert count() == 15
        with reading(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        engine.dispose()


def entries(count: int, *, since: int = 0) -> list[IndexEntry]:
    """Return made points."""
    draw = np.random.default_rng(1)
    found = []
    for number in range(since, since + count):
        vector = draw.standard_normal(64).astype(np.float32)
        unit = vector / np.linalg.norm(vector)
        terms = SparseVector((1, number + 2), (1.0, 1.0))
        ids = (str(uuid4()), f"d{number}", f"v{number}")
        found.append(IndexEntry(*ids, "c", "en", ("everyone",), unit, terms))
    return found


def test_the_index_refuses_to_write_and_goes_on_reading(tmp_path: Path) -> None:
    """On a disk without a byte left no write reaches the engine, which would end the process; all is there again."""
    with small_disk(tmp_path / "disk", 300) as disk:
        index = EdgeIndex(disk.folder / "index", dimension=64)
        index.upsert(entries(300))
        disk.fill_up()
        refused: tuple[Callable[[], object], ...] = (
            lambda: index.upsert(entries(3000, since=300)),
            lambda: index.forget_version("v1"),
            lambda: index.set_readers("d1", ("group:hr",)),
            lambda: index.optimise(at_least=0),
        )
        for write in refused:
            with pytest.raises(DiskFull, match="disk of the index"):
                write()
        assert index.count() == 300
        disk.clear()
        index.forget_version("v1")
        index.upsert(entries(3000, since=300))
        index.close()
        opened = EdgeIndex(disk.folder / "index", dimension=64)
        assert opened.count() == len(opened.chunk_ids()) == 3299
        opened.close()


class Filling(PlainParser):
    """Parse, and with the third document fill the disk, as another program may at any time."""

    def __init__(self, disk: SmallDisk) -> None:
        self._disk = disk
        self._parsed = 0

    def parse(
        self, path: Path, accepted: Accepted, file_name: str, *, cancelled: Callable[[], bool]
    ) -> ParsedDocument:
        """Return the parsed document."""
        self._parsed += 1
        if self._parsed == 3:
            self._disk.fill_up()
        return super().parse(path, accepted, file_name, cancelled=cancelled)


def test_a_job_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    """A disk that fills up in the middle sets no document aside; with room the same job brings all of them in."""
    with small_disk(tmp_path / "disk", 50) as disk:
        data = disk.folder / "data"
        data.mkdir()
        (tmp_path / "index").mkdir()
        (data / "index").symlink_to(tmp_path / "index")  # the engine's files alone would fill this disk
        house = open_house(data, ScriptedModel(ANSWER))
        jobs = JobStore(house.services.engine)
        engine = house.services.pipeline.engine
        assert isinstance(engine, LocalEngine)
        services = replace(
            house.services,
            jobs=jobs,
            room=Room(data, 85),
            pipeline=replace(house.services.pipeline, engine=replace(engine, parser=Filling(disk))),
        )
        job = jobs.place(order(tmp_path / "b", 12, chars=300_000), now=utc_now())
        worker = services.worker("w")
        with pytest.raises((DiskFull, DatabaseUnavailable)):
            worker.run_one(threading.Event())
        assert not [one for one in services.catalog.listed() if one.state is State.QUARANTINED]
        disk.clear()
        jobs.release()  # as a minute later, when the lease is over
        while worker.run_one(threading.Event()):
            pass
        ended = jobs.get(job)
        assert (ended.state, ended.done, ended.failed) == (JobState.DONE, 12, 0)
        stock = Stock(
            Stocktaking(services.engine),
            services.index,
            services.originals,
            services.ledger,
            services.embedder.name,
        )
        found = inspect_stock(stock, clock=utc_now, wait=lambda _s: None)
        assert found.faults == ()
        assert found.originals == 12
        house.services.close()


def test_a_log_without_room_stops_nobody(tmp_path: Path) -> None:
    """Lines are lost while nothing can be written, and come again; the work they tell of goes on."""
    with small_disk(tmp_path / "disk", 50) as disk:
        log = (disk.folder / "api.log").open("a", buffering=1)
        logs.configure(log)
        try:
            event(logger("answer"), "before")
            disk.fill_up()
            for _ in range(500):
                event(logger("answer"), "during", answer_id="a" * 100)
            disk.clear()
            event(logger("answer"), "after")
        finally:
            logs.configure(io.StringIO())
            log.close()
        lines = (disk.folder / "api.log").read_text(encoding="utf-8").splitlines()
        assert "before" in lines[0]
        assert "after" in lines[-1]


SHORT_OF_MEMORY = """
import resource, sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
import numpy as np
from ingest.database import utc_now
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import open_house
from tests.test_disk_full import order

class Hungry(HashEmbedder):
    def embed_passages(self, texts):
        np.ones((len(texts) << 25) // 8)  # 32 MB a text, for as long as it takes
        return super().embed_passages(texts)

house = open_house(Path(sys.argv[1]) / "data", ScriptedModel())
indexer = replace(house.services.pipeline.indexer, embedder=Hungry())
pipeline = replace(house.services.pipeline, indexer=indexer)
object.__setattr__(house, "services", replace(house.services, pipeline=pipeline))
work = lambda name, count, chars: (
    house.services.jobs.place(order(Path(sys.argv[1]) / name, count, chars=chars), now=utc_now()), house.work()
)
work("warm", 1, 400)
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")) << 10
resource.setrlimit(resource.RLIMIT_AS, (size + (192 << 20), resource.RLIM_INFINITY))
work("large", 1, 60_000)
work("small", 3, 400)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
def tell():
    for document in house.services.catalog.listed():
        print(document.source.rpartition("/")[2], document.state, document.reason or "", sep="|")
tell()
from app.ordering import order_retries
order_retries(house.services, [d for d in house.services.catalog.listed() if d.reason], created_by="root")
house.work()
print("again")
tell()
house.services.close()
"""


def test_a_worker_short_of_memory_goes_on(tmp_path: Path) -> None:
    """A document that no memory is left for is tried again, then set aside for that reason; the others come in.

    With memory it is read at the next retry.
    """
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    short, again = done.stdout.split("again\n")
    told = sorted(line.split("|")[:2] for line in short.splitlines())
    aside, visible = State.QUARANTINED.value, State.VISIBLE.value
    assert told == [["large", aside], *[["small", visible]] * 3, ["warm", visible]]
    assert "this machine had no memory left for it" in short
    assert {line.split("|")[1] for line in again.splitlines()} == {visible}

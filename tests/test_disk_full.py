"""Check what happens on a full or lost disk: what is refused says why, what waits goes on, questions are answered."""

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.consistency import Stock, inspect_stock
from app.doctor import Severity, check_data_dir
from app.vitals import Vitals
from app.wiring import Services
from ingest.database import utc_now
from ingest.engines.local import LocalEngine
from ingest.jobs import INGEST, REMOVE, JobState, JobStore, Order
from ingest.room import Room
from ingest.stocktaking import Stocktaking
from ingest.types import Accepted, Origin, ParsedDocument, SourceFile, State
from retrieval.errors import DatabaseUnavailable, DiskFull
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
            frozenset,
        )
        found = inspect_stock(stock, clock=utc_now, wait=lambda _s: None)
        assert found.faults == ()
        assert found.originals == 12
        house.services.close()

"""Ingest in processes of their own, on PostgreSQL: side by side, stopped, killed, and with neighbours away."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select, update

from app.migrate import upgrade
from app.schema import metadata
from app.settings import Settings
from ingest.collections import CollectionRegister
from ingest.database import open_database, stamp, utc_now
from ingest.jobs import INGEST, JobState, JobStore, Order
from ingest.schema import chunks, documents, job_items, jobs, versions
from ingest.types import Origin, SourceFile, State
from tests.conftest import HANDBOOK, ROOT
from tests.embedding_server import at_address
from tests.fakes import HashEmbedder
from tests.house import settings_of
from tests.qdrant_stand_in import QdrantStandIn

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]
WITHIN_S = 120.0  # on two cores that others use too; nothing is timed here
STOPPED_S = 20.0  # what C20 allows


@dataclass
class Yard:
    """Hold what workers share: PostgreSQL, the index, the folder; and the workers."""

    data_dir: Path
    url: str
    engine: Engine
    qdrant: QdrantStandIn
    qdrant_url: str
    started: list["WorkerProcess"] = field(default_factory=list)

    @property
    def jobs(self) -> JobStore:
        """Return the jobs."""
        return JobStore(self.engine)

    def settings(self, port: int) -> Settings:
        """Return the settings of one worker."""
        plain = settings_of(self.data_dir, HANDBOOK).model_dump(mode="json", exclude_defaults=True)
        plain |= {"database": {"url": self.url}, "index": {"url": self.qdrant_url}, "ingest": {"port": port}}
        return Settings.model_validate(plain)

    def place(self, number: int, count: int) -> str:
        """Order a job of `count` files in a folder of their own."""
        folder = self.data_dir / f"source{number}"
        folder.mkdir(parents=True)
        files = []
        for one in range(count):
            path = folder / f"note-{one}.md"
            path.write_text(f"# Note {one} of {number}\n\nThe number {number}-{one} is written here.\n")
            files.append(
                SourceFile(
                    f"folder:{folder}", path.name, path, path.name, ("everyone",), origin=Origin.LISTED
                )
            )
        order = Order(INGEST, HANDBOOK.id, f"folder:{folder}", tuple(files), "root")
        return self.jobs.place(order, now=utc_now())

    def worker(self, port: int, *, pause_s: float = 0.0, within_s: float = 10.0) -> "WorkerProcess":
        """Start a worker."""
        plain = self.settings(port).model_dump(mode="json", exclude_defaults=True)
        worker = WorkerProcess(port, [json.dumps(plain), str(pause_s), str(within_s)], self.data_dir)
        self.started.append(worker)
        return worker

    def assert_whole(self, count: int) -> None:
        """Assert that every document is there once, visible, and nothing beside it."""
        with self.engine.connect() as connection:
            states = Counter(connection.execute(select(documents.c.state)).scalars())
            ids = connection.execute(select(chunks.c.id)).scalars().all()
            held = connection.execute(select(func.count()).where(documents.c.worker.is_not(None))).scalar()
            made = connection.execute(select(func.count()).select_from(versions)).scalar()
            ends = Counter(connection.execute(select(job_items.c.state)).scalars())
        assert states == {State.VISIBLE: count}
        assert (made, held) == (count, 0)
        assert ends == {State.VISIBLE: count}
        assert len(ids) == len(set(ids)) >= count
        assert set(self.qdrant.points) == set(ids)
        assert len(list((self.data_dir / "originals").glob("??/*.original"))) == count


class WorkerProcess:
    """Hold a worker in a process of its own."""

    def __init__(self, port: int, arguments: list[str], data_dir: Path) -> None:
        self._address = f"http://127.0.0.1:{port}"
        data_dir.mkdir(exist_ok=True)
        self._log = data_dir / f"worker-{port}-{time.monotonic_ns()}.log"
        with self._log.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.worker_process", *arguments],
                cwd=ROOT,
                stdout=sink,
                stderr=sink,
            )

    def get(self, path: str) -> httpx.Response | None:
        """Return what it answers, None where it answers nothing."""
        try:
            return httpx.get(self._address + path, timeout=5)
        except httpx.HTTPError:
            return None

    def log(self) -> str:
        """Return the end of its log."""
        return self._log.read_text()[-3000:]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of its log that tell of this."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code. Raises TimeoutExpired where it takes longer than allowed."""
        self.process.send_signal(number)
        return self.process.wait(STOPPED_S)


@pytest.fixture
def yard(tmp_path: Path, postgres_url: str) -> Iterator[Yard]:
    """Give an empty database, index and folder; workers still alive at the end are killed."""
    engine = open_database(postgres_url)
    upgrade(engine)
    CollectionRegister(engine).declare(HANDBOOK)
    qdrant = QdrantStandIn(HashEmbedder().dimension)
    with at_address(qdrant) as url:
        made = Yard(tmp_path / "data", postgres_url, engine, qdrant, url.removesuffix("/v1"))
        yield made
        for worker in made.started:
            worker.process.kill()
            worker.process.wait()
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()


@contextmanager
def ports(count: int) -> Iterator[list[int]]:
    """Give ports that nothing listens on."""
    import socket

    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    yield found


def until(condition: Callable[[], bool]) -> bool:
    """Return whether it came true in time."""
    pause = threading.Event()
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.1)
    return True


def all_done(yard: Yard, placed: list[str]) -> bool:
    """Return whether all these jobs are done."""
    dead = [worker for worker in yard.started if worker.process.poll() not in (None, 0, -signal.SIGKILL)]
    assert not dead, dead[0].log()
    return all(yard.jobs.get(job).state is JobState.DONE for job in placed)


def test_two_workers_share_the_jobs(yard: Yard) -> None:
    """200 files in twenty jobs, two workers: both did some, each chunk is there once, written once, nothing is left."""
    placed = [yard.place(number, 10) for number in range(20)]
    with ports(2) as free:
        workers = [yard.worker(port, pause_s=0.02) for port in free]
    assert until(lambda: all_done(yard, placed))
    done = [len(worker.events("job_ended")) for worker in workers]
    assert all(done), done
    assert sum(done) == len(placed)
    yard.assert_whole(200)
    assert len(yard.qdrant.written) == len(set(yard.qdrant.written))
    with yard.engine.connect() as connection:
        names = set(connection.execute(select(jobs.c.worker)).scalars())
    assert len(names) == 2
    reply = workers[0].get("/metrics")
    assert reply is not None
    assert "intramuros_worker_state 2.0" in reply.text
    assert [worker.end(signal.SIGTERM) for worker in workers] == [0, 0]


def test_stopped_worker_hands_its_job_over(yard: Yard) -> None:
    """SIGTERM in the middle of a job: exit 0, the job waits again at once, and the next worker finishes it."""
    job = yard.place(0, 40)
    with ports(2) as (first, second):
        stopped = yard.worker(first, pause_s=0.1)
        assert until(lambda: yard.jobs.get(job).done > 0)
        assert stopped.end(signal.SIGTERM) == 0
        known = yard.jobs.get(job)
        assert (known.state, known.done < 40) == (JobState.QUEUED, True)
        yard.worker(second)
        assert until(lambda: all_done(yard, [job]))
    yard.assert_whole(40)


def test_worker_that_hangs_gives_back_what_it_holds(yard: Yard) -> None:
    """A step that does not end is left: the worker is gone in time all the same, and holds nothing."""
    job = yard.place(0, 1)
    with ports(2) as (first, second):
        stuck = yard.worker(first, pause_s=600, within_s=1)
        assert until(lambda: yard.jobs.get(job).state is JobState.RUNNING and bool(_held(yard)))
        assert stuck.end(signal.SIGTERM) == 0
        assert (yard.jobs.get(job).state, _held(yard)) == (JobState.QUEUED, [])
        yard.worker(second)
        assert until(lambda: all_done(yard, [job]))
    yard.assert_whole(1)


def test_killed_worker_is_taken_over_after_its_lease(yard: Yard) -> None:
    """SIGKILL in the middle: what it held stays its own for a minute, then another one finishes it, nothing double."""
    job = yard.place(0, 40)
    with ports(2) as (first, second):
        killed = yard.worker(first, pause_s=0.1)
        assert until(lambda: yard.jobs.get(job).done > 0)
        assert killed.end(signal.SIGKILL) == -signal.SIGKILL
        other = yard.worker(second)
        assert until(lambda: bool(other.events("worker_started")))
        assert yard.jobs.get(job).state is JobState.RUNNING
        _let_a_minute_pass(yard)
        assert until(lambda: all_done(yard, [job]))
    yard.assert_whole(40)


def test_index_that_is_away_is_waited_for(yard: Yard) -> None:
    """At the start and in the middle of a job: the worker lives, says what it waits for, and loses no document."""
    yard.qdrant.is_away = True
    job = yard.place(0, 20)
    with ports(1) as (port,):
        worker = yard.worker(port, pause_s=0.1)
        assert until(lambda: bool(worker.events("neighbour_awaited")))
        alive, metrics = worker.get("/healthz"), worker.get("/metrics")
        assert alive is not None
        assert metrics is not None
        assert (alive.status_code, metrics.status_code) == (200, 503)
        assert "Qdrant" in metrics.json()["house"]
        yard.qdrant.is_away = False
        assert until(lambda: yard.jobs.get(job).done > 0)
        yard.qdrant.is_away = True
        assert until(lambda: bool(worker.events("job_waiting")))
        assert yard.jobs.get(job).state is JobState.RUNNING
        yard.qdrant.is_away = False
        assert until(lambda: all_done(yard, [job]))
        assert {event["reason"] for event in worker.events("job_waiting")} == {"IndexUnavailable"}
    yard.assert_whole(20)


def test_database_of_a_newer_release_is_not_waited_for(yard: Yard) -> None:
    """Waiting would not mend it: the process ends, and its last word says which release to start."""
    with yard.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with ports(1) as (port,):
        worker = yard.worker(port)
        assert worker.process.wait(WITHIN_S) != 0
    assert "written by a newer release of Intramuros: its schema is 9999" in worker.log()
    assert worker.events("neighbour_awaited") == []


def _held(yard: Yard) -> list[str]:
    with yard.engine.connect() as connection:
        return list(
            connection.execute(select(documents.c.id).where(documents.c.worker.is_not(None))).scalars()
        )


def _let_a_minute_pass(yard: Yard) -> None:
    past = stamp(utc_now() - timedelta(seconds=61))
    with yard.engine.begin() as connection:
        connection.execute(update(jobs).values(heartbeat_at=past))
        held = update(documents).where(documents.c.worker.is_not(None))
        connection.execute(held.values(leased_until=past))
